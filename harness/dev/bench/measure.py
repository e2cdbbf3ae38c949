"""One measurement: a company of some size, its release and restore and their floor, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from harness.dev.bench import floor
from harness.dev.bench.world import COMPANY_ID

#: How many single orders the latencies are medians of.
SINGLES = 200

_PREVIEW = "select count(*) from erp_api.preview_release(%s, %s::bigint[], p_on_shortage => %s)"

_RELEASE = """
select
    min(r.run_id) as run_id,
    count(*) filter (where r.outcome = 'released') as released,
    count(*) filter (where r.outcome = 'split') as split,
    count(*) filter (where r.outcome = 'refused') as refused,
    sum(r.record_count) as records,
    sum(r.movement_count) as movements,
    array_agg(r.order_id order by r.ordinal) filter (where r.outcome <> 'refused') as order_ids
from erp_api.release_production_orders(%s, %s::bigint[], p_on_shortage => %s) as r
"""

_RESTORE = """
select count(*) filter (where r.outcome = 'restored') as restored
from erp_api.restore_production_orders(%s, %s::bigint[]) as r
"""


@dataclass(frozen=True)
class Measure:
    """What one scenario and size took: seconds are medians of the rounds; records and movements with counterparts."""

    scenario: str
    on_shortage: str
    orders: int
    released: int
    split: int
    refused: int
    records: int
    movements: int
    floor_seconds: float
    preview_seconds: float
    release_seconds: float
    restore_seconds: float

    @property
    def release_ratio(self) -> float:
        """Release against the floor."""
        return self.release_seconds / self.floor_seconds

    @property
    def restore_ratio(self) -> float:
        """Restore against the floor."""
        return self.restore_seconds / self.floor_seconds

    @property
    def release_seconds_per_order(self) -> float:
        """Seconds of the release for each order asked."""
        return self.release_seconds / self.orders


@dataclass(frozen=True)
class Latency:
    """Medians of calls with one order each, in milliseconds."""

    scenario: str
    orders: int
    preview_milliseconds: float
    release_milliseconds: float
    restore_milliseconds: float


def measure(
    connection: psycopg.Connection[Any],
    operator: str,
    scenario: str,
    on_shortage: str,
    rounds: int,
    done: Callable[[str], None],
) -> Measure:
    """Measure the release of all launched orders, and leave the database as it was but for the history.

    `connection` is the superuser's, in autocommit mode; the calls run under the role `operator`. Each round times the
    floor, a preview, a release and a restore, with tables vacuumed, a checkpoint and warm plans before each. `done`
    hears of each step: 1 + 4 × `rounds` of them.
    """
    ids = launched_order_ids(connection)
    clean_up(connection)
    floor.keep_situation(connection)
    first, _ = _timed(connection, operator, _RELEASE, ids, on_shortage)
    floor.capture(connection, first["run_id"])
    clean_up(connection)
    _timed(connection, operator, _RESTORE, first["order_ids"])
    done("first release")
    seconds: dict[str, list[float]] = {"floor": [], "preview": [], "release": [], "restore": []}
    for _ in range(rounds):
        clean_up(connection)
        seconds["floor"].append(floor.write(connection))
        floor.undo(connection)
        done("floor")
        clean_up(connection)
        warm(connection, operator, ids[0])
        seconds["preview"].append(_timed(connection, operator, _PREVIEW, ids, on_shortage)[1])
        done("preview")
        clean_up(connection)
        warm(connection, operator, ids[0])
        release, taken = _timed(connection, operator, _RELEASE, ids, on_shortage)
        seconds["release"].append(taken)
        done("release")
        clean_up(connection)
        warm(connection, operator, release["order_ids"][0])
        seconds["restore"].append(_timed(connection, operator, _RESTORE, release["order_ids"])[1])
        done("restore")
    floor.forget(connection)
    median = {step: statistics.median(taken) for step, taken in seconds.items()}
    return Measure(
        scenario=scenario,
        on_shortage=on_shortage,
        orders=len(ids),
        released=first["released"],
        split=first["split"],
        refused=first["refused"],
        records=int(first["records"]),
        movements=int(first["movements"]),
        floor_seconds=median["floor"],
        preview_seconds=median["preview"],
        release_seconds=median["release"],
        restore_seconds=median["restore"],
    )


def latency(connection: psycopg.Connection[Any], operator: str, scenario: str) -> Latency:
    """Measure calls with a single order, on at most `SINGLES` of the launched orders that can be released."""
    ids = launched_order_ids(connection)
    seconds: dict[str, list[float]] = {"preview": [], "release": [], "restore": []}
    clean_up(connection)
    for order_id in ids[:: max(1, len(ids) // SINGLES)][:SINGLES]:
        seconds["preview"].append(_timed(connection, operator, _PREVIEW, [order_id], "refuse")[1])
        release, taken = _timed(connection, operator, _RELEASE, [order_id], "refuse")
        if release["released"]:
            seconds["release"].append(taken)
            seconds["restore"].append(_timed(connection, operator, _RESTORE, [order_id])[1])
    return Latency(
        scenario=scenario,
        orders=len(ids),
        **{f"{name}_milliseconds": 1000 * statistics.median(taken) for name, taken in seconds.items()},
    )


def session_of(connection: psycopg.Connection[Any], role: str) -> psycopg.Connection[Any]:
    """Return a second session in autocommit mode, which acts as the role."""
    session = psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True)
    session.execute("select set_config('role', %s, false)", [role])
    return session


def launched_order_ids(connection: psycopg.Connection[Any]) -> list[int]:
    """Return the ids of the launched orders, in order."""
    rows = connection.execute(
        """
        select o.production_order_id
        from erp.production_order as o
        where o.company_id = %s and o.status = 'launched'
        order by o.production_order_id
        """,
        [COMPANY_ID],
    )
    return [order_id for (order_id,) in rows]


def _timed(
    connection: psycopg.Connection[Any], operator: str, query: str, ids: list[int], *arguments: str
) -> tuple[dict[str, Any], float]:
    """Return the row that a call answers and its seconds, commit included."""
    connection.execute("select set_config('role', %s, false)", [operator])
    try:
        with connection.cursor(row_factory=dict_row) as cursor:
            start = time.perf_counter()
            row = cursor.execute(query, [COMPANY_ID, ids, *arguments]).fetchone()
            taken = time.perf_counter() - start
    finally:
        connection.execute("reset role")
    assert row is not None
    return row, taken


def clean_up(connection: psycopg.Connection[Any]) -> None:
    """Let no measure pay for what the one before it left."""
    for table in _tables(connection):
        connection.execute(f"vacuum analyze erp.{table}")
    connection.execute("checkpoint")


def warm(connection: psycopg.Connection[Any], operator: str, order_id: int) -> None:
    """Give the session the cached plans that `clean_up` has thrown away: one order there and back, undone."""
    with connection.transaction(force_rollback=True):
        for query, *arguments in ((_RESTORE,), (_PREVIEW, "refuse"), (_RELEASE, "refuse"), (_RESTORE,)):
            _timed(connection, operator, query, [order_id], *arguments)


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute("select tablename from pg_tables where schemaname = 'erp' order by tablename")
    return [table for (table,) in rows]
