-- requires: internal/door, internal/refuse_by_hand
-- What a release made of an order is taken back by restore only (R20): it does not become launched again, stays in the
-- same run, and does not go.

create or replace function erp_internal.protect_orders()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
as $$
begin
    if erp_internal.door() <> '' then
        return null;
    end if;
    if tg_op = 'DELETE' then
        if exists (select from old_rows as o where o.release_run_id is not null) then
            perform erp_internal.refuse_by_hand(
                tg_table_schema, tg_table_name,
                'A production order that was released cannot be deleted.',
                'Use erp_api.restore_production_orders first.'
            );
        end if;
        return null;
    end if;
    if exists (
        select
        from old_rows as o
        left join new_rows as n on n.company_id = o.company_id and n.production_order_id = o.production_order_id
        where
            o.status <> 'launched' and n.status = 'launched'
            or o.release_run_id is not null and n.release_run_id is distinct from o.release_run_id
    ) then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The release of a production order cannot be changed or taken back by hand: its stock movements would stay.',
            'Use erp_api.restore_production_orders.',
            'status'
        );
    end if;
    return null;
end;
$$;

create or replace trigger production_order_update_protected
after update on erp.production_order
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_orders();

create or replace trigger production_order_delete_protected
after delete on erp.production_order
referencing old table as old_rows
for each statement execute function erp_internal.protect_orders();
