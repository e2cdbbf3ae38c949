-- Why an order was refused: what each run answered for it, newest first.
select outcome from erp_api.release_production_orders(1, array[26, 129], '2026-11-23', p_note => 'morning release');

select kind, note, outcome, reason ->> 'message' as message
from erp_api.run_order_history as h
left join jsonb_array_elements(h.reasons) as reason on true
where h.company_id = 1 and h.order_id = 129
order by h.run_id desc, h.ordinal;
