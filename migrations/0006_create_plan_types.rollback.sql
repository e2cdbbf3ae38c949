drop type erp_internal.planned_movement;
drop type erp_internal.refusal;
drop type erp_internal.allocation;
drop type erp_internal.allocation_step;
drop type erp_internal.stock_cell;
drop type erp_internal.material_demand;
drop type erp_internal.asked_order;
