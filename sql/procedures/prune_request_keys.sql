-- Forgets the request keys of runs that are older than p_keep (R60); the runs stay.
-- Locks: the configuration, shared; those runs, by id. A run that another call of this function holds is left to that
-- call, so neither waits.
-- Errors: 22023, 40001, PR004.
create or replace function erp_api.prune_request_keys(p_company_id integer, p_keep interval default interval '90 days')
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_previous_mode text;
    v_before timestamptz;
    v_forgotten bigint;
begin
    perform erp_internal.assert_member(p_company_id);
    begin
        v_before := now() - p_keep;
    exception
        when datetime_field_overflow then
            v_before := null;
    end;
    if v_before is null or not v_before between now() - interval '100 years' and now() - interval '1 day' then
        raise exception using
            errcode = '22023',
            message = 'p_keep is null, shorter than a day or longer than a century.',
            hint = 'Keep request keys for as long as a client may repeat a call.';
    end if;
    perform erp_internal.lock_configuration(p_company_id);
    v_previous_mode := erp_internal.set_write_mode('run');
    update erp.run as r
    set request_key = null
    from (
        select r.run_id
        from erp.run as r
        where r.company_id = p_company_id and r.request_key is not null and r.started_at < v_before
        order by r.run_id
        for no key update skip locked
    ) as o
    where r.company_id = p_company_id and r.run_id = o.run_id;
    get diagnostics v_forgotten = row_count;
    perform erp_internal.set_write_mode(v_previous_mode);
    return v_forgotten;
end;
$$;

comment on function erp_api.prune_request_keys is
'Forgets the request keys of runs that started longer ago than p_keep, default 90 days, at least one (R60); the runs
stay in the history. Until then a repeated key answers as the first call did; afterwards it is a new key. Keys are kept
until this is called: call it now and then, say every night. Returns how many keys were forgotten. Errors: 22023 bad
call, PR004 unknown company or no membership.';
