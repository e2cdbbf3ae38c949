"""Completion by the shell: columns and orders, as the database has them. It says nothing if it fails."""

from __future__ import annotations

import os
import re
from contextlib import suppress

import click
import psycopg
from click.shell_completion import CompletionItem
from psycopg import sql
from psycopg.rows import scalar_row

from rilascio.commands.grid_columns import ORDER
from rilascio.sessions import open_session

_SECONDS = 2
"""Somebody waits at the prompt."""

_MOST_ORDERS = 50

_VIEWS = {
    "grid release": "release_grid",
    "grid restore": "restore_grid",
    "grid movements": "restore_movement_grid",
    "grid declarations": "declaration_grid",
    "grid declaration-movements": "declaration_movement_grid",
    "feasibility": "release_grid",
    "preview": "release_grid",
    "release": "release_grid",
    "restore": "restore_grid",
    "close": "restore_grid",
    "declare": "restore_grid",
    "register": "declaration_grid",
    "rollback": "declaration_grid",
    "undeclare": "declaration_grid",
    "runs": "run_history",
    "history": "run_order_history",
}
"""The view whose columns and orders a command is about."""

_ORDER_VIEWS = ("release_grid", "restore_grid")
_OPERATOR = re.compile(r"[=!<>~]")


def complete_filter(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the column of `--where COLUMN=VALUE`."""
    if _OPERATOR.search(incomplete):
        return []
    return [CompletionItem(f"{name}=") for name in _columns(context) if name.startswith(incomplete)]


def complete_columns(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last of some columns with commas between."""
    earlier, comma, last = incomplete.rpartition(",")
    own = [ORDER, "all"] if parameter.name == "columns" else []
    return [CompletionItem(earlier + comma + name) for name in own + _columns(context) if name.startswith(last)]


def complete_order(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete an order that can still be released or restored, as the command is about."""
    view = _VIEWS.get(_command(context), "")
    views = [view] if view in _ORDER_VIEWS else _ORDER_VIEWS
    label = "g.order_year || '/' || g.order_number || case g.order_lot when 0 then '' else '/' || g.order_lot end"
    asked = context.params.get("company")
    companies = sql.SQL("select c.company_id from erp_api.my_companies as c where c.company_code = {code}").format(
        code=sql.SQL("c.company_code") if asked is None else sql.Literal(asked)
    )
    queries = [
        sql.SQL(
            "(select {label} from {view} as g where g.company_id in ({companies}) and {label} like {pattern}"
            " order by g.order_year, g.order_number, g.order_lot limit {most})"
        ).format(
            label=sql.SQL(label),
            view=sql.Identifier("erp_api", name),
            companies=companies,
            pattern=sql.Literal(re.sub(r"([\\%_])", r"\\\1", incomplete) + "%"),
            most=sql.Literal(_MOST_ORDERS),
        )
        for name in views
    ]
    named = set(context.params.get(parameter.name or "") or ())
    orders = _ask(context, sql.SQL(" union all ").join(queries))
    return [CompletionItem(order) for order in orders if order not in named]


def _columns(context: click.Context) -> list[str]:
    view = _VIEWS.get(_command(context), "")
    return _ask(
        context,
        sql.SQL(
            "select a.attname::text from pg_catalog.pg_attribute as a"
            " where a.attrelid = to_regclass({view}) and a.attnum > 0 and not a.attisdropped order by a.attnum"
        ).format(view=sql.Literal(f"erp_api.{view}")),
    )


def _command(context: click.Context) -> str:
    """Return the path of a command, by whichever names it was called: `grid release`."""
    names = []
    while context.parent:
        names.append(context.command.name or "")
        context = context.parent
    return " ".join(reversed(names))


def _ask(context: click.Context, query: sql.Composed) -> list[str]:
    """Return what a query answers, soon or not at all."""
    with suppress(click.ClickException, psycopg.Error, OSError):
        dsn = context.params.get("dsn") or os.environ.get("RILASCIO_DSN", "")
        with open_session(dsn, seconds=_SECONDS) as connection:
            connection.execute(f"set statement_timeout = '{_SECONDS}s'".encode())
            with connection.cursor(row_factory=scalar_row) as cursor:
                return cursor.execute(query).fetchall()
    return []
