-- requires: internal/guards/refuse_truncate
-- A registered declaration stays as it was registered, in the same run, until it is rolled back (R20, R51).

create or replace function erp_internal.protect_declarations()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    -- affected_rows: the rows as they were before, or, after an update, as they are now
    if
        erp_internal.write_mode() = ''
        and exists (select from affected_rows as d where d.registration_run_id is not null)
    then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'A registered declaration cannot be changed or removed by hand, nor one be registered by hand.',
            'Use erp_api.register_declarations and rollback_declarations.'
        );
    end if;
    return null;
end;
$$;

create or replace trigger production_declaration_insert_protected
after insert on erp.production_declaration
referencing new table as affected_rows
for each statement execute function erp_internal.protect_declarations();

create or replace trigger production_declaration_update_protected
after update on erp.production_declaration
referencing old table as affected_rows
for each statement execute function erp_internal.protect_declarations();

create or replace trigger production_declaration_update_protected_into
after update on erp.production_declaration
referencing new table as affected_rows
for each statement execute function erp_internal.protect_declarations();

create or replace trigger production_declaration_delete_protected
after delete on erp.production_declaration
referencing old table as affected_rows
for each statement execute function erp_internal.protect_declarations();

create or replace trigger production_declaration_truncate_refused
before truncate on erp.production_declaration
for each statement execute function erp_internal.refuse_truncate();
