-- Puts master data (R70-R74): rows of any kind are made, changed or deleted, each alone, or refused with their reasons.
-- Locks (R62): the request key; the configuration, shared with runs, or for this call alone if it changes what runs
-- decide by or deletes; rows, see erp_internal.execute_data. Errors: 22023, 40001, 55000, PR001, PR004.
create or replace function erp_api.put_data(
    p_company_id integer,
    p_data jsonb,
    p_all_or_none boolean default false,
    p_request_key uuid default null,
    p_note text default null
)
returns table (
    ordinal integer,
    kind text,
    place integer,
    key jsonb,
    outcome text,
    run_id bigint,
    reasons jsonb
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    v_elements erp_internal.data_element [];
    v_faults erp_internal.cell_fault [];
    v_claimed boolean;
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_elements := array(select e from erp_internal.parse_data(p_company_id, p_data) as e);
    v_faults := array(select f from erp_internal.check_data(v_elements) as f);
    v_claimed := erp_internal.claims_configuration(p_company_id, v_elements, v_faults);
    v_run := erp_internal.begin_run(
        p_company_id,
        'data',
        erp_internal.sent_arguments(
            p_data,
            (
                select jsonb_object_agg(e.kind, e.row_count)
                from (select e.kind, count(*) as row_count from unnest(v_elements) as e group by e.kind) as e
            ),
            p_all_or_none
        ),
        p_request_key,
        p_note,
        p_claimed => v_claimed
    );
    if not v_run.repeated then
        perform erp_internal.write_row_answers(
            p_company_id,
            v_run.run_id,
            array(
                select a
                from erp_internal.execute_data(
                    p_company_id, v_elements, v_faults, v_claimed, coalesce(p_all_or_none, false), false
                ) as a
            )
        );
        perform erp_internal.end_run(p_company_id, v_run.run_id);
    end if;
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select
        e.ordinal, e.kind, e.place, e.key, coalesce(r.outcome, 'unchanged') as outcome, v_run.run_id,
        coalesce(r.reasons, '[]') as reasons
    from unnest(v_elements) as e
    left join lateral (
        select r.outcome, r.reasons
        from erp.run_row as r
        where r.company_id = p_company_id and r.run_id = v_run.run_id and r.ordinal = e.ordinal
        offset 0
    ) as r on true
    order by e.ordinal;
end;
$$;

comment on function erp_api.put_data is
'Puts master data into the company (R70-R74): each row is made, changed or deleted, or refused with its reasons, and
what equals what is there is unchanged and not touched.
p_data: a JSON object with an array of objects for each kind: company (the caller''s own, without key), site, warehouse,
location, movement_reason, item, item_variant, warehouse_rule, item_location, item_mrp_parameter, job_order, lot; up to
200,000 rows. The keys of a row are the columns of the kind in erp_data, so what is selected there can be put. An absent
key leaves the column as it is, null sets its default; a new row needs what is required. "delete": true deletes the row
of that key; deleting what is not there is unchanged. Rows may name others of the call; deletions come last.
p_all_or_none: one refusal refuses all. p_request_key: repeats of the same call answer the same and change nothing
(R60). p_note: kept with the run.
Returns a row for each row sent: ordinal counts them by kind in the order above, place is the one in its array, key the
key by codes; outcome created, changed, unchanged, deleted or refused; reasons is a JSON array, with the column each.
Errors: 22023 bad call (an unknown kind or key, no objects), 40001 send again, 55000 a change of what runs decide by
outside read committed, PR001 request key used with other arguments, PR004 unknown company or no membership.';
