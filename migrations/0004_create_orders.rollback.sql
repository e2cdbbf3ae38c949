drop table erp.production_declaration;
drop table erp.production_order_split;
drop table erp.material_lot_before_release;
drop table erp.material_lot;
drop table erp.production_order_material;
drop table erp.production_order_phase;
drop table erp.production_order;
drop table erp.job_order;
