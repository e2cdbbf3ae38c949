-- requires: internal/lookups/order_by_id
-- Returns for each order the first order lot of its year and number, which may be the order itself. Unknown orders are
-- left out. Orders are probed by key.
create or replace function erp_internal.first_lots(p_company_id integer, p_order_ids bigint[])
returns table (production_order_id bigint, first_order_id bigint)
language sql
stable
begin atomic
    select
        a.production_order_id,
        f.production_order_id as first_order_id
    from unnest(p_order_ids) as a (production_order_id)
    cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
    cross join
        lateral (
            select f.production_order_id
            from erp.production_order as f
            where f.company_id = p_company_id and f.order_year = o.order_year and f.order_number = o.order_number
            order by f.order_lot
            limit 1
        ) as f;
end;
