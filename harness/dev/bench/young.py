"""How calls fare in a session that planned them when the database was young.

A session calls everything once, for one order in nearly empty tables, and keeps the plans. Overnight orders come,
of which no statistics tell; the session calls everything for all of them on those plans, then on new ones.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from harness.dev.bench.measure import clean_up, launched_order_ids, session_of
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, insert_configuration
from harness.dev.companies import load_opening_stock
from rilascio.errors import HarnessError
from rilascio.queries import read_query

#: How many orders there are when the plans are made; one of them is called for.
FIRST_ORDERS = 5

#: What is done to all orders, in turn: the call, what it asks for, and how it must answer for each.
STEPS = (
    ("release", "release_production_orders(%s, %s::bigint[])", "order", "released"),
    ("restore", "restore_production_orders(%s, %s::bigint[])", "order", "restored"),
    ("release again", "release_production_orders(%s, %s::bigint[])", "order", "released"),
    ("declare", "declare_production(%s, %s::jsonb)", "report", "declared"),
    ("register", "register_declarations(%s, %s::bigint[])", "declaration", "registered"),
    ("roll back", "rollback_declarations(%s, %s::bigint[])", "declaration", "rolled_back"),
    ("delete", "delete_declarations(%s, %s::bigint[])", "declaration", "deleted"),
    ("restore again", "restore_production_orders(%s, %s::bigint[])", "order", "restored"),
)


@dataclass(frozen=True)
class CallTiming:
    """A call for all orders, and its seconds by what was there when it was planned.

    `young`: next to nothing. `launched`: the orders, all of them restored, so next to no records. `grown`: all that the
    call is about.
    """

    call: str
    orders: int
    young_seconds: float
    launched_seconds: float
    grown_seconds: float


def lines(place: Place, count: int) -> list[Line]:
    """Measure every call for so many orders, each round in a database that begins young."""
    taken = []
    for _ in range(place.rounds):
        with place.database() as (connection, role):
            taken.append(measure(connection, role, count, place.done))
    report = []
    for rounds in zip(*taken, strict=True):
        named, orders = rounds[0].call, rounds[0].orders
        young, launched, grown = (
            statistics.median(seconds)
            for seconds in zip(*((o.young_seconds, o.launched_seconds, o.grown_seconds) for o in rounds), strict=True)
        )
        report.append(Line(f"{named}, young plan against grown", young, "s", grown, "≤ 2.0 ×", orders))
        report.append(Line(f"{named}, plan of launched orders", launched, "s", grown, "≤ 2.0 ×", orders))
    return report


def measure(
    connection: psycopg.Connection[Any], operator: str, orders: int, done: Callable[[str], None]
) -> list[CallTiming]:
    """Measure every call for so many orders, in an empty deployed database, as the role `operator`.

    `connection` is the superuser's, in autocommit mode, by which the orders come; a second one keeps the plans. `done`
    hears of each call: 3 × `STEPS` of them. Raises HarnessError where a call does not answer as it must.
    """
    insert_materials(connection)
    insert_orders(connection, 1, FIRST_ORDERS)
    with session_of(connection, operator) as session:
        first = launched_order_ids(connection)[:1]

        def plan_anew() -> None:
            clean_up(connection)  # throws the plans away
            _call_all(session, first)

        plan_anew()
        insert_orders(connection, FIRST_ORDERS + 1, FIRST_ORDERS + orders)
        added = launched_order_ids(connection)[FIRST_ORDERS:]
        connection.execute("checkpoint")
        young = _call_all(session, added, done=lambda step: done(f"{step}, young"))
        plan_anew()
        idle = _call_all(session, added, done=lambda step: done(f"{step}, launched"))
        grown = _call_all(session, added, before=plan_anew, done=lambda step: done(f"{step}, grown"))
    return [CallTiming(step, len(added), young[step], idle[step], grown[step]) for step in young]


def insert_materials(connection: psycopg.Connection[Any]) -> None:
    """Make the company, with stock for any number of orders."""
    with connection.transaction():
        connection.execute("set local role erp_owner")
        insert_configuration(connection)
        connection.execute(read_query(__file__, "young_items"))
        load_opening_stock(connection, COMPANY_ID)


def insert_orders(connection: psycopg.Connection[Any], first: int, last: int) -> None:
    """Make the orders of these numbers."""
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local role erp_owner")
        cursor.execute(read_query(__file__, "young_orders"), {"first": first, "last": last})


def _call_all(
    session: psycopg.Connection[Any],
    order_ids: Sequence[int],
    *,
    before: Callable[[], None] = lambda: None,
    done: Callable[[str], None] = lambda step: None,
) -> dict[str, float]:
    """Take the orders there and back, and return the seconds of each step, commit included.

    `before` is called before each step, `done` hears of it afterwards.
    """
    asked: dict[str, Any] = {"order": list(order_ids), "report": json.dumps(_reports(order_ids))}
    seconds = {}
    for step, call, kind, outcome in STEPS:
        answer_id = "order_id" if kind == "order" else "declaration_id"
        query = f"select r.{answer_id}, r.outcome, nullif(r.reasons, '[]')::text from erp_api.{call} as r".encode()
        before()
        start = time.perf_counter()
        rows = session.execute(query, [COMPANY_ID, asked[kind]]).fetchall()
        seconds[step] = time.perf_counter() - start
        wrong = [(answered, reasons) for _, answered, reasons in rows if answered != outcome]
        if wrong:
            raise HarnessError(
                f"Of {len(rows):,} rows that the call to {step} answered, {len(wrong):,} are not {outcome}.",
                f"The first one is {wrong[0][0]}: {wrong[0][1]}.",
            )
        if kind == "report":
            asked["declaration"] = [answered for answered, *_ in rows]
        done(step)
    return seconds


def _reports(order_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Report both phases of each order from the opening to the closing, where a lot of its own is made."""
    return [
        {"order_id": order_id, "phase": phase, "kind": kind}
        | ({"good_quantity": 1, "lot_code": f"F{order_id}"} if kind == "closing" else {})
        for order_id in order_ids
        for phase in (10, 20)
        for kind in ("opening", "closing")
    ]
