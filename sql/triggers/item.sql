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
    v_company_ids integer [];
    v_item_ids bigint [];
    v_columns text [];
    v_item_code text;
    v_column text;
begin
    if erp_internal.write_mode() <> '' then
        return null;
    end if;
    -- more decimals leave all quantities right, but a run that read both would round in two ways
    select array_agg(c.company_id), array_agg(c.item_id), array_agg(c.column_name)
    into v_company_ids, v_item_ids, v_columns
    from (
        select
            o.company_id,
            o.item_id,
            case
                when n.tracking is distinct from o.tracking then 'tracking'
                when n.uom is distinct from o.uom then 'uom'
                when n.quantity_decimals is null or n.quantity_decimals < o.quantity_decimals then 'quantity_decimals'
            end as column_name
        from old_rows as o
        left join new_rows as n on n.company_id = o.company_id and n.item_id = o.item_id
        where
            n.tracking is distinct from o.tracking
            or n.uom is distinct from o.uom
            or n.quantity_decimals is distinct from o.quantity_decimals
    ) as c;
    if v_item_ids is null then
        return null;
    end if;
    perform erp_internal.claim_configuration(v_company_ids);

    if current_setting('transaction_isolation') <> 'read committed' then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            'The tracking, unit and decimals of an item are changed at read committed alone:'
            || ' an older snapshot does not show what stands on them.',
            'Begin the transaction at read committed.'
        );
    end if;
    select i.item_code, a.column_name
    into v_item_code, v_column
    from unnest(v_company_ids, v_item_ids, v_columns) as a (company_id, item_id, column_name)
    inner join erp.item as i on i.company_id = a.company_id and i.item_id = a.item_id
    where
        a.column_name is not null
        and (
            exists (
                select
                from erp.stock_movement as m
                where m.company_id = a.company_id and m.item_id = a.item_id
            )
            or exists (
                select
                from erp.lot as t
                inner join erp.material_lot as c on c.company_id = t.company_id and c.lot_id = t.lot_id
                where t.company_id = a.company_id and t.item_id = a.item_id
            )
            or exists (
                select
                from erp.lot as t
                where a.column_name = 'tracking' and t.company_id = a.company_id and t.item_id = a.item_id
            )
            -- what was released is still to be registered, in the quantities that it was released with
            or exists (
                select
                from erp.production_order_material as m
                cross join lateral erp_internal.order_by_id(m.company_id, m.production_order_id) as o
                where
                    m.company_id = a.company_id and m.item_id = a.item_id
                    and o.status in ('executive', 'closed')
            )
            or (a.company_id, a.item_id) in (
                select o.company_id, o.item_id
                from erp.production_order as o
                where o.status in ('executive', 'closed')
            )
        )
    limit 1;
    if found then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            format('Stock movements, lots or released orders stand on the %s of item %s.', v_column, v_item_code),
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
