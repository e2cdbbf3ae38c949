-- Locks stock keys for movements that are entered by hand, statement after statement (R62).
-- The keys of one statement are locked in their order. A transaction that holds keys of earlier statements could
-- deadlock with a run at a key that comes before one of those, or that has no row yet (runs insert the missing rows
-- first, and nobody else sees them). It does not wait for such a key: 40001 if somebody holds it or is inserting it.
-- The highest key so far is kept in a setting with the number of the transaction, as the write mode is. A transaction
-- that has numbered records holds what comes after all stock (erp_internal.number_records). Variant 0 stands for none.
create or replace function erp_internal.lock_stock_by_hand(p_company_id integer, p_keys erp_internal.stock_key[])
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
    v_held boolean := false;
    -- keys that have no row yet
    v_missing erp_internal.stock_key [];
    v_lock_timeout constant text := pg_catalog.current_setting('lock_timeout');
begin
    select
        pg_catalog.min(array[v_transaction, p_company_id, k.warehouse_id, k.item_id, k.item_variant_id]),
        pg_catalog.max(array[v_transaction, p_company_id, k.warehouse_id, k.item_id, k.item_variant_id])
    into v_lowest, v_highest
    from unnest(p_keys) as k;

    if v_before[1] = v_transaction then
        select
            pg_catalog.bool_or(b.row_ctid is not null and l.locked is null and v_lowest < v_before),
            pg_catalog.array_agg(k::erp_internal.stock_key) filter (where b.row_ctid is null)
        into v_held, v_missing
        from unnest(p_keys) as k
        left join lateral erp_internal.stock_key_row(
            p_company_id, k.warehouse_id, k.item_id, k.item_variant_id
        ) as b on true
        left join lateral (
            select true as locked
            from erp.stock_balance as l
            where
                v_lowest < v_before
                and l.company_id = p_company_id and l.warehouse_id = k.warehouse_id and l.item_id = k.item_id
                and coalesce(l.item_variant_id, 0) = k.item_variant_id
                and l.lot_id is null and l.location_id is null
            for update skip locked
            offset 0
        ) as l on true;
    end if;
    if v_missing is not null and not v_held then
        begin
            -- The shortest wait there is: whoever is inserting such a key may itself wait for one that this transaction
            -- holds, and may look for a deadlock at any moment.
            perform pg_catalog.set_config('lock_timeout', '1ms', true);
            perform erp_internal.lock_stock(p_company_id, v_missing);
            perform pg_catalog.set_config('lock_timeout', v_lock_timeout, true);
        exception
            when lock_not_available then
                v_held := true;
        end;
    end if;
    if v_held then
        raise exception using
            errcode = '40001',
            message = 'The stock of an item is held by another transaction, and comes before what this one holds.',
            hint = 'Enter the lines in one statement, or by warehouse, item and variant, and send them again.';
    end if;
    perform erp_internal.lock_stock(p_company_id, p_keys);
    perform pg_catalog.set_config(
        c_setting,
        pg_catalog.array_to_string(
            case when v_before[1] = v_transaction then greatest(v_before, v_highest) else v_highest end, ' '
        ),
        true
    );
end;
$$;
