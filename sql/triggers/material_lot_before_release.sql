-- requires: internal/guards/protect_facts, internal/guards/protect_history, internal/guards/refuse_truncate
-- The lot commitments that restore will bring back are written by runs only (R34).

create or replace trigger material_lot_before_release_insert_protected
before insert on erp.material_lot_before_release
for each statement execute function erp_internal.protect_facts();

create or replace trigger material_lot_before_release_update_protected
after update on erp.material_lot_before_release
referencing old table as old_rows
for each statement execute function erp_internal.protect_history('of an order');

create or replace trigger material_lot_before_release_delete_protected
after delete on erp.material_lot_before_release
referencing old table as old_rows
for each statement execute function erp_internal.protect_history('of an order');

create or replace trigger material_lot_before_release_truncate_refused
before truncate on erp.material_lot_before_release
for each statement execute function erp_internal.refuse_truncate();
