-- Makes the run of a call that changes the status of orders (R55, R56), or finds the one that its request key names,
-- and returns it with the distinct orders of the call: what the public functions share. p_change, also the kind of the
-- run: close, reopen or archive. Reopening may need a note.
-- Precondition: the caller is a member. Locks: see erp_internal.execute_status_change. Errors: 22023, PR001.
create or replace function erp_internal.run_status_change(
    p_company_id integer,
    p_change text,
    p_order_ids bigint[],
    p_all_or_none boolean,
    p_request_key uuid,
    p_note text,
    out run_id bigint,
    out order_ids bigint[]
)
language plpgsql
volatile
as $$
declare
    v_run record;
begin
    order_ids := erp_internal.distinct_ids('p_order_ids', p_order_ids);
    v_run := erp_internal.begin_run(
        p_company_id,
        p_change,
        pg_catalog.jsonb_build_object(
            'order_ids', pg_catalog.to_jsonb(p_order_ids), 'all_or_none', p_all_or_none
        ),
        p_request_key,
        p_note
    );
    run_id := v_run.run_id;
    if v_run.repeated then
        return;
    end if;
    if p_change = 'reopen' then
        perform erp_internal.assert_note(p_company_id, p_note);
    end if;
    perform erp_internal.execute_status_change(
        p_company_id, run_id, order_ids, p_change, coalesce(p_all_or_none, false)
    );
    perform erp_internal.end_run(p_company_id, run_id);
end;
$$;
