-- The runs of rilascio after a place, for adapter.py: a line of JSON each. By psql -qAt -v after=PLACE, as somebody who
-- is a member of this company alone. The first call that sees a run gives it a place, the next tells: call it twice.
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
cross join lateral erp_api.next_runs(c.company_id, :'after'::bigint, 1000) as n
order by n.place
