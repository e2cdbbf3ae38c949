-- The statements that spread the deployed tables over a Citus cluster, from the catalog, in the order in which they are
-- to be run, each with the part of the script that it belongs to. Functions that no company calls are not among them.
with recursive spread as (
    select
        c.oid,
        c.relowner,
        format('%%I.%%I', n.nspname, c.relname) as name,
        c.relname::text = any(%(reference_tables)s) as by_reference
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'erp' and c.relkind in ('r', 'p') and not c.relispartition
),

-- what a foreign key names is spread before what names it
reached as (
    select
        t.oid,
        0 as depth
    from spread as t
    union
    select
        f.conrelid as oid,
        r.depth + 1 as depth
    from reached as r
    inner join pg_constraint as f on f.confrelid = r.oid and f.contype = 'f' and f.conrelid <> f.confrelid
    where f.conparentid = 0
),

ordered as (
    select
        t.name,
        t.by_reference,
        row_number() over (order by t.by_reference desc, max(r.depth), t.name asc) as nth
    from spread as t
    inner join reached as r on r.oid = t.oid
    group by t.name, t.by_reference
),

-- the table beside whose shards all others lie
beside as (
    select o.name
    from ordered as o
    where not o.by_reference
    order by o.nth
    limit 1
),

owner_login as (
    select
        'owners' as part,
        1 as turn,
        row_number() over (order by r.rolname) as nth,
        format('alter role %%I login;', r.rolname) as statement
    from pg_roles as r
    where not r.rolcanlogin and r.oid in (select t.relowner from spread as t)
),

number_default as (
    select
        'numbers' as part,
        2 as turn,
        row_number() over (order by t.name, a.attnum) as nth,
        format(
            E'alter table %%1$s alter column %%2$I drop identity;\ncreate sequence %%3$s as integer start with %%4$s;\n'
            'alter sequence %%3$s owner to %%5$I;\nalter table %%1$s alter column %%2$I set default nextval(%%3$L);',
            t.name, a.attname, t.name || '_number',
            coalesce(pg_sequence_last_value(pg_get_serial_sequence(t.name, a.attname)::regclass) + 1, 1),
            pg_get_userbyid(t.relowner)
        ) as statement
    from spread as t
    inner join pg_attribute as a on a.attrelid = t.oid and a.attidentity <> '' and a.atttypid <> 'bigint'::regtype
),

plain_policy as (
    select
        'policies' as part,
        3 as turn,
        row_number() over (order by t.name, p.polname) as nth,
        format('alter policy %%I on %%s using %%s;', p.polname, t.name, regexp_replace(regexp_replace(
            pg_get_expr(p.polqual, p.polrelid), '\( ?SELECT (\w+\.\w+\([^()]*\)) AS \w+\)', '\1', 'g'
        ), '\s+', ' ', 'g')) as statement
    from spread as t
    inner join pg_policy as p on p.polrelid = t.oid
    where pg_get_expr(p.polqual, p.polrelid) ~ 'SELECT'
),

plain_foreign_key as (
    select
        'foreign keys' as part,
        4 as turn,
        row_number() over (order by t.name, f.conname) as nth,
        format(
            E'alter table %%1$s drop constraint %%2$I;\nalter table %%1$s add constraint %%2$I %%3$s;',
            t.name, f.conname, replace(pg_get_constraintdef(f.oid), ' ON UPDATE CASCADE', '')
        ) as statement
    from spread as t
    inner join pg_constraint as f on f.conrelid = t.oid and f.contype = 'f' and f.confupdtype = 'c'
),

spread_table as (
    select
        'tables' as part,
        5 as turn,
        o.nth,
        case
            when o.by_reference then format('select create_reference_table(%%L);', o.name)
            else format(
                'select create_distributed_table(%%L, ''company_id'', colocate_with => %%L);',
                o.name, case when o.name = b.name then 'none' else b.name end
            )
        end as statement
    from ordered as o
    cross join beside as b
),

spread_function as (
    select
        'functions' as part,
        6 as turn,
        row_number() over (order by p.proname) as nth,
        format(
            E'select create_distributed_function(\n    %%L,\n'
            '    ''p_company_id'', colocate_with => %%L, force_delegation => true\n);',
            p.oid::regprocedure, b.name
        ) as statement
    from pg_proc as p
    cross join beside as b
    where p.pronamespace = 'erp_api'::regnamespace and 'p_company_id' = any(p.proargnames)
)

select
    s.part,
    s.statement
from (
    select * from owner_login
    union all
    select * from number_default
    union all
    select * from plain_policy
    union all
    select * from plain_foreign_key
    union all
    select * from spread_table
    union all
    select * from spread_function
) as s
order by s.turn, s.nth
