insert into answer (kind, file_line, key, outcome, run_id, reasons)
select
    p.kind,
    r.file_line,
    r.key,
    p.outcome,
    %(run_id)s::bigint as run_id,
    p.reasons
from
    erp_internal.load_data(
        %(company_id)s::integer,
        (
            select c.kinds
            from data_call as c
            where c.call = %(call)s
        )
    ) as p
inner join data_row as r on r.call = %(call)s and r.kind = p.kind and r.place = p.place
