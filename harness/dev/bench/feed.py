"""The feed: what a reader waits for many runs, and what it costs a release to stand in it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from harness.dev.bench.measure import ONE, clean_up, launched_order_ids, session_of
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.errors import HarnessError
from rilascio.link.feed import Feed
from rilascio.orders import find_company
from rilascio.queries import read_query

RELEASED = 1000
"""How many orders are released one by one, with the feed and without."""

WARM = 50
"""Orders before those that are measured."""


def lines(place: Place, runs: int) -> list[Line]:
    """Measure releases of one order each with the feed and without, in turns, then the reading of so many runs."""
    with _world(place) as (known, with_feed, ids), _world(place, "without_feed") as (_, without, _):
        taken: dict[int, list[float]] = {0: [], 1: []}
        for turn, order_id in enumerate(ids):
            pair = list(enumerate((with_feed, without)))
            for which, session in pair if turn % 2 else reversed(pair):
                taken[which].append(_release(session, order_id))
        told, untold = (1000 * statistics.median(seconds[WARM:]) for seconds in (taken[0], taken[1]))
        place.done("releases")
        with known.transaction(), psycopg.ClientCursor(known) as cursor:
            cursor.execute(read_query(__file__, "fill_feed"), {"runs": runs})
        clean_up(known)
        first, again = _read(with_feed, runs), _read(with_feed, runs)
        place.done("reading")
    return [
        Line("release with the feed against without", told, "ms", untold, "≤ 1.03 ×"),
        Line("runs read for the first time, in pages", first, "s", rate=runs / first, rate_unit="runs/s"),
        Line("runs read again", again, "s", rate=runs / again, rate_unit="runs/s"),
    ]


@contextmanager
def _world(place: Place, *scripts: str) -> Iterator[tuple[psycopg.Connection, psycopg.Connection, list[int]]]:
    """Give a plain company, changed by scripts: connections of superuser and operator, and the ids of its orders."""
    with place.database() as (connection, role):
        build(connection, "plain", RELEASED + WARM)
        for script in scripts:
            connection.execute(read_query(__file__, script))
        clean_up(connection)
        with session_of(connection, role) as session:
            yield connection, session, launched_order_ids(connection)


def _release(session: psycopg.Connection, order_id: int) -> float:
    query, outcome = ONE["release"]
    start = time.perf_counter()
    row = session.execute(query.encode(), [COMPANY_ID, order_id]).fetchone()
    seconds = time.perf_counter() - start
    if row is None or row[0] != outcome:
        raise HarnessError(f"Order {order_id} is not {outcome}.")
    return seconds


def _read(session: psycopg.Connection, runs: int) -> float:
    """Read the feed from its beginning to its end, as `rilascio follow` does; return the seconds."""
    feed = Feed(session, find_company(session, None))
    start = time.perf_counter()
    last = feed.last()
    seconds = time.perf_counter() - start
    if last.place < runs:
        raise HarnessError(f"Of {runs:,} runs the feed shows {last.place:,}.")
    return seconds
