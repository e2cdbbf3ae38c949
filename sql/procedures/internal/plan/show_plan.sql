-- Shows a plan as previews return it, in codes, with what each issue finds when its turn comes: a row per movement, and
-- one for whoever moves nothing. sort_order is the order of the rows; lot_id is below zero for a lot that is still to
-- be made.
create or replace function erp_internal.show_plan(
    p_company_id integer, p_plan erp_internal.planned_movement[], p_cells erp_internal.stock_cell[]
)
returns table (
    sort_order bigint,
    ordinal integer,
    order_id bigint,
    declaration_id bigint,
    record_date date,
    outcome text,
    feasible_quantity numeric,
    material_line integer,
    lot_id bigint,
    item_code text,
    variant_code text,
    lot_code text,
    location_code text,
    warehouse_code text,
    reason_code text,
    resolved_by text,
    quantity numeric,
    available_quantity numeric,
    reasons jsonb
)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with movement as materialized (
        select
            p.*,
            pg_catalog.count(p.line) over (partition by p.ordinal) as movements,
            pg_catalog.row_number() over () as nth
        from unnest(p_plan) as p
    ),

    -- many movements name the same few things, and most have neither variant nor lot nor location
    item as (
        select m.item_id, i.item_code
        from (select distinct m.item_id from movement as m) as m
        cross join lateral erp_internal.item_by_id(p_company_id, m.item_id) as i
    ),

    variant as (
        select m.item_variant_id, v.variant_code
        from (select distinct m.item_variant_id from movement as m) as m
        cross join lateral erp_internal.item_variant_by_id(p_company_id, m.item_variant_id) as v
    ),

    lot as (
        select m.lot_id, t.lot_code
        from (select distinct m.lot_id from movement as m) as m
        cross join lateral erp_internal.lot_by_id(p_company_id, m.lot_id) as t
    ),

    location as (
        select m.location_id, l.location_code
        from (select distinct m.location_id from movement as m) as m
        cross join lateral erp_internal.location_by_id(p_company_id, m.location_id) as l
    ),

    warehouse as (
        select m.warehouse_id, w.warehouse_code
        from (select distinct m.warehouse_id from movement as m) as m
        cross join lateral erp_internal.warehouse_by_id(p_company_id, m.warehouse_id) as w
    ),

    reason as (
        select m.movement_reason_id, r.reason_code
        from (select distinct m.movement_reason_id from movement as m) as m
        cross join lateral erp_internal.movement_reason_by_id(p_company_id, m.movement_reason_id) as r
    ),

    plan as materialized (
        select
            m.*,
            w.warehouse_code,
            i.item_code,
            v.variant_code,
            t.lot_code,
            l.location_code,
            r.reason_code,
            coalesce(m.item_variant_id, 0) as cell_variant_id,
            coalesce(m.lot_id, 0) as cell_lot_id,
            coalesce(m.location_id, 0) as cell_location_id
        from movement as m
        left join item as i on i.item_id = m.item_id
        left join variant as v on v.item_variant_id = m.item_variant_id
        left join lot as t on t.lot_id = m.lot_id
        left join location as l on l.location_id = m.location_id
        left join warehouse as w on w.warehouse_id = m.warehouse_id
        left join reason as r on r.movement_reason_id = m.movement_reason_id
    ),

    -- the cells that a movement takes from: of its location if anybody looks at that, else of its warehouse
    of_cell as (
        select
            p.nth, p.ordinal, p.line, p.counterpart, p.record_date, p.quantity,
            coalesce(e.cell, w.cell) as cell,
            coalesce(e.record_date, w.record_date) as cell_date,
            coalesce(e.lowest, w.lowest) as lowest
        from plan as p
        left join unnest(p_cells) as e
            on
                e.warehouse_id = p.warehouse_id and e.item_id = p.item_id and e.item_variant_id = p.cell_variant_id
                and e.lot_id = p.cell_lot_id and e.location_id = p.cell_location_id
        left join unnest(p_cells) as w
            on
                e.cell is null
                and w.warehouse_id = p.warehouse_id and w.item_id = p.item_id and w.item_variant_id = p.cell_variant_id
                and w.lot_id = p.cell_lot_id and w.location_id = -1
        where p.line is not null and coalesce(e.cell, w.cell) is not null
    ),

    -- what the first row of an order finds in its cell, the stock and all movements of earlier orders, on its date and
    -- on all later ones; and what earlier rows of the order take there
    found as (
        select
            f.nth,
            pg_catalog.min(f.found) as found,
            pg_catalog.min(f.taken) as taken
        from (
            select
                m.nth,
                m.cell_date >= m.record_date as counts,
                m.lowest + coalesce(
                    pg_catalog.sum(m.quantity) filter (where m.cell_date >= m.record_date) over earlier_orders, 0
                ) as found,
                coalesce(pg_catalog.sum(least(m.quantity, 0)) over earlier_rows, 0) as taken
            from of_cell as m
            window
                earlier_orders as (
                    partition by m.cell order by m.ordinal groups between unbounded preceding and 1 preceding
                ),
                earlier_rows as (
                    partition by m.cell, m.ordinal
                    order by m.line, m.counterpart rows between unbounded preceding and 1 preceding
                )
        ) as f
        where f.counts
        group by f.nth
    )

    select
        pg_catalog.row_number() over (
            order by p.ordinal, p.line nulls first, p.counterpart, p.lot_code nulls first, p.location_code nulls first
        ) as sort_order,
        p.ordinal,
        p.production_order_id as order_id,
        p.production_declaration_id as declaration_id,
        p.record_date,
        p.outcome,
        p.feasible_quantity,
        case when p.line > 0 then p.line end as material_line,
        p.lot_id,
        p.item_code,
        p.variant_code,
        p.lot_code,
        p.location_code,
        p.warehouse_code,
        p.reason_code,
        p.resolved_by,
        p.quantity,
        -- earlier rows of the order count in full, but what is shown is not below what was there
        case when p.quantity < 0 then greatest(f.found + f.taken, least(f.found, 0)) end as available_quantity,
        p.reasons
    from plan as p
    left join found as f on f.nth = p.nth
    where p.line is not null or p.movements = 0;
end;
$$;
