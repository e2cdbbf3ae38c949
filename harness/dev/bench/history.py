"""What the past costs a call: a long history, and movements that are later than a backdated release."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from harness.dev.bench.measure import CALLS, RELEASE, RESTORE, clean_up, launched_order_ids, timed_call, warm
from harness.dev.bench.place import Place, medians
from harness.dev.bench.report import Line
from harness.dev.bench.world import build
from rilascio.queries import read_query

MOVEMENTS_OF_AN_ORDER = 10

CALLED = 1_000
"""At most so many orders are called for at once; of a short history, a tenth of its orders."""

BACKDATED_BY = 30
"""Days; the stock that is issued came on that day."""

_BACKDATED = RELEASE.replace("p_on_shortage => %s", "p_record_date => %s")


def lines(place: Place, count: int) -> list[Line]:
    """Measure calls beside a history of so many movements of closed orders, against the same without one."""
    called = _called(count)
    with place.database() as (short, operator), place.database() as (long, other):
        for connection in (short, long):
            build(connection, "plain", called)
        _fill(long, count, 400, "history")
        place.done("filled")
        taken = []
        for _ in range(place.rounds):
            seconds = {}
            for named, connection, role in (("short", short, operator), ("long", long, other)):
                ids = launched_order_ids(connection)
                for call, query, arguments in CALLS:
                    clean_up(connection)
                    warm(connection, role, ids[0])
                    seconds[f"{call} {named}"] = timed_call(connection, role, query, ids, *arguments)[1]
                place.done(f"{named} history")
            taken.append(seconds)
        closed = long.execute("select count(*) from erp.production_order where status = 'closed'").fetchone()
    spent = medians(taken)
    return [
        Line(
            f"{call} beside the history against none", spent[f"{call} long"], "s", spent[f"{call} short"], "≤ 1.1 ×",
            called, called / spent[f"{call} long"], "orders/s", {"closed_orders": closed[0] if closed else 0},
        )
        for call, *_ in CALLS
    ]  # fmt: skip


def backdated_lines(place: Place, count: int) -> list[Line]:
    """Measure a release dated 30 days ago, with so many later movements of its items, against one of today."""
    called = _called(count * MOVEMENTS_OF_AN_ORDER)
    taken = []
    with place.database() as (connection, operator):
        build(connection, "plain", called)
        _fill(connection, count, BACKDATED_BY - 1, "later")
        place.done("filled")
        ids = launched_order_ids(connection)
        row = connection.execute(f"select current_date, current_date - {BACKDATED_BY}".encode()).fetchone()
        assert row is not None
        dates: dict[str, date] = {"today": row[0], "backdated": row[1]}
        for _ in range(place.rounds):
            seconds = {}
            for named, on in dates.items():
                clean_up(connection)
                warm(connection, operator, ids[0])
                seconds[named] = timed_call(connection, operator, _BACKDATED, ids, on.isoformat())[1]
                timed_call(connection, operator, RESTORE, ids)
                place.done(f"release, {named}")
            taken.append(seconds)
    spent = medians(taken)
    return [
        Line(
            f"release backdated by {BACKDATED_BY} days against one of today", spent["backdated"], "s", spent["today"],
            "≤ 2.0 ×", called, called / spent["backdated"], "orders/s",
        )
    ]  # fmt: skip


def _called(movements: int) -> int:
    return max(1, min(CALLED, movements // MOVEMENTS_OF_AN_ORDER // 10))


def _fill(connection: psycopg.Connection[Any], movements: int, days: int, kind: str) -> None:
    """Write so many movements of the items that orders need, which leave the balance as it is.

    Those of the history belong to closed orders and are older than the stock; the later ones are younger.
    """
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local session_replication_role = replica")
        parameters = {"orders": max(1, movements // MOVEMENTS_OF_AN_ORDER), "days": days, "closed": kind == "history"}
        cursor.execute(read_query(__file__, "fill_history"), parameters)
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")
