"""How fast orders are released while an ERP writes: one client that puts and posts without a pause.

The writer puts items, and orders that nobody releases, and posts receipts of items that releases issue, a few a call.
Rounds with and without it take turns.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import psycopg
from psycopg.errors import SerializationFailure

from harness.dev.bench.measure import clean_up, launched_order_ids, session_of
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.errors import HarnessError

#: How many orders a call releases.
CALL_SIZE = 100

#: How many rows a call of the writer has.
WRITTEN = 10

#: How many orders there are that only the writer changes.
WRITTEN_ORDERS = 200

_RELEASE = """
select count(*) filter (where r.outcome = 'released')
from erp_api.release_production_orders(%s, %s::bigint[]) as r
"""

_RESTORE = "select count(*) filter (where r.outcome = 'restored') from erp_api.restore_production_orders(%s, %s) as r"

_STOCKED = """
select i.item_code
from erp.stock_balance as b
inner join erp.item as i using (company_id, item_id)
where b.company_id = %s and b.warehouse_id = 1
order by i.item_code
"""


@dataclass(frozen=True)
class BesideWriter:
    """Releases of so many orders a round, without and beside the writer: medians of the rounds, in orders a second.

    `writer_rows_per_second`: items, orders and documents that it wrote meanwhile. `writer_repeats`: its calls that were
    to be sent again.
    """

    orders: int
    orders_per_second_without: float
    orders_per_second_beside: float
    writer_rows_per_second: float
    writer_repeats: int


class Writer:
    """A client that writes, in each call, what differs from the call before."""

    def __init__(self, session: psycopg.Connection[Any], items: Sequence[str], order_numbers: Sequence[int]) -> None:
        """`session` is that of a role that may write, in autocommit mode."""
        self._session = session
        self._items = items
        self._order_numbers = order_numbers
        self._numbers = count(1)
        self.rows = 0
        self.seconds = 0.0
        self.repeats = 0

    def write(self) -> None:
        """Put some items and some orders, and post some documents."""
        numbers = list(islice(self._numbers, WRITTEN))
        start = time.perf_counter()
        self._call(
            "put_data",
            "changed",
            {"item": [{"item_code": self._item(n), "description": f"Material {n}"} for n in numbers]},
        )
        self._call(
            "put_production_orders",
            "changed",
            [
                {
                    "order_year": 2026,
                    "order_number": self._order_numbers[n % len(self._order_numbers)],
                    "quantity": 1000 + n,
                }
                for n in numbers
            ],
        )
        self._call(
            "post_stock",
            "posted",
            [
                {
                    "document_key": f"RECEIPT-{n}",
                    "lines": [
                        {
                            "warehouse_code": "RAW",
                            "reason_code": "LD",
                            "item_code": self._item(3 * n + k),
                            "quantity": 5,
                        }
                        for k in range(3)
                    ],
                }
                for n in numbers
            ],
        )
        self.seconds += time.perf_counter() - start

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Write while a block runs, from before its beginning; what went wrong is raised at its end."""
        begun, stop = threading.Event(), threading.Event()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                while not stop.is_set():
                    self.write()
                    begun.set()
            except BaseException as failure:
                failures.append(failure)
            finally:
                begun.set()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        begun.wait()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if failures:
            raise failures[0]

    def _item(self, number: int) -> str:
        return self._items[number % len(self._items)]

    def _call(self, function: str, outcome: str, rows: object) -> None:
        query = f"select r.outcome, r.reasons::text from erp_api.{function}(%s, %s::jsonb) as r".encode()
        while True:
            try:
                answer = self._session.execute(query, [COMPANY_ID, json.dumps(rows)]).fetchall()
                break
            except SerializationFailure:
                self.repeats += 1
        wrong = [reasons for answered, reasons in answer if answered != outcome]
        if wrong:
            raise HarnessError(f"The writer called {function}, and a row is not {outcome}.", wrong[0])
        self.rows += len(answer)


def lines(place: Place, count: int) -> list[Line]:
    """Measure the release of so many orders beside a writer and without."""
    with place.database() as (connection, role):
        one = measure(connection, role, count, place.rounds, place.done)
    return [
        Line(
            "released beside a writer against without", one.orders_per_second_beside, "orders/s",
            one.orders_per_second_without, "≥ 0.9 ×", count, one.writer_rows_per_second, "rows written/s",
            {"writer_repeats": one.writer_repeats},
        )
    ]  # fmt: skip


def measure(
    connection: psycopg.Connection[Any], role: str, orders: int, rounds: int, done: Callable[[str], None]
) -> BesideWriter:
    """Measure releases of so many orders in an empty deployed database; `role` releases and writes.

    `connection` is the superuser's, in autocommit mode; two more release and write. `done` hears of each stretch of
    releases: 2 × `rounds` of them. Raises HarnessError where a call does not answer as it must.
    """
    build(connection, "plain", orders + WRITTEN_ORDERS)
    ids = launched_order_ids(connection)[:orders]
    items = [code for (code,) in connection.execute(_STOCKED, [COMPANY_ID])]
    speeds: dict[str, list[float]] = {"without": [], "beside": []}
    with session_of(connection, role) as releaser, session_of(connection, role) as session:
        writer = Writer(session, items, range(orders + 1, orders + WRITTEN_ORDERS + 1))
        writer.write()  # its plans are made
        _release(releaser, ids)
        writer.rows, writer.seconds = 0, 0.0
        for _ in range(rounds):
            _restore(connection, releaser, ids)
            speeds["without"].append(orders / _release(releaser, ids))
            done("without writer")
            _restore(connection, releaser, ids)
            with writer.beside():
                speeds["beside"].append(orders / _release(releaser, ids))
            done("beside writer")
    return BesideWriter(
        orders=orders,
        orders_per_second_without=statistics.median(speeds["without"]),
        orders_per_second_beside=statistics.median(speeds["beside"]),
        writer_rows_per_second=writer.rows / writer.seconds,
        writer_repeats=writer.repeats,
    )


def _release(session: psycopg.Connection[Any], ids: Sequence[int]) -> float:
    """Release the orders call by call, and return the seconds that took."""
    released = 0
    start = time.perf_counter()
    for first in range(0, len(ids), CALL_SIZE):
        row = session.execute(_RELEASE, [COMPANY_ID, list(ids[first : first + CALL_SIZE])]).fetchone()
        released += row[0] if row else 0
    seconds = time.perf_counter() - start
    if released != len(ids):
        raise HarnessError(f"Of {len(ids):,} orders {released:,} were released.")
    return seconds


def _restore(connection: psycopg.Connection[Any], session: psycopg.Connection[Any], ids: Sequence[int]) -> None:
    """Take the release back; the calls to come pay for nothing that was left, and their plans are made."""
    row = session.execute(_RESTORE, [COMPANY_ID, list(ids)]).fetchone()
    if row is None or row[0] != len(ids):
        raise HarnessError(f"Of {len(ids):,} orders {row[0] if row else 0:,} were restored.")
    clean_up(connection)
    for query in (_RELEASE, _RESTORE):
        session.execute(query, [COMPANY_ID, list(ids[:1])])
