-- Returns the records in force that the releases of the given orders made or, where p_declaration_ids names a
-- declaration at the same position, that its registration made; ordinal is that position. p_declaration_ids null:
-- releases only.
-- The statistics do not know records and movements of a new day, so each is probed by key (offset 0).
create or replace function erp_internal.records_in_force(
    p_company_id integer, p_order_ids bigint[], p_declaration_ids bigint[]
)
returns table (ordinal integer, record_date date, stock_record_id bigint)
language sql
stable
begin atomic
    select
        a.ordinal::integer,
        r.record_date,
        r.stock_record_id
    from
        unnest(p_order_ids, p_declaration_ids) with ordinality
            as a (production_order_id, production_declaration_id, ordinal)
    cross join
        lateral (
            select o.release_run_id
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = a.production_order_id
            offset 0
        ) as o
    left join
        lateral (
            select d.registration_run_id
            from erp.production_declaration as d
            where d.company_id = p_company_id and d.production_declaration_id = a.production_declaration_id
            offset 0
        ) as d
        on true
    cross join
        lateral (
            select
                r.record_date,
                r.stock_record_id,
                r.run_id,
                r.production_declaration_id
            from erp.stock_record as r
            where r.company_id = p_company_id and r.production_order_id = a.production_order_id
            offset 0
        ) as r
    where
        r.run_id = case when a.production_declaration_id is null then o.release_run_id else d.registration_run_id end
        and coalesce(r.production_declaration_id, 0) = coalesce(a.production_declaration_id, 0);
end;
