-- Returns the run that tells what this transaction changes by hand in a company, while it is open; null if there is
-- none. Only its own transaction sees a run without a turn.
create or replace function erp_internal.open_hand_run(p_company_id integer)
returns bigint
language sql
stable
return (
    select p.run_id
    from erp.run_place as p
    where p.company_id = p_company_id and p.place is null and p.turn is null
    limit 1
);
