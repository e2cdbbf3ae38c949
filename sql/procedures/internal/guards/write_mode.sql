-- Returns the write mode of this transaction (R20): run, maintenance, or empty for none. Triggers refuse changes of
-- protected rows without one. The setting carries the number of the transaction that set it, and means nothing in
-- another, however long it lasts.
create or replace function erp_internal.write_mode()
returns text
language sql
stable
return case pg_catalog.split_part(pg_catalog.current_setting('erp.write_mode', true), ' ', 2)
    when pg_catalog.pg_current_xact_id_if_assigned()::text
        then pg_catalog.split_part(pg_catalog.current_setting('erp.write_mode', true), ' ', 1)
    else ''
end;
