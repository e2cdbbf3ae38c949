-- requires: internal/count_records
create or replace trigger stock_record_counted
after insert on erp.stock_record
for each statement execute function erp_internal.count_records();
