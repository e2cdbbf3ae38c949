-- requires: triggers/stock_movement
-- The history is append-only (R37, R61): runs, what they answered, and what they took back stay as they were written.
-- So does what restore will need: how orders were before their release (R34, R35).

create or replace function erp_internal.protect_history()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    if erp_internal.write_mode() = '' and exists (select from old_rows) then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            format('Rows of %s are written by runs, and stay as they were written.', tg_table_name),
            case
                when tg_argv[0] = 'of an order' then 'Restore the order before you change what it was released with.'
                else 'Request keys are forgotten by erp_api.prune_request_keys.'
            end
        );
    end if;
    return null;
end;
$$;

-- runs set their write mode before they write what a release did of an order, so a statement without one is nobody's
create or replace function erp_internal.protect_facts()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    if erp_internal.write_mode() = '' then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            format('Rows of %s are written by runs alone: they tell what a release did of its order.', tg_table_name),
            'Release the order.'
        );
    end if;
    return null;
end;
$$;

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

create or replace trigger removed_stock_record_update_protected
after update on erp.removed_stock_record
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger removed_stock_record_delete_protected
after delete on erp.removed_stock_record
referencing old table as old_rows
for each statement execute function erp_internal.protect_history();

create or replace trigger removed_stock_record_truncate_refused
before truncate on erp.removed_stock_record
for each statement execute function erp_internal.refuse_truncate();

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
