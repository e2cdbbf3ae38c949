-- Locks orders by id, then their job orders by id (R62). With p_siblings also the other lots of the same year and
-- number, because a split takes the next lot and a merge gives one back.
create or replace function erp_internal.lock_orders(p_company_id integer, p_order_ids bigint[], p_siblings boolean)
returns void
language plpgsql
volatile
as $$
begin
    if p_siblings then
        perform
        from (
            select distinct s.production_order_id
            from unnest(p_order_ids) as a (production_order_id)
            cross join lateral (
                select o.order_year, o.order_number
                from erp.production_order as o
                where o.company_id = p_company_id and o.production_order_id = a.production_order_id
                offset 0
            ) as o
            cross join lateral (
                select s.production_order_id
                from erp.production_order as s
                where
                    s.company_id = p_company_id and s.order_year = o.order_year
                    and s.order_number = o.order_number
                offset 0
            ) as s
            order by s.production_order_id
        ) as s
        cross join lateral (
            select
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = s.production_order_id
            for update
            offset 0
        ) as o;
    else
        perform
        from erp.production_order as o
        where o.company_id = p_company_id and o.production_order_id = any (p_order_ids)
        order by o.production_order_id
        for update;
    end if;

    perform
    from erp.job_order as j
    where
        j.company_id = p_company_id
        and j.job_order_id in (
            select o.job_order_id
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = any (p_order_ids)
        )
    order by j.job_order_id
    for no key update of j;
end;
$$;
