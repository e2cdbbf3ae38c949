-- Shows what registering declarations would move now, by the plan that registration executes (R51, R52).
-- Locks: none; runs in a read-only transaction. Errors: 22023, PR004.
create or replace function erp_api.preview_registration(
    p_company_id integer, p_declaration_ids bigint[], p_record_date date default null
)
returns table (
    ordinal integer,
    declaration_id bigint,
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
    reasons jsonb,
    record_date date
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
    v_declaration_ids bigint [];
    v_requested record;
    v_declarations erp_internal.requested_declaration [];
    v_demand erp_internal.material_demand [];
    v_cells erp_internal.stock_cell [];
    v_plan erp_internal.planned_movement [];
begin
    perform erp_internal.assert_member(p_company_id);
    v_declaration_ids := erp_internal.distinct_ids('p_declaration_ids', p_declaration_ids);
    v_requested := erp_internal.known_ids(p_company_id, 'declaration', v_declaration_ids);
    v_declarations := array(
        select d
        from erp_internal.read_declarations(
            p_company_id, v_requested.known_ids, 'registration', p_record_date
        ) as d
    );
    v_demand := array(select d from erp_internal.resolve_declarations(p_company_id, v_declarations) as d);
    v_cells := erp_internal.stock_cells(p_company_id, v_demand);
    v_plan := array(
        select p from erp_internal.plan_registration(p_company_id, v_declarations, v_demand, v_cells) as p
    );

    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '12MB', true);
    return query
    select
        w.ordinal, w.declaration_id, w.order_id, w.outcome, w.feasible_quantity, w.material_line, w.item_code,
        w.variant_code, w.lot_code, w.location_code, w.warehouse_code, w.reason_code, w.resolved_by, w.quantity,
        w.available_quantity,
        case
            when w.sort_order is not null then w.reasons
            else
                jsonb_build_array(
                    u.reason || jsonb_build_object('message', format(u.reason ->> 'message', w.declaration_id))
                )
        end as reasons,
        w.record_date
    from (
        select
            w.sort_order, v_requested.known_ordinals[d.ordinal] as ordinal, w.declaration_id, w.order_id, w.outcome,
            w.feasible_quantity, w.material_line, w.item_code, w.variant_code,
            case when w.lot_id < 0 then d.lot_code else w.lot_code end as lot_code, w.location_code, w.warehouse_code,
            w.reason_code, w.resolved_by, w.quantity, w.available_quantity, w.reasons, w.record_date
        from erp_internal.show_plan(p_company_id, v_plan, v_cells) as w
        inner join unnest(v_declarations) as d on d.turn = w.ordinal
        union all
        select
            null, n.ordinal, n.id, null, 'refused', 0, null, null, null, null, null, null, null, null, null,
            null, null, null
        from unnest(v_requested.unknown) as n
        order by ordinal, sort_order
        offset 0
    ) as w
    cross join lateral (
        select (
            select erp_internal.unknown_reason(p_company_id, 'declaration_not_found', erp_internal.message_language())
        ) as reason
    ) as u;
end;
$$;

comment on function erp_api.preview_registration is
'Shows what erp_api.register_declarations would do now with the same arguments, by the same plan; it locks and changes
nothing and runs in a read-only transaction (R51, R52). p_record_date: date of the stock records; null: of each
declaration the day of its declared_at in the time zone of the company.
Returns a row per planned movement and at least one per declaration, in the order of the call: outcome registered or
refused; feasible_quantity is what would be registered, good and scrap, 0 where refused; material_line is null for what
is produced; quantity is signed; available_quantity is what an issue finds in its warehouse, location or lot when its
turn comes (null for loads); reasons is a JSON array; record_date is the day of the records.
Errors: 22023 bad call, PR004 unknown company or no membership.';
