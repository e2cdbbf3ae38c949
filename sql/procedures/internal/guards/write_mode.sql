-- Which door to protected rows stands open in this transaction (R20): run while a run writes, maintenance where the
-- owner has asked for it, or none (empty). It bears the number of the transaction that opened it, and is worth nothing
-- in any other, however long the setting lasts.
create or replace function erp_internal.write_mode()
returns text
language sql
stable
return case pg_catalog.split_part(pg_catalog.current_setting('erp.write_mode', true), ' ', 2)
    when pg_catalog.pg_current_xact_id_if_assigned()::text
        then pg_catalog.split_part(pg_catalog.current_setting('erp.write_mode', true), ' ', 1)
    else ''
end;
