-- Wakes those who listen to the channel erp_runs, when this transaction commits, if the company wants that. It is a
-- hint: who misses it finds the run in the feed all the same.
create or replace function erp_internal.wake_readers(p_company_id integer)
returns void
language plpgsql
volatile
as $$
begin
    if (select p.notify_runs from erp.production_parameter as p where p.company_id = p_company_id) then
        perform pg_catalog.pg_notify('erp_runs', p_company_id::text);
    end if;
end;
$$;
