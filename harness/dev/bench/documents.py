"""How fast stock documents are posted: receipts and issues of three lines each, held against bare inserts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from harness.dev.bench import floor
from harness.dev.bench.measure import clean_up, session_of
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.errors import HarnessError
from rilascio.queries import read_query

#: How many documents a call posts.
CALL_SIZE = 5_000

_POST = """
select count(*) filter (where p.outcome = 'posted'), sum(p.movement_count)
from erp_api.post_stock(%s, %s::jsonb) as p
"""


@dataclass(frozen=True)
class Posting:
    """Documents that were posted, and the movements that they made; seconds are totals of all calls."""

    documents: int
    movements: int
    calls: int
    floor_seconds: float
    post_seconds: float


def lines(place: Place, count: int) -> list[Line]:
    """Measure the posting of so many documents."""
    with place.database() as (connection, role):
        one = measure(connection, role, count, place.done)
    return [
        Line(
            "posting against its floor", one.post_seconds, "s", one.floor_seconds,
            rate=count / one.post_seconds, rate_unit="documents/s",
            details={"movements": one.movements, "calls": one.calls},
        )
    ]  # fmt: skip


def measure(connection: psycopg.Connection[Any], writer: str, documents: int, done: Callable[[str], None]) -> Posting:
    """Measure the posting of so many documents in an empty deployed database, as the role `writer`.

    `connection` is the superuser's, in autocommit mode; a second one posts. After each call its rows are taken back and
    written again by the floor. Raises HarnessError where a call does not answer as it must.
    """
    build(connection, "plain", 0)
    clean_up(connection)
    calls, movements, floor_seconds, post_seconds = 0, 0, 0.0, 0.0
    with session_of(connection, writer) as session:
        for first in range(1, documents + 1, CALL_SIZE):
            count = min(CALL_SIZE, documents - first + 1)
            sent = stock_documents(connection, first, count, "BENCH-")
            floor.keep_situation(connection)
            start = time.perf_counter()
            posted, moved = session.execute(_POST, [COMPANY_ID, sent]).fetchone() or (0, 0)
            post_seconds += time.perf_counter() - start
            if posted != count:
                raise HarnessError(f"Of {count:,} stock documents {posted:,} were posted.")
            done("posting")
            calls += 1
            movements += int(moved)
            posted_rows = floor.capture(connection, "posting")
            with floor.unguarded(connection):
                floor.undo(connection, posted_rows)
                clean_up(connection)
                floor_seconds += floor.write(connection, posted_rows)
            floor.forget(connection)
            done("floor")
    return Posting(documents, movements, calls, floor_seconds, post_seconds)


def stock_documents(connection: psycopg.Connection[Any], first: int, count: int, prefix: str) -> str:
    """Return documents with keys of that prefix and numbers from `first`, as a client sends them."""
    with psycopg.ClientCursor(connection) as cursor:
        part = {"first": first, "last": first + count - 1, "prefix": prefix}
        row = cursor.execute(read_query(__file__, "stock_documents"), part).fetchone()
    assert row is not None
    return str(row[0])
