-- Shows what a release would do now, by the plan that release executes (R2-R28, R77).
-- Locks: none; runs in a read-only transaction. Errors: 22023, PR004.
create or replace function erp_api.preview_release(
    p_company_id integer,
    p_order_ids bigint[],
    p_record_date date default null,
    p_on_shortage text default null,
    p_quantities numeric[] default null
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
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    v_record_date date;
    v_order_ids bigint [];
    v_quantities erp_internal.requested_quantity [];
    v_split boolean;
    v_requested record;
    v_orders erp_internal.requested_order [];
    v_demand erp_internal.material_demand [];
    v_cells erp_internal.stock_cell [];
    v_plan erp_internal.planned_movement [];
begin
    perform erp_internal.assert_member(p_company_id);
    v_record_date := coalesce(p_record_date, erp_internal.company_today(p_company_id));
    v_order_ids := erp_internal.distinct_ids('p_order_ids', p_order_ids);
    v_quantities := erp_internal.requested_quantities(p_order_ids, p_quantities);
    v_split := erp_internal.splits_on_shortage(p_company_id, p_on_shortage);
    v_requested := erp_internal.known_ids(p_company_id, 'order', v_order_ids);
    v_orders := array(
        select o
        from erp_internal.read_orders(
            p_company_id, v_requested.known_ids, v_record_date, v_split, v_quantities
        ) as o
    );
    v_demand := array(select d from erp_internal.resolve_materials(p_company_id, v_orders) as d);
    v_cells := erp_internal.stock_cells(p_company_id, v_demand);
    v_plan := array(
        select p
        from erp_internal.plan_movements(p_company_id, v_split, 'released', v_orders, v_demand, v_cells) as p
    );
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '12MB', true);
    return query
    select
        w.ordinal, w.order_id, w.outcome, w.feasible_quantity, w.material_line, w.item_code, w.variant_code, w.lot_code,
        w.location_code, w.warehouse_code, w.reason_code, w.resolved_by, w.quantity, w.available_quantity,
        case
            when w.sort_order is not null then w.reasons
            else
                jsonb_build_array(u.reason || jsonb_build_object('message', format(u.reason ->> 'message', w.order_id)))
        end as reasons
    from (
        select
            w.sort_order, v_requested.known_ordinals[w.ordinal] as ordinal, w.order_id, w.outcome, w.feasible_quantity,
            w.material_line, w.item_code, w.variant_code, w.lot_code, w.location_code, w.warehouse_code, w.reason_code,
            w.resolved_by, w.quantity, w.available_quantity, w.reasons
        from erp_internal.show_plan(p_company_id, v_plan, v_cells) as w
        union all
        select
            null, n.ordinal, n.id, 'refused', 0, null, null, null, null, null, null, null, null, null, null, null
        from unnest(v_requested.unknown) as n
        order by ordinal, sort_order
        offset 0
    ) as w
    cross join lateral (
        select (select erp_internal.unknown_reason(p_company_id, 'order_not_found', erp_internal.message_language()))
            as reason
    ) as u;
end;
$$;

comment on function erp_api.preview_release is
'Shows what erp_api.release_production_orders would do now with the same arguments, by the same plan; it locks and
changes nothing and runs in a read-only transaction (R2-R28, R77).
Returns a row per planned movement and at least one per order, in the order of the call: outcome released, split or
refused; feasible_quantity is what would be released, 0 where refused; quantity is signed; available_quantity is what an
issue finds in its warehouse, location or lot when its turn comes (null for loads); reasons is a JSON array.
Errors: 22023 bad call, PR004 unknown company or no membership.';
