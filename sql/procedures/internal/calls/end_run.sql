-- Ends a run: it gets its turn in the feed (R75), while it still holds all its locks, so that whoever waits for it
-- comes after it. If its company wants that, those who listen are woken when the transaction commits. What neither
-- changed nor refused anything has no answers, and is no news.
-- p_run_id: the run, with all its answers written. p_is_news: a run without answers is to be told too.
create or replace function erp_internal.end_run(p_company_id integer, p_run_id bigint, p_is_news boolean default false)
returns void
language plpgsql
volatile
as $$
begin
    -- what the transaction has changed by hand, the run may have built on
    if pg_catalog.current_setting('erp.hand_run', true) <> '' then
        perform erp_internal.end_hand_run(p_company_id);
    end if;
    insert into erp.run_place (company_id, run_id)
    select p_company_id, p_run_id
    where
        p_is_news
        or exists (select from erp.run_order as a where a.company_id = p_company_id and a.run_id = p_run_id)
        or exists (select from erp.run_row as a where a.company_id = p_company_id and a.run_id = p_run_id);
    if found then
        perform erp_internal.wake_readers(p_company_id);
    end if;
end;
$$;
