"""Crashes: the server is killed in the middle of mass calls, again and again, and each call must count exactly once.

Clients release, restore, declare, register, roll back and delete many orders in each call, with a request key. At a
random moment the postmaster and all its processes are killed (`kill -9`). The server starts again, each client sends
the call it had no answer to once more, with the same key, and everything must add up.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import psycopg

from harness.dev.soak.calls import Call, Row, random_call, read_grids
from harness.dev.soak.invariants import broken_invariants, order_totals
from harness.dev.soak.run import SETTINGS, SharedCalls, log_defects, read_log, unmatched_answers
from harness.dev.soak.world import COMPANIES, DATABASE, OPERATOR, create_companies
from rilascio import postgres
from rilascio.errors import HarnessError
from rilascio.postgres import Server

ORDERS = 60
"""Launched orders of each company at the start."""

MAX_PER_CALL = 20
"""Orders of a call, at most."""

MAX_SECONDS_UP = 0.2
"""Seconds that the clients have between a start and the next kill, at most."""

_GONE_SECONDS = 30.0
_ANSWER_SECONDS = 30.0

_STATES = {
    "released": "select status = 'executive' and release_run_id = %(run_id)s from {order}",
    "split": "select status = 'executive' and release_run_id = %(run_id)s from {order}",
    "restored": "select status = 'launched' and release_run_id is null from {order}",
    "declared": "select exists (select from {declaration})",
    "registered": "select registration_run_id = %(run_id)s from {declaration}",
    "rolled_back": "select registration_run_id is null from {declaration}",
    "deleted": "select not exists (select from {declaration})",
}
"""What must be true of an order or a declaration of which this was the last that a call answered."""

_ORDER = "erp.production_order where company_id = %(company_id)s and production_order_id = %(order_id)s"
_DECLARATION = (
    "erp.production_declaration where company_id = %(company_id)s and production_declaration_id = %(declaration_id)s"
)


@dataclass
class CrashReport:
    """What was done: `answered` calls had their answer before a kill, the others were under way.

    Of the latter `already_done` had been committed all the same, and `done_again` were carried out when sent again.
    `repeated` are answered ones that were sent again, as if the answer had been lost.
    """

    crashes: int = 0
    answered: int = 0
    repeated: int = 0
    already_done: int = 0
    done_again: int = 0
    defects: list[str] = field(default_factory=list)

    @property
    def unanswered(self) -> int:
        """Return how many calls were under way when the server was killed."""
        return self.already_done + self.done_again


class Worker:
    """A client with orders of its own, so that nobody else changes their state; stock it shares with all."""

    def __init__(self, dsn: str, name: str, company_id: int, share: tuple[int, int]) -> None:
        self.dsn = dsn
        self.random = Random(name)
        self.company_id = company_id
        self.share = share
        self.shared = SharedCalls()
        self.pending: Call | None = None
        self.answered: list[Call] = []

    def run(self, heard: Event) -> None:
        """Call until the server is gone; what had no answer stays pending. Each answer is `heard`."""
        try:
            with psycopg.connect(self.dsn, autocommit=True) as connection:
                while True:
                    call = random_call(self.random, read_grids(connection, self.company_id, self.share), MAX_PER_CALL)
                    if call.key:
                        self.pending = call
                        self.shared.answers[call.key] = call.send(connection)
                        self.answered.append(call)
                        self.pending = None
                        heard.set()
        except psycopg.OperationalError:
            return


def crash(cycles: int, clients: int, seed: int) -> CrashReport:
    """Kill and restart a throwaway server so many times, under so many clients; stop at the first defect."""
    done, random = CrashReport(), Random(seed)
    with postgres.throwaway(settings=SETTINGS) as running:
        create_companies(running, ORDERS)
        with psycopg.connect(running.dsn(DATABASE)) as connection:
            before = order_totals(connection)
        running = postgres.restart(running)  # with a fresh log
        workers = _workers(running.dsn(DATABASE, OPERATOR), clients, seed)
        while done.crashes < cycles and not done.defects:
            done.defects += log_defects(_call_until_killed(running, workers, random))
            running = postgres.restart(running)
            done.crashes += 1
            with psycopg.connect(running.dsn(DATABASE), autocommit=True) as connection:
                _resend_calls(connection, running, workers, done)
                done.defects += [*_unmatched_answers(connection, workers), *broken_invariants(connection, before)]
    return done


def kill(running: Server) -> None:
    """Kill the postmaster and every process of it, at once and without a word, and wait until they are gone."""
    os.kill(running.pid, signal.SIGSTOP)  # so that it starts no more of them
    processes = [*_children(running.pid), running.pid]
    for process in processes:
        os.kill(process, signal.SIGKILL)
    deadline = monotonic() + _GONE_SECONDS
    while any(map(_alive, processes)):
        if monotonic() > deadline:
            raise HarnessError(f"The killed server in {running.folder} is still there.")
        sleep(0.001)


def _workers(dsn: str, clients: int, seed: int) -> list[Worker]:
    per_company = -(-clients // len(COMPANIES))
    return [
        Worker(dsn, f"{seed}/{number}", COMPANIES[number % len(COMPANIES)], (number // len(COMPANIES), per_company))
        for number in range(clients)
    ]


def _call_until_killed(running: Server, workers: Sequence[Worker], random: Random) -> str:
    """Let the workers call, kill the server at a random moment, and return its log.

    About every other time somebody has had an answer first, however long a busy machine takes for it.
    """
    heard = Event()
    with ThreadPoolExecutor(len(workers)) as pool:
        futures = [pool.submit(worker.run, heard) for worker in workers]
        if random.random() < 0.5:
            heard.wait(_ANSWER_SECONDS)
        sleep(random.uniform(0.02, MAX_SECONDS_UP))
        kill(running)
    for future in futures:
        future.result()
    return read_log(running)


def _resend_calls(
    connection: psycopg.Connection[Any], running: Server, workers: Sequence[Worker], done: CrashReport
) -> None:
    """Send again each client's last answered call and the one that was under way, and look what they made."""
    with psycopg.connect(running.dsn(DATABASE, OPERATOR), autocommit=True) as operator:
        for worker in workers:
            done.answered += len(worker.answered)
            for call in worker.answered[-1:]:
                done.repeated += 1
                if call.send(operator) != worker.shared.answers[_key(call)]:
                    done.defects.append(f"A {call.kind} repeated with its key {call.key} was answered otherwise.")
            if worker.pending:
                _resend_pending(connection, operator, worker, worker.pending, done)
            worker.answered, worker.pending = [], None


def _resend_pending(
    connection: psycopg.Connection[Any],
    operator: psycopg.Connection[Any],
    worker: Worker,
    call: Call,
    done: CrashReport,
) -> None:
    """Send again the call that was under way: now its run exists once, and what it was about is as it answers."""
    if _runs(connection, call):
        done.already_done += 1
    else:
        done.done_again += 1
    rows = worker.shared.answers[_key(call)] = call.send(operator)
    if _runs(connection, call) != 1:
        done.defects.append(f"Key {call.key} stands for {_runs(connection, call)} runs.")
    done.defects += _state_defects(connection, call, rows)


def _key(call: Call) -> UUID:
    assert call.key
    return call.key


def _runs(connection: psycopg.Connection[Any], call: Call) -> int:
    row = connection.execute("select count(*) from erp.run where request_key = %s", [call.key]).fetchone()
    return int(row[0]) if row else 0


def _state_defects(connection: psycopg.Connection[Any], call: Call, rows: Sequence[Row]) -> Iterator[str]:
    merged = {row.merged_order_id for row in rows if hasattr(row, "merged_order_id")}
    for row in rows:
        # a remainder may be restored, and then be merged back by the same call
        if row.outcome not in _STATES or row.order_id in merged:
            continue
        query = _STATES[row.outcome].format(order=_ORDER, declaration=_DECLARATION)
        if connection.execute(query, {**row._asdict(), "company_id": call.arguments[0]}).fetchone() != (True,):
            yield f"After a {call.kind} answered {row.outcome}, order {row.order_id} is in another state: {row}."


def _unmatched_answers(connection: psycopg.Connection[Any], workers: Sequence[Worker]) -> list[str]:
    """Hold every answer that was ever given against the runs that there are."""
    together = SharedCalls()
    for worker in workers:
        together.answers.update(worker.shared.answers)
    return unmatched_answers(connection, together)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
