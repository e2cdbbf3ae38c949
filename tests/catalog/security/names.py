"""The check of names: in the routines' bodies a path decides about none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.catalog.security.common import PINNED, PLPGSQL, SCHEMAS, Breach, Check, found

ROUTINES = """
select
    p.oid::regprocedure::text as name,
    p.prosrc as source,
    coalesce(p.proargnames, '{}') as names,
    coalesce(p.proargmodes::text[], array_fill('i'::text, array[p.pronargs])) as modes,
    p.proretset as returns_set,
    p.prorettype::regtype::text as returned,
    p.proconfig is not null and 'search_path=pg_catalog, pg_temp' = any(p.proconfig) as pinned,
    array(
        select x
        from pg_trigger as t
        cross join unnest(array[t.tgoldtable, t.tgnewtable]) as x
        where t.tgfoid = p.oid and x is not null
    )::text[] as transition_tables
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
inner join pg_language as l on l.oid = p.prolang
where n.nspname = any(%s) and l.lanname = 'plpgsql'
order by 1
"""

DECLARED = re.compile(r"^(\s*[vc]_\w+ (?:constant )?)(\w+(?:\.\w+)?)( ?\[\])?(?= ?;| ?:=)", re.MULTILINE)


def expressions(tree: Any) -> Iterator[str]:
    """Yield every SQL statement and expression of a parsed routine, as a statement."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "PLpgSQL_expr":
                mode, text = value.get("parseMode", 0), value["query"]
                # 0 is a statement, 2 an expression, 3 and above an assignment to a variable
                yield text if mode == 0 else f"select {text if mode == 2 else text.partition(':=')[2]}"
            yield from expressions(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from expressions(value)


def unqualified_names(connection: psycopg.Connection) -> list[str]:
    """Names in the routines' bodies that a path decides about, in PostgreSQL's own grammar.

    Tables always say where they are, but for those of a `with` and a trigger's transition tables. So do types and
    functions, but for PostgreSQL's own: its types everywhere, its functions in a routine that pins its path. In the
    others only unnest stays bare: over several arrays it is part of the grammar, and qualified it is another thing.
    """
    pglast = pytest.importorskip("pglast")
    from pglast import ast, visitors

    types = set(found(connection, "select typname::text from pg_type where typnamespace = 'pg_catalog'::regnamespace"))
    functions = set(
        found(connection, "select proname::text from pg_proc where pronamespace = 'pg_catalog'::regnamespace")
    )

    class Names(visitors.Visitor):  # type: ignore[misc, name-defined]
        """Collects what is named where."""

        def __init__(self) -> None:
            self.local: set[str] = set()
            self.tables: set[str] = set()
            self.functions: set[str] = set()
            self.types: set[str] = set()

        def visit_CommonTableExpr(self, _: Any, node: ast.CommonTableExpr) -> None:
            self.local.add(node.ctename)

        def visit_LockingClause(self, _: Any, node: ast.LockingClause) -> Any:
            return visitors.Skip  # for update of …: these are aliases

        def visit_RangeVar(self, _: Any, node: ast.RangeVar) -> None:
            if node.schemaname is None:
                self.tables.add(node.relname)

        def visit_FuncCall(self, _: Any, node: ast.FuncCall) -> None:
            if len(node.funcname) == 1:
                self.functions.add(node.funcname[0].sval)

        def visit_TypeName(self, _: Any, node: ast.TypeName) -> None:
            if node.names and len(node.names) == 1:
                self.types.add(node.names[0].sval)

    problems = []
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        routines = cursor.execute(ROUTINES, [SCHEMAS]).fetchall()
    for routine in routines:
        # the parser knows no schemas of ours: what it must know of the head and the declarations is their names
        mode_words = {"o": "out", "b": "inout", "t": "out"}
        arguments = ", ".join(
            f"{mode_words.get(mode, 'in')} {name} text" for name, mode in zip(routine.names, routine.modes, strict=True)
        )
        outs = sum(mode in mode_words for mode in routine.modes)
        if routine.returned in ("trigger", "void"):
            returned = routine.returned
        else:
            returned = "record" if outs > 1 or (routine.returns_set and not outs) else "text"
        body = DECLARED.sub(
            lambda match: match[1] + ("text []" if match[3] else "record") if "." in match[2] else match[0],
            routine.source,
        )
        tree = json.loads(
            pglast.parser.parse_plpgsql_json(
                f"create function f({arguments}) returns {'setof ' if routine.returns_set else ''}{returned}"
                f" language plpgsql as $body$ {body} $body$"
            )
        )
        declared = {match[2] for match in DECLARED.finditer(routine.source.partition("\nbegin\n")[0])}
        names = Names()
        names.types |= {name for name in declared if "." not in name and not is_type(connection, name)}
        statements = list(expressions(tree))
        assert statements, routine.name
        for statement in statements:
            seen = Names()
            seen(pglast.parse_sql(statement))
            names.tables |= seen.tables - seen.local
            names.functions |= seen.functions
            names.types |= seen.types - types
        names.tables -= set(routine.transition_tables)
        names.functions -= functions if routine.pinned else {"unnest"}
        problems += [
            f"{routine.name}: {kind} {name}"
            for kind, bare in (("table", names.tables), ("function", names.functions), ("type", names.types))
            for name in sorted(bare)
        ]
    return problems


def is_type(connection: psycopg.Connection, name: str) -> bool:
    """Tell whether PostgreSQL itself has a type of that name, `integer` and its like included."""
    with connection.transaction():
        connection.execute("set local search_path = pg_catalog")
        row = connection.execute("select to_regtype(%s) is not null", [name]).fetchone()
    return bool(row and row[0])


CHECKS: list[Check] = [
    unqualified_names,
]

BREACHES: list[Breach] = [
    (unqualified_names, PLPGSQL.format(PINNED, "begin return (select count(*) from item); end"), "table item"),
    (
        unqualified_names,
        PLPGSQL.format(PINNED, "begin if false then update run set note = ''; end if; return 1; end"),
        "table run",
    ),
    (unqualified_names, PLPGSQL.format(PINNED, "begin return caller_role(); end"), "function caller_role"),
    (unqualified_names, PLPGSQL.format("", "begin return abs(p_id); end"), "function abs"),
    (unqualified_names, PLPGSQL.format(PINNED, "begin return (null::refusal).line; end"), "type refusal"),
    (
        unqualified_names,
        PLPGSQL.format("", "\ndeclare\n    v_a refusal;\nbegin\n    v_a := null;\n    return 1;\nend").replace(
            "create function", "set search_path = erp_internal; create function"
        ),
        "type refusal",
    ),
    (
        unqualified_names,
        PLPGSQL.format(
            "", "\ndeclare\n    v_a bigint;\nbegin\n    v_a := (select max(a) from item as a);\n    return 1;\nend"
        ),
        "table item",
    ),
    (
        unqualified_names,
        PLPGSQL.format("", "begin for i in 1..length('a') loop perform 1; end loop; return 1; end"),
        "function length",
    ),
]
