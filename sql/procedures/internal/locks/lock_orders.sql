-- Locks orders by id, then their job orders and those of p_job_order_ids by id (R62). With p_siblings also the other
-- order lots of the same year and number, because a split takes the next lot and a merge gives one back.
-- Order lots are made and removed only under the lock of the first lot of their number. So the first lots are locked
-- before all others, and the others are looked for after that.
-- Errors: 40001 if a requested order has been made meanwhile, or somebody has deleted a first lot by hand.
create or replace function erp_internal.lock_orders(
    p_company_id integer, p_order_ids bigint[], p_siblings boolean, p_job_order_ids bigint[] default '{}'
)
returns void
language plpgsql
volatile
as $$
declare
    v_lots erp_internal.first_lot [];
begin
    v_lots := array(
        select f::erp_internal.first_lot
        from (
            select f.production_order_id, f.first_order_id
            from erp_internal.first_lots(p_company_id, p_order_ids) as f
        ) as f
    );

    perform
    from (
        select distinct l.first_order_id as production_order_id
        from unnest(v_lots) as l
        order by production_order_id
    ) as f
    cross join lateral (
        select
        from erp.production_order as o
        where o.company_id = p_company_id and o.production_order_id = f.production_order_id
        for update
        offset 0
    ) as o;

    perform
    from (
        select s.production_order_id
        from unnest(v_lots) as a
        cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
        cross join lateral (
            select s.production_order_id
            from erp.production_order as s
            where
                s.company_id = p_company_id and s.order_year = o.order_year
                and s.order_number = o.order_number
                and (p_siblings or s.production_order_id = a.production_order_id)
            offset 0
        ) as s
        except
        select l.first_order_id
        from unnest(v_lots) as l
        order by production_order_id
    ) as s
    cross join lateral (
        select
        from erp.production_order as o
        where o.company_id = p_company_id and o.production_order_id = s.production_order_id
        for update
        offset 0
    ) as o;

    perform
    from (
        select o.job_order_id
        from unnest(v_lots) as a
        cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
        where o.job_order_id is not null
        union
        select a.job_order_id
        from unnest(p_job_order_ids) as a (job_order_id)
        order by job_order_id
    ) as k
    cross join lateral (
        select
        from erp.job_order as j
        where j.company_id = p_company_id and j.job_order_id = k.job_order_id
        for no key update
        offset 0
    ) as j;

    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from (
        select f.production_order_id, f.first_order_id
        from erp_internal.first_lots(p_company_id, p_order_ids) as f
        except
        select l.production_order_id, l.first_order_id
        from unnest(v_lots) as l
    ) as n;
end;
$$;
