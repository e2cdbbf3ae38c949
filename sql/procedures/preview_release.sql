-- requires: internal/plan_movements, internal/splits_on_shortage
-- Shows what release would do now, by the very plan that release executes. Locks and changes nothing; runs in a
-- read-only transaction. Errors: 22023, 42501.
create or replace function erp_api.preview_release(
    p_company_id integer,
    p_order_ids bigint[],
    p_record_date date default null,
    p_on_shortage text default null
)
returns table (
    ordinal integer,
    order_id bigint,
    outcome text,
    feasible_quantity numeric,
    material_line integer,
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
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_nestloop = off
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    v_record_date constant date := coalesce(p_record_date, current_date);
    v_order_ids bigint [];
    v_split boolean;
    v_orders erp_internal.asked_order [];
    v_demand erp_internal.material_demand [];
    v_plan erp_internal.planned_movement [];
    v_cells erp_internal.stock_cell [];
begin
    perform erp_internal.assert_member(p_company_id);
    v_order_ids := erp_internal.distinct_ids('p_order_ids', p_order_ids);
    v_split := erp_internal.splits_on_shortage(p_company_id, p_on_shortage);
    v_orders := array(select o from erp_internal.ask_orders(p_company_id, v_order_ids, v_split) as o);
    v_demand := array(select d from erp_internal.resolve_materials(p_company_id, v_orders, v_record_date) as d);
    v_plan := array(
        select p
        from erp_internal.plan_movements(
            p_company_id, v_record_date, v_split, 'released', v_orders, v_demand
        ) as p
    );
    v_cells := array(select c from erp_internal.stock_cells(p_company_id, v_record_date, v_demand) as c);

    return query
    with plan as (
        select
            p.*,
            w.warehouse_code,
            i.item_code,
            v.variant_code,
            t.lot_code,
            l.location_code,
            r.reason_code,
            coalesce(p.item_variant_id, 0) as cell_variant_id,
            coalesce(p.lot_id, 0) as cell_lot_id,
            case when p.lot_id is not null or w.check_location then coalesce(p.location_id, 0) else -1 end
                as cell_location_id,
            count(p.line) over (partition by p.ordinal) as movements
        from unnest(v_plan) as p
        left join lateral (
            select i.item_code
            from erp.item as i
            where i.company_id = p_company_id and i.item_id = p.item_id
            offset 0
        ) as i on true
        left join lateral (
            select v.variant_code
            from erp.item_variant as v
            where v.company_id = p_company_id and v.item_variant_id = p.item_variant_id
            offset 0
        ) as v on true
        left join lateral (
            select t.lot_code
            from erp.lot as t
            where t.company_id = p_company_id and t.lot_id = p.lot_id
            offset 0
        ) as t on true
        left join lateral (
            select l.location_code
            from erp.location as l
            where l.company_id = p_company_id and l.location_id = p.location_id
            offset 0
        ) as l on true
        left join lateral (
            select
                w.warehouse_code,
                w.check_location
            from erp.warehouse as w
            where w.company_id = p_company_id and w.warehouse_id = p.warehouse_id
            offset 0
        ) as w on true
        left join lateral (
            select r.reason_code
            from erp.movement_reason as r
            where r.company_id = p_company_id and r.movement_reason_id = p.movement_reason_id
            offset 0
        ) as r on true
    ),

    -- what the first row of an order finds in its cell: the stock, and all that earlier orders move
    faced as (
        select
            p.*,
            coalesce(c.available, 0)
            + coalesce(sum(p.quantity) over (
                partition by p.warehouse_id, p.item_id, p.cell_variant_id, p.cell_lot_id, p.cell_location_id
                order by p.ordinal groups between unbounded preceding and 1 preceding
            ), 0) as found
        from plan as p
        left join unnest(v_cells) as c
            on
                c.warehouse_id = p.warehouse_id and c.item_id = p.item_id and c.item_variant_id = p.cell_variant_id
                and c.lot_id = p.cell_lot_id and c.location_id = p.cell_location_id
    )

    select
        p.ordinal,
        p.production_order_id,
        p.outcome,
        p.feasible_quantity,
        p.line,
        p.item_code,
        p.variant_code,
        p.lot_code,
        p.location_code,
        p.warehouse_code,
        p.reason_code,
        p.resolved_by,
        p.quantity,
        -- earlier rows of the order count in full, yet leave no less than nothing
        case
            when p.quantity < 0
                then greatest(p.found + coalesce(sum(least(p.quantity, 0)) over earlier_rows, 0), least(p.found, 0))
        end,
        p.reasons
    from faced as p
    where p.line is not null or p.movements = 0
    window earlier_rows as (
        partition by
            p.warehouse_id, p.item_id, p.cell_variant_id, p.cell_lot_id, p.cell_location_id, p.ordinal
        order by p.line, p.mirror rows between unbounded preceding and 1 preceding
    )
    order by p.ordinal, p.line nulls first, p.mirror, p.lot_code nulls first, p.location_code nulls first;
end;
$$;

comment on function erp_api.preview_release is
'Shows what erp_api.release_production_orders would do now with the same arguments, by the same plan; it locks and
changes nothing and runs in a read-only transaction (R2-R28).
Returns a row per planned movement and at least one per order, in the order asked: outcome released, split or refused;
feasible_quantity is what would be released, 0 where refused; quantity is signed; available_quantity is what an issue
finds in its warehouse, location or lot when its turn comes (null for loads); reasons is a JSON array.
Errors: 22023 bad call, 42501 unknown company or no membership.';
