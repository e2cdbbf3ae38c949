-- Puts master data of a first load, as erp_api.put_data does (R70-R74), but for its answers, which are not kept: that
-- a load made all of it, its run says. Returns what came of each row.
-- Precondition: erp_internal.open_company has made the company in this transaction. Errors: 22023.
create or replace function erp_internal.load_data(p_company_id integer, p_data jsonb)
returns setof erp_internal.row_answer
language plpgsql
volatile
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB'
set jit = off
as $$
declare
    v_elements erp_internal.data_element [] := array(
        select e from erp_internal.parse_data(p_company_id, p_data) as e
    );
begin
    return query
    select a.*
    from erp_internal.execute_data(
        p_company_id, v_elements, array(select f from erp_internal.check_data(v_elements) as f), true, false, false
    ) as a;
    perform erp_internal.analyze_data();
end;
$$;
