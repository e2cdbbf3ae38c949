-- requires: internal/guards/protect_order_rows, internal/guards/refuse_truncate
-- Phases of an order (R20): see erp_internal.protect_order_rows.

create or replace trigger production_order_phase_insert_protected
after insert on erp.production_order_phase
referencing new table as new_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_phase_update_protected
after update on erp.production_order_phase
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_phase_delete_protected
after delete on erp.production_order_phase
referencing old table as old_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_phase_truncate_refused
before truncate on erp.production_order_phase
for each statement execute function erp_internal.refuse_truncate();
