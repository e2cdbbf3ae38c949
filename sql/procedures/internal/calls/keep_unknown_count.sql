-- Writes to a run how many of its ids are unknown, since these have no rows of their own (see erp_internal.run_answer).
create or replace function erp_internal.keep_unknown_count(
    p_company_id integer, p_run_id bigint, p_unknown erp_internal.requested_id[]
)
returns void
language plpgsql
volatile
as $$
declare
    v_previous_mode text;
begin
    if pg_catalog.cardinality(p_unknown) = 0 then
        return;
    end if;
    v_previous_mode := erp_internal.set_write_mode('run');
    update erp.run as r
    set unknown_count = pg_catalog.cardinality(p_unknown)
    where r.company_id = p_company_id and r.run_id = p_run_id;
    perform erp_internal.set_write_mode(v_previous_mode);
end;
$$;
