-- What a release and a restore wrote, written once more by bare functions, which take the rows from where they are: no
-- lock but those of rows, no rule, no plan.
create function bare.release_order(p_company_id integer, p_order_id bigint)
returns void
language plpgsql
volatile
as $$
declare
    v_order erp.production_order;
begin
    select o.* into v_order
    from erp.production_order as o
    where o.company_id = p_company_id and o.production_order_id = p_order_id;
    insert into bare.run
    select r.* from erp.run as r
    where r.company_id = p_company_id and r.run_id = v_order.release_run_id;
    update bare.production_order as o
    set
        status = v_order.status, release_run_id = v_order.release_run_id, released_at = v_order.released_at,
        changed_at = v_order.changed_at, changed_by = v_order.changed_by
    where o.company_id = p_company_id and o.production_order_id = p_order_id;
    insert into bare.released_material
    select m.* from erp.released_material as m
    where m.company_id = p_company_id and m.production_order_id = p_order_id;
    insert into bare.stock_record_counter as c (company_id, warehouse_id, record_date, last_number)
    select r.company_id, r.warehouse_id, r.record_date, count(*)
    from erp.stock_record as r
    where r.run_id = v_order.release_run_id
    group by r.company_id, r.warehouse_id, r.record_date
    on conflict (company_id, warehouse_id, record_date)
    do update set last_number = c.last_number + excluded.last_number;
    insert into bare.stock_record
    select r.* from erp.stock_record as r
    where r.run_id = v_order.release_run_id;
    insert into bare.stock_movement
    select m.*
    from erp.stock_record as r
    inner join erp.stock_movement as m
        on
            m.company_id = r.company_id and m.record_date = r.record_date and m.stock_record_id = r.stock_record_id
    where r.run_id = v_order.release_run_id;
    perform bare.move(v_order.release_run_id, 1);
    update bare.job_order as j
    set status = 'executive'
    where j.company_id = p_company_id and j.job_order_id = v_order.job_order_id;
    insert into bare.run_order
    select o.* from erp.run_order as o
    where o.company_id = p_company_id and o.run_id = v_order.release_run_id;
end;
$$;

create function bare.restore_order(p_company_id integer, p_order_id bigint, p_restore_run_id bigint)
returns void
language plpgsql
volatile
as $$
declare
    v_order erp.production_order;
    v_release_run_id bigint;
begin
    select o.* into v_order
    from erp.production_order as o
    where o.company_id = p_company_id and o.production_order_id = p_order_id;
    insert into bare.run
    select r.* from erp.run as r
    where r.company_id = p_company_id and r.run_id = p_restore_run_id;
    select o.release_run_id into v_release_run_id
    from bare.production_order as o
    where o.company_id = p_company_id and o.production_order_id = p_order_id;
    perform bare.move(v_release_run_id, -1);
    insert into bare.removed_stock_record
    select r.* from erp.removed_stock_record as r
    where r.removal_run_id = p_restore_run_id;
    insert into bare.removed_stock_movement
    select m.*
    from erp.removed_stock_record as r
    inner join erp.removed_stock_movement as m
        on
            m.company_id = r.company_id and m.record_date = r.record_date and m.stock_record_id = r.stock_record_id
    where r.removal_run_id = p_restore_run_id;
    delete from bare.stock_movement as m
    using bare.stock_record as r
    where
        r.run_id = v_release_run_id and m.company_id = r.company_id and m.record_date = r.record_date
        and m.stock_record_id = r.stock_record_id;
    delete from bare.stock_record as r
    where r.run_id = v_release_run_id;
    delete from bare.released_material as m
    where m.company_id = p_company_id and m.production_order_id = p_order_id;
    update bare.production_order as o
    set
        status = v_order.status, release_run_id = null, released_at = null, changed_at = v_order.changed_at,
        changed_by = v_order.changed_by
    where o.company_id = p_company_id and o.production_order_id = p_order_id;
    update bare.job_order as j
    set status = 'launched'
    where j.company_id = p_company_id and j.job_order_id = v_order.job_order_id;
    insert into bare.run_order
    select o.* from erp.run_order as o
    where o.company_id = p_company_id and o.run_id = p_restore_run_id;
end;
$$;

-- What a run moved of each row of the balance.
create function bare.changes(p_run_id bigint)
returns table (
    company_id integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    quantity numeric
)
language sql
stable
begin atomic
    select
        m.company_id,
        m.warehouse_id,
        m.item_id,
        m.item_variant_id,
        m.lot_id,
        m.location_id,
        sum(m.quantity) as quantity
    from bare.stock_record as r
    inner join bare.stock_movement as m
        on m.company_id = r.company_id and m.record_date = r.record_date and m.stock_record_id = r.stock_record_id
    where r.run_id = p_run_id
    group by m.company_id, m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, m.location_id;
end;

-- Moves the balance by what a run moved, or back. An item with stock in lots or locations has a row without, too.
create function bare.move(p_run_id bigint, p_sign integer)
returns void
language plpgsql
volatile
as $$
begin
    insert into bare.stock_balance (company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id, on_hand)
    select c.company_id, c.warehouse_id, c.item_id, c.item_variant_id, k.lot_id, k.location_id, 0
    from bare.changes(p_run_id) as c
    cross join
        lateral (
            values
            (c.lot_id, c.location_id),
            (null, null)
        ) as k (lot_id, location_id)
    on conflict (company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id) do nothing;
    update bare.stock_balance as b
    set on_hand = trim_scale(b.on_hand + p_sign * c.quantity)
    from bare.changes(p_run_id) as c
    where
        c.lot_id is null and b.lot_id is null
        and b.company_id = c.company_id and b.warehouse_id = c.warehouse_id and b.item_id = c.item_id
        and b.item_variant_id is not distinct from c.item_variant_id
        and b.location_id is not distinct from c.location_id;
    update bare.stock_balance as b
    set on_hand = trim_scale(b.on_hand + p_sign * c.quantity)
    from bare.changes(p_run_id) as c
    where
        b.lot_id = c.lot_id
        and b.company_id = c.company_id and b.warehouse_id = c.warehouse_id and b.item_id = c.item_id
        and b.item_variant_id is not distinct from c.item_variant_id
        and b.location_id is not distinct from c.location_id;
end;
$$;
