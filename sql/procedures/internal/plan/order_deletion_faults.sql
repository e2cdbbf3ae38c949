-- requires: internal/lookups/declarations_of_order, internal/lookups/materials_of_order
-- requires: internal/lookups/records_of_order, internal/plan/frozen_code
-- Returns why orders of a put cannot be deleted (R72): they are not launched; something was declared, picked or moved
-- for them; or they are the remainder of a split in force. An order that there is not can.
create or replace function erp_internal.order_deletion_faults(
    p_company_id integer, p_orders erp_internal.put_order[]
)
returns setof erp_internal.cell_fault
language sql
stable
begin atomic
    select
        o.ordinal,
        null::integer as parent,
        null::integer as place,
        'delete' as column_name,
        f.code,
        f.cell,
        null as expected
    from unnest(p_orders) as o
    cross join
        lateral (
            select
                erp_internal.frozen_code(o.status_before) as code,
                null as cell
            where o.status_before <> 'launched'
            union all
            select
                'declarations_exist' as code,
                pg_catalog.string_agg(d.production_declaration_id::text, ', ') as cell
            from erp_internal.declarations_of_order(p_company_id, o.production_order_id) as d
            where o.status_before = 'launched'
            having pg_catalog.count(*) > 0
            union all
            select
                'order_picked' as code,
                null as cell
            where
                o.status_before = 'launched'
                and (
                    exists (
                        select
                        from erp_internal.materials_of_order(p_company_id, o.production_order_id) as m
                        where m.picked_quantity > 0
                    )
                    or exists (
                        select from erp_internal.records_of_order(p_company_id, o.production_order_id)
                    )
                )
            union all
            select
                'split_remainder' as code,
                null as cell
            where
                o.status_before = 'launched'
                and exists (
                    select
                    from erp.production_order_split as s
                    where s.company_id = p_company_id and s.remainder_order_id = o.production_order_id
                )
        ) as f
    where o.deletion and o.production_order_id is not null;
end;
