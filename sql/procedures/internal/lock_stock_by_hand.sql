-- requires: internal/lock_stock
-- Locks stock for what is entered by hand, statement after statement (R62). The keys of one statement are locked in
-- their order; one that comes before a key of an earlier statement of the transaction would be locked against it, and
-- could meet a run in a circle. So it is not waited for: 40001 if somebody holds it. The highest key so far stands in a
-- setting that bears the number of the transaction, as a door does.
-- Variant 0 stands for none.
create or replace function erp_internal.lock_stock_by_hand(
    p_company_id integer, p_warehouse_ids bigint[], p_item_ids bigint[], p_item_variant_ids bigint[]
)
returns void
language plpgsql
volatile
as $$
declare
    c_setting constant text := 'erp.highest_stock_key';
    v_transaction constant bigint := pg_catalog.pg_current_xact_id()::text::bigint;
    v_before bigint [] := pg_catalog.string_to_array(
        nullif(pg_catalog.current_setting(c_setting, true), ''), ' '
    )::bigint [];
    v_lowest bigint [];
    v_highest bigint [];
begin
    select
        pg_catalog.min(array[v_transaction, p_company_id, k.warehouse_id, k.item_id, k.item_variant_id]),
        pg_catalog.max(array[v_transaction, p_company_id, k.warehouse_id, k.item_id, k.item_variant_id])
    into v_lowest, v_highest
    from unnest(p_warehouse_ids, p_item_ids, p_item_variant_ids) as k (warehouse_id, item_id, item_variant_id);

    if v_before[1] = v_transaction and v_lowest < v_before then
        if exists (
            select
            from unnest(p_warehouse_ids, p_item_ids, p_item_variant_ids) as k (warehouse_id, item_id, item_variant_id)
            cross join lateral (
                select
                from erp.stock_balance as b
                where
                    b.company_id = p_company_id and b.warehouse_id = k.warehouse_id and b.item_id = k.item_id
                    and coalesce(b.item_variant_id, 0) = k.item_variant_id
                    and b.lot_id is null and b.location_id is null
                offset 0
            ) as b
            left join lateral (
                select true as locked
                from erp.stock_balance as l
                where
                    l.company_id = p_company_id and l.warehouse_id = k.warehouse_id and l.item_id = k.item_id
                    and coalesce(l.item_variant_id, 0) = k.item_variant_id
                    and l.lot_id is null and l.location_id is null
                for update skip locked
                offset 0
            ) as l on true
            where l.locked is null
        ) then
            raise exception using
                errcode = '40001',
                message = 'The stock of an item is held by another transaction, and comes before stock that this one holds.',
                hint = 'Enter the lines in one statement, or by warehouse, item and variant, and send them again.';
        end if;
    end if;
    perform erp_internal.lock_stock(p_company_id, p_warehouse_ids, p_item_ids, p_item_variant_ids);
    perform pg_catalog.set_config(
        c_setting,
        pg_catalog.array_to_string(
            case when v_before[1] = v_transaction then greatest(v_before, v_highest) else v_highest end, ' '
        ),
        true
    );
end;
$$;
