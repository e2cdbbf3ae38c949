-- The runs of a page of the feed, each as a line of JSON with all that came of it: the answers for its orders, the
-- movements that it made and those that it took away, and the answers for the rows and documents that it was sent. How
-- things are now is asked after the feed, so it is never older than the run. Quantities are texts, which nobody rounds.
-- runs: a JSON array of them, as the feed gave them.
with own_run as (
    select r.*
    from
        jsonb_to_recordset(%(runs)s::jsonb) as r (
            place bigint, run_id bigint, kind text, started_at timestamptz, request_key uuid
        )
),

movement as (
    select
        m.run_id,
        m.removal_run_id,
        m.stock_record_id,
        m.line,
        json_build_object(
            'stock_record_id', m.stock_record_id, 'line', m.line, 'record_date', m.record_date,
            'warehouse_code', m.warehouse_code, 'reason_code', m.reason_code, 'item_code', m.item_code,
            'variant_code', m.variant_code, 'lot_code', m.lot_code, 'location_code', m.location_code,
            'quantity', m.quantity::text, 'order_year', m.order_year, 'order_number', m.order_number,
            'order_lot', m.order_lot, 'material_line', m.material_line, 'counterpart', m.counterpart,
            'document_key', m.document_key
        ) as content
    from erp_api.movement_history as m
    where
        m.company_id = %(company_id)s
        and (
            m.run_id = any(array(select r.run_id from own_run as r))
            or m.removal_run_id = any(array(select r.run_id from own_run as r))
        )
),

made as (
    select
        m.run_id,
        json_agg(m.content order by m.stock_record_id, m.line) as movements
    from movement as m
    group by m.run_id
),

removed as (
    select
        m.removal_run_id as run_id,
        json_agg(m.content order by m.stock_record_id, m.line) as movements
    from movement as m
    group by m.removal_run_id
),

answered as (
    select
        h.run_id,
        json_agg(
            json_build_object(
                'ordinal', h.ordinal, 'order_id', h.order_id, 'order_year', h.order_year,
                'order_number', h.order_number, 'order_lot', h.order_lot, 'outcome', h.outcome, 'status', o.status,
                'other_order_id', h.other_order_id,
                'other', case
                    when x.order_id is not null
                        then json_build_object(
                            'order_year', x.order_year, 'order_number', x.order_number, 'order_lot', x.order_lot,
                            'status', x.status
                        )
                end
            ) order by h.ordinal
        ) as orders
    from erp_api.run_order_history as h
    left join erp_data.production_order as o on o.company_id = h.company_id and o.order_id = h.order_id
    left join erp_data.production_order as x on x.company_id = h.company_id and x.order_id = h.other_order_id
    where h.company_id = %(company_id)s and h.run_id = any(array(select r.run_id from own_run as r))
    group by h.run_id
),

sent as (
    select
        h.run_id,
        json_agg(json_build_object('kind', h.kind, 'key', h.key, 'outcome', h.outcome) order by h.ordinal) as content
    from erp_api.run_row_history as h
    where h.company_id = %(company_id)s and h.run_id = any(array(select r.run_id from own_run as r))
    group by h.run_id
)

select
    json_build_object(
        'company', %(company)s::text, 'company_id', %(company_id)s::integer, 'place', r.place, 'run_id', r.run_id,
        'kind', r.kind, 'started_at', r.started_at, 'request_key', r.request_key,
        'orders', coalesce(a.orders, '[]'), 'movements', coalesce(m.movements, '[]'),
        'removed', coalesce(d.movements, '[]'), 'rows', coalesce(s.content, '[]')
    )::text as line
from own_run as r
left join answered as a on a.run_id = r.run_id
left join made as m on m.run_id = r.run_id
left join removed as d on d.run_id = r.run_id
left join sent as s on s.run_id = r.run_id
order by r.place
