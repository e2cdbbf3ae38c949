-- Whether stock may go below zero, and whether it is checked by location, does not change while runs decide by it (R15,
-- R17, R20).

create or replace function erp_internal.protect_warehouse_checks()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
    v_company_ids integer [];
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    select array_agg(o.company_id)
    into v_company_ids
    from old_rows as o
    left join new_rows as n on n.company_id = o.company_id and n.warehouse_id = o.warehouse_id
    where
        n.allow_negative_stock is distinct from o.allow_negative_stock
        or n.check_location is distinct from o.check_location;
    if v_company_ids is not null then
        perform erp_internal.claim_configuration(v_company_ids);
    end if;
    return null;
end;
$$;

create or replace trigger warehouse_update_protected
after update on erp.warehouse
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_warehouse_checks();
