-- Writes the stock records and movements of a plan (R3, R19): one record per order, declaration or document, warehouse
-- and reason (of a document also per order that it names), numbered in the order of the plan; lines by those of the
-- plan, the line's own movement before its counterpart, lot, location. Returns the counts of each.
-- Precondition: stock is locked, the write mode is run. Locks: the counters of warehouse and day, in key order, last of
-- all (R62). Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key.
create or replace function erp_internal.write_records(
    p_company_id integer, p_run_id bigint, p_plan erp_internal.planned_movement[]
)
returns setof erp_internal.record_count
language plpgsql
volatile
set enable_nestloop = off
as $$
begin
    return query
    with movement as materialized (
        select p.*
        from unnest(p_plan) as p
        where p.line is not null
    ),

    -- the lines of a record are sorted by these codes; most movements have neither lot nor location
    lot as (
        select m.lot_id, t.lot_code
        from (select distinct m.lot_id from movement as m where m.lot_id is not null) as m
        cross join lateral erp_internal.lot_by_id(p_company_id, m.lot_id) as t
    ),

    location as (
        select m.location_id, l.location_code
        from (select distinct m.location_id from movement as m where m.location_id is not null) as m
        cross join lateral erp_internal.location_by_id(p_company_id, m.location_id) as l
    ),

    record as materialized (
        select
            r.*,
            pg_catalog.row_number() over (
                partition by r.warehouse_id, r.record_date order by r.ordinal, r.first_line, r.movement_reason_id
            ) as nth,
            pg_catalog.count(*) over (partition by r.warehouse_id, r.record_date) as number_count
        from (
            select
                m.ordinal, m.production_order_id, m.production_declaration_id, m.document_key, m.record_date,
                m.warehouse_id, m.movement_reason_id,
                pg_catalog.min(m.line * 2::bigint + m.counterpart::integer) as first_line,
                pg_catalog.count(*)::integer as movement_count
            from movement as m
            group by 1, 2, 3, 4, 5, 6, 7
        ) as r
    ),

    counter as (
        insert into erp.stock_record_counter as c (company_id, warehouse_id, record_date, last_number)
        select p_company_id, r.warehouse_id, r.record_date, pg_catalog.count(*)
        from record as r
        group by r.warehouse_id, r.record_date
        order by r.warehouse_id, r.record_date
        on conflict on constraint stock_record_counter_pkey
        do update set last_number = c.last_number + excluded.last_number
        returning c.warehouse_id, c.record_date, c.last_number
    ),

    numbered as (
        select
            r.*,
            c.last_number - r.number_count + r.nth as record_number
        from record as r
        inner join counter as c on c.warehouse_id = r.warehouse_id and c.record_date = r.record_date
    ),

    written as (
        insert into erp.stock_record (
            company_id, record_date, warehouse_id, movement_reason_id, record_number, production_order_id,
            order_year, order_number, order_lot, job_order_id, project, production_declaration_id, document_key, run_id
        )
        select
            p_company_id, n.record_date, n.warehouse_id, n.movement_reason_id, n.record_number,
            n.production_order_id, o.order_year, o.order_number, o.order_lot, o.job_order_id, o.project,
            n.production_declaration_id, n.document_key, p_run_id
        from numbered as n
        left join lateral erp_internal.order_by_id(p_company_id, n.production_order_id) as o on true
        order by n.ordinal, n.first_line
        returning
            record_date, stock_record_id, production_order_id, production_declaration_id, document_key, warehouse_id,
            movement_reason_id
    ),

    moved as (
        insert into erp.stock_movement (
            company_id, record_date, stock_record_id, line, warehouse_id, item_id, item_variant_id, lot_id,
            location_id, quantity, material_line, picking_type, resolved_by, counterpart, picked
        )
        select
            p_company_id, m.record_date, w.stock_record_id,
            pg_catalog.row_number() over (
                partition by w.stock_record_id
                order by m.line, m.counterpart, t.lot_code nulls first, l.location_code nulls first
            ),
            m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id, m.location_id, m.quantity,
            m.material_line, m.picking_type, m.resolved_by, m.counterpart, m.picked
        from movement as m
        inner join written as w
            on
                w.warehouse_id = m.warehouse_id and w.movement_reason_id = m.movement_reason_id
                and w.record_date = m.record_date
                and coalesce(w.production_order_id, 0) = coalesce(m.production_order_id, 0)
                and coalesce(w.production_declaration_id, 0) = coalesce(m.production_declaration_id, 0)
                and coalesce(w.document_key, '') = coalesce(m.document_key, '')
        left join lot as t on t.lot_id = m.lot_id
        left join location as l on l.location_id = m.location_id
    )

    select
        r.ordinal,
        pg_catalog.count(*)::integer as record_count,
        pg_catalog.sum(r.movement_count)::integer as movement_count
    from record as r
    group by r.ordinal;
end;
$$;
