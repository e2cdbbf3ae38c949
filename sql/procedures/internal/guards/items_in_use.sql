-- requires: internal/lookups/order_by_id, internal/messages/order_label
-- Returns of changes of items (tracking, unit or decimals, by column name) those that must not be made, since something
-- stands on what the item is now (R20): movements, lot commitments, lots, or released orders, which are still to be
-- registered in the quantities that they were released with. example names one thing that does.
-- Precondition: the configuration is claimed (erp_internal.claim_configuration), at read committed, so that runs have
-- ended and what they wrote is seen.
create or replace function erp_internal.items_in_use(p_changes erp_internal.item_change[])
returns table (company_id integer, item_id bigint, column_name text, example text)
language sql
stable
begin atomic
    select
        a.company_id,
        a.item_id,
        a.column_name,
        e.example
    from unnest(p_changes) as a
    cross join lateral (
        (
            select pg_catalog.to_char(m.record_date, '"a movement of" YYYY-MM-DD') as example
            from erp.stock_movement as m
            where m.company_id = a.company_id and m.item_id = a.item_id
            limit 1
        )
        union all
        (
            select pg_catalog.format('lot %s', t.lot_code)
            from erp.lot as t
            where
                t.company_id = a.company_id and t.item_id = a.item_id
                and (
                    a.column_name = 'tracking'
                    or exists (
                        select
                        from erp.material_lot as c
                        where c.company_id = t.company_id and c.lot_id = t.lot_id
                    )
                )
            limit 1
        )
        union all
        (
            select
                pg_catalog.format(
                    'order %s', erp_internal.order_label(o.order_year, o.order_number, o.order_lot)
                )
            from erp.production_order_material as m
            cross join lateral erp_internal.order_by_id(m.company_id, m.production_order_id) as o
            where
                m.company_id = a.company_id and m.item_id = a.item_id
                and o.status in ('executive', 'closed')
            limit 1
        )
        union all
        (
            select
                pg_catalog.format(
                    'order %s', erp_internal.order_label(o.order_year, o.order_number, o.order_lot)
                )
            from erp.production_order as o
            where
                o.company_id = a.company_id and o.item_id = a.item_id
                and o.status in ('executive', 'closed')
            limit 1
        )
        limit 1
    ) as e;
end;
