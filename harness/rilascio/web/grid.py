"""The pages of both tabs: rows of a grid, the load by day, movements of an order, and rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, request, stream_with_context
from psycopg.sql import SQL, Identifier
from werkzeug.wrappers import Response as AnyResponse

from rilascio.commands.grid_columns import MOVEMENTS, ORDER
from rilascio.filters import open_view
from rilascio.orders import NUMBER_ORDER
from rilascio.output import cell
from rilascio.queries import composed_query
from rilascio.web.answers import answer
from rilascio.web.criteria import COMPUTED, TABS, Criteria, Tab, read_page, tab_of
from rilascio.web.sessions import Session, session

pages = Blueprint("grid", __name__)

MOST_COUNTED = 10_000
MOST_GROUPS = 400

_A_YEAR = 366 * 24 * 3600
_FORMULA = ("=", "+", "-", "@")


def columns_of(tab: Tab) -> tuple[str, ...]:
    """Return the columns that are shown, as the browser remembers them."""
    chosen = request.cookies.get(f"columns_{tab.name}", "").split(".")
    return tuple(name for name in tab.grid.columns if name == ORDER or name in chosen) if any(chosen) else tab.shown


@pages.get("/<name>")
def page_of_rows(name: str) -> AnyResponse:
    """A page of rows; with `more`, how many there are in all and what stock covers of those that are shown."""
    tab, more = tab_of(name), "more" in request.args
    criteria, columns = Criteria.read(tab, request.args), columns_of(tab)
    asked = columns if more else tuple(column for column in columns if column not in tab.grid.feasibility_columns)
    with session() as one:
        page = read_page(one, criteria, asked)
        values = {
            "types": open_view(one.connection, tab.grid.view).columns,
            "count": _count(one, criteria) if more else None,
            "may_act": one.company_facts()[f"may_{name}"],
        }
    return answer("grid.html", tab=tab, criteria=criteria, columns=columns, page=page, most=MOST_COUNTED, **values)


def _count(one: Session, criteria: Criteria) -> int:
    """Return how many rows there are, one more than are counted if there are more."""
    view = open_view(one.connection, criteria.tab.grid.view)
    where = criteria.where(one, view)
    text = SQL("select count(*) from (select from {} as g where true{} limit {}) as c")
    [[count]] = one.connection.execute(
        text.format(view.table, where.text, MOST_COUNTED + 1), where.parameters
    ).fetchall()
    return int(count)


@pages.post("/<name>/columns")
def choose_columns(name: str) -> AnyResponse:
    """Remember which columns are to be shown, all that there are if none is named."""
    tab = tab_of(name)
    chosen = [column for column in request.form.getlist("column") if column in tab.grid.columns]
    response = redirect(Criteria.read(tab, request.args).address(), 303)
    response.set_cookie(f"columns_{tab.name}", ".".join(chosen), max_age=_A_YEAR, httponly=True, samesite="Strict")
    return response


@pages.get("/<name>/groups")
def groups(name: str) -> AnyResponse:
    """How many orders there are of each value of a column: the load by day, unless another one is named."""
    tab = tab_of(name)
    criteria, by = Criteria.read(tab, request.args), request.args.get("by") or "end_date"
    Criteria.read(tab, {"sort": by})
    with session() as one:
        view = open_view(one.connection, tab.grid.view)
        where = criteria.where(one, view)
        moment = view.columns[view.check(by)].startswith("timestamp")
        rows = one.rows(
            SQL(
                "select {value} as value, count(*) as orders from {view} as g where true{where}"
                " group by 1 order by 1 limit {limit}"
            ).format(
                value=SQL("{}::date" if moment else "{}").format(Identifier(by)),
                view=view.table,
                where=where.text,
                limit=MOST_GROUPS,
            ),
            where.parameters,
        )
    most = max((row["orders"] for row in rows), default=0)
    for row in rows:
        exact = "" if moment and row["value"] is not None else "="
        row["address"] = criteria.address(**{by: f"{exact}{cell_text(row['value'])}"})
    offered = [column for column in tab.grid.columns if column not in COMPUTED and column != ORDER]
    return answer(
        "groups.html", tab=tab, criteria=criteria, by=by, offered=offered, rows=rows, most=most, limit=MOST_GROUPS
    )


@pages.get("/<name>/csv")
def rows_for_a_spreadsheet(name: str) -> AnyResponse:
    """All rows in the columns that are shown, but for what stock covers, which is asked for a page."""
    tab = tab_of(name)
    criteria = Criteria.read(tab, request.args)
    chosen = [column for column in columns_of(tab) if column not in tab.grid.feasibility_columns]
    columns = tuple(part for column in chosen for part in (NUMBER_ORDER if column == ORDER else (column,)))
    with session() as one:
        query, parameters = criteria.query(one, columns, 0)

    def lines() -> Iterator[str]:
        yield "\ufeff" + ",".join(columns) + "\r\n"  # the mark by which spreadsheets know UTF-8
        with session() as one, one.connection.cursor() as cursor:
            for row in cursor.stream(query, parameters):
                line = io.StringIO()
                csv.writer(line).writerow([harmless(value) for value in row])
                yield line.getvalue()

    response = Response(stream_with_context(lines()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{tab.name}-{date.today()}.csv"'
    return response


def harmless(value: object) -> str:
    """Return a value as a spreadsheet may read it: a text that it would run gets an apostrophe before it."""
    text = cell_text(value)
    return f"'{text}" if isinstance(value, str | list) and text.lstrip().startswith(_FORMULA) else text


def cell_text(value: object) -> str:
    """Return a value as the cells of the filter, and spreadsheets, take it."""
    return str(value).lower() if isinstance(value, bool) else cell(value)


@pages.get("/restore/movements")
def movements() -> AnyResponse:
    """The movements that the release of an order made."""
    with session() as one:
        parameters: dict[str, Any] = {
            "company_id": one.company.company_id,
            "order_id": request.args.get("order", type=int),
        }
        rows = one.rows(composed_query(__file__, "movements"), parameters)
    shown = [name for name in MOVEMENTS.columns if name not in MOVEMENTS.sparse or any(row.get(name) for row in rows)]
    return answer("movements.html", tab=TABS["restore"], rows=rows, columns=shown[1:])
