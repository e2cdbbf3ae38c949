-- requires: internal/guards/protect_history, internal/guards/refuse_truncate
-- A place in the feed is final once it was given (R75). A run of what was changed by hand ends with its
-- transaction (R76).

create or replace function erp_internal.end_hand_run_with_transaction()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    perform erp_internal.end_hand_run(new.company_id);
    return null;
end;
$$;

-- a constraint trigger cannot be replaced
drop trigger if exists run_place_of_hand_run on erp.run_place;
create constraint trigger run_place_of_hand_run
after insert on erp.run_place
deferrable initially deferred
for each row when (new.turn is null) execute function erp_internal.end_hand_run_with_transaction();

create or replace trigger run_place_update_protected
after update on erp.run_place
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger run_place_delete_protected
after delete on erp.run_place
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger run_place_truncate_refused
before truncate on erp.run_place
for each statement execute function erp_internal.refuse_truncate();
