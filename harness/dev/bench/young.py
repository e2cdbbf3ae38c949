"""How calls fare in a session that planned them when the database was young.

A session calls everything once, for one order in nearly empty tables, and keeps the plans. Overnight orders come,
of which no statistics tell; the session calls everything for all of them on those plans, then on new ones. Everything
is each function of erp_api that writes or plans.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
from psycopg.rows import dict_row

from harness.dev.bench.measure import clean_up, session_of
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, insert_configuration
from harness.dev.companies import load_opening_stock
from rilascio.errors import HarnessError
from rilascio.queries import read_query

#: How many orders there are when the plans are made; one of them is called for.
FIRST_ORDERS = 5

#: What is added to the number of an order that can be released in part only, and of one that is put.
SHORT, PUT = 10_000_000, 20_000_000


@dataclass(frozen=True)
class Step:
    """A call for all orders: its name, the call, what it asks for, and how it must answer for each."""

    name: str
    call: str
    asked: str = "order"
    outcome: str | None = None


#: What is done, in turn; the last of it leaves no more than archived orders and history.
STEPS = (
    Step("preview release", "preview_release(%s, %s::bigint[])", "order", "released"),
    Step("feasibility", "order_feasibility(%s, %s::bigint[])"),
    Step("release", "release_production_orders(%s, %s::bigint[])", "order", "released"),
    Step("preview restore", "preview_restore(%s, %s::bigint[])", "order", "restored"),
    Step("restore", "restore_production_orders(%s, %s::bigint[])", "order", "restored"),
    Step("release again", "release_production_orders(%s, %s::bigint[])", "order", "released"),
    Step("preview close", "preview_order_change(%s, %s::bigint[], 'close')", "order", "closed"),
    Step("close", "close_production_orders(%s, %s::bigint[])", "order", "closed"),
    Step("reopen", "reopen_production_orders(%s, %s::bigint[])", "order", "reopened"),
    Step("declare", "declare_production(%s, %s::jsonb)", "report", "declared"),
    Step("preview registration", "preview_registration(%s, %s::bigint[])", "declaration", "registered"),
    Step("register", "register_declarations(%s, %s::bigint[])", "declaration", "registered"),
    Step("roll back", "rollback_declarations(%s, %s::bigint[])", "declaration", "rolled_back"),
    Step("delete", "delete_declarations(%s, %s::bigint[])", "declaration", "deleted"),
    Step("restore again", "restore_production_orders(%s, %s::bigint[])", "order", "restored"),
    Step("split", "release_production_orders(%s, %s::bigint[], p_on_shortage => 'split')", "short order", "split"),
    Step("put remainders", "put_production_orders(%s, %s::jsonb)", "changed remainder", "changed"),
    Step("restore split", "restore_production_orders(%s, %s::bigint[])", "short order", "restored"),
    Step("merge", "merge_remainders(%s, %s::bigint[])", "remainder", "merged"),
    Step("preview orders", "preview_production_orders(%s, %s::jsonb)", "sent order", "created"),
    Step("put orders", "put_production_orders(%s, %s::jsonb)", "sent order", "created"),
    Step("archive", "archive_production_orders(%s, %s::bigint[])", "put order", "archived"),
    Step("preview data", "preview_data(%s, %s::jsonb)", "item", "created"),
    Step("put data", "put_data(%s, %s::jsonb)", "item", "created"),
    Step("put data away", "put_data(%s, %s::jsonb)", "item to go", "deleted"),
    Step("preview stock", "preview_stock(%s, %s::jsonb)", "document", "posted"),
    Step("post stock", "post_stock(%s, %s::jsonb)", "document", "posted"),
    Step("remove stock", "remove_stock(%s, %s::text[])", "key", "removed"),
    Step("claim configuration", "claim_configuration(%s)", ""),
    Step("prune request keys", "prune_request_keys(%s)", ""),
    Step("feed", "next_runs(%s)", ""),
    # no run is that old: what it takes to find that out
    Step("preview archive", "preview_archive_history(%s, now() - interval '2 days')", ""),
    Step("archive history", "archive_history(%s, now() - interval '2 days')", ""),
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


def lines(place: Place, orders: int) -> list[Line]:
    """Measure every call for so many orders, each round in a database that begins young."""
    taken = []
    for _ in range(place.rounds):
        with place.database() as (connection, role):
            taken.append(measure(connection, role, orders, place.done))
    report = []
    for rounds in zip(*taken, strict=True):
        named = rounds[0].call
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
        turns = count()
        first, first_short = (ids[:1] for ids in _order_ids(connection))

        def call_first(turn: int) -> dict[str, Any]:
            return _asked(first, first_short, turn)

        def plan_anew() -> None:
            clean_up(connection)  # throws the plans away
            _call_all(session, call_first(next(turns)))

        plan_anew()
        insert_orders(connection, FIRST_ORDERS + 1, FIRST_ORDERS + orders)
        added, added_short = (ids[FIRST_ORDERS:] for ids in _order_ids(connection))
        connection.execute("checkpoint")
        young = _call_all(session, _asked(added, added_short, next(turns)), told=lambda step: done(f"{step}, young"))
        plan_anew()
        idle = _call_all(session, _asked(added, added_short, next(turns)), told=lambda step: done(f"{step}, launched"))
        ahead = call_first(next(turns))

        def plan_step(step: Step) -> None:
            clean_up(connection)
            _call(session, step, ahead)

        asked = _asked(added, added_short, next(turns))
        grown = _call_all(session, asked, before=plan_step, told=lambda step: done(f"{step}, grown"))
    return [CallTiming(step, len(added), young[step], idle[step], grown[step]) for step in young]


def insert_materials(connection: psycopg.Connection[Any]) -> None:
    """Make the company, with stock for any number of orders."""
    with connection.transaction():
        connection.execute("set local role erp_owner")
        insert_configuration(connection)
        connection.execute(read_query(__file__, "young_items"))
        load_opening_stock(connection, COMPANY_ID)


def insert_orders(connection: psycopg.Connection[Any], first: int, last: int) -> None:
    """Make the orders of these numbers, and as many that lack half of what they need."""
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local role erp_owner")
        cursor.execute(read_query(__file__, "young_orders"), {"first": first, "last": last, "short": SHORT})
        load_opening_stock(connection, COMPANY_ID)


def _order_ids(connection: psycopg.Connection[Any]) -> tuple[list[int], list[int]]:
    """Return the ids of the orders that have all they need, and of those that lack some."""
    numbers = connection.execute(
        """
        select o.production_order_id, o.order_number > %s
        from erp.production_order as o
        where o.order_number <= %s
        order by o.production_order_id
        """,
        [SHORT, PUT],
    ).fetchall()
    return [order_id for order_id, short in numbers if not short], [order_id for order_id, short in numbers if short]


def _call_all(
    session: psycopg.Connection[Any],
    asked: dict[str, Any],
    *,
    before: Callable[[Step], None] = lambda step: None,
    told: Callable[[str], None] = lambda name: None,
) -> dict[str, float]:
    """Take the orders through all steps, and return the seconds of each step, commit included.

    `before` is called before each step, `told` hears of it afterwards.
    """
    seconds = {}
    for step in STEPS:
        before(step)
        seconds[step.name] = _call(session, step, asked)
        told(step.name)
    return seconds


def _call(session: psycopg.Connection[Any], step: Step, asked: dict[str, Any]) -> float:
    """Call for what is asked, keep there what later steps ask for, and return the seconds, commit included."""
    arguments = [COMPANY_ID, asked[step.asked]] if step.asked else [COMPANY_ID]
    with session.cursor(row_factory=dict_row) as cursor:
        start = time.perf_counter()
        rows = cursor.execute(f"select r.* from erp_api.{step.call} as r".encode(), arguments).fetchall()
        seconds = time.perf_counter() - start
    wrong = [row for row in rows if step.outcome and row["outcome"] != step.outcome]
    if wrong or (step.outcome and not rows):
        raise HarnessError(
            f"Of {len(rows):,} rows that the call to {step.name} answered, {len(wrong):,} are not {step.outcome}.",
            "".join(f"The first one is {row['outcome']}: {json.dumps(row['reasons'])}." for row in wrong[:1]),
        )
    match step.name:
        case "declare":
            asked["declaration"] = [row["declaration_id"] for row in rows]
        case "split":
            asked["remainder"] = [row["remainder_order_id"] for row in rows]
            asked["changed remainder"] = json.dumps(
                [
                    {
                        "order_year": row["order_year"],
                        "order_number": row["order_number"],
                        "order_lot": 1,
                        "priority": 7,
                    }
                    for row in rows
                ]
            )
        case "put orders":
            asked["put order"] = [row["order_id"] for row in rows]
    return seconds


def _asked(order_ids: Sequence[int], short_ids: Sequence[int], turn: int) -> dict[str, Any]:
    """Return what the steps ask for; what is made new bears numbers of the turn."""
    numbers = range(turn * 100_000 + 1, turn * 100_000 + len(order_ids) + 1)
    items = [{"item_code": f"NEW{number}", "description": "Material"} for number in numbers]
    line = {"warehouse_code": "RAW", "reason_code": "LD", "item_code": "PAINT", "quantity": 5}
    material = {"line": 1, "item_code": "GEAR", "unit_quantity": 1, "phase": 10, "sub_phase": 0}
    orders = [
        {"order_year": 2026, "order_number": PUT + number, "item_code": "FRAME", "quantity": 2}
        | {"phases": [{"phase": 10}], "materials": [material]}
        for number in numbers
    ]
    return {
        "order": list(order_ids),
        "short order": list(short_ids),
        "report": json.dumps(_reports(order_ids)),
        "sent order": json.dumps(orders),
        "item": json.dumps({"item": items}),
        "item to go": json.dumps({"item": [{"item_code": item["item_code"], "delete": True} for item in items]}),
        "document": json.dumps([{"document_key": f"YOUNG-{number}", "lines": [line]} for number in numbers]),
        "key": [f"YOUNG-{number}" for number in numbers],
    }


def _reports(order_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Report both phases of each order from the opening to the closing, where a lot of its own is made."""
    return [
        {"order_id": order_id, "phase": phase, "kind": kind}
        | ({"good_quantity": 1, "lot_code": f"F{order_id}"} if kind == "closing" else {})
        for order_id in order_ids
        for phase in (10, 20)
        for kind in ("opening", "closing")
    ]
