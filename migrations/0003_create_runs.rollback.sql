alter table erp.lot drop constraint lot_registration_run_fkey;
drop table erp.run_row;
drop table erp.run_order;
drop table erp.run;
