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
from rilascio.queries import read_query


def looked_up(connection: psycopg.Connection[Any], sources: Iterable[Source]) -> dict[str, set[str]]:
    """Return, by source, the other sources whose objects PostgreSQL looked up when it made those of this one."""
    made_by: dict[tuple[str, str, str], str] = {}
    for definition in read_definitions(sources):
        kind, name = type(definition).__name__.lower(), definition.name
        if isinstance(definition, Trigger):
            name = f"{definition.table} {name}"
        made_by[kind, definition.schema, name] = definition.source
    found: dict[str, set[str]] = {source.name: set() for source in sources}
    for row in connection.execute(read_query(__file__, "looked_up")):
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
