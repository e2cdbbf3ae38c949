"""Release, preview and restore of all orders of a company in one call, and their floors, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from harness.dev.bench import floor
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, build

MANY = 10_000
"""From so many orders on, a call has nothing more to spread: its target is the narrow one."""

PREVIEW = "select count(*) from erp_api.preview_release(%s, %s::bigint[], p_on_shortage => %s)"

RELEASE = """
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

RESTORE = """
select
    min(r.run_id) as run_id,
    count(*) filter (where r.outcome = 'restored') as restored
from erp_api.restore_production_orders(%s, %s::bigint[]) as r
"""

CALLS: tuple[tuple[str, str, list[str]], ...] = (
    ("preview", PREVIEW, ["refuse"]),
    ("release", RELEASE, ["refuse"]),
    ("restore", RESTORE, []),
)
"""The calls for many orders with their options, in the order in which orders meet them."""

ONE = {
    "preview": ("select p.outcome from erp_api.preview_release(%s, array[%s]::bigint[]) as p", "released"),
    "release": (
        "select r.outcome, r.run_id from erp_api.release_production_orders(%s, array[%s]::bigint[]) as r",
        "released",
    ),
    "restore": (
        "select r.outcome, r.run_id from erp_api.restore_production_orders(%s, array[%s]::bigint[]) as r",
        "restored",
    ),
}
"""The calls for one order, and how each must answer."""


@dataclass(frozen=True)
class Measure:
    """What one scenario and size took: seconds are medians of the rounds; records and movements with counterparts."""

    orders: int
    released: int
    split: int
    refused: int
    records: int
    movements: int
    floor_seconds: float
    preview_seconds: float
    release_seconds: float
    restore_floor_seconds: float
    restore_seconds: float


def lines(scenario: str, place: Place, count: int) -> list[Line]:
    """Measure one scenario with so many orders; a scarce one with refusals and with splits."""
    report = []
    with place.database() as (connection, operator):
        build(connection, scenario, count)
        for on_shortage in ("refuse", "split") if scenario == "scarce" else ("refuse",):
            one = measure(connection, operator, on_shortage, place.rounds, place.done)
            within = 2.5 if scenario == "scarce" else 1.35 if count >= MANY else 1.6
            named = f", {on_shortage}" if scenario == "scarce" else ""
            counted = {"released": one.released, "split": one.split, "refused": one.refused}
            counted |= {"records": one.records, "movements": one.movements}
            for measured, seconds, against, target in (
                ("release against its floor", one.release_seconds, one.floor_seconds, within),
                ("restore against its floor", one.restore_seconds, one.restore_floor_seconds, 1.1),
                ("preview against release", one.preview_seconds, one.release_seconds, 0.5),
            ):
                report.append(
                    Line(
                        measured + named, seconds, "s", against, f"≤ {target} ×", count, count / seconds, "orders/s",
                        counted,
                    )
                )  # fmt: skip
    return report


def measure(
    connection: psycopg.Connection[Any], operator: str, on_shortage: str, rounds: int, done: Callable[[str], None]
) -> Measure:
    """Measure the release of all launched orders, and leave the database as it was but for the history.

    `connection` is the superuser's, in autocommit mode; the calls run under the role `operator`. Each round times the
    floor of a release, that of a restore, a preview, a release and a restore, with tables vacuumed, a checkpoint and
    warm plans before each. The floors copy the second release and its restore, since the first one is alone in making
    balances and counters. `done` hears of each step: 1 + 5 × `rounds` of them.
    """
    ids = launched_order_ids(connection)
    clean_up(connection)
    first, _ = timed_call(connection, operator, RELEASE, ids, on_shortage)
    clean_up(connection)
    timed_call(connection, operator, RESTORE, first["order_ids"])
    clean_up(connection)
    floor.keep_situation(connection)
    copied, _ = timed_call(connection, operator, RELEASE, ids, on_shortage)
    of_release = floor.capture(connection, "release")
    clean_up(connection)
    floor.keep_situation(connection)
    timed_call(connection, operator, RESTORE, copied["order_ids"])
    of_restore = floor.capture(connection, "restore")
    with floor.unguarded(connection):
        floor.undo(connection, of_restore)
        floor.undo(connection, of_release)
    done("first release")
    steps = ("floor", "restore_floor", "preview", "release", "restore")
    seconds: dict[str, list[float]] = {step: [] for step in steps}
    for _ in range(rounds):
        with floor.unguarded(connection):
            clean_up(connection)
            seconds["floor"].append(floor.write(connection, of_release))
            done("floor")
            clean_up(connection)
            seconds["restore_floor"].append(floor.write(connection, of_restore))
            done("floor of the restore")
            floor.undo(connection, of_restore)
            floor.undo(connection, of_release)
        clean_up(connection)
        warm(connection, operator, ids[0])
        seconds["preview"].append(timed_call(connection, operator, PREVIEW, ids, on_shortage)[1])
        done("preview")
        clean_up(connection)
        warm(connection, operator, ids[0])
        release, taken = timed_call(connection, operator, RELEASE, ids, on_shortage)
        seconds["release"].append(taken)
        done("release")
        clean_up(connection)
        warm(connection, operator, release["order_ids"][0])
        seconds["restore"].append(timed_call(connection, operator, RESTORE, release["order_ids"])[1])
        done("restore")
    floor.forget(connection)
    return Measure(
        orders=len(ids),
        released=first["released"],
        split=first["split"],
        refused=first["refused"],
        records=int(first["records"]),
        movements=int(first["movements"]),
        **{f"{step}_seconds": statistics.median(seconds[step]) for step in steps},
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


def timed_call(
    connection: psycopg.Connection[Any], operator: str, query: str, ids: list[int], *arguments: str
) -> tuple[dict[str, Any], float]:
    """Return the row that a call answers and its seconds, commit included."""
    connection.execute("select set_config('role', %s, false)", [operator])
    try:
        with connection.cursor(row_factory=dict_row) as cursor:
            start = time.perf_counter()
            row = cursor.execute(query.encode(), [COMPANY_ID, ids, *arguments]).fetchone()
            taken = time.perf_counter() - start
    finally:
        connection.execute("reset role")
    assert row is not None
    return row, taken


def clean_up(connection: psycopg.Connection[Any]) -> None:
    """Let no measure pay for what the one before it left."""
    for table in _tables(connection):
        connection.execute(f"vacuum analyze erp.{table}".encode())
    connection.execute("checkpoint")


def warm(connection: psycopg.Connection[Any], operator: str, order_id: int) -> None:
    """Give the session the cached plans that `clean_up` has thrown away: one order there and back, undone."""
    with connection.transaction(force_rollback=True):
        for query, *arguments in ((RESTORE,), (PREVIEW, "refuse"), (RELEASE, "refuse"), (RESTORE,)):
            timed_call(connection, operator, query, [order_id], *arguments)


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        """
        select c.relname
        from pg_class as c
        where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        order by c.relname
        """
    )
    return [table for (table,) in rows]
