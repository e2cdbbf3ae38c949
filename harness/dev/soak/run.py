"""The soak: clients that call everything at once on scarce stock, while others work by hand and deploy besides;
afterwards everything must still add up."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

import click
import psycopg
from psycopg import IsolationLevel
from psycopg import errors as pg
from psycopg.pq import TransactionStatus

from harness.dev.soak.calls import QUERIES, Call, Row, random_call, read_grids
from harness.dev.soak.deployments import KIND, Deployer
from harness.dev.soak.invariants import broken_invariants, fail_on_defects, order_totals
from harness.dev.soak.manual_work import KINDS, ManualWorker
from harness.dev.soak.tally import Tally
from harness.dev.soak.world import COMPANIES, DATABASE, OPERATOR, WRITER, create_companies
from harness.dev.soak.writing import random_writing
from rilascio import output, postgres
from rilascio.errors import HarnessError
from rilascio.queries import read_query

ORDERS = 30
"""Launched orders of each company at the start."""

WRITERS = 2
"""Clients that write what an ERP sends, beside those that work on orders."""

MAX_PER_CALL = 6
"""Orders of a call, at most."""

DRAIN_SECONDS = 60.0
"""Seconds after the end within which every client must have got through."""

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "deadlock_timeout": "100ms",
    "log_line_prefix": "%m [%p] %e ",
}

ISOLATIONS: Mapping[str, Sequence[IsolationLevel]] = {
    "read-committed": [IsolationLevel.READ_COMMITTED],
    "repeatable-read": [IsolationLevel.REPEATABLE_READ],
    "serializable": [IsolationLevel.SERIALIZABLE],
    "mixed": [IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE],
}

ENDINGS = ("committed", "repeated", "rolled_back", "cancelled", "retried", "failed")
"""What became of calls: `repeated` ones had been sent before with the same key; `retried` counts the failures to
serialize, after each of which the call was sent again."""

_DEFECT = re.compile(r" (?:40P01|23\w{3}|42\w{3}|XX\w{3}) (?:ERROR|FATAL|PANIC): .*|PANIC: .*|.* was terminated by .*")


@dataclass
class SharedCalls:
    """What all clients know together: the calls sent lately, and the first answer to each key."""

    recent: deque[Call] = field(default_factory=lambda: deque(maxlen=50))
    answers: dict[UUID, list[Row]] = field(default_factory=dict)


def draw_work(random: Random, connection: psycopg.Connection[Any]) -> Call:
    """Draw what an operator calls."""
    return random_call(random, read_grids(connection, random.choice(COMPANIES)), MAX_PER_CALL)


class Client:
    """One client with a connection of its own: it draws a call, sends it, and goes on until its time is over."""

    def __init__(
        self,
        dsn: str,
        name: str,
        draw: Callable[[Random, psycopg.Connection[Any]], Call],
        isolations: Sequence[IsolationLevel],
        shared: SharedCalls,
    ) -> None:
        self.dsn = dsn
        self.draw = draw
        self.random = Random(name)
        self.isolations = isolations
        self.shared = shared
        self.tally = Tally()

    def run(self, until: float) -> None:
        """Call until that moment of the monotonic clock."""
        with psycopg.connect(self.dsn, application_name="rilascio soak") as self.connection:
            while monotonic() < until:
                self._call(until + DRAIN_SECONDS / 2)

    def _call(self, give_up: float) -> None:
        call, known = self._next_call()
        ending = self.random.choices(["committed", "rolled_back", "cancelled"], [8, 1, 1])[0]
        while monotonic() < give_up:
            try:
                rows = self._send(call, ending)
            except pg.SerializationFailure:
                self.tally.endings[call.kind, "retried"] += 1
            except (pg.QueryCanceled, pg.LockNotAvailable):
                self.tally.endings[call.kind, "cancelled"] += 1
                if self.random.random() < 0.5:
                    return
                ending = "committed"  # the same key again, with patience
            except psycopg.Error as error:
                self.tally.endings[call.kind, "failed"] += 1
                self.tally.defects.append(f"A {call.kind} failed with {error.sqlstate}: {str(error).splitlines()[0]}")
                return
            else:
                self._note(call, known, rows, "rolled_back" if ending == "rolled_back" else "committed")
                return
        self.tally.defects.append(f"A {call.kind} did not get through in {DRAIN_SECONDS / 2:.0f} s.")

    def _next_call(self) -> tuple[Call, bool]:
        """Draw a call, or take one that somebody sent lately or is sending right now."""
        if self.shared.recent and self.random.random() < 0.05:
            return self.random.choice(list(self.shared.recent)), True
        self._begin(IsolationLevel.READ_COMMITTED)
        with self.connection.transaction():
            call = self.draw(self.random, self.connection)
        if call.key:
            self.shared.recent.append(call)
        return call, False

    def _begin(self, isolation: IsolationLevel) -> None:
        while self.connection.info.transaction_status != TransactionStatus.IDLE:
            with suppress(pg.QueryCanceled):  # the timeout of a cancelled call may meet its rollback too
                self.connection.rollback()
        self.connection.isolation_level = isolation

    def _send(self, call: Call, ending: str) -> list[Row]:
        self._begin(call.isolation or self.random.choice(self.isolations))
        with self.connection.transaction(force_rollback=ending == "rolled_back"):
            if self.random.random() < 0.2:
                # what this transaction sees is older than its call
                self.connection.execute("select count(*) from erp_api.release_grid")
            if ending == "cancelled":
                name = self.random.choice(["statement_timeout", "lock_timeout"])
                milliseconds = str(self.random.randint(1, 40))
                self.connection.execute("select set_config(%s, %s, true)", [name, milliseconds])
            rows = call.send(self.connection)
            if self.random.random() < 0.2:
                # a client that takes its time keeps its locks, and others meet them
                self.connection.execute("select pg_sleep(%s)", [self.random.uniform(0, 0.05)])
            return rows

    def _note(self, call: Call, known: bool, rows: list[Row], ending: str) -> None:
        self.tally.endings[call.kind, "repeated" if known and ending == "committed" else ending] += 1
        if ending == "committed" and not known:
            self.tally.outcomes.update((call.kind, row.outcome) for row in rows)
        if call.kind.startswith("nightly") and any(row.outcome != "unchanged" for row in rows):
            changed = next(row for row in rows if row.outcome != "unchanged")
            self.tally.defects.append(f"What is there was put as it is, and was not unchanged: {changed}")
        if call.kind == "order put":
            # the id of an order that was unchanged is looked up
            rows = [row._replace(order_id=None) if row.outcome == "unchanged" else row for row in rows]
        if ending == "committed" and call.key and self.shared.answers.setdefault(call.key, rows) != rows:
            self.tally.defects.append(f"A {call.kind} repeated with its key {call.key} was answered otherwise.")


def run(seconds: int, clients: int, seed: int, isolation: str, output_format: str) -> None:
    """Soak a throwaway server, print what was done, and fail if anything broke."""
    tally, shared = Tally(), SharedCalls()
    with postgres.throwaway(settings=SETTINGS) as running:
        create_companies(running, ORDERS)
        with psycopg.connect(running.dsn(DATABASE), autocommit=True) as connection:
            before, quiet = order_totals(connection), read_log(running)
            for one in _run_clients(running, seconds, clients, seed, isolation, shared):
                tally.add(one)
            log = read_log(running).removeprefix(quiet)
            defects = [
                *tally.defects,
                *log_defects(log),
                *unmatched_answers(connection, shared),
                *broken_invariants(connection, before),
            ]
    _print(tally, running.version, seconds, clients, seed, isolation, defects, output_format)
    fail_on_defects(defects)
    if output_format == "table":
        click.echo("Everything adds up: every invariant holds, and no call met a deadlock.")


def read_log(running: postgres.Server) -> str:
    """Return the server's log since its last start."""
    return (running.folder / "log").read_text(errors="replace")


def log_defects(log: str) -> list[str]:
    """Return what a log has of deadlocks, broken constraints, internal errors and dead processes."""
    return [f"The server's log says:{line}" for line in dict.fromkeys(_DEFECT.findall(log))]


def unmatched_answers(connection: psycopg.Connection[Any], shared: SharedCalls) -> list[str]:
    """Hold the runs that there are against the answers that clients were given.

    Unknown ids are counted alone, and what was unchanged is not kept.
    """
    kept: dict[UUID, tuple[dict[int, str], int]] = {
        key: (dict(zip(ordinals, outcomes, strict=True)), unknown)
        for key, ordinals, outcomes, unknown in connection.execute(read_query(__file__, "kept_answers"))
    }
    defects = []
    for key in kept.keys() | shared.answers.keys():
        there, unknown = kept.get(key, ({}, 0))
        answered = {row.ordinal: row.outcome for row in shared.answers.get(key, [])}
        answered = {ordinal: outcome for ordinal, outcome in answered.items() if outcome != "unchanged"}
        elsewhere = [outcome for ordinal, outcome in answered.items() if ordinal not in there]
        if {**answered, **there} != answered or elsewhere != ["refused"] * unknown:
            defects.append(f"The run of key {key} answered {answered} and stands as {there}, {unknown} unknown.")
    return defects


def _run_clients(
    running: postgres.Server, seconds: int, clients: int, seed: int, isolation: str, shared: SharedCalls
) -> list[Tally]:
    """Let the clients call, and others work by hand and deploy meanwhile; return what each has done."""
    levels = ISOLATIONS[isolation]
    operators = running.dsn(DATABASE, OPERATOR), draw_work, shared
    # who may not call what another has called repeats its own alone
    writers = running.dsn(DATABASE, WRITER), random_writing, SharedCalls(answers=shared.answers)
    team = [
        Client(dsn, f"{seed}/{name}/{number}", draw, levels, calls)
        for name, count, (dsn, draw, calls) in (("operator", clients, operators), ("writer", WRITERS, writers))
        for number in range(count)
    ]
    workers = [ManualWorker(running.dsn(DATABASE), f"{seed}/hand/{number}") for number in range(2)]
    deployer = Deployer(running.dsn(DATABASE), f"{seed}/deployer")
    start = monotonic()
    with ThreadPoolExecutor(len(team) + len(workers) + 1) as pool, output.progress("Soaking", seconds) as bar:
        works = [*(client.run for client in team), *(worker.run for worker in workers), deployer.run]
        futures = [pool.submit(work, start + seconds) for work in works]
        waiting: set[Any] = set(futures)
        while waiting:
            _, waiting = wait(waiting, timeout=0.5)
            bar.update(bar.task_ids[0], completed=min(monotonic() - start, seconds))
            if monotonic() > start + seconds + DRAIN_SECONDS:
                postgres.stop(running)  # so that whoever hangs is released
                raise HarnessError(f"Clients still hang {DRAIN_SECONDS:.0f} s after the end, each waiting for another.")
        for future in futures:
            future.result()
    return [*(client.tally for client in team), *(worker.tally for worker in workers), deployer.tally]


def _print(
    tally: Tally,
    version: str,
    seconds: int,
    clients: int,
    seed: int,
    isolation: str,
    defects: Sequence[str],
    output_format: str,
) -> None:
    environment = {
        "server_version": version, "seconds": seconds, "clients": clients, "seed": seed, "isolation": isolation,
    }  # fmt: skip
    kinds = [kind for kind in (*QUERIES, *KINDS, KIND) if any(kind == done for done, _ in tally.endings)]
    outcomes = {
        kind: {outcome: count for (of, outcome), count in tally.outcomes.items() if of == kind} for kind in kinds
    }
    calls = [
        {"kind": kind, **{ending: tally.endings[kind, ending] for ending in ENDINGS}, "outcomes": outcomes[kind]}
        for kind in kinds
    ]
    if output_format == "json":
        click.echo(json.dumps({"environment": environment, "calls": calls, "broken": defects}, indent=2))
        return
    click.echo(", ".join(f"{name} {value}" for name, value in environment.items()))
    click.echo()
    rows = [[*map(one.get, ("kind", *ENDINGS)), _words(outcomes[str(one["kind"])])] for one in calls]
    output.print_table(("call", *ENDINGS, "outcomes"), rows, wrapped=["outcomes"])
    click.echo()
    for defect in defects:
        click.echo(f"Broken: {defect}")


def _words(outcomes: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
