-- requires: internal/door
-- An executive order becomes launched again by restore only (R20).

create or replace function erp_internal.protect_status()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if erp_internal.door() <> '' then
        return null;
    end if;
    if exists (
        select
        from old_rows as o
        inner join new_rows as n on n.company_id = o.company_id and n.production_order_id = o.production_order_id
        where o.status = 'executive' and n.status = 'launched'
    ) then
        raise exception using
            errcode = 'PR002',
            message = 'An executive production order cannot be made launched by hand: its stock movements would stay.',
            hint = 'Use erp_api.restore_production_orders. '
                || 'For maintenance: select erp_internal.set_door(''maintenance'').',
            schema = tg_table_schema,
            table = tg_table_name,
            column = 'status';
    end if;
    return null;
end;
$$;

create or replace trigger production_order_status_protected
after update on erp.production_order
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_status();
