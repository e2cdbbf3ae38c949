-- Adds changes to the balance: the only writer of stock_balance.on_hand. It inserts the rows that are missing, then
-- adds. The row without lot and location is updated in any case, so that a transaction at repeatable read that waited
-- for it learns that stock of its key has changed. No row is looked up twice, so nothing is memoized.
-- Locks: the stock keys in their order, unless the write mode is run: then the run has locked them. Errors: 40001.
create or replace function erp_internal.add_to_balance(p_changes erp_internal.stock_change[])
returns void
language plpgsql
volatile
set enable_hashjoin = off
set enable_memoize = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
declare
    v_company record;
    v_previous_mode text;
    v_planned bigint;
    v_written bigint;
begin
    if erp_internal.write_mode() <> 'run' then
        for v_company in
            select
                d.company_id,
                pg_catalog.array_agg(k::erp_internal.stock_key) as keys
            from unnest(p_changes) as d
            cross join lateral (
                select
                    d.warehouse_id,
                    d.item_id,
                    coalesce(d.item_variant_id, 0) as item_variant_id
            ) as k
            group by d.company_id
            order by d.company_id
        loop
            perform erp_internal.lock_stock_by_hand(v_company.company_id, v_company.keys);
        end loop;
    end if;

    if exists (select from unnest(p_changes) as d where d.lot_id is not null or d.location_id is not null) then
        insert into erp.stock_balance (company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id, on_hand)
        select d.company_id, d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id, 0
        from unnest(p_changes) as d
        left join lateral erp_internal.find_balance_row(
            d.company_id, d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id
        ) as b on true
        where b.row_ctid is null and (d.lot_id is not null or d.location_id is not null)
        order by d.company_id, d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id
        on conflict on constraint stock_balance_key do nothing;
    end if;

    v_previous_mode := erp_internal.set_write_mode('run');
    with change as materialized (
        select
            d.company_id, d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id,
            pg_catalog.sum(d.quantity) as quantity
        from (
            select d.*
            from unnest(p_changes) as d
            union all
            select distinct d.company_id, d.warehouse_id, d.item_id, d.item_variant_id, null::bigint, null::bigint, 0
            from unnest(p_changes) as d
        ) as d
        group by 1, 2, 3, 4, 5, 6
    ),

    written as (
        update erp.stock_balance as b
        set on_hand = pg_catalog.trim_scale(b.on_hand + d.quantity)
        from change as d
        cross join lateral erp_internal.find_balance_row(
            d.company_id, d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id
        ) as f
        where b.ctid = f.row_ctid
        returning true
    )

    select (select pg_catalog.count(*) from change as d), (select pg_catalog.count(*) from written as w)
    into v_planned, v_written;
    perform erp_internal.set_write_mode(v_previous_mode);
    perform erp_internal.assert_row_count(v_planned, v_written);
end;
$$;
