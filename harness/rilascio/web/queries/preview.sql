-- What the rows of a preview, `found`, come to: outcomes, shortages by item and warehouse, reasons, and the first
-- movements.
with answers as (
    select distinct on (f.ordinal)
        f.ordinal,
        f.outcome,
        f.movement_count
    from found as f
    order by f.ordinal
),

reasons as (
    select distinct
        f.ordinal,
        r.code,
        r.item_code,
        r.warehouse_code,
        r.required,
        r.available,
        r.message,
        r.hint
    from found as f
    cross join jsonb_to_recordset(f.reasons) as r (
        code text, item_code text, warehouse_code text, required numeric, available numeric, message text, hint text
    )
)

select
    (
        select jsonb_object_agg(o.outcome, o.orders)
        from (
            select
                a.outcome,
                count(*) as orders
            from answers as a
            group by a.outcome
        ) as o
    ) as outcomes,
    (
        select count(f.item_code) + coalesce((select sum(a.movement_count) from answers as a), 0)
        from found as f
    ) as movement_count,
    (
        select coalesce(jsonb_agg(s order by s.orders desc, s.item_code asc, s.warehouse_code asc), '[]')
        from (
            select
                r.item_code,
                r.warehouse_code,
                trim_scale(sum(r.required))::text as required,
                trim_scale(greatest(max(r.available), 0))::text as available,
                count(distinct r.ordinal) as orders
            from reasons as r
            where r.required > r.available
            group by r.item_code, r.warehouse_code
            order by count(distinct r.ordinal) desc, r.item_code asc, r.warehouse_code asc
            limit 50
        ) as s
    ) as shortages,
    (
        select coalesce(jsonb_agg(w order by w.ordinal, w.message), '[]')
        from (
            select
                r.ordinal,
                r.code,
                r.message,
                r.hint
            from reasons as r
            order by r.ordinal, r.message
            limit 200
        ) as w
    ) as reasons,
    (
        select coalesce(jsonb_agg(m order by m.ordinal, m.material_line, m.lot_code, m.location_code), '[]')
        from (
            select
                f.ordinal,
                concat_ws('/', f.order_year, f.order_number, nullif(f.order_lot, 0)) as "order",
                f.material_line,
                f.item_code,
                f.lot_code,
                f.location_code,
                f.warehouse_code,
                f.quantity::text as quantity
            from found as f
            where f.item_code is not null
            order by f.ordinal, f.material_line, f.lot_code, f.location_code
            limit 200
        ) as m
    ) as movements
