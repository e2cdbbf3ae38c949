alter table erp.lot drop constraint lot_registration_run_fkey;
drop index erp.lot_registration_run;
drop table erp.run_place_counter;
drop table erp.run_place;
drop sequence erp.run_turn;
drop table erp.run_row;
drop table erp.run_order;
drop table erp.run;
