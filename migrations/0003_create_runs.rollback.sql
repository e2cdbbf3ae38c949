drop table erp.run_order;
drop table erp.run;
