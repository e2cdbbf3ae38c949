-- Returns the run that tells what this transaction changes by hand in a company, and opens it at the first change. It
-- gets its turn in the feed when the transaction ends, or before a call of it ends (erp_internal.end_hand_run), which
-- knows by the setting erp.hand_run that there may be one.
create or replace function erp_internal.hand_run(p_company_id integer)
returns bigint
language plpgsql
volatile
as $$
declare
    v_run_id bigint := erp_internal.open_hand_run(p_company_id);
begin
    if v_run_id is null then
        insert into erp.run (
            company_id, kind, session_role, caller_role, application_name, actor, arguments, language
        )
        values (
            p_company_id, 'hand', session_user, erp_internal.caller_role(),
            pg_catalog.current_setting('application_name'), erp_internal.claimed_actor(), '{}',
            erp_internal.message_language()
        )
        returning run_id into v_run_id;
        -- asked after the row that names the company, which waits for a move under way
        perform erp_internal.assert_active(p_company_id);
        insert into erp.run_place (company_id, run_id, turn)
        values (p_company_id, v_run_id, null);
        perform pg_catalog.set_config('erp.hand_run', 'open', true);
    end if;
    return v_run_id;
end;
$$;
