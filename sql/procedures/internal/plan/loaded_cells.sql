-- Returns what the removal of records would take from the cells that they loaded, and give back to them (R38): by
-- removal (ordinal is its position) and cell the loads, the change, and from which date. Cells
-- are those of a release: a lot in a location, a location, or a warehouse without its blocked locations. Where negative
-- stock is allowed there is nothing to check.
create or replace function erp_internal.loaded_cells(p_company_id integer, p_removals erp_internal.removal[])
returns table (
    ordinal integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    record_date date,
    loaded numeric,
    change numeric
)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
    return query
    with moved as materialized (
        select
            m.ordinal,
            m.warehouse_id,
            m.item_id,
            coalesce(m.item_variant_id, 0) as item_variant_id,
            coalesce(m.lot_id, 0) as lot_id,
            case
                when m.lot_id is not null or w.check_location or l.blocked then coalesce(m.location_id, 0) else -1
            end as location_id,
            m.record_date,
            pg_catalog.sum(m.quantity) filter (where m.quantity > 0) as loaded,
            -pg_catalog.sum(m.quantity) as change
        from erp_internal.movements_in_force(p_company_id, p_removals) as m
        inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = m.warehouse_id
        left join erp.location as l on l.company_id = p_company_id and l.location_id = m.location_id
        inner join erp.production_parameter as p on p.company_id = p_company_id
        where m.lot_id is not null or not (p.allow_negative_stock and w.allow_negative_stock)
        group by 1, 2, 3, 4, 5, 6, 7
    )

    select m.*
    from moved as m
    where
        (m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, m.location_id) in (
            select l.warehouse_id, l.item_id, l.item_variant_id, l.lot_id, l.location_id
            from moved as l
            where l.change < 0
        );
end;
$$;
