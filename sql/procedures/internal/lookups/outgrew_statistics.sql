-- Tells whether one of some tables is more than twice as large as its statistics know, or they have none. Whoever
-- writes much at once then analyzes them: until autovacuum comes, and it does not see what is not committed, plans
-- would take them for empty, and look for a row by whatever index is the younger, reading all of the company. Of a
-- partitioned table its partitions are asked.
create or replace function erp_internal.outgrew_statistics(p_tables regclass[])
returns boolean
language sql
stable
return exists (
    select
    from unnest(p_tables) as t (id)
    left join lateral pg_catalog.pg_partition_tree(t.id) as p on true
    inner join pg_catalog.pg_class as c on c.oid = coalesce(p.relid, t.id)
    where
        pg_catalog.pg_relation_size(c.oid)
        > 2 * pg_catalog.current_setting('block_size')::bigint * greatest(c.relpages, 0)
);
