-- Splits launched orders (R23): each keeps its order lot and the quantity given; the rest becomes an order of the next
-- free lot, with the same materials, phases and commitments, that begins where the order ends (R29). Commitments stay
-- with the order as far as it needs them. Returns the remainder of each. What both were is kept in
-- production_order_split until restore merges them (R35).
-- Precondition: the orders and the other lots of their numbers are locked, the write mode is run.
create or replace function erp_internal.split_orders(
    p_company_id integer, p_plan erp_internal.planned_movement[], p_caller text
)
returns setof erp_internal.order_split
language plpgsql
volatile
as $$
declare
    v_splits erp_internal.order_split [];
begin
    if not exists (select from unnest(p_plan) as p where p.outcome = 'split') then
        return;
    end if;

    with part as (
        select
            o.*,
            s.feasible_quantity as kept_quantity,
            s.ordinal,
            (
                select pg_catalog.max(n.order_lot)
                from erp.production_order as n
                where
                    n.company_id = o.company_id and n.order_year = o.order_year
                    and n.order_number = o.order_number
            ) + pg_catalog.row_number() over (partition by o.order_year, o.order_number order by s.ordinal)
                as remainder_lot
        from unnest(p_plan) as s
        inner join erp.production_order as o
            on o.company_id = p_company_id and o.production_order_id = s.production_order_id
        where s.outcome = 'split' and s.line is null
    ),

    remainder as (
        insert into erp.production_order (
            company_id, order_year, order_number, order_lot, order_type, status, item_id, copied_item_code,
            item_variant_id, quantity, quantity_before, level, start_date, end_date, job_order_id, copied_job_year,
            copied_job_number, project, firm, priority, first_department, first_work_center, first_machine,
            load_warehouse_id, load_movement_reason_id, created_by, changed_by
        )
        select
            p.company_id, p.order_year, p.order_number, p.remainder_lot, p.order_type, 'launched', p.item_id,
            p.copied_item_code, p.item_variant_id, p.quantity - p.kept_quantity, p.quantity_before + p.kept_quantity,
            p.level, p.start_date, p.end_date, p.job_order_id, p.copied_job_year, p.copied_job_number, p.project,
            p.firm, p.priority, p.first_department, p.first_work_center, p.first_machine, p.load_warehouse_id,
            p.load_movement_reason_id, p_caller, p_caller
        from part as p
        order by p.ordinal
        returning order_year, order_number, order_lot, production_order_id
    )

    select pg_catalog.array_agg(s::erp_internal.order_split)
    into v_splits
    from part as p
    inner join remainder as r
        on r.order_year = p.order_year and r.order_number = p.order_number and r.order_lot = p.remainder_lot
    cross join lateral (
        select
            p.production_order_id,
            r.production_order_id as remainder_order_id,
            p.quantity as whole_quantity,
            p.kept_quantity
    ) as s;

    update erp.production_order as o
    set quantity = s.kept_quantity
    from unnest(v_splits) as s
    where o.company_id = p_company_id and o.production_order_id = s.production_order_id;

    insert into erp.production_order_phase (
        company_id, production_order_id, phase, sub_phase, description, department, work_center, machine,
        machine_site_id, external, productive, movable
    )
    select
        f.company_id, s.remainder_order_id, f.phase, f.sub_phase, f.description, f.department, f.work_center,
        f.machine, f.machine_site_id, f.external, f.productive, f.movable
    from unnest(v_splits) as s
    inner join erp.production_order_phase as f
        on f.company_id = p_company_id and f.production_order_id = s.production_order_id;

    insert into erp.production_order_material (
        company_id, production_order_id, line, item_id, item_variant_id, unit_quantity, fixed, scrap_percent,
        picked_quantity, movable, phase, sub_phase, warehouse_id, movement_reason_id, location_id, priority
    )
    select
        m.company_id, s.remainder_order_id, m.line, m.item_id, m.item_variant_id, m.unit_quantity, m.fixed,
        m.scrap_percent, m.picked_quantity, m.movable, m.phase, m.sub_phase, m.warehouse_id, m.movement_reason_id,
        m.location_id, m.priority
    from unnest(v_splits) as s
    inner join erp.production_order_material as m
        on m.company_id = p_company_id and m.production_order_id = s.production_order_id;

    with commitment as materialized (
        select c.*
        from erp_internal.commitment_shares(
            p_company_id, array(select s.production_order_id from unnest(v_splits) as s)
        ) as c
    ),

    remembered as (
        insert into erp.material_lot_before_release (
            company_id, production_order_id, line, item_id, lot_id, quantity, kept_quantity
        )
        select p_company_id, c.production_order_id, c.line, c.item_id, c.lot_id, c.quantity, c.share
        from commitment as c
    ),

    given as (
        insert into erp.material_lot (company_id, production_order_id, line, item_id, lot_id, quantity)
        select p_company_id, s.remainder_order_id, c.line, c.item_id, c.lot_id, c.quantity - c.share
        from commitment as c
        inner join unnest(v_splits) as s on s.production_order_id = c.production_order_id
        where c.quantity > c.share
    ),

    reduced as (
        update erp.material_lot as m
        set quantity = c.share
        from commitment as c
        where
            m.company_id = p_company_id and m.production_order_id = c.production_order_id and m.line = c.line
            and m.lot_id = c.lot_id and c.share > 0 and c.share < c.quantity
    )

    delete from erp.material_lot as m
    using commitment as c
    where
        m.company_id = p_company_id and m.production_order_id = c.production_order_id and m.line = c.line
        and m.lot_id = c.lot_id and c.share = 0;

    insert into erp.production_order_split (
        company_id, production_order_id, remainder_order_id, quantity, remainder_digest
    )
    select
        p_company_id, s.production_order_id, s.remainder_order_id, s.whole_quantity as quantity,
        erp_internal.remainder_digest(
            p_company_id, s.remainder_order_id, s.whole_quantity - s.kept_quantity, true
        ) as remainder_digest
    from unnest(v_splits) as s;

    return query select s.* from unnest(v_splits) as s;
end;
$$;
