-- Writes documents of a put (R70-R72): deletes, changes and makes orders, then their lots, phases and materials, so
-- that each row is written while what it names is there. Orders are made in the order of their numbers. Returns the
-- order of each document that it wrote. p_caller_role: who writes them.
-- Precondition: the orders that there are and their job orders are locked, the write mode is run, none is refused.
-- Errors: 23505 (production_order_number_key) if another call has made one of the new orders meanwhile; it has ended by
-- then. 40001 if an order has gone meanwhile.
create or replace function erp_internal.write_order_documents(
    p_company_id integer,
    p_orders erp_internal.put_order[],
    p_phases erp_internal.put_phase[],
    p_materials erp_internal.put_material[],
    p_lots erp_internal.put_material_lot[],
    p_caller_role text
)
returns setof erp_internal.written_order
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_written erp_internal.written_order [];
    v_row_count bigint;
begin
    delete from erp.production_order as o
    using
        unnest(p_orders) as a
    cross join lateral erp_internal.order_row(p_company_id, a.production_order_id) as f
    where a.deletion and f.status = 'launched' and o.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.count(*), v_row_count)
    from unnest(p_orders) as a
    where a.deletion and a.production_order_id is not null;

    update erp.production_order as o
    set
        order_type = a.order_type, status = a.status, item_id = a.item_id, item_variant_id = a.item_variant_id,
        quantity = a.quantity, level = a.level, start_date = a.start_date, end_date = a.end_date,
        job_order_id = a.job_order_id, project = a.project, firm = a.firm, priority = a.priority,
        load_warehouse_id = a.load_warehouse_id, load_movement_reason_id = a.load_movement_reason_id,
        changed_at = pg_catalog.now(), changed_by = p_caller_role
    from unnest(p_orders) as a
    cross join lateral erp_internal.order_row(p_company_id, a.production_order_id) as f
    where not a.deletion and o.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.count(*), v_row_count)
    from unnest(p_orders) as a
    where not a.deletion and a.production_order_id is not null;

    with made as (
        insert into erp.production_order (
            company_id, order_year, order_number, order_lot, order_type, status, item_id, copied_item_code,
            item_variant_id, quantity, level, start_date, end_date, job_order_id, copied_job_year, copied_job_number,
            project, firm, priority, first_department, first_work_center, first_machine, load_warehouse_id,
            load_movement_reason_id, created_by, changed_by
        )
        select
            p_company_id, a.order_year, a.order_number, a.order_lot, a.order_type, a.status, a.item_id, a.item_code,
            a.item_variant_id, a.quantity, a.level, a.start_date, a.end_date, a.job_order_id, a.job_year, a.job_number,
            a.project, a.firm, a.priority, f.department, f.work_center, f.machine, a.load_warehouse_id,
            a.load_movement_reason_id, p_caller_role, p_caller_role
        from unnest(p_orders) as a
        left join (
            select distinct on (f.ordinal) f.ordinal, f.department, f.work_center, f.machine
            from unnest(p_phases) as f
            where f.action = 'insert'
            order by f.ordinal, f.phase, f.sub_phase
        ) as f on f.ordinal = a.ordinal
        where not a.deletion and a.production_order_id is null
        order by a.order_year, a.order_number, a.order_lot
        returning order_year, order_number, order_lot, production_order_id
    )

    select pg_catalog.array_agg(w::erp_internal.written_order)
    into v_written
    from (
        select
            a.ordinal,
            coalesce(a.production_order_id, m.production_order_id) as production_order_id
        from unnest(p_orders) as a
        left join made as m
            on m.order_year = a.order_year and m.order_number = a.order_number and m.order_lot = a.order_lot
    ) as w;

    delete from erp.material_lot as m
    using
        unnest(p_lots) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    cross join lateral erp_internal.commitment_row(p_company_id, w.production_order_id, a.line, a.lot_id) as f
    where a.action = 'delete' and m.ctid = f.row_ctid;

    delete from erp.production_order_material as m
    using
        unnest(p_materials) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    cross join lateral (
        select f.ctid as row_ctid
        from erp.production_order_material as f
        where
            f.company_id = p_company_id and f.production_order_id = w.production_order_id and f.line = a.line
        offset 0
    ) as f
    where a.action = 'delete' and m.ctid = f.row_ctid;

    insert into erp.production_order_phase (
        company_id, production_order_id, phase, sub_phase, description, department, work_center, machine,
        machine_site_id, external, productive, movable
    )
    select
        p_company_id, w.production_order_id, a.phase, a.sub_phase, a.description, a.department, a.work_center,
        a.machine, a.machine_site_id, a.external, a.productive, a.movable
    from unnest(p_phases) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    where a.action = 'insert';

    update erp.production_order_phase as p
    set
        description = a.description, department = a.department, work_center = a.work_center, machine = a.machine,
        machine_site_id = a.machine_site_id, external = a.external, productive = a.productive, movable = a.movable
    from unnest(p_phases) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    cross join lateral (
        select f.ctid as row_ctid
        from erp.production_order_phase as f
        where
            f.company_id = p_company_id and f.production_order_id = w.production_order_id and f.phase = a.phase
            and f.sub_phase = a.sub_phase
        offset 0
    ) as f
    where a.action = 'update' and p.ctid = f.row_ctid;

    update erp.production_order_material as m
    set
        item_id = a.item_id, item_variant_id = a.item_variant_id, unit_quantity = a.unit_quantity, fixed = a.fixed,
        scrap_percent = a.scrap_percent, picked_quantity = a.picked_quantity, movable = a.movable, phase = a.phase,
        sub_phase = a.sub_phase, warehouse_id = a.warehouse_id, movement_reason_id = a.movement_reason_id,
        location_id = a.location_id, priority = a.priority
    from unnest(p_materials) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    cross join lateral (
        select f.ctid as row_ctid
        from erp.production_order_material as f
        where
            f.company_id = p_company_id and f.production_order_id = w.production_order_id and f.line = a.line
        offset 0
    ) as f
    where a.action = 'update' and m.ctid = f.row_ctid;

    insert into erp.production_order_material (
        company_id, production_order_id, line, item_id, item_variant_id, unit_quantity, fixed, scrap_percent,
        picked_quantity, movable, phase, sub_phase, warehouse_id, movement_reason_id, location_id, priority
    )
    select
        p_company_id, w.production_order_id, a.line, a.item_id, a.item_variant_id, a.unit_quantity, a.fixed,
        a.scrap_percent, a.picked_quantity, a.movable, a.phase, a.sub_phase, a.warehouse_id, a.movement_reason_id,
        a.location_id, a.priority
    from unnest(p_materials) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    where a.action = 'insert';

    -- no material names them any more
    delete from erp.production_order_phase as p
    using
        unnest(p_phases) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    cross join lateral (
        select f.ctid as row_ctid
        from erp.production_order_phase as f
        where
            f.company_id = p_company_id and f.production_order_id = w.production_order_id and f.phase = a.phase
            and f.sub_phase = a.sub_phase
        offset 0
    ) as f
    where a.action = 'delete' and p.ctid = f.row_ctid;

    update erp.material_lot as m
    set quantity = a.quantity
    from unnest(p_lots) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    cross join lateral erp_internal.commitment_row(p_company_id, w.production_order_id, a.line, a.lot_id) as f
    where a.action = 'update' and m.ctid = f.row_ctid;

    insert into erp.material_lot (company_id, production_order_id, line, item_id, lot_id, quantity)
    select p_company_id, w.production_order_id, a.line, a.item_id, a.lot_id, a.quantity
    from unnest(p_lots) as a
    inner join unnest(v_written) as w on w.ordinal = a.ordinal
    where a.action = 'insert';

    return query select w.* from unnest(v_written) as w;
end;
$$;
