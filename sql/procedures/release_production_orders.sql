-- Releases launched orders, whole or in part: each becomes executive and its automatic materials are issued, or it is
-- refused with all its reasons (R2-R8, R23, R77).
-- Locks: see erp_internal.execute_release. Errors: 22023, PR001, PR004.
create or replace function erp_api.release_production_orders(
    p_company_id integer,
    p_order_ids bigint[],
    p_record_date date default null,
    p_on_shortage text default null,
    p_all_or_none boolean default false,
    p_request_key uuid default null,
    p_note text default null,
    p_quantities numeric[] default null
)
returns table (
    ordinal integer,
    order_id bigint,
    order_year integer,
    order_number integer,
    order_lot integer,
    outcome text,
    run_id bigint,
    record_count integer,
    movement_count integer,
    remainder_order_id bigint,
    reasons jsonb
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
    v_order_ids bigint [];
    v_quantities erp_internal.requested_quantity [];
    v_split boolean;
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_order_ids := erp_internal.distinct_ids('p_order_ids', p_order_ids);
    v_quantities := erp_internal.requested_quantities(p_order_ids, p_quantities);
    v_run := erp_internal.begin_run(
        p_company_id,
        'release',
        jsonb_build_object(
            'order_ids', to_jsonb(p_order_ids), 'record_date', p_record_date, 'on_shortage', p_on_shortage,
            'all_or_none', p_all_or_none, 'quantities', to_jsonb(p_quantities)
        ),
        p_request_key,
        p_note
    );
    if not v_run.repeated then
        v_split := erp_internal.splits_on_shortage(p_company_id, p_on_shortage);
        perform erp_internal.execute_release(
            p_company_id, v_run.run_id, v_order_ids, v_quantities,
            coalesce(p_record_date, erp_internal.company_today(p_company_id)), v_split, coalesce(p_all_or_none, false)
        );
        perform erp_internal.end_run(p_company_id, v_run.run_id);
    end if;
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select
        a.ordinal, a.order_id, a.order_year, a.order_number, a.order_lot, a.outcome, a.run_id, a.record_count,
        a.movement_count, a.other_order_id as remainder_order_id, a.reasons
    from erp_internal.run_answer(p_company_id, v_run.run_id, v_order_ids, 'order_not_found') as a;
end;
$$;

comment on function erp_api.release_production_orders is
'Releases launched production orders in the order of the call (R2-R8, R23, R77): each becomes executive and gets the
stock issue movements of its automatic materials, or is refused with all its reasons and takes nothing.
p_order_ids: up to 200,000 ids, duplicates count once. p_record_date: date of the stock records, default today of the
company. p_on_shortage: refuse or split, default the company''s parameter. p_all_or_none: one refusal refuses all.
p_request_key: repeats of the same call answer the same and change nothing (R60). p_note: kept with the run.
p_quantities: how much to release of each order, in the unit of measure of its item: an array as long as p_order_ids, in
which null stands for all of an order; null: all of every order. The rest becomes the remainder of the order, as where
stock does not cover it; p_on_shortage is about stock that does not cover the chosen quantity (R77).
Returns a row per order: outcome released, split (remainder_order_id holds the rest) or refused; counts include
counterparts; reasons is a JSON array. Errors: 22023 bad call, PR001 request key used with other arguments, PR004
unknown company or no membership.';
