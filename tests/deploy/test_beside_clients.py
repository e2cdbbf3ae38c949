"""Deployments beside people at work: nobody notices more than a short wait and a 40001."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from contextlib import nullcontext
from random import Random

import psycopg
from psycopg.errors import SerializationFailure

from harness.dev.soak.calls import random_call, read_grids
from harness.dev.soak.invariants import broken_invariants, order_totals
from harness.dev.soak.world import COMPANIES
from rilascio.deployment import deploy, status
from tests.deploy.folder import execute
from tests.deploy.release import ReleaseFolder

#: The whole of it is asked for by the environment: RILASCIO_DEPLOYMENTS=20. It takes about two minutes.
DEPLOYMENTS = int(os.environ.get("RILASCIO_DEPLOYMENTS", "6"))
WHOLE = DEPLOYMENTS >= 20
CLIENTS = 8 if WHOLE else 3
#: In seconds. The tests share their machine, where any call may take long.
LONGEST_STALL = 2 if WHOLE else 10
#: For the same reason: how long a deployment may go on trying.
PATIENCE = "60s" if WHOLE else "5min"


def other_signatures(release: ReleaseFolder, dsn: str, turn: int) -> None:
    """Rename arguments of what calls ask, of what a grid asks, and of what clients call."""
    release.change("procedures/internal/guards/assert_row_count", r"\bp_count\w*", f"p_count_{turn}")
    release.change("procedures/internal/plan/order_blockers", r"\bp_order_id\w*", f"p_order_id_{turn}")
    release.change(
        "procedures/preview_restore",
        r"p_order_ids bigint\[\](, p_more_\d+ integer default 0)?",
        f"p_order_ids bigint[], p_more_{turn} integer default 0",
    )


def other_views(release: ReleaseFolder, dsn: str, turn: int) -> None:
    """Change inner and outer views, one of them in its columns."""
    for view in ("views/internal/order_base", "views/internal/movement_base"):
        release.change(view)
    release.change("views/release_grid")
    release.change("views/run_history", r"(,\n    \d+ as more_\d+)?\nfrom ", f",\n    {turn} as more_{turn}\nfrom ")


def drift(release: ReleaseFolder, dsn: str, turn: int) -> None:
    """Change by hand what the release, which stays the same, puts right."""
    execute(dsn, "alter function erp_api.release_production_orders set work_mem = '1MB'")
    execute(dsn, "revoke select on erp_api.restore_grid from erp_reader")


def other_triggers(release: ReleaseFolder, dsn: str, turn: int) -> None:
    """Change the guards of the tables that every call writes."""
    release.change("triggers/stock_movement")
    release.change("triggers/production_order")


CHANGES = (other_signatures, other_views, drift, other_triggers)


class ClientThread(threading.Thread):
    """Calls whatever there is, one call after the other, until it is told to stop; notes what it met."""

    def __init__(self, dsn: str, seed: int, stop: threading.Event) -> None:
        super().__init__()
        self.dsn, self.random, self.stop = dsn, Random(seed), stop
        self.by_statement = seed % 2 == 0
        self.met: Counter[str] = Counter()
        self.unexpected: list[str] = []
        self.longest = 0.0

    def run(self) -> None:
        with psycopg.connect(self.dsn, autocommit=self.by_statement) as connection:
            while not self.stop.is_set():
                started = time.monotonic()
                try:
                    with nullcontext() if self.by_statement else connection.transaction():
                        self.work(connection)
                    self.met["done"] += 1
                except psycopg.Error as error:
                    self.met[error.sqlstate or "none"] += 1
                    if not isinstance(error, SerializationFailure):
                        self.unexpected.append(f"{error.sqlstate} {error}")
                self.longest = max(self.longest, time.monotonic() - started)

    def work(self, connection: psycopg.Connection) -> None:
        """Read the grids and call something; what holds its locks to the end of a transaction holds those of both."""
        visible = read_grids(connection, self.random.choice(COMPANIES))
        if self.by_statement:
            connection.execute("select blockers from erp_api.restore_grid limit 3").fetchall()
        random_call(self.random, visible, 3).send(connection)


def test_deployments_beside_clients_fail_for_nobody(
    rilascio_database: str, operator: str, release: ReleaseFolder
) -> None:
    with psycopg.connect(rilascio_database) as connection:
        before = order_totals(connection)
    stop = threading.Event()
    clients = [ClientThread(operator, seed, stop) for seed in range(CLIENTS)]
    took, said = [], []
    for client in clients:
        client.start()
    try:
        for turn in range(DEPLOYMENTS):
            CHANGES[turn % len(CHANGES)](release, rilascio_database, turn)
            started = time.monotonic()
            report = deploy(rilascio_database, bundle=release.bundle, lock_timeout=PATIENCE, progress=said.append)
            took.append(time.monotonic() - started)
            assert report.changed
            done = sum(client.met["done"] for client in clients)
            while sum(client.met["done"] for client in clients) < done + CLIENTS:
                assert any(client.is_alive() for client in clients)
                time.sleep(0.01)
    finally:
        stop.set()
        for client in clients:
            client.join()
    longest = max(client.longest for client in clients)
    print(sum((client.met for client in clients), Counter()), f"longest {longest:.2f} s", [f"{t:.2f}" for t in took])
    print("\n".join(said))
    assert [error for client in clients for error in client.unexpected] == []
    assert longest < LONGEST_STALL
    assert status(rilascio_database, bundle=release.bundle).state == "current"
    with psycopg.connect(rilascio_database) as connection:
        assert broken_invariants(connection, before) == []
