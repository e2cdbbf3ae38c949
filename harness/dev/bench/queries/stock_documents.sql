-- Documents of three lines, in the text that a client sends. As many of them receive as items are three times there,
-- then as many issue the same again, so that stock never runs out.
with stocked as (
    select
        i.item_code,
        (row_number() over (order by b.item_id) - 1)::integer as number,
        count(*) over ()::integer as item_count
    from erp.stock_balance as b
    inner join erp.item as i using (company_id, item_id)
    where b.company_id = 1 and b.warehouse_id = 1
)

select
    jsonb_agg(
        jsonb_build_object('document_key', %(prefix)s || d.number, 'record_date', current_date, 'lines', l.list)
        order by d.number
    )::text
from generate_series(%(first)s::integer, %(last)s::integer) as d (number)
cross join lateral (
    select
        jsonb_agg(
            jsonb_build_object(
                'warehouse_code', 'RAW',
                'reason_code', case when mod(3 * d.number / s.item_count, 2) = 0 then 'LD' else 'ISS' end,
                'item_code', s.item_code,
                'quantity', 1 + mod(s.number, 9)
            )
            order by k.line
        ) as list
    from generate_series(0, 2) as k (line)
    inner join stocked as s on s.number = mod(3 * d.number + k.line, s.item_count)
) as l;
