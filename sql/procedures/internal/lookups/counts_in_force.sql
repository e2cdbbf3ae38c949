-- requires: internal/lookups/movements_in_force
-- Returns how many records and movements erp_internal.records_in_force has at each position.
create or replace function erp_internal.counts_in_force(p_company_id integer, p_removals erp_internal.removal[])
returns setof erp_internal.record_count
language sql
stable
begin atomic
    select
        m.ordinal,
        pg_catalog.count(distinct m.stock_record_id)::integer as record_count,
        pg_catalog.count(*)::integer as movement_count
    from erp_internal.movements_in_force(p_company_id, p_removals) as m
    group by m.ordinal;
end;
