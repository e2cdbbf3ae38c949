-- requires: internal/guards/protect_facts, internal/guards/protect_history, internal/guards/refuse_truncate
-- What a release decided for its material rows is written by runs only (R3).

create or replace trigger released_material_insert_protected
before insert on erp.released_material
for each statement execute function erp_internal.protect_facts();

create or replace trigger released_material_update_protected
after update on erp.released_material
referencing old table as old_rows
for each statement execute function erp_internal.protect_history('of an order');

create or replace trigger released_material_delete_protected
after delete on erp.released_material
referencing old table as old_rows
for each statement execute function erp_internal.protect_history('of an order');

create or replace trigger released_material_truncate_refused
before truncate on erp.released_material
for each statement execute function erp_internal.refuse_truncate();
