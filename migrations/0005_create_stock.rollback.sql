drop table erp.removed_stock_movement;
drop table erp.removed_stock_record;
drop table erp.stock_balance;
drop table erp.stock_movement;
drop table erp.stock_record_counter;
drop table erp.stock_record;
drop table erp.stock_document;
