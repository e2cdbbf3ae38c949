"""How fast an ERP puts its orders, and puts them again unchanged.

The floor copies the same rows into staging tables and inserts from there, codes looked up, into the same tables under
the same keys and triggers, in as many transactions. Calls and their floor take turns, so that both meet the same
machine and tables of the same size; the floor's orders are those of the year before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from harness.dev.bench.measure import clean_up, session_of
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.timing import Taken, timed
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.errors import HarnessError
from rilascio.queries import read_query

#: How many orders a call puts.
CALL_SIZE = 5_000

_PUT = """
select p.outcome, count(*), min(p.reasons::text)
from erp_api.put_production_orders(%s, %s::jsonb) as p
group by p.outcome
"""

_STAGED = {
    "staged_order": "select * from bench_order where order_number between %(first)s and %(last)s",
    "staged_phase": "select * from bench_phase where order_number between %(first)s and %(last)s",
    "staged_material": "select * from bench_material where order_number between %(first)s and %(last)s",
}


@dataclass(frozen=True)
class Put:
    """Orders put for the first time, their floor, and the same orders put again: totals of all calls."""

    orders: int
    phases: int
    materials: int
    calls: int
    floor: Taken
    first: Taken
    unchanged: Taken


@dataclass(frozen=True)
class _Call:
    """What a call is sent, and what the floor copies instead."""

    orders: int
    documents: str
    staged: dict[str, bytes]


def lines(place: Place, count: int) -> list[Line]:
    """Measure the first and the second put of so many orders, by the clock and by the server's processor."""
    with place.database() as (connection, role):
        put = measure(connection, role, count, place.done)
    counted = {"phases": put.phases, "materials": put.materials, "calls": put.calls}
    report = []
    for named, taken, other, target in (
        ("first put against copy and insert", put.first, put.floor, "≤ 1.5 ×"),
        ("put again, unchanged, against the first", put.unchanged, put.first, "≤ 0.4 ×"),
    ):
        rate = count / taken.seconds
        report.append(Line(named, taken.seconds, "s", other.seconds, target, count, rate, "orders/s", counted))
        if not math.isnan(taken.processor_seconds):
            of_processor = (taken.processor_seconds, "s", other.processor_seconds, target, count)
            report.append(Line(f"{named}, processor", *of_processor))
    return report


def measure(connection: psycopg.Connection[Any], writer: str, orders: int, done: Callable[[str], None]) -> Put:
    """Measure the puts of so many orders in an empty deployed database, as the role `writer`.

    `connection` is the superuser's, in autocommit mode, which writes the floor; a second one puts. Raises HarnessError
    where a call does not answer as it must.
    """
    calls, phases, materials = _prepare(connection, orders)
    done("documents")
    floor, first, unchanged = Taken(), Taken(), Taken()
    with session_of(connection, writer) as session:
        for call in calls:
            floor.add(_write_floor(connection, call))
            done("floor")
            first.add(_put(session, call, "created"))
            done("first put")
        clean_up(connection)
        for call in calls:
            unchanged.add(_put(session, call, "unchanged"))
            done("unchanged put")
    return Put(
        orders=orders,
        phases=phases,
        materials=materials,
        calls=len(calls),
        floor=floor,
        first=first,
        unchanged=unchanged,
    )


def _prepare(connection: psycopg.Connection[Any], orders: int) -> tuple[list[_Call], int, int]:
    """Make the company without its orders, and return these as calls, with the number of phases and materials."""
    with connection.transaction(force_rollback=True), psycopg.ClientCursor(connection) as cursor:
        build(connection, "plain", orders)
        cursor.execute(read_query(__file__, "put_content"))
        calls = []
        for first in range(1, orders + 1, CALL_SIZE):
            part = {"first": first, "last": min(first + CALL_SIZE - 1, orders)}
            cursor.execute(read_query(__file__, "put_documents"), part)
            documents = cursor.fetchone()
            assert documents is not None
            staged = {}
            for table, query in _STAGED.items():
                with cursor.copy(f"copy ({query}) to stdout", part) as copy:
                    staged[table] = b"".join(bytes(block) for block in copy)
            calls.append(_Call(part["last"] - first + 1, documents[0], staged))
        counts = connection.execute(
            "select (select count(*) from bench_phase), (select count(*) from bench_material)"
        ).fetchone()
        assert counts is not None
    build(connection, "plain", 0)
    clean_up(connection)
    connection.execute(read_query(__file__, "put_staging"))
    return calls, counts[0], counts[1]


def _write_floor(connection: psycopg.Connection[Any], call: _Call) -> Taken:
    with timed(connection) as taken, connection.transaction(), connection.cursor() as cursor:
        for table, content in call.staged.items():
            with cursor.copy(f"copy {table} from stdin") as copy:
                copy.write(content)
        cursor.execute(read_query(__file__, "put_floor"))
    return taken


def _put(session: psycopg.Connection[Any], call: _Call, outcome: str) -> Taken:
    with timed(session) as taken:
        answer = session.execute(_PUT, [COMPANY_ID, call.documents]).fetchall()
    wrong = [row for row in answer if row[0] != outcome]
    if wrong or answer[0][1] != call.orders:
        raise HarnessError(
            f"Of {call.orders:,} orders that were put, {sum(row[1] for row in wrong):,} are not {outcome}.",
            "".join(f"{row[0]}: {row[2]}. " for row in wrong) or None,
        )
    return taken
