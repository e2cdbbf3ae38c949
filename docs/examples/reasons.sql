-- Why an order is refused: every reason with its figures, in the language of the session.
set local erp.language = 'it';
select r.code, r.item_code, r.warehouse_code, r.required, r.available, r.message
from erp_api.preview_release(
    1,
    array(select order_id from erp_api.release_grid where order_number in (118, 126, 264) order by order_number),
    p_record_date => '2026-11-23'
) as p
cross join jsonb_to_recordset(p.reasons)
    as r (code text, item_code text, warehouse_code text, required numeric, available numeric, message text)
order by p.ordinal, r.item_code;
