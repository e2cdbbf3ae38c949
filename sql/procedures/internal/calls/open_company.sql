-- Makes a company and opens the run of its first load (R61), which its rows come in by: erp_internal.load_data,
-- load_orders and load_stock, then erp_internal.close_load. Nobody else sees the company before the end of the
-- transaction.
-- The row of company.csv is one of the rows of load_data: until it has come, the period is a day of long ago.
-- p_caller_role: who loads, as the owner of the tables. Errors: 23505 (company_code_key) if there is the company.
create or replace function erp_internal.open_company(
    p_company_code text,
    p_caller_role text,
    p_arguments jsonb,
    p_note text,
    out company_id integer,
    out run_id bigint
)
language plpgsql
volatile
as $$
#variable_conflict use_column
declare
    c_unknown constant date := date '0001-01-01';
begin
    insert into erp.company (company_code)
    values (p_company_code)
    returning company_id into company_id;
    insert into erp.production_parameter (company_id, period_start, period_end)
    values (open_company.company_id, c_unknown, c_unknown);
    run_id := (erp_internal.begin_run(company_id, 'load', p_arguments, null, p_note, p_caller_role)).run_id;
end;
$$;
