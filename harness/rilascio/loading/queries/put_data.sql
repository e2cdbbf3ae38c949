insert into answer (kind, file_line, key, outcome, run_id, reasons)
select
    p.kind,
    r.file_line,
    r.key,
    p.outcome,
    p.run_id,
    p.reasons
from
    erp_api.put_data(
        %(company_id)s::integer,
        (
            select c.kinds
            from data_call as c
            where c.call = %(call)s
        ),
        p_note => %(note)s
    ) as p
inner join data_row as r on r.call = %(call)s and r.kind = p.kind and r.place = p.place
