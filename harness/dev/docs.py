"""The documents that the product writes about itself: `make docs`.

`docs/reference.md` comes from the comments in the catalog, `docs/errors.md` from the registry of errors and the
messages in the database, and every `docs/examples/*.out` from running its `.sql` on the demo factory. A test compares
all of them with what is committed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from rilascio import postgres
from rilascio.deployment import deploy
from rilascio.errors import SQLSTATES
from rilascio.folders import demo_folder
from rilascio.loading import load

DOCS = Path(__file__).resolve().parents[2] / "docs"

Connection = psycopg.Connection[Any]

_GENERATED = "<!-- Written by `make docs`. Do not edit: change the comments in the SQL sources. -->"

_NUMBERS = {20, 21, 23, 26, 700, 701, 1700}
"""Type oids of the columns that a table of results aligns to the right."""


def documents(dsn: str) -> dict[str, str]:
    """Write every document, on a deployed database without companies; return the texts by path below `docs`.

    `dsn` is a superuser's. The demo factory is loaded there and stays.
    """
    load(dsn, demo_folder())
    with psycopg.connect(dsn) as connection:
        texts = {"reference.md": reference(connection), "errors.md": errors(connection)}
        for file in sorted((DOCS / "examples").glob("*.sql")):
            texts[f"examples/{file.stem}.out"] = example(connection, file.read_text(encoding="utf-8"))
    return texts


# --- reference.md ----------------------------------------------------------------------------------------------------

_ROUTINES = """
select
    p.proname as name,
    obj_description(p.oid, 'pg_proc') as comment,
    p.provolatile as volatility,
    array(
        select concat_ws(
            ' ', a.name, format_type(a.type, null),
            'default ' || regexp_replace(pg_get_function_arg_default(p.oid, a.place::integer), '^NULL::.*', 'null')
        )
        from unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes)
            with ordinality as a (name, type, mode, place)
        where coalesce(a.mode, 'i') = 'i'
        order by a.place
    ) as arguments,
    array(
        select concat_ws(' ', a.name, format_type(a.type, null))
        from unnest(p.proargnames, p.proallargtypes, p.proargmodes) with ordinality as a (name, type, mode, place)
        where a.mode = 't'
        order by a.place
    ) as columns,
    pg_get_function_result(p.oid) as result,
    array(
        select a.grantee::regrole::text
        from aclexplode(p.proacl) as a
        where a.grantee <> p.proowner
        order by 1
    ) as callers
from pg_proc as p
where p.pronamespace = 'erp_api'::regnamespace
order by p.proname
"""

_RELATIONS = """
select
    c.oid,
    c.relname as name,
    obj_description(c.oid, 'pg_class') as comment
from pg_class as c
where c.relnamespace = %s::regnamespace and c.relkind = any(%s) and not c.relispartition
order by c.relname
"""

_COLUMNS = """
select
    a.attname as name,
    format_type(a.atttypid, a.atttypmod) as type,
    a.attnotnull as required,
    case when a.attidentity <> '' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end as default,
    col_description(a.attrelid, a.attnum) as comment
from pg_attribute as a
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = %s and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""

_CONSTRAINTS = """
select o.conname as name, pg_get_constraintdef(o.oid) as definition
from pg_constraint as o
where o.conrelid = %s and o.contype in ('p', 'u', 'f', 'c', 'x')
order by array_position('{p,u,f,c,x}', o.contype::text), o.conname
"""

_VOLATILITY = {
    "v": "It writes.",
    "s": "It only reads, and runs in a read-only transaction.",
    "i": "It depends on its arguments alone.",
}


def reference(connection: Connection) -> str:
    """Describe the functions and views of `erp_api` and the tables of `erp`, as Markdown."""
    functions = _rows(connection, _ROUTINES)
    views = _rows(connection, _RELATIONS, "erp_api", ["v"])
    tables = _rows(connection, _RELATIONS, "erp", ["r", "p"])
    lines = [
        "# Reference",
        "",
        _GENERATED,
        "",
        "R-numbers are those of [rules.md](rules.md); errors and reasons stand in [errors.md](errors.md).",
        "",
        f"- [Functions of erp_api](#functions-of-erp_api): {_links(functions, 'erp_api')}",
        f"- [Views of erp_api](#views-of-erp_api): {_links(views, 'erp_api')}",
        f"- [Tables of erp](#tables-of-erp): {_links(tables, 'erp')}",
        "",
        "## Functions of erp_api",
        "",
        "Members of the roles named may execute them, for the companies that they are members of.",
    ]
    for function in functions:
        lines += ["", f"### erp_api.{function['name']}", "", "```sql", *_signature(function), "```", ""]
        callers = ", ".join(f"`{role}`" for role in function["callers"])
        lines += [*_paragraph(function["comment"]), "", f"{_VOLATILITY[function['volatility']]} For {callers}."]
    lines += ["", "## Views of erp_api", "", "Members of `erp_operator`, `erp_releaser` and `erp_reader` may select"]
    lines += [
        "them; each shows the rows of the companies that the reader is a member of. Columns are only ever added, at"
    ]
    lines += ["the end."]
    for view in views:
        lines += ["", f"### erp_api.{view['name']}", "", *_paragraph(view["comment"]), ""]
        columns = _rows(connection, _COLUMNS, view["oid"])
        lines += _table(["column", "type", "meaning"], [[f"`{c['name']}`", c["type"], c["comment"]] for c in columns])
    lines += [
        "",
        "## Tables of erp",
        "",
        "Only their owner touches them. A client meets the names of their constraints",
    ]
    lines += ["in errors."]
    for table in tables:
        lines += ["", f"### erp.{table['name']}", "", *_paragraph(table["comment"]), ""]
        columns = _rows(connection, _COLUMNS, table["oid"])
        lines += _table(
            ["column", "type", "null", "default", "meaning"],
            [
                [f"`{c['name']}`", c["type"], "" if c["required"] else "yes", _code(c["default"]), c["comment"]]
                for c in columns
            ],
        )
        constraints = _rows(connection, _CONSTRAINTS, table["oid"])
        lines += [""]
        lines += _table(["constraint", "definition"], [[f"`{c['name']}`", _code(c["definition"])] for c in constraints])
    return "\n".join(lines) + "\n"


def _rows(connection: Connection, query: str, *parameters: object) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("set local search_path = pg_catalog, pg_temp")
        return cursor.execute(query.encode(), parameters or None).fetchall()


def _links(named: Iterable[dict[str, Any]], schema: str) -> str:
    return ", ".join(f"[{n['name']}](#{schema}{n['name']})" for n in named)  # an anchor is without dots


def _signature(function: dict[str, Any]) -> list[str]:
    def listed(parts: Sequence[str]) -> list[str]:
        return [f"    {part}{',' if i < len(parts) else ''}" for i, part in enumerate(parts, 1)]

    result = ["returns table (", *listed(function["columns"]), ")"]
    if not function["columns"]:
        result = [f"returns {function['result']}"]
    return [f"erp_api.{function['name']}(", *listed(function["arguments"]), ")", *result]


def _paragraph(text: str) -> list[str]:
    return text.strip().splitlines()


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"

    return [line(headings), line(["---"] * len(headings)), *map(line, rows)]


def _code(text: str | None) -> str:
    return f"`{text}`" if text else ""


# --- errors.md -------------------------------------------------------------------------------------------------------

_PLACEHOLDERS = (
    "order",
    "item",
    "warehouse",
    "lot",
    "required",
    "available",
    "uom",
    "detail",
    "record date",
    "period start",
    "period end",
)
"""What stands in the place of each %n$s of a sentence."""

_LANGUAGES = {"en": "English", "it": "Italian"}

_REASONS = """
select r.code, r.severity, r.meaning, r.message, r.hint, r.language
from erp_internal.reason_catalog() as r
order by r.precedence, r.language
"""


def errors(connection: Connection) -> str:
    """Describe every SQLSTATE and every reason of a refusal with its messages, as Markdown."""
    lines = [
        "# Errors and refusals",
        "",
        _GENERATED.replace(
            "the comments in the SQL sources", "harness/rilascio/errors.py and erp_internal.reason_catalog"
        ),
        "",
        "A *bad call* is an exception and changes nothing. An *order that cannot be released or restored* is no",
        "exception: its row of the answer says `refused` and carries its reasons.",
        "",
        "## SQLSTATEs",
        "",
        "In Python, psycopg raises the class named; those of `rilascio.errors` are known once it is imported.",
        "",
        *_table(
            ["SQLSTATE", "name", "meaning", "what to do", "Python class"],
            [
                [
                    f"`{state.sqlstate}`",
                    f"`{state.name}`",
                    state.meaning,
                    state.what_to_do,
                    f"`{state.exception.__module__}.{state.exception.__name__}`",
                ]
                for state in SQLSTATES
            ],
        ),
        "",
        "The guards of the tables raise `PR002` too. Other SQLSTATEs are PostgreSQL's own, such as `40001` and `40P01`",
        "(nothing was changed, try again) or a broken constraint, whose name stands in [reference.md](reference.md).",
        "A call on whose way another release was deployed ends with `40001` too; so may a query of the",
        "restore grid. If that release gave an answer or a view other columns, statements that a session has prepared",
        "end with `0A000` (`cached plan must not change result type`): prepare them again, or connect anew.",
        "",
        "`XX000` is an error of the product itself, such as a reason that its registry does not know: nothing was",
        "changed.",
        "",
        "## Reasons",
        "",
        "`reasons` is a JSON array of objects with these fields, the same in previews and in execution; `[]` where",
        "there is nothing to say. A row has its reasons in the order of this list.",
        "",
        *_table(
            ["field", "meaning"],
            [
                ["`code`", "One of the codes below. It never depends on the language."],
                [
                    "`message`",
                    "A sentence with the order, the item and the figures, in the language of `erp.language`.",
                ],
                ["`hint`", "What to do, in the same language."],
                ["`item_code`, `variant_code`", "The material, where one is meant."],
                ["`warehouse_code`", "The warehouse, where one is meant."],
                ["`lot_code`", "The lot, where one is meant."],
                ["`location_code`", "The location, where stock was looked for in one alone."],
                ["`required`, `available`", "The quantities, of shortages; in the item's unit of measure."],
            ],
        ),
        "",
        "`set erp.language = 'it'` gives Italian; English is the default and stands in for any other language.",
    ]
    for row in _rows(connection, _REASONS):
        heading = ["", f"### {row['code']}", "", row["meaning"]]
        if row["severity"] == "warning":
            heading[-1] += " This is a warning: the order is not refused."
        if heading[1] not in lines:
            lines += [*heading, ""]
        lines += [f"- {_LANGUAGES[row['language']]}: “{_named(row['message'])}” “{_named(row['hint'])}”"]
    return "\n".join(lines) + "\n"


def _named(message: str) -> str:
    return re.sub(r"%(\d+)\$s", lambda place: f"{{{_PLACEHOLDERS[int(place[1]) - 1]}}}", message)


# --- examples --------------------------------------------------------------------------------------------------------


def example(connection: Connection, script: str) -> str:
    """Run a script as an operator and member of every company, undo it, and return what it answered as text.

    Statements are those of the script, results are laid out as psql does. An error ends the script and is shown.
    """
    name = f"rilascio_example_{secrets.token_hex(4)}"
    role = sql.Identifier(name)
    shown: list[str] = []
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.execute("set local datestyle = 'ISO'; set local timezone = 'UTC'; set local application_name = 'psql'")
        cursor.execute(sql.SQL("create role {0} nologin in role erp_operator").format(role))
        cursor.execute("insert into erp.company_member select company_id, %s from erp.company", [name])
        cursor.execute(sql.SQL("set local role {}").format(role))
        try:
            with connection.transaction():
                cursor.execute(script.encode())
                shown = _results(cursor)
        except psycopg.Error as error:
            shown.append(f"ERROR:  {error.sqlstate}: {error.diag.message_primary}")
            if error.diag.message_hint:
                shown.append(f"HINT:  {error.diag.message_hint}")
    return "\n".join(shown) + "\n"


def _results(cursor: psycopg.Cursor[Any]) -> list[str]:
    lines: list[str] = []
    more: bool | None = True
    while more:
        if cursor.description:
            lines += [*([""] if lines else []), *_aligned(cursor)]
        more = cursor.nextset()
    return lines


def _aligned(cursor: psycopg.Cursor[Any]) -> list[str]:
    answer, described = cursor.pgresult, cursor.description
    assert answer is not None
    assert described is not None
    names = [column.name for column in described]
    rows = [
        [(answer.get_value(row, place) or b"").decode() for place in range(answer.nfields)]
        for row in range(answer.ntuples)
    ]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    right = [column.type_code in _NUMBERS for column in described]
    lines = [
        "|".join(f" {name:^{width}} " for name, width in zip(names, widths, strict=True)),
        "+".join("-" * (width + 2) for width in widths),
    ]
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        lines.append("|".join(f" {text:>{width}} " if left else f" {text:<{width}} " for text, width, left in cells))
    lines.append(f"({len(rows)} row{'' if len(rows) == 1 else 's'})")
    return [line.rstrip() for line in lines]


def main() -> None:
    """Write the documents of this checkout on a throwaway server, and say which ones changed."""
    with postgres.throwaway() as running:
        with psycopg.connect(running.dsn(), autocommit=True) as connection:
            connection.execute("create database rilascio")
        deploy(running.dsn("rilascio"))
        texts = documents(running.dsn("rilascio"))
    for name, text in texts.items():
        file = DOCS / name
        same = file.is_file() and file.read_text(encoding="utf-8") == text
        if not same:
            file.write_text(text, encoding="utf-8")
        print(f"docs/{name}: {'as it was' if same else 'written'}")
