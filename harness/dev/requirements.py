"""The lines `-- requires:` of the sources, compared with what PostgreSQL looks up when it makes their objects.

A view, a trigger, a routine written in SQL (`begin atomic`, `return`) and a default of a parameter are resolved when
they are made, so what they name must be there. The body of a PL/pgSQL routine is resolved when it runs, and requires
nothing. The catalog of a deployed database tells the one from the other.
"""

from collections.abc import Iterable
from typing import Any

import psycopg

from rilascio.deployment.bundle import Source
from rilascio.deployment.definitions import Trigger, read_definitions

# What was made of ours: routines, views (their rules and row types stand for them), triggers by table and name.
_LOOKED_UP = """
with object (classid, objid, kind, schema_name, name) as (
    select 'pg_proc'::regclass, p.oid, 'routine', n.nspname::text, p.proname::text
    from pg_proc as p
    inner join pg_namespace as n on n.oid = p.pronamespace
    union all
    select 'pg_trigger'::regclass, t.oid, 'trigger', n.nspname, c.relname || ' ' || t.tgname
    from pg_trigger as t
    inner join pg_class as c on c.oid = t.tgrelid
    inner join pg_namespace as n on n.oid = c.relnamespace
    union all
    select o.classid, o.objid, 'view', n.nspname, c.relname
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    left join pg_rewrite as r on r.ev_class = c.oid
    left join pg_type as t on t.oid = c.reltype
    cross join lateral (
        values
        ('pg_class'::regclass, c.oid),
        ('pg_rewrite'::regclass, r.oid),
        ('pg_type'::regclass, t.oid),
        ('pg_type'::regclass, t.typarray)
    ) as o (classid, objid)
    where c.relkind = 'v'
)

select distinct a.kind, a.schema_name, a.name, b.kind, b.schema_name, b.name
from pg_depend as d
inner join object as a on a.classid = d.classid and a.objid = d.objid
inner join object as b on b.classid = d.refclassid and b.objid = d.refobjid
where d.deptype = 'n'
"""


def looked_up(connection: psycopg.Connection[Any], sources: Iterable[Source]) -> dict[str, set[str]]:
    """Return, by source, the other sources whose objects PostgreSQL looked up when it made those of this one."""
    made_by: dict[tuple[str, str, str], str] = {}
    for definition in read_definitions(sources):
        kind, name = type(definition).__name__.lower(), definition.name
        if isinstance(definition, Trigger):
            name = f"{definition.table} {name}"
        made_by[kind, definition.schema, name] = definition.source
    found: dict[str, set[str]] = {source.name: set() for source in sources}
    for row in connection.execute(_LOOKED_UP):
        maker, wanted = made_by.get(row[:3]), made_by.get(row[3:])
        if maker and wanted and maker != wanted:
            found[maker].add(wanted)
    return found


def requirement_errors(connection: psycopg.Connection[Any], sources: Iterable[Source]) -> list[str]:
    """Return a line for every source whose `-- requires:` lines are not just what it needs."""
    sources = [source for source in sources if source.name != "grants"]
    needed = looked_up(connection, sources)
    problems = []
    for source in sources:
        stated = set(source.requires)
        if missing := sorted(needed[source.name] - stated):
            problems.append(f"{source.path}: lacks -- requires: {', '.join(missing)}")
        if idle := sorted(stated - needed[source.name]):
            problems.append(f"{source.path}: requires without effect {', '.join(idle)}")
    return problems
