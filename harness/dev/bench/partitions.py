"""What years of stock in monthly partitions cost a call: release and restore against an empty database in one piece."""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from datetime import date
from typing import Any

import psycopg

from harness.dev.bench.measure import (
    CALLS,
    ONE,
    clean_up,
    launched_order_ids,
    session_of,
    timed_call,
    warm,
)
from harness.dev.bench.place import Place, medians
from harness.dev.bench.report import Line
from harness.dev.bench.timing import timed
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.deployment import partition
from rilascio.errors import HarnessError
from rilascio.queries import read_query

MONTHS = 36
"""So many months have moved stock; they, this one and the next have a partition each."""

CALLED = 1_000
"""Orders of a large call; with few movements, a hundredth of them."""

SINGLE = 200
"""At most so many orders are called for one by one, after `WARM`."""

WARM = 20


def lines(place: Place, count: int) -> list[Line]:
    """Measure calls beside so many movements in partitions, against the same calls in an empty database without."""
    called = max(2, min(CALLED, count // 100))
    with place.database() as (empty, role), place.database() as (filled, other):
        partition(filled.info.dsn, months=1, first_month=_months_ago(MONTHS), progress=lambda _: None)
        for connection in (empty, filled):
            build(connection, "plain", called)
        _fill(filled, count)
        place.done("filled")
        many = medians(
            [_round(place, {"empty": (empty, role), "filled": (filled, other)}) for _ in range(place.rounds)]
        )
        single = _one_by_one({"empty": (empty, role), "filled": (filled, other)}, min(SINGLE + WARM, called))
        place.done("calls of one order")
        details = {
            "partitions": _number(
                filled, "select count(*) from pg_inherits where inhparent = 'erp.stock_record'::regclass"
            ),
            "movements": _number(filled, "select count(*) from erp.stock_movement"),
        }
    report = []
    for call, *_ in CALLS:
        filled_seconds, empty_seconds = many[f"{call} filled"], many[f"{call} empty"]
        report.append(
            Line(
                f"{call} beside the partitions against empty", filled_seconds, "s", empty_seconds, "≤ 1.1 ×", called,
                called / filled_seconds, "orders/s", details,
            )
        )  # fmt: skip
    for call in ONE:
        for what, unit in (("seconds", ""), ("processor_seconds", ", processor")):
            filled_ms, empty_ms = (1000 * single[f"{call} {what} {named}"] for named in ("filled", "empty"))
            report.append(
                Line(
                    f"{call} of one order beside the partitions against empty{unit}",
                    filled_ms,
                    "ms",
                    empty_ms,
                    "≤ 1.1 ×",
                )
            )
    return report


def _months_ago(months: int) -> date:
    count = date.today().year * 12 + date.today().month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _fill(connection: psycopg.Connection[Any], movements: int) -> None:
    """Write so many movements, in the order of their days, which leave the balance as it is; triggers are at rest."""
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local session_replication_role = replica")
        parameters = {"pairs": max(1, movements // 10), "first_day": _months_ago(MONTHS)}
        cursor.execute(read_query(__file__, "fill_partitions"), parameters)
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")


def _round(place: Place, databases: dict[str, tuple[psycopg.Connection[Any], str]]) -> dict[str, float]:
    """Preview, release and restore all orders in one call each; return the seconds."""
    seconds = {}
    for named, (connection, role) in databases.items():
        ids = launched_order_ids(connection)
        clean_up(connection)
        warm(connection, role, ids[0])
        for call, query, arguments in CALLS:
            seconds[f"{call} {named}"] = timed_call(connection, role, query, ids, *arguments)[1]
        place.done(f"{named} database")
    return seconds


def _one_by_one(databases: dict[str, tuple[psycopg.Connection[Any], str]], count: int) -> dict[str, float]:
    """Call for one order after the other, in turns; return the medians of the clock and the means of the processor."""
    ids = launched_order_ids(databases["empty"][0])[:count]
    found = {}
    with ExitStack() as stack:
        sessions = {}
        for named, (connection, role) in databases.items():
            clean_up(connection)
            sessions[named] = stack.enter_context(session_of(connection, role))
        for call, (query, outcome) in ONE.items():
            taken: dict[str, list[Any]] = {named: [] for named in sessions}
            for order_id in ids:
                for named, session in sessions.items():
                    with timed(session) as one:
                        row = session.execute(query.encode(), [COMPANY_ID, order_id]).fetchone()
                    if row is None or row[0] != outcome:
                        raise HarnessError(f"Order {order_id} is not {outcome}.")
                    taken[named].append(one)
            for named, all_of_them in taken.items():
                counted = all_of_them[min(WARM, len(ids) - 1) :]
                found[f"{call} seconds {named}"] = statistics.median(one.seconds for one in counted)
                found[f"{call} processor_seconds {named}"] = statistics.fmean(one.processor_seconds for one in counted)
    return found


def _number(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
