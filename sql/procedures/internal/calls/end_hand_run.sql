-- Ends the run that tells what this transaction has changed by hand in a company, if one is open: it gets its turn in
-- the feed. What is changed later belongs to another run.
create or replace function erp_internal.end_hand_run(p_company_id integer)
returns void
language plpgsql
volatile
as $$
declare
    v_run_id constant bigint := erp_internal.open_hand_run(p_company_id);
    v_previous_mode text;
begin
    if v_run_id is not null then
        v_previous_mode := erp_internal.set_write_mode('run');
        update erp.run_place as p
        set turn = pg_catalog.nextval('erp.run_turn')
        where p.company_id = p_company_id and p.run_id = v_run_id;
        perform erp_internal.set_write_mode(v_previous_mode);
        perform erp_internal.wake_readers(p_company_id);
    end if;
end;
$$;
