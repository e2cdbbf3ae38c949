-- Launched orders of the company that production_order.csv has not, but for remainders of splits in force: who wrote
-- the file need not know of those. Returns how many launched orders there are.
with launched as (
    select array[o.order_year::text, o.order_number::text, o.order_lot::text] as key
    from erp_data.production_order as o
    left join erp_api.run_order_history as h
        on h.company_id = %(company_id)s and h.outcome = 'split' and h.other_order_id = o.order_id
    left join erp_data.production_order as s
        on s.company_id = %(company_id)s and s.order_id = h.order_id and s.release_run_id = h.run_id
    where o.company_id = %(company_id)s and o.status = 'launched' and s.order_id is null
),

absent as (
    insert into absent_row (kind, key, cells)
    select
        'production_order' as kind,
        l.key,
        jsonb_build_object(
            'order_year', l.key[1], 'order_number', l.key[2], 'order_lot', l.key[3], 'delete', true
        ) as cells
    from launched as l
    where l.key not in (
        select r.key from file_row as r
        where r.kind = 'production_order'
    )
)

select count(*)
from launched
