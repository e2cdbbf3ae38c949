-- Release of a chosen quantity: 20 pieces of one order, all of another. The rest waits as the next lot of its number.
select ordinal, order_year, order_number, order_lot, outcome, movement_count,
    jsonb_path_query_array(reasons, '$[*].code') as reason_codes
from erp_api.release_production_orders(
    1, array[48, 26], p_record_date => '2026-11-23', p_quantities => array[20, null]
);

select order_year, order_number, order_lot, status, quantity from erp_api.restore_grid where order_number = 46
union all
select order_year, order_number, order_lot, status, quantity from erp_api.release_grid where order_number = 46
order by order_lot;

-- Restore makes one order of both again.
select outcome, movement_count from erp_api.restore_production_orders(1, array[48]);
