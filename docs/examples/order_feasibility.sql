-- Feasibility: what stock of today covers of the orders of a page, each taken alone.
select f.ordinal, g.order_year, g.order_number, f.feasibility, f.feasible_quantity, f.automatic_material_count
from erp_api.order_feasibility(1, array[48, 129, 143]) as f
inner join erp_api.release_grid as g on g.company_id = 1 and g.order_id = f.order_id
order by f.ordinal;
