-- Declares production of executive orders (R51): each declaration is kept, or refused with its reasons. Stock moves
-- when a declaration is registered.
-- Locks: see erp_internal.execute_declaration. Errors: 22023, PR001, PR004.
create or replace function erp_api.declare_production(
    p_company_id integer, p_declarations jsonb, p_request_key uuid default null, p_note text default null
)
returns table (
    ordinal integer, declaration_id bigint, order_id bigint, outcome text, reasons jsonb, run_id bigint
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    v_elements erp_internal.declared_element [];
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_elements := array(select e from erp_internal.parse_declarations(p_declarations) as e);
    v_run := erp_internal.begin_run(
        p_company_id, 'declaration', jsonb_build_object('declarations', p_declarations), p_request_key, p_note
    );
    if not v_run.repeated then
        perform erp_internal.execute_declaration(p_company_id, v_run.run_id, v_elements);
        perform erp_internal.end_run(p_company_id, v_run.run_id);
    end if;
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select a.ordinal, a.declaration_id, a.order_id, a.outcome, a.reasons, a.run_id
    from erp_internal.run_answer(
        p_company_id, v_run.run_id, array(select e.order_id from unnest(v_elements) as e order by e.ordinal),
        'order_not_found'
    ) as a;
end;
$$;

comment on function erp_api.declare_production is
'Declares production of executive orders (R51): each element becomes a row of declaration_grid, or is refused with its
reasons. Stock moves when erp_api.register_declarations registers it.
p_declarations: a JSON array of up to 200,000 objects {"order_id", "phase", "sub_phase" (default 0), "kind" (opening,
suspension, resume, progress or closing), "declared_at" (ISO 8601, default now), "good_quantity", "scrap_quantity"
(default 0; with progress and closing only), "lot_code" (up to 200 characters), "note"}. p_request_key: repeats of the
same call answer the same and change nothing (R60). p_note: kept with the run.
Returns a row per element, in the order of the array: outcome declared or refused; reasons is a JSON array. Errors:
22023 bad call, PR001 request key used with other arguments, PR004 unknown company or no membership.';
