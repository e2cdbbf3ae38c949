insert into answer (kind, file_line, key, outcome, run_id, reasons)
select
    'production_order' as kind,
    d.file_line,
    d.key,
    p.outcome,
    p.run_id,
    p.reasons
from
    erp_api.put_production_orders(
        %(company_id)s::integer,
        (
            select jsonb_agg(s.cells order by s.place)
            from order_document as s
            where s.call = %(call)s
        ),
        p_note => %(note)s
    ) as p
inner join order_document as d on d.call = %(call)s and d.place = p.ordinal
