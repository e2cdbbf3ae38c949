-- requires: internal/guards/protect_history, internal/guards/refuse_truncate
-- What runs answered stays as it was written (R61).

create or replace trigger run_order_update_protected
after update on erp.run_order
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger run_order_delete_protected
after delete on erp.run_order
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger run_order_truncate_refused
before truncate on erp.run_order
for each statement execute function erp_internal.refuse_truncate();
