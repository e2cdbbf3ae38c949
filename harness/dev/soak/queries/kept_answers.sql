-- What the runs with a request key have answered: the outcome of each order or row, and how many orders are unknown.
select
    r.request_key,
    coalesce(a.ordinals, '{}') as ordinals,
    coalesce(a.outcomes, '{}') as outcomes,
    r.unknown_count
from erp.run as r
left join (
    select
        a.company_id,
        a.run_id,
        array_agg(a.ordinal) as ordinals,
        array_agg(a.outcome) as outcomes
    from (
        select
            o.company_id,
            o.run_id,
            o.ordinal,
            o.outcome
        from erp.run_order as o
        union all
        select
            w.company_id,
            w.run_id,
            w.ordinal,
            w.outcome
        from erp.run_row as w
    ) as a
    group by a.company_id, a.run_id
) as a on a.company_id = r.company_id and a.run_id = r.run_id
where r.request_key is not null
