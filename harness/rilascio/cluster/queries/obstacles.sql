-- What keeps a shard from taking a company: roles that it lacks, and another company of that code, or number.
select
    (
        select string_agg(m.name, ', ' order by m.name)
        from unnest(%(roles)s::text[]) as m (name)
        where not exists (
            select from pg_roles as r
            where r.rolname = m.name
        )
    ) as missing_roles,
    exists(
        select from erp.company as c
        where
            (c.company_code = %(code)s) <> (c.company_id = %(company_id)s)
            or (c.company_id = %(company_id)s and %(new)s)
    ) as taken
