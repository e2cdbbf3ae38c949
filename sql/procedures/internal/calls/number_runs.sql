-- Gives the next places of a company's feed to the runs that are seen and have none, in the order of their turns, up to
-- p_limit of them. Every run that one of these built on is seen too: a run lets go of its locks after it has committed.
-- Does nothing while somebody else numbers. What it numbers is kept on disk before anybody reads it.
-- Locks: an advisory lock of the feed of the company, which it does not wait for. Errors: 40001 where the transaction
-- sees an older state (repeatable read), and where the company moved away.
create or replace function erp_internal.number_runs(p_company_id integer, p_limit integer)
returns void
language plpgsql
volatile
as $$
declare
    v_last bigint;
    v_previous_mode text;
    v_count bigint;
begin
    if not pg_catalog.pg_try_advisory_xact_lock('erp.run_place_counter'::regclass::integer, p_company_id) then
        return;
    end if;
    perform erp_internal.assert_active(p_company_id);
    insert into erp.run_place_counter (company_id)
    values (p_company_id)
    on conflict on constraint run_place_counter_pkey do nothing;
    select c.last_place into v_last
    from erp.run_place_counter as c
    where c.company_id = p_company_id;

    v_previous_mode := erp_internal.set_write_mode('run');
    update erp.run_place as p
    set place = n.place
    from (
        select
            w.run_id,
            v_last + pg_catalog.row_number() over (order by w.turn) as place
        from erp.run_place as w
        where w.company_id = p_company_id and w.place is null and w.turn is not null
        order by w.turn
        limit p_limit
    ) as n
    where p.company_id = p_company_id and p.run_id = n.run_id;
    get diagnostics v_count = row_count;
    perform erp_internal.set_write_mode(v_previous_mode);
    if v_count = 0 then
        return;
    end if;
    update erp.run_place_counter as c
    set
        last_place = v_last + v_count,
        place_before = erp_internal.committed_place(p_company_id),
        numbered_by = pg_catalog.pg_current_xact_id()
    where c.company_id = p_company_id;
    if pg_catalog.current_setting('synchronous_commit') = 'off' then
        perform pg_catalog.set_config('synchronous_commit', 'local', true);
    end if;
end;
$$;
