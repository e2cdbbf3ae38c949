-- A document that is posted is created; the run of one that was there is not this one's.
insert into answer (kind, file_line, key, outcome, run_id, reasons)
select
    'stock_document' as kind,
    d.file_line,
    d.key,
    case p.outcome when 'posted' then 'created' else p.outcome end as outcome,
    case when p.outcome <> 'unchanged' then p.run_id end as run_id,
    p.reasons
from
    erp_api.post_stock(
        %(company_id)s::integer,
        (
            select jsonb_agg(s.cells order by s.place)
            from stock_document as s
            where s.call = %(call)s
        ),
        p_note => %(note)s
    ) as p
inner join stock_document as d on d.call = %(call)s and d.place = p.ordinal
