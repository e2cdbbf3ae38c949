-- A digest of what the database holds of the product (found), and of what was deployed.
with deployed as (
    select
        m.migration_id as identity,
        m.checksum as md5
    from erp_meta.migration as m
    union all
    select
        'deployment' as identity,
        max(d.deployment_id)::text as md5
    from erp_meta.deployment as d
)

select md5(string_agg(concat_ws(' ', a.identity, a.md5), e'\n' order by a.identity collate "C", a.md5 collate "C"))
from (
    select * from found
    union all
    select * from deployed
) as a
