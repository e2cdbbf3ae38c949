-- Trigger function for the rows of an order (materials, phases, lot commitments): they are changed under the lock of
-- their order, so that no run sees half a change, and stay as they are once it was released, but for the columns that
-- are free (R20).
-- It locks and updates the order: a run waits for it, and a run at repeatable read that began before gets 40001. A
-- change holds its own rows before any trigger can lock their order, so it must not wait for an order that somebody
-- holds: it gets 40001, unless it locked the order first. An order whose row this transaction has written is locked by
-- that. A deletion of an order takes its rows along: then there is none to lock.
-- Errors: 40001, PR002.
create or replace function erp_internal.protect_order_rows()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    c_free constant text [] := erp_internal.free_columns(tg_table_name);
    v_orders erp_internal.changed_order [];
    v_label text;
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    if tg_op = 'INSERT' then
        v_orders := array(
            select r::erp_internal.changed_order
            from (select distinct n.company_id, n.production_order_id, true as bound from new_rows as n) as r
        );
    elsif tg_op = 'DELETE' then
        v_orders := array(
            select r::erp_internal.changed_order
            from (select distinct o.company_id, o.production_order_id, true as bound from old_rows as o) as r
        );
    else
        with before as materialized (
            select o.company_id, o.production_order_id, to_jsonb(o) - c_free as content
            from old_rows as o
        ),

        after as materialized (
            select n.company_id, n.production_order_id, to_jsonb(n) - c_free as content
            from new_rows as n
        ),

        different as (
            (select b.* from before as b except select a.* from after as a)
            union all
            (select a.* from after as a except select b.* from before as b)
        )

        select array_agg(r::erp_internal.changed_order)
        into v_orders
        from (
            select r.company_id, r.production_order_id, bool_or(r.bound) as bound
            from (
                select b.company_id, b.production_order_id, false as bound from before as b
                union
                select d.company_id, d.production_order_id, true from different as d
            ) as r
            group by r.company_id, r.production_order_id
        ) as r;
    end if;

    select min(o.order_label)
    into v_label
    from unnest(v_orders) as a
    cross join lateral (
        select erp_internal.order_label(o.order_year, o.order_number, o.order_lot) as order_label
        from erp.production_order as o
        where
            o.company_id = a.company_id and o.production_order_id = a.production_order_id
            and o.xmin <> pg_current_xact_id()::xid
        offset 0
    ) as o
    left join lateral (
        select true as locked
        from erp.production_order as l
        where l.company_id = a.company_id and l.production_order_id = a.production_order_id
        for no key update skip locked
        offset 0
    ) as l on true
    where l.locked is null;
    if v_label is not null then
        raise exception using
            errcode = '40001',
            message = format('Production order %s is held by another transaction.', v_label),
            hint = 'Lock the order before you change its rows (select ... for no key update), and send the change'
                || ' again.';
    end if;

    if exists (
        select
        from unnest(v_orders) as a
        cross join lateral erp_internal.order_by_id(a.company_id, a.production_order_id) as o
        where
            a.bound
            and erp_internal.is_order_frozen(
                a.company_id, a.production_order_id, o.status, o.release_run_id, o.short_close_run_id
            )
    ) then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The materials, phases and lots of a released production order stay as they were released.',
            'Use erp_api.restore_production_orders first.'
        );
    end if;

    update erp.production_order as o
    set changed_at = now(), changed_by = erp_internal.caller_role()
    from unnest(v_orders) as a
    cross join lateral (
        select f.ctid as row_ctid
        from erp.production_order as f
        where
            f.company_id = a.company_id and f.production_order_id = a.production_order_id
            and f.xmin <> pg_current_xact_id()::xid
        offset 0
    ) as f
    where o.ctid = f.row_ctid;
    return null;
end;
$$;
