-- Hands out and removes whole old runs on which nothing stands (R80, R81).
-- Locks: the numbering of the feed, for which it waits, before anything else; then what it removes, which nobody else
-- locks. Errors: 22023, 40001, PR004.
create or replace function erp_api.archive_history(
    p_company_id integer,
    p_before timestamptz,
    p_limit integer default 1000,
    p_after bigint default 0
)
returns table (
    place bigint,
    run_id bigint,
    kind text,
    started_at timestamptz,
    part integer,
    content jsonb
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
    c_all constant integer := 2147483647;
    v_run_ids bigint[];
begin
    perform erp_internal.assert_member(p_company_id);
    perform erp_internal.assert_archivable(p_before);
    if p_limit is null or p_limit not between 1 and c_most then
        raise exception using
            errcode = '22023',
            message = format('p_limit is %s; it takes 1 to %s.', coalesce(p_limit::text, 'null'), c_most);
    end if;
    if p_after is null then
        raise exception using
            errcode = '22023',
            message = 'p_after is null; it takes the last run that was handed out, 0 before the first.';
    end if;
    -- who numbers the feed does not wait for this one, and a run without a place would be missed by its readers
    perform pg_advisory_xact_lock('erp.run_place_counter'::regclass::integer, p_company_id);
    perform erp_internal.number_runs(p_company_id, c_all);
    v_run_ids := erp_internal.plan_archive(p_company_id, p_before, p_after, p_limit);
    return query
    select c.place, c.run_id, c.kind, c.started_at, c.part, c.content
    from erp_internal.run_contents(p_company_id, v_run_ids) as c;
    perform erp_internal.remove_runs(p_company_id, v_run_ids);
end;
$$;

comment on function erp_api.archive_history is
'Hands out old runs of a company and removes them from the history (R80): those that began before p_before and on
which nothing stands that can still be taken back or asked for. A run stays while a record that it made is in force,
while it is the release or the short close of an order or the registration of a declaration, while a stock document, a
lot that a registration made, another lot of an order that it split or its request key is there, and while a run stays
whose work it took back or that took back its own. So what can be restored, rolled back, reopened or merged is so
afterwards as before. The caller keeps what it gets, and commits once it has; what is not committed is handed out
again. Called again and again, each time in a transaction of its own, until it returns no row, it has handed out all;
nothing is handed out twice, also when several call at once, since one waits for the other.
p_before: more than a day ago. p_limit: how many runs at a time, up to 10,000; runs that belong together come
together, even if they are more. p_after: the last run_id that was handed out, so that a call need not look at all
that stays before it; 0 looks from the beginning.
Returns each run by its run_id: place is that of the feed, null of a run that did nothing; content is an object with
the lists orders (rows of erp.run_order), rows (erp.run_row) and records (erp.removed_stock_record, each with its
movements), besides run (erp.run) and place (erp.run_place). A run of more than a thousand of these comes in several
parts, from 1; run and place are in the first.
A reader of the feed that has not come so far gets PR005 (see next_runs); while the transaction is open, new runs get
no place. Errors: 22023 bad call, 40001 send again (repeatable read), PR004 unknown company or no membership.';
