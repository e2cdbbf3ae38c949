"""What an action would do with the orders that are chosen, and its confirmation."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from flask import Blueprint, request
from psycopg.sql import SQL, Composed
from werkzeug.wrappers import Response

from rilascio.commands.actions import query_of
from rilascio.commands.release import PREVIEW_RELEASE, PREVIEW_RESTORE, elements_of
from rilascio.errors import USAGE, HarnessError
from rilascio.language import _
from rilascio.orders import NUMBER_ORDER, Order, Reference
from rilascio.queries import read_query, with_found
from rilascio.web.answers import answer
from rilascio.web.criteria import Criteria, Tab, tab_of
from rilascio.web.sessions import Row, Session, session

pages = Blueprint("preview", __name__)

MOST = 200_000
"""Orders that a call takes."""

SHOWN = 200
"""So many movements and reasons are shown, here and in `queries/preview.sql`."""

_WITHOUT_MOVEMENTS = SQL(
    "select p.*, null::numeric as feasible_quantity, null::integer as material_line, null::text as item_code,"
    " null::text as lot_code, null::text as location_code, null::text as warehouse_code, null::numeric as quantity"
    " from ({}) as p"
)
_WITH_MOVEMENTS = SQL("select p.*, null::integer as movement_count from ({}) as p")


@pages.post("/<name>/preview")
def preview(name: str) -> Response:
    """What an action on the chosen orders would do now."""
    return _answer(tab_of(name), "preview.html")


@pages.post("/<name>/confirm")
def confirm(name: str) -> Response:
    """The same for orders and a day that stay as they are now, with the button that begins."""
    return _answer(tab_of(name), "confirm.html", job_id=uuid4())


def _answer(tab: Tab, template: str, **values: object) -> Response:
    arguments = read_arguments(tab)
    with session() as one:
        orders, gone = _chosen(one, tab)
        if not orders:
            raise HarnessError(_("No order is chosen."), _("Choose orders in the grid."), exit_code=USAGE)
        if tab.name == "release":
            arguments["record_date"] = arguments["record_date"] or one.company_facts()["today"]
        plan = _plan(one, tab, orders, arguments)
    return answer(template, tab=tab, orders=orders, gone=gone, arguments=arguments, plan=plan, most=SHOWN, **values)


def read_arguments(tab: Tab) -> dict[str, Any]:
    """Read how to act, as it was typed."""
    typed = request.form
    arguments: dict[str, Any] = {
        "all_or_none": bool(typed.get("all_or_none")),
        "note": typed.get("note", "").strip() or None,
    }
    if tab.name == "release":
        day = typed.get("record_date", "")
        try:
            arguments["record_date"] = date.fromisoformat(day) if day else None
        except ValueError:
            text = _("{text!r} is no date; year, month and day are written like 2026-11-23.", text=day)
            raise HarnessError(text, exit_code=USAGE) from None
        arguments["on_shortage"] = typed.get("on_shortage") or None
    return arguments


def read_ids() -> list[int]:
    """Read the ids of orders, with commas between, each once."""
    texts = ",".join(request.form.getlist("order")).split(",")
    if not all(text.isdecimal() for text in texts if text):
        raise HarnessError(_("What was sent names no orders."), _("Choose orders in the grid."), exit_code=USAGE)
    return list(dict.fromkeys(int(text) for text in texts if text))


def _chosen(one: Session, tab: Tab) -> tuple[list[Order], int]:
    """Return the orders that are chosen, as the grid sorts them (R7), and how many of them it has no more."""
    criteria = Criteria.read(tab, dict(parse_qsl(request.form.get("query", ""))))
    found = request.form.get("which") == "found"
    ids = [] if found else read_ids()
    if not found:
        criteria = Criteria(tab, {}, criteria.sort, unreleased=True)
    query = criteria.query(one, ("order_id", *NUMBER_ORDER), MOST + 1, None if found else ids)
    rows = one.connection.execute(*query).fetchall()
    if max(len(rows), len(ids)) > MOST:
        text = _("More than {count:,} orders are chosen.", count=MOST)
        raise HarnessError(text, _("Filter for fewer."), exit_code=USAGE)
    orders = [Order(order_id, Reference(*reference)) for order_id, *reference in rows]
    return orders, max(0, len(ids) - len(orders))


def _plan(one: Session, tab: Tab, orders: list[Order], arguments: dict[str, Any]) -> Row:
    """Return what the action would do: in sum, and for the first orders."""
    backwards = tab.name == "restore"
    named = {} if backwards else {name: arguments[name] for name in ("record_date", "on_shortage")}
    action = PREVIEW_RESTORE if backwards else PREVIEW_RELEASE
    called, parameters = query_of(action, one.company.company_id, elements_of(orders), named)
    found: Composed = (_WITHOUT_MOVEMENTS if backwards else _WITH_MOVEMENTS).format(called)
    query = with_found(read_query(__file__, "preview"), found.as_string(one.connection).encode())
    [plan] = one.rows(query, parameters)
    return plan
