-- Writes down a deployment: under the number that the session has drawn last, with the checksum of each object (found)
-- that came of it. What no source makes is not ours to vouch for.
with made as (
    select coalesce(jsonb_object_agg(f.identity, f.md5), '{}') as catalog
    from found as f
    where %(kind)s = 'deploy' and f.identity <> all(%(strays)s::text[])
)

insert into erp_meta.deployment (
    deployment_id, kind, release, migrations, sources, source_checksum, catalog, catalog_checksum
)
overriding system value
select
    currval(pg_get_serial_sequence('erp_meta.deployment', 'deployment_id')) as deployment_id,
    %(kind)s::text as kind,
    %(release)s::text as release,
    %(migrations)s::text[] as migrations,
    s.sources,
    encode(sha256(convert_to(s.sources::text, 'UTF8')), 'hex') as source_checksum,
    m.catalog,
    encode(sha256(convert_to(m.catalog::text, 'UTF8')), 'hex') as catalog_checksum
from made as m
cross join (select %(sources)s::jsonb as sources) as s
returning catalog
