-- requires: internal/guards/protect_history, internal/guards/refuse_truncate
-- The movements that runs removed stay as they were written (R37).

create or replace trigger removed_stock_movement_update_protected
after update on erp.removed_stock_movement
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger removed_stock_movement_delete_protected
after delete on erp.removed_stock_movement
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger removed_stock_movement_truncate_refused
before truncate on erp.removed_stock_movement
for each statement execute function erp_internal.refuse_truncate();
