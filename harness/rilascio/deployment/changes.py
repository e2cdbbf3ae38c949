"""What a deployment of the sources would drop, create and replace: the catalog compared with what the sources define.

`create or replace` keeps an object, its privileges and what depends on it, but not every change goes that way. A
routine whose parameters' names or result change and a view that loses a column are dropped first, with whatever of ours
hangs on them, and made again. What the last deployment made and no source defines any more is dropped for good. What
does not belong to us is never dropped: a foreign object in the way is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from rilascio.deployment import catalog
from rilascio.deployment.common import VERSION_VIEW, Connection
from rilascio.deployment.definitions import Definition, Routine, Trigger, View, read_definitions
from rilascio.deployment.state import State, code_only
from rilascio.errors import HarnessError
from rilascio.queries import read_query

CONTRACT_VIEWS = ("view erp_api.", "view erp_data.")


@dataclass(frozen=True)
class SourceChanges:
    """Identities are those of `rilascio.deployment.catalog`."""

    sources: frozenset[str]
    """Names of the sources to apply, but for the grants, which are applied always."""
    identities: dict[str, Definition]
    """Whatever the sources define."""
    dropped: tuple[str, ...]
    """To be dropped, in this order: what depends on something comes before it."""
    created: tuple[str, ...]
    replaced: tuple[str, ...]
    grids: tuple[str, ...]
    """The views for clients through which what changes is read, outer ones first: locked before the version."""
    views: tuple[str, ...]
    """The other views to be dropped or replaced, outer ones first: locked after the version."""
    tables: tuple[str, ...]
    """The tables whose triggers are dropped or replaced."""


def plan_changes(connection: Connection, state: State) -> SourceChanges:
    """Compare the catalog with the sources. Only reads."""
    definitions = read_definitions(state.sources)
    identities = _identities(connection, definitions)
    existing = {i for i in code_only(state.objects) if i != VERSION_VIEW}
    recorded = set(code_only(state.last["catalog"])) if state.last else set()
    irreplaceable = [
        *sorted((recorded & existing) - identities.keys()),
        *(i for i in _irreplaceable(connection, identities, existing) if i in existing),
    ]
    dropped = dependents_to_drop(connection, irreplaceable, existing & (recorded | identities.keys()))
    stale = {*dropped, *state.drift.changed, *state.drift.missing}
    everything = not state.last or not state.same_server or not state.last["sources"]
    sources = frozenset(
        source.name
        for source in state.sources
        if source.name != "grants"
        and (
            everything
            or source.name in state.sources_changed
            or any(d.source == source.name and i in stale for i, d in identities.items())
        )
    )
    applied = [i for i, d in identities.items() if d.source in sources]
    gone = set(dropped)
    changed = {*dropped, *applied} & existing
    views = _with_readers(connection, [i for i in changed if i.startswith("view ")])
    return SourceChanges(
        sources=sources,
        identities=identities,
        dropped=dropped,
        created=tuple(i for i in applied if i not in existing or i in gone),
        replaced=tuple(i for i in applied if i in existing and i not in gone),
        grids=tuple(view for view in views if view.startswith(CONTRACT_VIEWS)),
        views=tuple(view for view in views if view in changed and not view.startswith(CONTRACT_VIEWS)),
        tables=tuple(sorted({i.split(" on ", 1)[1] for i in changed if i.startswith("trigger ")})),
    )


def _identities(connection: Connection, definitions: list[Definition]) -> dict[str, Definition]:
    """Name what is defined as the catalog names it."""
    types = _types(connection, definitions)
    names = {name for d in definitions for name in (d.schema, d.name, *([d.table] if isinstance(d, Trigger) else []))}
    with connection.cursor() as cursor:
        cursor.execute("select n, quote_ident(n) from unnest(%s::text[]) as n", [sorted(names)])
        quoted = dict(cursor.fetchall())
    found: dict[str, Definition] = {}
    for definition in definitions:
        schema, name = quoted[definition.schema], quoted[definition.name]
        match definition:
            case Routine():
                inputs = ",".join(types[p.type].name for p in definition.parameters if p.is_input)
                identity = f"routine {schema}.{name}({inputs})"
            case Trigger():
                identity = f"trigger {name} on {schema}.{quoted[definition.table]}"
            case _:
                identity = f"view {schema}.{name}"
        if identity in found:
            raise HarnessError(
                f"{identity} is defined by {found[identity].source}.sql and by {definition.source}.sql.",
                "Take one of the two out.",
            )
        found[identity] = definition
    return found


@dataclass(frozen=True)
class _Type:
    oid: int | None
    """None: the type does not exist yet."""
    name: str


def _types(connection: Connection, definitions: list[Definition]) -> dict[str, _Type]:
    """Resolve the types that routines name."""
    wanted = {p.type for d in definitions if isinstance(d, Routine) for p in d.parameters}
    wanted |= {d.result for d in definitions if isinstance(d, Routine) and d.result}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select t, to_regtype(t)::oid::bigint, format_type(to_regtype(t)::oid, null)
            from unnest(%s::text[]) as t
            """,
            [sorted(wanted)],
        )
        return {text: _Type(oid, name if oid else text) for text, oid, name in cursor.fetchall()}


@dataclass(frozen=True)
class _DeployedRoutine:
    """A routine as the catalog knows it; types are oids."""

    identity: str
    kind: str
    returns_set: bool
    result: int
    defaults: int
    modes: list[str]
    names: list[str]
    types: list[int]


def _irreplaceable(connection: Connection, identities: dict[str, Definition], existing: set[str]) -> list[str]:
    """Return what bears the name of something of ours but cannot become it by `create or replace`."""
    routines = [d for d in identities.values() if isinstance(d, Routine)]
    types = _types(connection, list(routines))
    with connection.cursor(row_factory=class_row(_DeployedRoutine)) as cursor:
        deployed = {
            row.identity: row
            for row in cursor.execute(read_query(__file__, "routines"), {"schemas": list(catalog.PRODUCT_SCHEMAS)})
        }
    irreplaceable = []
    for identity, definition in identities.items():
        if isinstance(definition, Routine) and identity in deployed:
            if not _replaceable(deployed[identity], definition, types):
                irreplaceable.append(identity)
        elif isinstance(definition, View) and identity in existing and not _extends(connection, identity, definition):
            irreplaceable.append(identity)
    return irreplaceable


def _replaceable(old: _DeployedRoutine, new: Routine, types: dict[str, _Type]) -> bool:
    inputs = [(m, n) for m, n in zip(old.modes, old.names, strict=False) if m in "ibv"]
    wanted = [p for p in new.parameters if p.is_input]
    if any(name and (mode, name) != (p.mode, p.name) for (mode, name), p in zip(inputs, wanted, strict=True)):
        return False
    columns = [(n, t) for m, n, t in zip(old.modes, old.names, old.types, strict=False) if m in "obt"]
    outputs = [(p.name, types[p.type].oid) for p in new.parameters if p.mode in "obt"]
    if columns != outputs:
        return False
    return bool(
        old.kind == new.kind
        and old.returns_set == new.returns_set
        and old.defaults <= sum(p.default for p in wanted)
        and (outputs or not new.result or old.result == types[new.result].oid)
    )


def _extends(connection: Connection, identity: str, view: View) -> bool:
    """Say whether the columns of a view are the first columns of its query. A query that wants something which is not
    there yet is taken for one that fits."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select a.attname, a.atttypid::bigint, a.atttypmod from pg_attribute as a
            where a.attrelid = %s::regclass and a.attnum > 0 order by a.attnum
            """,
            [identity.removeprefix("view ")],
        )
        old = cursor.fetchall()
    try:
        with connection.transaction():
            result = connection.execute(f"select * from (\n{view.query}\n) as v limit 0".encode()).pgresult
    except psycopg.Error:
        return True
    assert result is not None
    names = [(result.fname(i) or b"").decode() for i in range(result.nfields)]
    names[: len(view.columns)] = view.columns
    new = [(name, result.ftype(i), result.fmod(i)) for i, name in enumerate(names)]
    return old == new[: len(old)]


@dataclass(frozen=True)
class _Dependent:
    """Something to be dropped; `identity` is null if it is no routine, view or trigger."""

    identity: str | None
    description: str
    because: str
    depth: int


def dependents_to_drop(connection: Connection, irreplaceable: Iterable[str], ours: set[str]) -> tuple[str, ...]:
    """Return what has to be dropped with what is irreplaceable, in order. Something foreign among it is an error."""
    with connection.cursor(row_factory=class_row(_Dependent)) as cursor:
        rows = cursor.execute(
            read_query(__file__, "dependents_to_drop"), {"identities": list(irreplaceable)}
        ).fetchall()
    for row in rows:
        if row.identity not in ours:
            raise HarnessError(
                f"The {row.description} depends on the {row.because}, which this release drops or makes anew.",
                "Nothing was changed. Drop what depends on it, deploy, and make it again if it is still wanted.",
            )
    return tuple(row.identity for row in rows if row.identity)


def _with_readers(connection: Connection, views: Iterable[str]) -> tuple[str, ...]:
    """Return the views and those that read them, each before those that it reads."""
    with connection.cursor() as cursor:
        cursor.execute(
            read_query(__file__, "views_with_readers"), {"views": [view.removeprefix("view ") for view in views]}
        )
        return tuple(identity for (identity,) in cursor.fetchall())
