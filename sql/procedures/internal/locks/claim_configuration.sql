-- Claims the configuration of companies for a change of what runs decide by (R20, R62). It updates their rows of
-- production_parameter, which runs hold (erp_internal.lock_configuration).
-- A change holds its own rows before any trigger can lock that row, so it must not wait for runs under way. Locks: the
-- rows of production_parameter, without waiting. Errors: 40001 if a run is under way.
create or replace function erp_internal.claim_configuration(p_company_ids integer[])
returns void
language plpgsql
volatile
as $$
declare
    v_company_id integer;
begin
    select a.company_id
    into v_company_id
    from (select distinct c.company_id from unnest(p_company_ids) as c (company_id)) as a
    cross join lateral (
        select p.company_id
        from erp.production_parameter as p
        where p.company_id = a.company_id
        offset 0
    ) as p
    left join lateral (
        select true as locked
        from erp.production_parameter as l
        where l.company_id = a.company_id
        for no key update skip locked
        offset 0
    ) as l on true
    where l.locked is null
    limit 1;
    if found then
        raise exception using
            errcode = '40001',
            message = 'Runs are under way that decide by what is to be changed.',
            hint = pg_catalog.format(
                'Lock the configuration first (select from erp.production_parameter where company_id = %s for no key'
                || ' update), and send the change again.',
                v_company_id
            );
    end if;
    update erp.production_parameter as p
    set period_start = p.period_start
    where p.company_id = any (p_company_ids);
end;
$$;
