-- Release of the whole grid, splitting what stock covers in part: the first part goes, the rest waits as the next lot.
select outcome, count(*) as orders, sum(movement_count) as movements
from erp_api.release_production_orders(
    1,
    array(select order_id from erp_api.release_grid order by order_year, order_number, order_lot),
    p_record_date => '2026-11-23',
    p_on_shortage => 'split'
)
group by outcome
order by outcome;

select order_year, order_number, order_lot, status, quantity from erp_api.restore_grid where order_number = 173
union all
select order_year, order_number, order_lot, status, quantity from erp_api.release_grid where order_number = 173
order by order_lot;
