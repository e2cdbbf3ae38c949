-- Tells how many runs archive_history would hand out, and how many that are as old would stay (R80). Changes nothing.
-- Locks: none. Errors: 22023, PR004.
create or replace function erp_api.preview_archive_history(p_company_id integer, p_before timestamptz)
returns table (kind text, archived_count bigint, kept_count bigint)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
    v_run_ids bigint[];
begin
    perform erp_internal.assert_member(p_company_id);
    perform erp_internal.assert_archivable(p_before);
    v_run_ids := erp_internal.plan_archive(p_company_id, p_before, 0, null);
    return query
    select
        r.kind,
        count(w.run_id) as archived_count,
        count(*) - count(w.run_id) as kept_count
    from erp.run as r
    left join unnest(v_run_ids) as w (run_id) on w.run_id = r.run_id
    where r.company_id = p_company_id and r.started_at < p_before
    group by r.kind
    order by r.kind;
end;
$$;

comment on function erp_api.preview_archive_history is
'Tells what archive_history would do: of the runs of each kind that began before p_before, how many it would hand out
and remove (archived_count), and how many stay since something stands on them (kept_count). Changes nothing, and runs
in a read-only transaction.
p_before: more than a day ago. Returns a row for each kind of which there are such runs. Errors: 22023 bad call, PR004
unknown company or no membership.';
