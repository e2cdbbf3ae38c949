-- Tells whether one of some tables is more than twice as large as its statistics know, or they have none. A first load
-- analyzes those that are: autovacuum does not see them before it ends, and plans would go on taking them for empty,
-- and look for a row by whatever index is the younger.
create or replace function erp_internal.outgrew_statistics(p_tables regclass[])
returns boolean
language sql
stable
return exists (
    select
    from pg_catalog.pg_class as c
    where
        c.oid = any(p_tables)
        and pg_catalog.pg_relation_size(c.oid)
        > 2 * pg_catalog.current_setting('block_size')::bigint * greatest(c.relpages, 0)
);
