-- The movements of one release: a lot item by its lots, a counterpart with the opposite sign.
select outcome, record_count, movement_count
from erp_api.release_production_orders(
    1,
    array(select order_id from erp_api.release_grid where order_year = 2026 and order_number = 50),
    p_record_date => '2026-11-23'
);

select m.warehouse_code, m.record_number as number, m.reason_code as reason, m.line, m.item_code, m.lot_code,
    m.quantity, m.resolved_by, m.counterpart
from erp_api.restore_movement_grid as m
inner join erp_api.restore_grid as o on o.company_id = m.company_id and o.order_id = m.order_id
where o.order_year = 2026 and o.order_number = 50
order by m.warehouse_code, m.record_number, m.line;
