"""What the database's catalog says about our schemas: fingerprints, drift, and lint.

Every function takes a connection and only reads. Identities are readable: `routine erp_api.preview_release(…)`,
`view erp_api.release_grid`, `trigger … on erp.stock_movement`, `privileges on table erp.item`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row, scalar_row

SCHEMAS = ("erp", "erp_api", "erp_internal", "erp_meta")
"""Every schema of the product; `erp_meta` is the harness's own."""

PRODUCT_SCHEMAS = ("erp", "erp_api", "erp_internal")

SETTINGS = {
    "search_path": "pg_catalog,pg_temp",
    "quote_all_identifiers": "off",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
}
"""Settings on which the catalog's texts depend; a session that takes fingerprints has them pinned."""

type_of_connection = psycopg.Connection[Any]

# Routines, views and triggers of ours, each with the version of its catalog row. That is what sources create;
# extensions' members, partition clones and internal triggers are not.
# What differs from one deployment to the next of the same sources, its number, is left out of the definitions.
_CODE = """
with deployed (version) as (
    select substring(pg_get_viewdef(c.oid) from '[0-9]+')
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'erp_internal' and c.relname = 'deployed_version'
),

code (kind, identity, definition, version) as (
    select
        'routine',
        'routine ' || p.oid::regprocedure::text,
        concat_ws(
            e'\\n',
            case
                when p.prokind = 'a' then 'aggregate'
                when d.version is null then pg_get_functiondef(p.oid)
                else replace(pg_get_functiondef(p.oid), format('vacuum_failsafe_age TO %%L', d.version), 'version')
            end,
            pg_get_userbyid(p.proowner),
            array(select a::text from unnest(coalesce(p.proacl, acldefault('f', p.proowner))) as a order by 1)::text,
            obj_description(p.oid, 'pg_proc')
        ),
        p.xmin::text || p.ctid::text
    from pg_proc as p
    inner join pg_namespace as n on n.oid = p.pronamespace
    left join deployed as d on true
    where n.nspname = any(%(schemas)s)
    and not exists (
        select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
    union all
    select
        'view',
        'view ' || c.oid::regclass::text,
        concat_ws(
            e'\\n',
            case
                when d.version is null or c.oid::regclass::text <> 'erp_internal.deployed_version'
                    then pg_get_viewdef(c.oid)
            end,
            c.reloptions::text,
            pg_get_userbyid(c.relowner),
            array(select a::text from unnest(coalesce(c.relacl, acldefault('r', c.relowner))) as a order by 1)::text,
            (
                select string_agg(concat_ws(' ', d.objsubid, d.description), e'\\n' order by d.objsubid)
                from pg_description as d
                where d.classoid = 'pg_class'::regclass and d.objoid = c.oid
            )
        ),
        r.xmin::text || r.ctid::text
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    inner join pg_rewrite as r on r.ev_class = c.oid and r.rulename = '_RETURN'
    left join deployed as d on true
    where n.nspname = any(%(schemas)s) and c.relkind in ('v', 'm')
    union all
    select
        'trigger',
        'trigger ' || quote_ident(t.tgname) || ' on ' || c.oid::regclass::text,
        concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled),
        t.xmin::text || t.ctid::text
    from pg_trigger as t
    inner join pg_class as c on c.oid = t.tgrelid
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s) and not t.tgisinternal and t.tgparentid = 0
)
"""

_FINGERPRINT = (
    _CODE
    + """
select identity, md5(definition)
from code
union all
select
    'privileges on '
    || case when c.relkind = 'S' then 'sequence ' else 'table ' end
    || c.oid::regclass::text,
    md5(concat_ws(
        e'\\n',
        pg_get_userbyid(c.relowner),
        array(
            select a::text
            from unnest(
                coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner))
            ) as a
            order by 1
        )::text,
        (
            select string_agg(quote_ident(a.attname) || a.attacl::text, ' ' order by a.attnum)
            from pg_attribute as a
            where a.attrelid = c.oid and a.attacl is not null
        )
    ))
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(guarded)s) and c.relkind in ('r', 'p', 'S', 'f')
union all
select
    'privileges on schema ' || quote_ident(n.nspname),
    md5(concat_ws(
        e'\\n',
        pg_get_userbyid(n.nspowner),
        array(select a::text from unnest(coalesce(n.nspacl, acldefault('n', n.nspowner))) as a order by 1)::text
    ))
from pg_namespace as n
where n.nspname = any(%(guarded)s)
union all
select
    'privileges on type ' || t.oid::regtype::text,
    md5(array(select a::text from unnest(coalesce(t.typacl, acldefault('T', t.typowner))) as a order by 1)::text)
from pg_type as t
inner join pg_namespace as n on n.oid = t.typnamespace
left join pg_class as c on c.oid = t.typrelid
where n.nspname = any(%(guarded)s) and (c.relkind = 'c' or t.typtype in ('d', 'e', 'r'))
order by 1
"""
)


def fingerprint(connection: type_of_connection) -> dict[str, str]:
    """Hash every routine, view and trigger of the product's schemas, and every privilege of ours: identity to md5.

    The session must have `SETTINGS` pinned, or the texts differ.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT, {"schemas": list(PRODUCT_SCHEMAS), "guarded": list(SCHEMAS)})
        return dict(cursor.fetchall())


def code_versions(connection: type_of_connection) -> dict[str, str]:
    """Return the version of the catalog row of every routine, view and trigger: it changes with each replacement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CODE + "select identity, version from code",
            {"schemas": list(PRODUCT_SCHEMAS)},
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Drift:
    """How the catalog differs from what a deployment recorded. Identities, sorted."""

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()

    @property
    def repairable(self) -> tuple[str, ...]:
        """What a deployment would put right: strays it leaves alone."""
        return self.changed + self.missing


def drift(recorded: dict[str, str], current: dict[str, str]) -> Drift:
    """Compare two fingerprints."""
    return Drift(
        changed=tuple(sorted(i for i in recorded.keys() & current.keys() if recorded[i] != current[i])),
        missing=tuple(sorted(recorded.keys() - current.keys())),
        stray=tuple(sorted(current.keys() - recorded.keys())),
    )


def existing_schemas(connection: type_of_connection) -> dict[str, str]:
    """Return the schemas of our names that the database holds, each with its owner."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nspname, pg_get_userbyid(nspowner) from pg_namespace where nspname = any(%s) order by 1",
            [list(SCHEMAS)],
        )
        return dict(cursor.fetchall())


# --- lint ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offence:
    """One object that breaks a rule of the house."""

    object: str
    problem: str


_COMMENTS = """
select 'schema ' || n.nspname as object, 'has no comment' as problem
from pg_namespace as n
where n.nspname = any(%(schemas)s) and obj_description(n.oid, 'pg_namespace') is null
union all
select
    case c.relkind when 'v' then 'view ' else 'table ' end || n.nspname || '.' || c.relname,
    'has no comment'
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
and obj_description(c.oid, 'pg_class') is null
union all
select 'column ' || n.nspname || '.' || c.relname || '.' || a.attname, 'has no comment'
from pg_attribute as a
inner join pg_class as c on c.oid = a.attrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
and a.attnum > 0 and not a.attisdropped
and col_description(c.oid, a.attnum) is null
union all
select 'routine ' || p.oid::regprocedure::text, 'has no comment'
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s) and obj_description(p.oid, 'pg_proc') is null
order by 1
"""

_DEFINERS = """
select
    'routine ' || p.oid::regprocedure::text as object,
    'is security definer without search_path = pg_catalog, pg_temp' as problem
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s) and p.prosecdef
and not coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false)
order by 1
"""

_PUBLIC = """
select 'routine ' || p.oid::regprocedure::text as object, 'may be executed by everybody' as problem
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
where n.nspname = any(%(schemas)s) and a.grantee = 0
union all
select 'relation ' || c.oid::regclass::text, 'is open to everybody: ' || a.privilege_type
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
cross join lateral aclexplode(c.relacl) as a
where n.nspname = any(%(schemas)s) and a.grantee = 0
union all
select 'schema ' || n.nspname, 'is open to everybody: ' || a.privilege_type
from pg_namespace as n
cross join lateral aclexplode(n.nspacl) as a
where n.nspname = any(%(schemas)s) and a.grantee = 0
order by 1
"""

_NAMES = """
select
    'constraint ' || o.conname || ' on ' || c.oid::regclass::text as object,
    'bears a name that PostgreSQL chose' as problem
from pg_constraint as o
inner join pg_class as c on c.oid = o.conrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s) and o.contype in ('c', 'f', 'u', 'p', 'x') and not c.relispartition
and (o.conname ~ '_(check|key|fkey|pkey|excl)[0-9]+$' or o.conname = c.relname || '_check')
union all
select 'index ' || i.oid::regclass::text, 'bears a name that PostgreSQL chose'
from pg_class as i
inner join pg_namespace as n on n.oid = i.relnamespace
where n.nspname = any(%(schemas)s) and i.relkind in ('i', 'I') and not i.relispartition
and i.relname ~ '_(idx|key|pkey|excl)[0-9]*$'
and not exists (select from pg_constraint as o where o.conindid = i.oid)
order by 1
"""

_OWNERS = """
select 'schema ' || n.nspname as object, 'belongs to ' || pg_get_userbyid(n.nspowner) as problem
from pg_namespace as n
where n.nspname = any(%(schemas)s) and pg_get_userbyid(n.nspowner) <> 'erp_owner'
union all
select 'relation ' || c.oid::regclass::text, 'belongs to ' || pg_get_userbyid(c.relowner)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s) and pg_get_userbyid(c.relowner) <> 'erp_owner'
and (c.relkind <> 'v' or pg_get_userbyid(c.relowner) <> 'erp_view')
union all
select 'routine ' || p.oid::regprocedure::text, 'belongs to ' || pg_get_userbyid(p.proowner)
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s) and pg_get_userbyid(p.proowner) <> 'erp_owner'
order by 1
"""


def _offences(
    connection: type_of_connection,
    query: str,
    schemas: tuple[str, ...] = PRODUCT_SCHEMAS,
) -> list[Offence]:
    with connection.cursor(row_factory=class_row(Offence)) as cursor:
        return cursor.execute(query.encode(), {"schemas": list(schemas)}).fetchall()


def missing_comments(connection: type_of_connection) -> list[Offence]:
    """Schemas, tables, columns, views and routines of `erp` and `erp_api` that explain nothing."""
    return _offences(connection, _COMMENTS, ("erp", "erp_api"))


def unpinned_definers(connection: type_of_connection) -> list[Offence]:
    """Security definer routines whose search_path a caller could bend."""
    return _offences(connection, _DEFINERS)


def public_privileges(connection: type_of_connection) -> list[Offence]:
    """Whatever of ours everybody may execute, read, write or use."""
    return _offences(connection, _PUBLIC, SCHEMAS)


def unnamed_constraints(connection: type_of_connection) -> list[Offence]:
    """Constraints and indexes whose name PostgreSQL chose (a numbered or bare `_check`, an `_idx` of no constraint)."""
    return _offences(connection, _NAMES)


def foreign_owned(connection: type_of_connection) -> list[Offence]:
    """Objects in our schemas that do not belong to `erp_owner`; views may belong to `erp_view`."""
    return _offences(connection, _OWNERS, SCHEMAS)


def unsafe(connection: type_of_connection) -> list[Offence]:
    """Whatever makes a deployment unsafe: checked before each deployment commits."""
    return unpinned_definers(connection) + public_privileges(connection) + foreign_owned(connection)


def sessions_in_our_way(connection: type_of_connection, relation: str | None = None) -> list[str]:
    """Describe the other sessions that hold locks in this database, on a relation or on any of ours, longest
    transaction first."""
    with connection.transaction(force_rollback=True), connection.cursor(row_factory=scalar_row) as cursor:
        # the owner may not see how old the transactions of others are
        cursor.execute("set local role none")
        return cursor.execute(
            """
            select
                format('process %%s (%%s%%s)', a.pid, a.usename, coalesce(', ' || nullif(a.application_name, ''), ''))
            from pg_stat_activity as a
            where a.pid <> pg_backend_pid()
            and exists (
                select
                from pg_locks as l
                inner join pg_class as c on c.oid = l.relation
                inner join pg_namespace as n on n.oid = c.relnamespace
                where l.pid = a.pid and l.granted and n.nspname = any(%(schemas)s)
                and (%(relation)s::text is null or c.oid::regclass::text = %(relation)s)
                and l.database = (select d.oid from pg_database as d where d.datname = current_database())
            )
            order by a.xact_start
            """,
            {"schemas": list(SCHEMAS), "relation": relation},
        ).fetchall()
