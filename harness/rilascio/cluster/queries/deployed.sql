-- What was deployed to a shard last, and whether it knows of companies that are not in force.
select
    d.release,
    d.source_checksum,
    (select array_agg(array[m.migration_id, m.checksum] order by m.migration_id) from erp_meta.migration as m)
        as migrations,
    exists(
        select from pg_attribute as a
        where a.attrelid = 'erp.company'::regclass and a.attname = 'active'
    ) as knows_moves
from erp_meta.deployment as d
order by d.deployment_id desc
limit 1
