-- The movements that the releases in force of the given orders made, each order at its place in the array.
-- Records and movements of a new day are unknown to the statistics, so each is probed by its key (offset 0).
create or replace function erp_internal.release_movements(p_company_id integer, p_order_ids bigint[])
returns table (
    ordinal integer,
    production_order_id bigint,
    record_date date,
    stock_record_id bigint,
    line integer,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    quantity numeric
)
language sql
stable
begin atomic
    select
        a.ordinal::integer,
        a.production_order_id,
        r.record_date,
        r.stock_record_id,
        m.line,
        m.warehouse_id,
        m.item_id,
        m.item_variant_id,
        m.lot_id,
        m.location_id,
        m.quantity
    from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
    cross join
        lateral (
            select o.release_run_id
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = a.production_order_id
            offset 0
        ) as o
    cross join
        lateral (
            select
                r.record_date,
                r.stock_record_id,
                r.run_id
            from erp.stock_record as r
            where r.company_id = p_company_id and r.production_order_id = a.production_order_id
            offset 0
        ) as r
    cross join
        lateral (
            select m.*
            from erp.stock_movement as m
            where
                m.company_id = p_company_id and m.record_date = r.record_date
                and m.stock_record_id = r.stock_record_id
            offset 0
        ) as m
    where r.run_id = o.release_run_id;
end;
