-- requires: internal/guards/protect_history, internal/guards/refuse_truncate
-- What runs answered for sent rows and documents stays as it was written (R61).

create or replace trigger run_row_update_protected
after update on erp.run_row
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger run_row_delete_protected
after delete on erp.run_row
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger run_row_truncate_refused
before truncate on erp.run_row
for each statement execute function erp_internal.refuse_truncate();
