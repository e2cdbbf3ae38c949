-- Master data keeps the meaning of what has happened (R20): tracking, unit and decimals of an item change only while
-- nothing depends on them, and not while runs decide by them.

create or replace function erp_internal.protect_items()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set jit = off
as $$
declare
    v_changes erp_internal.item_change [];
    v_item_code text;
    v_column text;
    v_example text;
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    -- more decimals leave all quantities right (no column), but a run that read both would round in two ways
    v_changes := array(
        select c::erp_internal.item_change
        from (
            select
                o.company_id,
                o.item_id,
                case
                    when n.tracking is distinct from o.tracking then 'tracking'
                    when n.uom is distinct from o.uom then 'uom'
                    when n.quantity_decimals is null or n.quantity_decimals < o.quantity_decimals
                        then 'quantity_decimals'
                end as column_name
            from old_rows as o
            left join new_rows as n on n.company_id = o.company_id and n.item_id = o.item_id
            where
                n.tracking is distinct from o.tracking
                or n.uom is distinct from o.uom
                or n.quantity_decimals is distinct from o.quantity_decimals
        ) as c
    );
    if v_changes = '{}' then
        return null;
    end if;
    perform erp_internal.claim_configuration(array(select c.company_id from unnest(v_changes) as c));

    if current_setting('transaction_isolation') <> 'read committed' then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The tracking, unit and decimals of an item are changed at read committed alone:'
            || ' an older snapshot does not show what stands on them.',
            'Begin the transaction at read committed.'
        );
    end if;
    select i.item_code, u.column_name, u.example
    into v_item_code, v_column, v_example
    from erp_internal.items_in_use(array(select c from unnest(v_changes) as c where c.column_name is not null)) as u
    inner join erp.item as i on i.company_id = u.company_id and i.item_id = u.item_id
    limit 1;
    if found then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            format(
                'Stock movements, lots or released orders stand on the %s of item %s, such as %s.',
                v_column, v_item_code, v_example
            ),
            'Make a new item, or take back what stands on this one.',
            v_column
        );
    end if;
    return null;
end;
$$;

create or replace trigger item_update_protected
after update on erp.item
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.protect_items();
