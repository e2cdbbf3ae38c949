"""The calls of a job: a release or restore of many orders, in a thread, while pages come and go.

A job calls `erp_api` for one chunk of its orders after the other, each a transaction, or for all at once. The request
key of a call follows from the job and from how many orders were served before. So a call whose answer did not arrive is
sent again, by a program that was started anew too, and its orders are served once (R60).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from threading import Event, Lock, Thread
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL

from rilascio.commands.actions import CallElement, done_so_far, how_it_ended, not_begun, query_of
from rilascio.commands.answers import counted_outcomes, order_label
from rilascio.commands.release import RELEASE, RESTORE
from rilascio.errors import HarnessError, describe_error
from rilascio.language import _, counted, marked
from rilascio.link.patience import delays, goes_by
from rilascio.sessions import open_session
from rilascio.web.journal import Answer, Contents, Journal, Progress

GOES_ON_FOR = timedelta(days=1)
"""How long a job may send a call again: request keys are kept for no less (erp_api.prune_request_keys)."""

ACTIONS = {"release": RELEASE, "restore": RESTORE}

_SEND_AGAIN = ("40001", "40P01")
_CANCEL_SECONDS = 0.5
_CANCEL_TRIES = 10

_BEGINNINGS = {
    "reconnecting": marked("The call is sent again, with the same request key."),
    "cancelled": marked("Interrupted."),
    "interrupted": marked("The program ended before the job did."),
}

Session = psycopg.Connection[Any]


@dataclass(frozen=True)
class JobState:
    """How far a job is: `counts` are the orders of each outcome, `message` tells it in sentences, `error` what failed.

    `status`: running, reconnecting, finished, cancelled, failed, or interrupted where the program ended before it. The
    last three can go on.
    """

    kind: str
    total: int
    done: int
    counts: Mapping[str, int]
    status: str
    message: str
    error: str | None


class Job:
    """A job, at work or ended."""

    def __init__(self, dsn: str, journal: Journal, contents: Contents) -> None:
        self.request, self.started_at = contents.request, contents.started_at
        self._dsn, self._journal, self._contents = dsn, journal, contents
        self._progress = contents.progress
        self._session: Session | None = None
        self._thread = Thread()
        self._beginning = Lock()
        self._halted = Event()
        self._ending = ""

    @property
    def state(self) -> JobState:
        now = self._progress
        error = describe_error(now.error) if isinstance(now.error, psycopg.Error) else now.error
        if isinstance(error, HarnessError):
            hint = error.hint if now.status == "failed" else None
            error = " ".join(filter(None, (error.message, hint)))
        total = len(self.request.order_ids)
        return JobState(self.request.kind, total, now.done, now.outcomes, now.status, self._message(now), error)

    def _message(self, now: Progress) -> str:
        total = len(self.request.order_ids)
        told = [_(_BEGINNINGS[now.status])] if now.status in _BEGINNINGS else []
        told.append(done_so_far(total, "order", now.done, counted_outcomes(now.outcomes)))
        left, under_way = total - now.done, 0
        if now.carried_out is not False:
            under_way = min(left, self._contents.chunk_size)
            told.append(how_it_ended(counted(under_way, "order"), self._next_key(), now.carried_out))
        if now.status not in ("running", "reconnecting") and left > under_way:
            told.append(not_begun(left - under_way, "order"))
        return " ".join(told)

    def cancel(self) -> None:
        """End the job, and the call under way. What is committed stays."""
        self._halt("cancelled")

    def close(self) -> None:
        """End this program's work on the job; it can go on later."""
        self._halt("interrupted")

    def results(self) -> Iterator[Answer]:
        """Yield what became of each order that is done, in the order in which they were served."""
        return self._journal.answers(self._progress.done)

    def go_on(self) -> None:
        """Serve what is left, in the calls that the job would have made, with their keys.

        Raises HarnessError if another program has the job, or its journal cannot be used.
        """
        with self._beginning:
            if not self._thread.is_alive() and self._progress.status != "finished":
                self._contents = self._journal.open()
                self.begin()

    def begin(self, session: Session | None = None) -> None:
        """Start to work, in a session if one is there, with a journal that is taken."""
        self._halted.clear()
        self._progress = replace(self._contents.progress, status="running", error=None)
        self._thread = Thread(target=self._work, args=[session], daemon=True)
        self._thread.start()

    def look_up_call(self, session: Session) -> None:
        """Find out whether the call that the program left behind was committed. One that was not may still be."""
        if self._progress.status == "interrupted":
            query = "select from erp_api.run_history where company_id = %s and request_key = %s"
            found = session.execute(query, [self.request.company_id, self._next_key()]).fetchone()
            self._progress = replace(self._progress, carried_out=None if found is None else True)

    def _next_key(self) -> UUID:
        return uuid5(self.request.job_id, str(self._progress.done))

    def _halt(self, ending: str) -> None:
        self._ending = ending
        self._halted.set()
        for _try in range(_CANCEL_TRIES):  # a call that is just being sent does not hear the first
            if not self._thread.is_alive():
                break
            if self._session:
                with suppress(psycopg.Error):
                    self._session.cancel_safe()
            self._thread.join(_CANCEL_SECONDS)

    def _work(self, session: Session | None) -> None:
        error: psycopg.Error | HarnessError | str | None = None
        try:
            self._serve(session)
            status = "finished" if self._progress.done == len(self.request.order_ids) else self._ending
        except (psycopg.Error, HarnessError) as failure:
            status, error = "failed", failure
        except Exception as failure:  # whatever it is, the job says that it has ended
            status, error = "failed", repr(failure)
        self._progress = replace(self._progress, status=status, error=error)
        if status in ("cancelled", "failed"):
            with suppress(HarnessError):
                self._journal.append([{"ended": status, "error": self.state.error}])
        self._journal.close()

    def _serve(self, session: Session | None) -> None:
        waits = _waits()
        while self._progress.done < len(self.request.order_ids) and not self._halted.is_set():
            if datetime.now(UTC) - self.started_at > GOES_ON_FOR:
                raise HarnessError(
                    _("The job is older than a day: the database may have forgotten its request keys."),
                    _("Choose anew what is left."),
                )
            try:
                with closing(session or self._connect()) as self._session:
                    while self._progress.done < len(self.request.order_ids) and not self._halted.is_set():
                        self._call(self._session)
                        waits = _waits()
            except psycopg.Error as error:
                if not self._halted.is_set():
                    if not goes_by(error) and error.sqlstate not in _SEND_AGAIN:
                        raise
                    self._progress = replace(self._progress, status="reconnecting", error=error)
                    self._halted.wait(next(waits))
            session = None

    def _connect(self) -> Session:
        session = open_session(self._dsn)
        if database_of(session) != self._contents.database:
            session.close()
            raise HarnessError(
                _("The job belongs to another role, server or database than the one that answers now."),
                _("Start the program for the one that the job was begun on."),
            )
        return session

    def _call(self, session: Session) -> None:
        """Serve the next orders in one transaction, and note the answers."""
        request, now = self.request, self._progress
        action = ACTIONS[request.kind]
        arguments: dict[str, object] = {"all_or_none": request.all_or_none, "note": request.note}
        if action is RELEASE:
            arguments |= {"record_date": request.record_date, "on_shortage": request.on_shortage}
        arguments["request_key"] = self._next_key()
        chunk = request.order_ids[now.done : now.done + self._contents.chunk_size]
        elements = [CallElement(order_id, str(order_id)) for order_id in chunk]
        called, parameters = query_of(action, request.company_id, elements, arguments)
        try:
            with session.cursor(row_factory=dict_row) as cursor:
                rows = cursor.execute(SQL("{} order by r.ordinal").format(called), parameters).fetchall()
        except psycopg.Error as error:
            if goes_by(error):
                self._progress = replace(now, carried_out=None)
            raise
        answers = [_answer(row) for row in rows]
        done = now.done + len(answers)
        self._journal.append([*answers, {"served": done}])
        outcomes = Counter(now.outcomes) + Counter(answer.outcome for answer in answers)
        self._progress = Progress("running", done, outcomes)


def database_of(session: Session) -> list[str]:
    """Return what tells a database, and who works in it, from all others."""
    row = session.execute(
        "select current_user::text, s.system_identifier::text, d.oid::text"
        " from pg_control_system() as s, pg_database as d where d.datname = current_database()"
    ).fetchone()
    options = {option.keyword: (option.val or b"").decode() for option in session.pgconn.info}
    return [*(row or ()), *(options[name] for name in (b"host", b"port", b"dbname"))]


def _waits() -> Iterator[float]:
    """Yield how long to wait before a call is sent again: the first time not at all."""
    return chain([0.0], delays())


def _answer(row: Mapping[str, Any]) -> Answer:
    reasons = [reason["message"] for reason in row["reasons"]]
    return Answer(row["order_id"], order_label(row), row["outcome"], row["run_id"], reasons)
