insert into answer (kind, file_line, key, outcome, run_id, reasons)
select
    'opening_stock' as kind,
    r.file_line,
    '{}'::text[] as key,
    p.outcome,
    %(run_id)s::bigint as run_id,
    p.reasons
from
    erp_internal.load_stock(
        %(company_id)s::integer,
        %(run_id)s::bigint,
        (
            select jsonb_agg(s.cells order by s.place)
            from opening_row as s
            where s.call = %(call)s
        )
    ) as p
inner join opening_row as r on r.call = %(call)s and r.place = p.place
