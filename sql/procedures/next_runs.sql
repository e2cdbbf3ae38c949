-- Hands out the feed: the runs of a company in an order in which each comes after those that it built on (R75).
-- Locks: see erp_internal.number_runs; it waits for nobody. Errors: 22023, 40001, PR003, PR004, PR005.
create or replace function erp_api.next_runs(
    p_company_id integer,
    p_after bigint default 0,
    p_limit integer default 1000
)
returns table (
    place bigint,
    run_id bigint,
    kind text,
    started_at timestamptz,
    request_key uuid
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
    c_most constant integer := 10000;
    v_last bigint;
    v_archived bigint;
begin
    perform erp_internal.assert_member(p_company_id);
    if p_after is null or p_after < 0 then
        raise exception using
            errcode = '22023',
            message = format('p_after is %s; it takes the last place that was read, 0 before the first.',
                coalesce(p_after::text, 'null'));
    end if;
    if p_limit is null or p_limit not between 1 and c_most then
        raise exception using
            errcode = '22023',
            message = format('p_limit is %s; it takes 1 to %s.', coalesce(p_limit::text, 'null'), c_most);
    end if;
    v_last := erp_internal.committed_place(p_company_id);
    if p_after > v_last then
        raise exception using
            errcode = 'PR003',
            message = format('There is no place %s in the feed of the company: the last is %s.', p_after, v_last),
            hint = 'The database may be older than your cursor (restored from a backup):'
                || ' compare your state with the company''s, and go on after its last place.';
    end if;
    if v_last < p_after + p_limit then
        perform erp_internal.number_runs(p_company_id, p_limit);
    end if;
    return query
    select p.place, p.run_id, r.kind, r.started_at, r.request_key
    from erp.run_place as p
    inner join erp.run as r on r.company_id = p.company_id and r.run_id = p.run_id
    where
        p.company_id = p_company_id and p.place is not null
        and p.place > p_after and p.place <= least(p_after + p_limit, v_last)
    order by p.place;
    -- asked last, so that what was archived meanwhile is missed by nobody
    select c.archived_place into v_archived
    from erp.run_place_counter as c
    where c.company_id = p_company_id;
    if p_after < v_archived then
        raise exception using
            errcode = 'PR005',
            message = format(
                'The feed of the company begins after place %s: runs after place %s were archived.', v_archived, p_after
            ),
            hint = 'Compare your state with the company''s, and go on after its last place;'
                || ' erp_api.my_companies tells where the feed begins.';
    end if;
end;
$$;

comment on function erp_api.next_runs is
'The feed of a company (R75): the runs that changed or refused something, each after those that it built on. A reader
keeps the last place that it has acted on, best in the transaction in which it does, and asks for what follows: it
misses none and meets none twice, whatever commits in which order. What a run did stands in movement_history,
run_order_history and run_row_history; how things are now, in erp_data.
p_after: the last place read, 0 before the first. p_limit: up to 10,000 runs.
Returns a row per run in the order of place, which counts from 1 without gaps and never changes. A run has its place
after a call that saw it committed has ended, so the first call after it may not show it and the next does: after an
empty answer, call once more, in another transaction. Readers do not wait for each other; one that stays in its
transaction keeps all from numbering.
Errors: 22023 bad call, 40001 send again (repeatable read), PR003 p_after is beyond the last place, as after a restore
from a backup, PR004 unknown company or no membership, PR005 p_after is before feed_begins_after of my_companies: runs
that follow it were archived.';
