-- All orders of a company are put as they are, with their phases, materials and lots.
with company as (
    select %(company_id)s::integer as company_id
),

child as (
    select
        p.order_year,
        p.order_number,
        p.order_lot,
        'phases' as list,
        jsonb_agg(to_jsonb(p) - array['order_year', 'order_number', 'order_lot']) as elements
    from erp_data.production_order_phase as p
    where p.company_id = (select c.company_id from company as c)
    group by p.order_year, p.order_number, p.order_lot
    union all
    select
        m.order_year,
        m.order_number,
        m.order_lot,
        'materials' as list,
        jsonb_agg(
            to_jsonb(m) - array['order_year', 'order_number', 'order_lot']
            || jsonb_build_object('material_lots', coalesce(l.elements, '[]'))
        ) as elements
    from erp_data.production_order_material as m
    left join (
        select
            l.order_year,
            l.order_number,
            l.order_lot,
            l.line,
            jsonb_agg(to_jsonb(l) - array['order_year', 'order_number', 'order_lot', 'line']) as elements
        from erp_data.material_lot as l
        where l.company_id = (select c.company_id from company as c)
        group by l.order_year, l.order_number, l.order_lot, l.line
    ) as l
        on
            l.order_year = m.order_year and l.order_number = m.order_number and l.order_lot = m.order_lot
            and l.line = m.line
    where m.company_id = (select c.company_id from company as c)
    group by m.order_year, m.order_number, m.order_lot
)

select p.*
from company as c
cross join
    lateral erp_api.put_production_orders(
        c.company_id,
        (
            select
                jsonb_agg(
                    to_jsonb(o)
                    || jsonb_build_object('phases', coalesce(p.elements, '[]'), 'materials', coalesce(m.elements, '[]'))
                )
            from erp_data.production_order as o
            left join child as p
                on
                    p.list = 'phases' and p.order_year = o.order_year and p.order_number = o.order_number
                    and p.order_lot = o.order_lot
            left join child as m
                on
                    m.list = 'materials' and m.order_year = o.order_year and m.order_number = o.order_number
                    and m.order_lot = o.order_lot
            where o.company_id = c.company_id
        )
    ) as p
