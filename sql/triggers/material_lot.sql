-- requires: internal/guards/protect_order_rows, internal/guards/refuse_truncate
-- Lot commitments of an order (R20): see erp_internal.protect_order_rows.

create or replace trigger material_lot_insert_protected
after insert on erp.material_lot
referencing new table as new_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger material_lot_update_protected
after update on erp.material_lot
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger material_lot_delete_protected
after delete on erp.material_lot
referencing old table as old_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger material_lot_truncate_refused
before truncate on erp.material_lot
for each statement execute function erp_internal.refuse_truncate();
