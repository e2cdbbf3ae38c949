-- requires: internal/lookups/order_by_id
-- Returns the order that an order was split from, as the runs know it, or where that is gone the one from which that
-- one was, and so on (R57); null if no split made the order or nothing is left of what was split. The history is asked,
-- since a split that is not in force has no row of its own.
create or replace function erp_internal.split_origin(p_company_id integer, p_order_id bigint)
returns bigint
language sql
stable
begin atomic
    with recursive origin as (
        select
            r.production_order_id,
            o.production_order_id is not null as there
        from erp.run_order as r
        left join lateral erp_internal.order_by_id(p_company_id, r.production_order_id) as o on true
        where r.company_id = p_company_id and r.other_order_id = p_order_id and r.outcome = 'split'
        union all
        select
            r.production_order_id,
            o.production_order_id is not null as there
        from origin as n
        inner join erp.run_order as r
            on r.company_id = p_company_id and r.other_order_id = n.production_order_id and r.outcome = 'split'
        left join lateral erp_internal.order_by_id(p_company_id, r.production_order_id) as o on true
        where not n.there
    )

    select o.production_order_id
    from origin as o
    where o.there;
end;
