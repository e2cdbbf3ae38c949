-- Executes the change of the status of orders (R55, R56): lock, plan, write. Nothing moves. The answer is written to
-- run_order. p_change: close, reopen or archive.
-- Precondition: the run has begun. Locks (R62): orders by id; job orders.
create or replace function erp_internal.execute_status_change(
    p_company_id integer, p_run_id bigint, p_order_ids bigint[], p_change text, p_all_or_none boolean
)
returns void
language plpgsql
volatile
as $$
declare
    v_caller constant text := erp_internal.caller_role();
    v_requested record;
    v_answers erp_internal.call_answer [];
    v_stopped boolean;
    v_changed_ids bigint [];
    v_previous_mode text;
    v_row_count bigint;
begin
    perform erp_internal.lock_orders(p_company_id, p_order_ids, false);
    v_requested := erp_internal.known_ids(p_company_id, 'order', p_order_ids);
    perform erp_internal.keep_unknown_count(p_company_id, p_run_id, v_requested.unknown);
    if pg_catalog.cardinality(v_requested.known_ids) = 0 then
        return;
    end if;

    select
        pg_catalog.array_agg(a::erp_internal.call_answer),
        pg_catalog.array_agg(p.order_id) filter (where p.outcome not in ('unchanged', 'refused'))
    into v_answers, v_changed_ids
    from erp_internal.plan_status_change(p_company_id, v_requested.known_ids, p_change) as p
    cross join lateral (
        select
            v_requested.known_ordinals[p.ordinal] as ordinal,
            p.order_id as production_order_id,
            null::bigint as production_declaration_id,
            p.outcome,
            0 as record_count,
            0 as movement_count,
            null::bigint as other_order_id,
            p.reasons
    ) as a;
    v_stopped := erp_internal.stops_call(
        p_all_or_none, v_requested.unknown, array(select a.outcome from unnest(v_answers) as a)
    );
    perform erp_internal.write_answers(
        p_company_id, p_run_id, pg_catalog.cardinality(v_requested.known_ids), v_answers, v_stopped
    );
    if v_stopped or v_changed_ids is null then
        return;
    end if;

    v_previous_mode := erp_internal.set_write_mode('run');
    update erp.production_order as o
    set
        status = case p_change
            when 'close' then 'closed'
            when 'reopen' then 'executive'
            when 'archive' then 'archived'
        end,
        short_close_run_id = case p_change when 'close' then p_run_id when 'archive' then o.short_close_run_id end,
        changed_at = pg_catalog.now(),
        changed_by = v_caller
    from unnest(v_changed_ids) as a (production_order_id)
    cross join lateral erp_internal.order_row(p_company_id, a.production_order_id) as f
    where o.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_changed_ids), v_row_count);
    perform erp_internal.set_write_mode(v_previous_mode);

    perform erp_internal.refresh_jobs_of_orders(p_company_id, v_changed_ids);
end;
$$;
