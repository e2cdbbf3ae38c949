alter table erp.company drop column active;
