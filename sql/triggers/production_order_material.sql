-- requires: internal/guards/protect_order_rows, internal/guards/refuse_truncate
-- Materials of an order (R20): see erp_internal.protect_order_rows.

create or replace trigger production_order_material_insert_protected
after insert on erp.production_order_material
referencing new table as new_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_material_update_protected
after update on erp.production_order_material
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_material_delete_protected
after delete on erp.production_order_material
referencing old table as old_rows
for each statement execute function erp_internal.protect_order_rows();

create or replace trigger production_order_material_truncate_refused
before truncate on erp.production_order_material
for each statement execute function erp_internal.refuse_truncate();

-- Removes what a release decided for a material row together with the row (R3). A foreign key would do that too, but it
-- would be checked for every row of every release, which costs a batch more than all that is written here.
create or replace function erp_internal.forget_materials()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    delete from erp.released_material as k
    using
        old_rows as o
    cross join lateral (
        select f.ctid as row_ctid
        from erp.released_material as f
        where
            f.company_id = o.company_id and f.production_order_id = o.production_order_id and f.line = o.line
        offset 0
    ) as f
    where k.ctid = f.row_ctid;
    return null;
end;
$$;

create or replace trigger production_order_material_deleted
after delete on erp.production_order_material
referencing old table as old_rows
for each statement execute function erp_internal.forget_materials();
