-- requires: internal/door
-- A record that a run made is changed and removed by runs only (R20).

create or replace function erp_internal.protect_records()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if erp_internal.door() = '' and exists (select from old_rows as o where o.run_id is not null) then
        raise exception using
            errcode = 'PR002',
            message = 'A stock record made by a run cannot be changed or removed by hand.',
            hint = 'Use erp_api.restore_production_orders or rollback_declarations. '
                || 'For maintenance: select erp_internal.set_door(''maintenance'').',
            schema = tg_table_schema,
            table = tg_table_name;
    end if;
    return null;
end;
$$;

create or replace trigger stock_record_delete_protected
after delete on erp.stock_record
referencing old table as old_rows
for each statement execute function erp_internal.protect_records();

create or replace trigger stock_record_update_protected
after update on erp.stock_record
referencing old table as old_rows
for each statement execute function erp_internal.protect_records();
