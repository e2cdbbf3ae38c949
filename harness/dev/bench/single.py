"""One order a call: how release and restore stand to bare functions that write the same rows.

The bare functions know what is to be written: they copy the rows that the call before wrote into tables of the same
make, without triggers, locks, rules or a plan. Calls and bare functions take turns, each in a transaction of its own.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from harness.dev.bench.measure import ONE, clean_up, launched_order_ids, session_of
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.errors import HarnessError
from rilascio.queries import read_query

WARM = 20
"""Orders before those that are measured."""

BARE_SETTINGS = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")
"""What is off where a bare function plans."""

_BARE = {"release": "select bare.release_order(%s, %s)", "restore": "select bare.restore_order(%s, %s, %s)"}


@dataclass(frozen=True)
class Single:
    """What one call with one order takes, in milliseconds: the medians of the call and its bare function.

    `slow_milliseconds` is what one call in a hundred exceeds.
    """

    scenario: str
    call: str
    orders: int
    bare_milliseconds: float
    milliseconds: float
    slow_milliseconds: float


def lines(place: Place, count: int) -> list[Line]:
    """Measure releases and restores of one order each, so many, in a plain and in a rich company."""
    report = []
    for scenario in ("plain", "rich"):
        with place.database() as (connection, role):
            for one in measure(connection, role, scenario, count, place.done):
                named = f"{scenario}, {one.call}"
                report += [
                    Line(
                        f"{named} against a bare function", one.milliseconds, "ms", one.bare_milliseconds, "≤ 2.0 ×",
                        rate=1000 / one.milliseconds, rate_unit="orders/s",
                    ),
                    Line(
                        f"{named}, what one in a hundred exceeds against the median", one.slow_milliseconds, "ms",
                        one.milliseconds, "≤ 3.0 ×",
                    ),
                ]  # fmt: skip
    return report


def measure(
    connection: psycopg.Connection[Any], operator: str, scenario: str, orders: int, done: Callable[[str], None]
) -> list[Single]:
    """Measure so many releases and restores in an empty deployed database, as the role `operator`.

    `connection` is the superuser's, in autocommit mode; two more call. `done` hears of each of the two steps. Raises
    HarnessError where a call does not answer as it must.
    """
    build(connection, scenario, orders + WARM)
    build_bare(connection)
    ids = launched_order_ids(connection)
    clean_up(connection)
    measures = []
    with (
        session_of(connection, operator) as session,
        psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as bare,
    ):
        # whatever the statistics say, a bare function finds its few rows by their keys
        for setting in BARE_SETTINGS:
            bare.execute(f"set {setting} = off".encode())
        for call, bare_query in _BARE.items():
            query, outcome = ONE[call]
            taken, bare_taken = list[float](), list[float]()
            for order_id in ids:
                start = time.perf_counter()
                row = session.execute(query.encode(), [COMPANY_ID, order_id]).fetchone()
                taken.append(time.perf_counter() - start)
                if row is None or row[0] != outcome:
                    raise HarnessError(f"Order {order_id} is not {outcome}.")
                arguments = [COMPANY_ID, order_id, row[1]][: bare_query.count("%s")]
                start = time.perf_counter()
                bare.execute(bare_query.encode(), arguments)
                bare_taken.append(time.perf_counter() - start)
            measures.append(_single(scenario, call, taken[WARM:], bare_taken[WARM:]))
            done(call)
    return measures


def build_bare(connection: psycopg.Connection[Any]) -> None:
    """Make the tables of the bare functions, as they stand now, and these."""
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute(read_query(__file__, "bare_tables"))
        keys = cursor.execute(
            "select f.table_name, f.constraint_name, f.definition from bare.foreign_keys as f"
        ).fetchall()
        for table, name, definition in keys:
            cursor.execute(
                sql.SQL("alter table {} add constraint {} {}").format(
                    sql.Identifier("bare", table), sql.Identifier(name), sql.SQL(definition)
                )
            )
        cursor.execute(read_query(__file__, "bare_functions"))
    connection.execute("vacuum analyze")


def _single(scenario: str, call: str, taken: Sequence[float], bare: Sequence[float]) -> Single:
    slow = sorted(taken)[len(taken) * 99 // 100]
    return Single(
        scenario, call, len(taken), 1000 * statistics.median(bare), 1000 * statistics.median(taken), 1000 * slow
    )
