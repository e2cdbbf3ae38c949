-- What is to be picked for orders, and from where: what their releases have issued, what a release of the launched ones
-- would issue, in the order asked, and what else is open of their materials, with where it lies.
-- Parameters: company_id, order_ids.
with issued as (
    select
        h.order_id,
        h.material_line,
        h.warehouse_code,
        h.location_code,
        h.lot_code,
        -h.quantity as quantity,
        h.record_date as issued_on,
        null as lies_in
    from erp_api.movement_history as h
    where
        h.company_id = %(company_id)s and h.order_id = any(%(order_ids)s) and h.removal_run_id is null
        and h.quantity < 0 and h.material_line is not null
),

planned as (
    select
        p.order_id,
        p.material_line,
        p.warehouse_code,
        p.location_code,
        p.lot_code,
        -p.quantity as quantity,
        null::date as issued_on,
        null as lies_in
    from (
        select array_agg(g.order_id order by array_position(%(order_ids)s, g.order_id)) as order_ids
        from erp_api.release_grid as g
        where g.company_id = %(company_id)s and g.order_id = any(%(order_ids)s)
        having count(*) > 0
    ) as a
    cross join lateral erp_api.preview_release(%(company_id)s, a.order_ids) as p
    where p.quantity < 0 and p.material_line is not null
),

-- what is planned is named by it; what was transferred to wip was issued there
remaining as (
    select
        m.order_id,
        m.material_line,
        e.warehouse_code,
        null as location_code,
        null as lot_code,
        m.open_quantity as quantity,
        null::date as issued_on,
        (
            select string_agg(b.place, ', ' order by b.place)
            from (
                select concat(concat_ws(' ', b.location_code, b.lot_code), ': ', trim_scale(b.quantity)) as place
                from erp_data.stock_balance as b
                where
                    b.company_id = %(company_id)s and b.warehouse_code = e.warehouse_code
                    and b.item_code = m.item_code and b.variant_code is not distinct from m.variant_code
                    and b.quantity > 0 and coalesce(b.location_code, b.lot_code) is not null
                order by b.location_code, b.lot_code
                limit 4
            ) as b
        ) as lies_in
    from erp_api.material_grid as m
    left join lateral (
        select e.warehouse_code
        from erp_api.explain_material_source(m.company_id, m.order_id, m.material_line) as e
        where e.wins
    ) as e on true
    where
        m.company_id = %(company_id)s and m.order_id = any(%(order_ids)s)
        and m.open_quantity > 0
        and not exists (
            select
            from planned as p
            where p.order_id = m.order_id and p.material_line = m.material_line
        )
        and not (
            m.order_status = 'executive' and m.picking_type = 'manual'
            and exists (
                select
                from erp_api.restore_movement_grid as r
                where
                    r.company_id = m.company_id and r.order_id = m.order_id and r.material_line = m.material_line
            )
        )
)

select
    l.order_id,
    l.material_line,
    m.item_code,
    m.variant_code,
    m.item_description,
    l.quantity,
    m.uom,
    l.warehouse_code,
    l.location_code,
    l.lot_code,
    l.lies_in,
    l.issued_on
from (
    select i.* from issued as i
    union all
    select p.* from planned as p
    union all
    select r.* from remaining as r
) as l
inner join erp_api.material_grid as m
    on m.company_id = %(company_id)s and m.order_id = l.order_id and m.material_line = l.material_line
-- a by-product is loaded, and what its counterpart issues is not picked
where m.required_quantity > 0
order by
    array_position(%(order_ids)s, l.order_id), l.issued_on nulls first, l.warehouse_code, l.location_code nulls last,
    m.item_code, l.lot_code, l.material_line
