-- requires: triggers/warehouse
-- Whether stock in a location is available does not change while runs judge by it (R17, R20).

create or replace trigger location_checks_followed
after update on erp.location
referencing old table as old_rows new table as new_rows
for each statement execute function erp_internal.follow_stock_checks();
