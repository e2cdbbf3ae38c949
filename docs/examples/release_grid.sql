-- The release grid: launched orders, filtered and sorted.
select order_year, order_number, order_lot, item_code, quantity, uom, end_date
from erp_api.release_grid
where company_id = 1 and customer ilike '%bar%' and end_date < '2026-12-31'
order by end_date, order_number
limit 3;
