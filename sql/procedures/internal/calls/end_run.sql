-- Ends a run: it gets its turn in the feed, while it still holds all its locks, so that whoever waits for it comes
-- after it. What neither changed nor refused anything has no answers, and is no news; a first load is.
-- p_run_id: the run, with all its answers written.
create or replace function erp_internal.end_run(p_company_id integer, p_run_id bigint)
returns void
language plpgsql
volatile
as $$
begin
    -- what the transaction has changed by hand, the run may have built on
    perform erp_internal.end_hand_run(p_company_id);
    insert into erp.run_place (company_id, run_id)
    select r.company_id, r.run_id
    from erp.run as r
    where
        r.company_id = p_company_id and r.run_id = p_run_id
        and (
            r.kind = 'load'
            or exists (select from erp.run_order as a where a.company_id = p_company_id and a.run_id = p_run_id)
            or exists (select from erp.run_row as a where a.company_id = p_company_id and a.run_id = p_run_id)
        );
    if found then
        perform erp_internal.wake_readers(p_company_id);
    end if;
end;
$$;
