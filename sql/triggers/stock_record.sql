-- requires: internal/door, internal/refuse_by_hand, triggers/stock_movement
-- A record of a run is made, changed and removed by runs only (R20), and numbers given are not given again (R19).

-- touched_rows are the rows added (the trigger's argument is: added) or those that were there before
create or replace function erp_internal.protect_records()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if erp_internal.door() = '' and exists (select from touched_rows as r where r.run_id is not null) then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            case
                when tg_argv[0] = 'added' then 'A stock record entered by hand belongs to no run.'
                else 'A stock record made by a run cannot be changed or removed by hand.'
            end,
            case
                when tg_argv[0] = 'added' then 'Leave run_id empty.'
                else 'Use erp_api.restore_production_orders or rollback_declarations.'
            end
        );
    end if;
    return null;
end;
$$;

create or replace function erp_internal.protect_counters()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
as $$
declare
    v_lowered boolean;
begin
    if erp_internal.door() <> '' then
        return null;
    end if;
    if tg_op = 'DELETE' then
        v_lowered := exists (select from old_rows);
    else
        v_lowered := exists (
            select
            from old_rows as o
            left join new_rows as n
                on
                    n.company_id = o.company_id and n.warehouse_id = o.warehouse_id
                    and n.record_date = o.record_date
            where n.last_number is null or n.last_number < o.last_number
        );
    end if;
    if v_lowered then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The last record number of a warehouse and day only grows: numbers given are not given again.',
            'Leave gaps as they are.'
        );
    end if;
    return null;
end;
$$;

create or replace trigger stock_record_insert_protected
after insert on erp.stock_record
referencing new table as touched_rows
for each statement execute function erp_internal.protect_records('added');

create or replace trigger stock_record_delete_protected
after delete on erp.stock_record
referencing old table as touched_rows
for each statement execute function erp_internal.protect_records();

create or replace trigger stock_record_update_protected
after update on erp.stock_record
referencing old table as touched_rows
for each statement execute function erp_internal.protect_records();

-- of a record changed and one taken into a run, the change is told (by name, it comes first)
create or replace trigger stock_record_update_protected_into
after update on erp.stock_record
referencing new table as touched_rows
for each statement execute function erp_internal.protect_records('added');

create or replace trigger stock_record_counter_delete_protected
after delete on erp.stock_record_counter
referencing old table as old_rows
for each statement execute function erp_internal.protect_counters();

create or replace trigger stock_record_counter_update_protected
after update on erp.stock_record_counter
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_counters();

create or replace trigger stock_record_counter_truncate_refused
before truncate on erp.stock_record_counter
for each statement execute function erp_internal.refuse_truncate();
