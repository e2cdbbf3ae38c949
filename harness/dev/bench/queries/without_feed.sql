-- Runs end without a word, so that what their end costs can be seen.
create or replace function erp_internal.end_run(p_company_id integer, p_run_id bigint, p_is_news boolean default false)
returns void
language plpgsql
volatile
as $$
begin
end;
$$;
