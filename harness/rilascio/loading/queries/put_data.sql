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
            select jsonb_object_agg(k.kind, k.list)
            from (
                select
                    r.kind,
                    jsonb_agg(r.cells order by r.place) as list
                from data_row as r
                where r.call = %(call)s
                group by r.kind
            ) as k
        ),
        p_note => %(note)s
    ) as p
inner join data_row as r on r.call = %(call)s and r.kind = p.kind and r.place = p.place
