-- requires: internal/guards/protect_history, internal/guards/refuse_truncate
-- Runs stay as they were written (R61); only request keys are forgotten.

create or replace trigger run_update_protected
after update on erp.run
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger run_delete_protected
after delete on erp.run
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger run_truncate_refused
before truncate on erp.run
for each statement execute function erp_internal.refuse_truncate();
