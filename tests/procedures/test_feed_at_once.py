"""The feed under load: real runs, clients that give up, readers that are killed, at every isolation level (R75).

The number of transactions of each client is `RILASCIO_FEED_TRANSACTIONS` (default 20).
"""

from __future__ import annotations

import os
import random
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from time import monotonic
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg.rows import dict_row

from tests.factory import Factory, needs

TRANSACTIONS = int(os.environ.get("RILASCIO_FEED_TRANSACTIONS", "20"))
LEVELS = (IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE)
RELEASE = "select distinct run_id from erp_api.release_production_orders(%s, %s)"
RESTORE = "select distinct run_id from erp_api.restore_production_orders(%s, %s)"
NEXT = "select place, run_id from erp_api.next_runs(%s, %s, 7)"


@dataclass
class World:
    """A company whose orders all need the same scarce stock, and what its clients know to be committed."""

    company_id: int
    orders: list[int]
    committed: set[int] = field(default_factory=set)
    done: threading.Event = field(default_factory=threading.Event)
    failures: list[BaseException] = field(default_factory=list)


def in_thread(world: World, work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except BaseException as error:
            world.failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def client(world: World, dsn: str, seed: int) -> None:
    """Release and restore at random, at every isolation level; give up a fourth of it, at the end or in the middle."""
    dice = random.Random(seed)
    connection = psycopg.connect(dsn)
    for _ in range(TRANSACTIONS):
        connection.isolation_level = dice.choice(LEVELS)
        made = set()
        try:
            for _ in range(dice.randint(1, 3)):
                orders = dice.sample(world.orders, dice.randint(1, 3))
                call = RELEASE if dice.random() < 0.6 else RESTORE
                made |= {run for (run,) in connection.execute(call, [world.company_id, orders])}
                # others get on meanwhile
                connection.execute("select pg_sleep(%s)", [dice.random() * 0.004])
        except (SerializationFailure, DeadlockDetected):
            connection.rollback()
            continue
        fate = dice.random()
        if fate < 0.15:
            connection.rollback()
        elif fate < 0.25:
            connection.close()
            connection = psycopg.connect(dsn)
        else:
            try:
                connection.commit()
            except SerializationFailure:
                connection.rollback()
                continue
            world.committed |= made
    connection.close()


def hand(world: World, dsn: str, seed: int) -> None:
    """Enter stock by hand, change it and take it away again, as the owner of the tables."""
    dice = random.Random(seed)
    record: int | None = None
    with psycopg.connect(dsn) as connection:
        connection.execute("set role erp_owner")
        connection.commit()
        for _ in range(TRANSACTIONS):
            try:
                if record is None:
                    found = connection.execute(
                        "insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)"
                        " select company_id, record_date, warehouse_id, movement_reason_id from erp.stock_record"
                        " where run_id is null limit 1 returning stock_record_id"
                    ).fetchone()
                    connection.execute(
                        "insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id,"
                        " item_id, quantity) select r.company_id, r.record_date, r.stock_record_id, 1, r.warehouse_id,"
                        " i.item_id, %s from erp.stock_record as r join erp.item as i using (company_id)"
                        " where r.stock_record_id = %s and i.item_code = 'NUT'",
                        [dice.randint(1, 3), found and found[0]],
                    )
                else:
                    found = (record,)
                    connection.execute(
                        "update erp.stock_movement set quantity = quantity + 1 where stock_record_id = %s", found
                    )
                    connection.execute(
                        "update erp.production_order set priority = priority + 1 where production_order_id = %s",
                        [dice.choice(world.orders)],
                    )
            except (SerializationFailure, DeadlockDetected):
                connection.rollback()
                continue
            if dice.random() < 0.2:
                connection.rollback()
            else:
                connection.commit()
                record = found[0] if found and dice.random() < 0.7 else None


def reader(
    world: World, dsn: str, level: IsolationLevel, seen: list[tuple[int, int]], owner: str, *, killed: bool = False
) -> None:
    """Read the feed page by page until nothing more can come: every run has its place, and the next page is empty.

    One that is killed has acted on what it read, and keeps its cursor, but its transaction never committed.
    """
    after, rounds, finished = 0, 0, False
    deadline = monotonic() + 120
    connection = psycopg.connect(dsn)
    while not finished:
        assert monotonic() < deadline, "a run gets no place"
        rounds += 1
        last_round = world.done.is_set() and not runs_without_place(owner)
        connection.isolation_level = level
        try:
            page = connection.execute(NEXT, [world.company_id, after]).fetchall()
            if killed and not last_round and random.Random(after + len(seen) + rounds).random() < 0.5:
                connection.close()
                connection = psycopg.connect(dsn)
                seen += page
                after = page[-1][0] if page else after
                continue
            connection.commit()
            # let the others get on
            connection.execute("select pg_sleep(0.003)")
            connection.commit()
        except SerializationFailure:
            connection.rollback()
            continue
        seen += page
        after = page[-1][0] if page else after
        finished = last_round and not page
    connection.close()


def runs_without_place(owner: str) -> bool:
    """Say whether runs wait for a place in the feed."""
    with psycopg.connect(owner) as connection:
        return connection.execute("select exists (select from erp.run_place where place is null)").fetchone() == (True,)


def naive(world: World, dsn: str, seen: list[int]) -> None:
    """Read runs by the cursor that suggests itself: the highest number seen so far."""
    after = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        last_round = False
        while not last_round:
            last_round = world.done.is_set()
            for (run,) in connection.execute(
                "select run_id from erp_api.run_history where company_id = %s and run_id > %s order by run_id",
                [world.company_id, after],
            ):
                seen.append(run)
                after = run
            connection.execute("select pg_sleep(0.003)")


def test_R75_R76_no_reader_misses_a_run_or_meets_it_before_what_it_built_on(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str], rilascio_database: str
) -> None:
    factory, observer = committed
    nut = factory.item("NUT")
    factory.stock(nut, 9)
    world = World(factory.company_id, [factory.order(needs(nut, 1), quantity=2) for _ in range(7)])
    of_nobody_else = factory.order()
    factory.connection.commit()
    seen: dict[str, list[tuple[int, int]]] = defaultdict(list)
    by_number: list[int] = []

    # one that begins first and ends last is what the naive reader always loses
    early = psycopg.connect(rilascio_login())
    [[slow_run]] = early.execute(RELEASE, [world.company_id, [of_nobody_else]]).fetchall()
    naive_reader = in_thread(world, lambda: naive(world, rilascio_login(), by_number))
    readers = [
        in_thread(world, lambda: reader(world, rilascio_login(), LEVELS[0], seen["one"], rilascio_database)),
        in_thread(world, lambda: reader(world, rilascio_login(), LEVELS[1], seen["two"], rilascio_database)),
        in_thread(
            world, lambda: reader(world, rilascio_login(), LEVELS[2], seen["killed"], rilascio_database, killed=True)
        ),
    ]
    clients = [in_thread(world, lambda seed=seed: client(world, rilascio_login(), seed)) for seed in range(3)]
    clients.append(in_thread(world, lambda: hand(world, rilascio_database, 9)))
    for thread in clients:
        thread.join()
    early.commit()
    early.close()
    world.committed.add(slow_run)
    world.done.set()
    for thread in (*readers, naive_reader):
        thread.join()
    assert world.failures == []

    feed = seen["one"]
    assert seen["two"] == feed
    assert seen["killed"] == feed
    assert [place for place, _ in feed] == list(range(1, len(feed) + 1)), "gapless, none twice"
    runs = [run for _, run in feed]
    assert world.committed <= set(runs)
    made_or_by_hand = {run for (run,) in observer.execute("select run_id from erp.run where kind <> 'hand'")}
    assert {run for run in runs if run in made_or_by_hand} == world.committed, "what was given up is not there"
    assert set(by_number) < set(runs), "the naive reader loses runs"
    assert slow_run not in by_number

    outcomes: dict[int, list[str]] = defaultdict(list)
    for order, outcome in observer.execute(
        "select a.production_order_id, a.outcome from unnest(%s::bigint[]) with ordinality as f (run_id, place)"
        " join erp.run_order as a using (run_id) where a.outcome in ('released', 'restored') order by f.place",
        [runs],
    ):
        outcomes[order].append(outcome)
    assert len(outcomes) > 1
    for told in outcomes.values():
        assert told == (["released", "restored"] * len(told))[: len(told)], "a restore comes after its release"
    rebuilt_from_the_feed(factory, runs)


@dataclass
class Copy:
    """What a program knows that hears of a company by its feed alone: movements by record, states of orders."""

    movements: dict[int, dict[int, tuple[str, Decimal]]] = field(default_factory=lambda: defaultdict(dict))
    states: dict[int, str] = field(default_factory=dict)

    def hear(self, connection: psycopg.Connection[Any], company_id: int, run: int) -> None:
        """Apply one run: facts as they were written, and what was changed by hand as it is now."""
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(
                "select * from erp_api.movement_history where company_id = %s and %s in (run_id, removal_run_id)",
                [company_id, run],
            ).fetchall():
                if row["removal_run_id"] == run:
                    self.movements[row["stock_record_id"]].pop(row["line"])
                else:
                    self.movements[row["stock_record_id"]][row["line"]] = (row["item_code"], row["quantity"])
            for row in cursor.execute(
                "select key from erp_api.run_row_history where company_id = %s and run_id = %s"
                " and kind = 'stock_record'",
                [company_id, run],
            ).fetchall():
                record = row["key"]["stock_record_id"]
                cursor.execute(
                    "select line, item_code, quantity from erp_data.stock_movement"
                    " where company_id = %s and stock_record_id = %s and record_date = %s",
                    [company_id, record, date.fromisoformat(row["key"]["record_date"])],
                )
                self.movements[record] = {m["line"]: (m["item_code"], m["quantity"]) for m in cursor.fetchall()}
            for row in cursor.execute(
                "select order_id, o.status from erp_api.run_order_history as h"
                " left join erp_data.production_order as o using (company_id, order_id)"
                " where company_id = %s and run_id = %s",
                [company_id, run],
            ).fetchall():
                self.states[row["order_id"]] = row["status"]

    def stock(self) -> dict[str, Decimal]:
        """Return what lies where, by item."""
        total: dict[str, Decimal] = defaultdict(Decimal)
        for lines in self.movements.values():
            for item, quantity in lines.values():
                total[item] += quantity
        return {item: quantity for item, quantity in total.items() if quantity}


def rebuilt_from_the_feed(factory: Factory, runs: list[int]) -> None:
    """Stock and states that are rebuilt from the feed alone are those of `erp_data`."""
    copy = Copy()
    factory.connection.rollback()
    with factory.acting(factory.operator):
        for run in runs:
            copy.hear(factory.connection, factory.company_id, run)
    assert copy.stock() == {
        row.item_code: row.quantity
        for row in factory.call(
            "select item_code, sum(quantity) as quantity from erp_data.stock_balance where company_id = %s group by 1",
            [factory.company_id],
        )
    }
    assert copy.states == {
        row.order_id: row.status
        for row in factory.call(
            "select order_id, status from erp_data.production_order where company_id = %s", [factory.company_id]
        )
    }
