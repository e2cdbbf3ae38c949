-- Opens a run, or finds the run that the request key already names (R60, R61). A second call with the same key waits
-- here until the first has ended.
-- p_caller_role: who acts, where the caller has become the owner of the tables to load a company.
-- p_claimed: the call changes what runs decide by, so it holds the configuration alone.
-- Locks: the request key, before anything else; then the configuration of the company, shared with other runs, so that
-- it does not change under this one, or alone. Errors: 55000, PR001.
create or replace function erp_internal.begin_run(
    p_company_id integer,
    p_kind text,
    p_arguments jsonb,
    p_request_key uuid,
    p_note text,
    p_caller_role text default null,
    p_claimed boolean default false,
    out run_id bigint,
    out repeated boolean
)
language plpgsql
volatile
as $$
#variable_conflict use_column
declare
    v_run erp.run;
begin
    loop
        insert into erp.run (
            company_id, kind, session_role, caller_role, application_name, actor, request_key, arguments, note, language
        )
        values (
            p_company_id, p_kind, session_user, coalesce(p_caller_role, erp_internal.caller_role()),
            pg_catalog.current_setting('application_name'), erp_internal.claimed_actor(), p_request_key, p_arguments,
            p_note, erp_internal.message_language()
        )
        on conflict (company_id, request_key) where request_key is not null do nothing
        returning erp.run.run_id into run_id;

        repeated := run_id is null;
        if not repeated then
            perform erp_internal.lock_configuration(p_company_id, p_claimed);
            return;
        end if;

        select r.* into v_run
        from erp.run as r
        where r.company_id = p_company_id and r.request_key = p_request_key;
        -- not found: the key has been pruned in between, so try again
        exit when found;
    end loop;
    if v_run.kind <> p_kind or v_run.arguments <> p_arguments or v_run.note is distinct from p_note then
        raise exception using
            errcode = 'PR001',
            message = pg_catalog.format('Request key %s was used before with other arguments.', p_request_key),
            hint = 'Repeat a call with exactly its arguments, or use a new key.';
    end if;
    run_id := v_run.run_id;
end;
$$;
