-- Tells what erp_api.put_data would answer: it does the same, without a run, and undoes it.
-- Locks: rows, until it answers. Errors: 22023, 40001, PR004.
create or replace function erp_api.preview_data(p_company_id integer, p_data jsonb)
returns table (ordinal integer, kind text, place integer, key jsonb, outcome text, reasons jsonb)
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
begin
    perform erp_internal.assert_member(p_company_id);
    v_elements := array(select e from erp_internal.parse_data(p_company_id, p_data) as e);
    v_faults := array(select f from erp_internal.check_data(v_elements) as f);
    return query
    select a.ordinal, a.kind, a.place, a.key, a.outcome, a.reasons
    from erp_internal.execute_data(p_company_id, v_elements, v_faults, true, false, true) as a
    order by a.ordinal;
end;
$$;

comment on function erp_api.preview_data is
'Tells what erp_api.put_data would answer to the same rows, row by row, and changes nothing. It opens no run and
does not wait for runs (but where parameters of the company differ), so what it says holds for the moment. It needs a
transaction that may write, since it does the work and undoes it; the rows are locked until it answers.
p_data: as for put_data. Returns what put_data returns, without run_id. Errors: 22023 bad call, 40001 send again, PR004
unknown company or no membership.';
