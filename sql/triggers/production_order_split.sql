-- requires: internal/guards/protect_facts, internal/guards/protect_history, internal/guards/refuse_truncate
-- The splits that restore will undo are written by runs only (R35).

create or replace trigger production_order_split_insert_protected
before insert on erp.production_order_split
for each statement execute function erp_internal.protect_facts();

create or replace trigger production_order_split_update_protected
after update on erp.production_order_split
referencing old table as old_rows
for each statement execute function erp_internal.protect_history('of an order');

create or replace trigger production_order_split_delete_protected
after delete on erp.production_order_split
referencing old table as old_rows
for each statement execute function erp_internal.protect_history('of an order');

create or replace trigger production_order_split_truncate_refused
before truncate on erp.production_order_split
for each statement execute function erp_internal.refuse_truncate();
