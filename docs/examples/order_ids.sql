-- Orders by number: one statement previews them, and an order that is not there has its answer too.
select ordinal, order_id, outcome, feasible_quantity, jsonb_path_query_array(reasons, '$[*].code') as reason_codes
from erp_api.preview_release(
    1,
    array(
        select coalesce(order_id, 0)
        from erp_api.order_ids(1, array['2026/46', '2026/126', '2026/9999'])
        order by ordinal
    ),
    p_record_date => '2026-11-23'
)
where material_line is null or outcome = 'released'
order by ordinal, material_line;
