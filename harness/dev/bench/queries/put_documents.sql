-- Orders as the documents of a call, in the text that a client sends.
select jsonb_agg(to_jsonb(o) || jsonb_build_object('phases', p.list, 'materials', m.list) order by o.order_number)::text
from bench_order as o
cross join
    lateral (
        select jsonb_agg(to_jsonb(p) - array['order_year', 'order_number'] order by p.phase) as list
        from bench_phase as p
        where p.order_number = o.order_number
    ) as p
cross join
    lateral (
        select jsonb_agg(to_jsonb(m) - array['order_year', 'order_number'] order by m.line) as list
        from bench_material as m
        where m.order_number = o.order_number
    ) as m
where o.order_number between %(first)s and %(last)s;
