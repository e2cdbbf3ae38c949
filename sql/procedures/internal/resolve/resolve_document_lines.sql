-- Finds by their codes what the lines of stock documents name: of the documents that are neither refused at once nor
-- known from before. What a code does not name is null; a lot that there is not has an id below zero, one for each lot.
-- Each code is looked up once.
create or replace function erp_internal.resolve_document_lines(
    p_company_id integer,
    p_documents erp_internal.requested_document[],
    p_lines erp_internal.stock_document_line_row[]
)
returns setof erp_internal.document_line
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    with line as materialized (
        select
            l.ordinal,
            l.place as line,
            d.record_date,
            l.warehouse_code,
            l.reason_code,
            l.load_reason_code,
            l.item_code,
            l.variant_code,
            l.lot_code,
            l.location_code,
            l.quantity,
            l.counted_quantity,
            l.order_year,
            l.order_number,
            case when l.order_number is not null then coalesce(l.order_lot, 0) end as order_lot,
            l.material_line
        from unnest(p_lines) as l
        inner join unnest(p_documents) as d on d.ordinal = l.ordinal
        where d.posted_run_id is null and coalesce(d.refusal, '') = ''
    ),

    warehouse as (
        select c.warehouse_code, w.warehouse_id
        from (select distinct l.warehouse_code from line as l) as c
        cross join lateral erp_internal.warehouse_by_code(p_company_id, c.warehouse_code) as w
    ),

    item as (
        select c.item_code, i.item_id, i.tracking = 'lot' as by_lot
        from (select distinct l.item_code from line as l) as c
        cross join lateral erp_internal.item_by_code(p_company_id, c.item_code) as i
    ),

    production_order as (
        select c.*, o.production_order_id
        from (
            select distinct l.order_year, l.order_number, l.order_lot
            from line as l
            where l.order_number is not null
        ) as c
        cross join lateral erp_internal.order_by_number(
            p_company_id, c.order_year, c.order_number, c.order_lot
        ) as o
    ),

    placed as materialized (
        select
            l.*,
            w.warehouse_id,
            i.item_id,
            i.by_lot,
            o.production_order_id
        from line as l
        left join warehouse as w on w.warehouse_code = l.warehouse_code
        left join item as i on i.item_code = l.item_code
        left join production_order as o
            on o.order_year = l.order_year and o.order_number = l.order_number and o.order_lot = l.order_lot
    ),

    location as (
        select c.*, t.location_id
        from (
            select distinct p.warehouse_id, p.location_code
            from placed as p
            where p.location_code is not null
        ) as c
        cross join lateral erp_internal.location_by_code(p_company_id, c.warehouse_id, c.location_code) as t
    ),

    reason as materialized (
        select c.*, r.movement_reason_id, r.direction
        from (
            select p.warehouse_id, p.reason_code
            from placed as p
            where p.reason_code is not null
            union
            select p.warehouse_id, p.load_reason_code
            from placed as p
            where p.load_reason_code is not null
        ) as c
        cross join lateral erp_internal.movement_reason_by_code(p_company_id, c.warehouse_id, c.reason_code) as r
    ),

    variant as (
        select c.*, v.item_variant_id
        from (
            select distinct p.item_id, p.variant_code
            from placed as p
            where p.variant_code is not null
        ) as c
        cross join lateral erp_internal.item_variant_by_code(p_company_id, c.item_id, c.variant_code) as v
    ),

    varied as materialized (
        select
            p.*,
            case when p.variant_code is null then 0 else v.item_variant_id end as item_variant_id
        from placed as p
        left join variant as v on v.item_id = p.item_id and v.variant_code = p.variant_code
    ),

    lot as (
        select
            c.*,
            coalesce(
                t.lot_id, -pg_catalog.dense_rank() over (order by c.item_id, c.item_variant_id, c.lot_code)
            ) as lot_id
        from (
            select distinct v.item_id, v.item_variant_id, v.lot_code
            from varied as v
            where v.lot_code is not null and v.by_lot and v.item_variant_id is not null
        ) as c
        left join lateral erp_internal.lot_by_code(
            p_company_id, c.item_id, nullif(c.item_variant_id, 0), c.lot_code
        ) as t on true
    )

    select
        v.ordinal,
        v.line,
        v.record_date,
        v.item_id,
        v.item_variant_id,
        v.by_lot,
        case when v.by_lot then t.lot_id else 0 end as lot_id,
        v.lot_code,
        v.warehouse_id,
        case when v.location_code is null then 0 else p.location_id end as location_id,
        case when r.direction = 'issue' then r.movement_reason_id end as issue_movement_reason_id,
        case
            when v.counted_quantity is not null and x.direction = 'load' then x.movement_reason_id
            when v.counted_quantity is null and r.direction = 'load' then r.movement_reason_id
        end as load_movement_reason_id,
        v.quantity,
        v.counted_quantity,
        v.production_order_id,
        v.material_line
    from varied as v
    left join location as p on p.warehouse_id = v.warehouse_id and p.location_code = v.location_code
    left join reason as r on r.warehouse_id = v.warehouse_id and r.reason_code = v.reason_code
    left join reason as x on x.warehouse_id = v.warehouse_id and x.reason_code = v.load_reason_code
    left join lot as t
        on t.item_id = v.item_id and t.item_variant_id = v.item_variant_id and t.lot_code = v.lot_code
    order by v.ordinal, v.line;
end;
$$;
