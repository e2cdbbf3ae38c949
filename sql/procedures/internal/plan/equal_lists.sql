-- Returns which documents of a put have lists that are what there is (R71): as many phases, materials and lots, with
-- the same keys and, in the columns that were sent, the same values. They need not be merged: nothing of them would be
-- written, and nothing refused. Columns of the order itself are not looked at. Of a document with phases and materials
-- both are equal or none is, since materials name phases.
-- Orders and their rows are probed by key; a code that was sent is compared with that of the id that is there.
-- In one statement with what reads the orders: it is stable, so that it sees them at the same moment.
create or replace function erp_internal.equal_lists(
    p_company_id integer,
    p_orders erp_internal.production_order_row[],
    p_phases erp_internal.production_order_phase_row[],
    p_materials erp_internal.production_order_material_row[],
    p_lots erp_internal.material_lot_row[]
)
returns table (ordinal integer)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with found as materialized (
        select
            s.ordinal,
            o.production_order_id,
            s.cells ? 'phases' as phases_sent,
            s.cells ? 'materials' as materials_sent
        from unnest(p_orders) as s
        cross join lateral erp_internal.order_by_number(
            p_company_id, s.order_year, s.order_number, s.order_lot
        ) as o
        where s.cells ?| array['phases', 'materials'] and s.deletion is not true
    ),

    other_phases as (
        select coalesce(s.ordinal, e.ordinal) as ordinal
        from (
            select s.*
            from unnest(p_phases) as s
            inner join found as f on f.ordinal = s.ordinal
        ) as s
        full join (
            select f.ordinal, e.*
            from found as f
            cross join lateral (
                select e.*
                from erp.production_order_phase as e
                where e.company_id = p_company_id and e.production_order_id = f.production_order_id
                offset 0
            ) as e
            where f.phases_sent
        ) as e
            on e.ordinal = s.ordinal and e.phase = s.phase and e.sub_phase = s.sub_phase
        where
            s.ordinal is null or e.ordinal is null
            or s.cells ? 'description' and coalesce(s.description, '') <> e.description
            or s.cells ? 'department' and s.department is distinct from e.department
            or s.cells ? 'work_center' and s.work_center is distinct from e.work_center
            or s.cells ? 'machine' and s.machine is distinct from e.machine
            or s.cells ? 'machine_site_code'
            and s.machine_site_code is distinct from case
                when e.machine_site_id is not null
                    then (select i.site_code from erp_internal.site_by_id(p_company_id, e.machine_site_id) as i)
            end
            or s.cells ? 'external' and coalesce(s.external, false) <> e.external
            or s.cells ? 'productive' and coalesce(s.productive, true) <> e.productive
            or s.cells ? 'movable' and coalesce(s.movable, true) <> e.movable
    ),

    other_materials as (
        select coalesce(s.ordinal, e.ordinal) as ordinal
        from (
            select s.*
            from unnest(p_materials) as s
            inner join found as f on f.ordinal = s.ordinal
        ) as s
        full join (
            select f.ordinal, e.*
            from found as f
            cross join lateral (
                select e.*
                from erp.production_order_material as e
                where e.company_id = p_company_id and e.production_order_id = f.production_order_id
                offset 0
            ) as e
            where f.materials_sent
        ) as e
            on e.ordinal = s.ordinal and e.line = s.line
        where
            s.ordinal is null or e.ordinal is null
            or s.cells ? 'item_code'
            and s.item_code is distinct from (
                select i.item_code from erp_internal.item_by_id(p_company_id, e.item_id) as i
            )
            or s.cells ? 'variant_code'
            and s.variant_code is distinct from case
                when e.item_variant_id is not null
                    then (
                        select v.variant_code
                        from erp_internal.item_variant_by_id(p_company_id, e.item_variant_id) as v
                    )
            end
            or s.cells ? 'unit_quantity' and s.unit_quantity is distinct from e.unit_quantity
            or s.cells ? 'fixed' and coalesce(s.fixed, false) <> e.fixed
            or s.cells ? 'scrap_percent' and coalesce(s.scrap_percent, 0) <> e.scrap_percent
            or s.cells ? 'picked_quantity' and coalesce(s.picked_quantity, 0) <> e.picked_quantity
            or s.cells ? 'movable' and coalesce(s.movable, true) <> e.movable
            or s.cells ? 'phase' and s.phase is distinct from e.phase
            or s.cells ? 'sub_phase'
            and coalesce(s.sub_phase, case when e.phase is not null then 0 end) is distinct from e.sub_phase
            or s.cells ? 'warehouse_code'
            and s.warehouse_code is distinct from case
                when e.warehouse_id is not null
                    then (
                        select w.warehouse_code
                        from erp_internal.warehouse_by_id(p_company_id, e.warehouse_id) as w
                    )
            end
            or s.cells ? 'reason_code'
            and s.reason_code is distinct from case
                when e.movement_reason_id is not null
                    then (
                        select r.reason_code
                        from erp_internal.movement_reason_by_id(p_company_id, e.movement_reason_id) as r
                    )
            end
            or s.cells ? 'location_code'
            and s.location_code is distinct from case
                when e.location_id is not null
                    then (
                        select l.location_code
                        from erp_internal.location_by_id(p_company_id, e.location_id) as l
                    )
            end
            or s.cells ? 'priority' and s.priority is distinct from e.priority
    ),

    committed as materialized (
        select f.ordinal, f.production_order_id, m.place, m.line
        from unnest(p_materials) as m
        inner join found as f on f.ordinal = m.ordinal
        where m.cells ? 'material_lots'
    ),

    other_lots as (
        select coalesce(s.ordinal, e.ordinal) as ordinal
        from (
            select m.ordinal, m.line, s.lot_code, s.quantity, s.cells ? 'quantity' as quantity_sent
            from committed as m
            inner join unnest(p_lots) as s on s.ordinal = m.ordinal and s.parent = m.place
        ) as s
        full join (
            select m.ordinal, e.line, t.lot_code, e.quantity
            from (
                select distinct m.ordinal, m.production_order_id
                from committed as m
            ) as o
            cross join lateral erp_internal.commitments_before_release(p_company_id, o.production_order_id) as e
            inner join committed as m on m.ordinal = o.ordinal and m.line = e.line
            left join lateral erp_internal.lot_by_id(p_company_id, e.lot_id) as t on true
        ) as e
            on e.ordinal = s.ordinal and e.line = s.line and e.lot_code = s.lot_code
        where
            s.ordinal is null or e.ordinal is null or s.quantity_sent and s.quantity is distinct from e.quantity
    )

    select f.ordinal
    from found as f
    left join (
        select p.ordinal from other_phases as p
        union
        select m.ordinal from other_materials as m
        union
        select c.ordinal from other_lots as c
    ) as d on d.ordinal = f.ordinal
    where d.ordinal is null;
end;
$$;
