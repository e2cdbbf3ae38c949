-- The runs after a place, as `rilascio follow` hands them on: an object each.
select
    jsonb_build_object(
        'company', c.company_code,
        'place', n.place,
        'run_id', n.run_id,
        'kind', n.kind,
        'orders', coalesce(
            (
                select jsonb_agg(to_jsonb(h) order by h.ordinal)
                from erp_api.run_order_history as h
                where h.company_id = c.company_id and h.run_id = n.run_id
            ),
            '[]'
        ),
        'movements', coalesce(
            (
                select jsonb_agg(to_jsonb(m) || jsonb_build_object('quantity', m.quantity::text))
                from erp_api.movement_history as m
                where m.company_id = c.company_id and m.run_id = n.run_id
            ),
            '[]'
        )
    )::text
from erp_data.company as c
cross join lateral erp_api.next_runs(c.company_id, %s, 1000) as n
order by n.place
