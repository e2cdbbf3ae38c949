"""The feed: the runs of a company in the order of their places, each as a line of JSON with what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from rilascio.errors import CursorAhead, CursorArchived, HarnessError
from rilascio.orders import Company
from rilascio.queries import read_query

CHANNEL = "erp_runs"
"""Where a company that is set to do so tells of its runs, as they commit; the payload is its id."""

_RUNS_PER_CALL = 1_000
_RESYNC = (
    "Compare both sides (rilascio compare) and mend what differs; then follow with --resync, or --after another place."
)


@dataclass(frozen=True)
class Position:
    """How far a reader is: the last place it has acted on, 0 before the first, and which run that was, if it knows."""

    place: int
    run_id: int | None = None
    started_at: datetime | None = None


@dataclass(frozen=True)
class FeedRun:
    """A run of the feed."""

    place: int
    run_id: int
    kind: str
    started_at: datetime
    request_key: UUID | None

    @property
    def position(self) -> Position:
        return Position(self.place, self.run_id, self.started_at)


class Feed:
    """The feed of a company. Each question is a transaction of its own, as the connection is in autocommit mode."""

    def __init__(self, connection: psycopg.Connection[Any], company: Company) -> None:
        self.connection = connection
        self.company = company

    def runs(self, after: int, limit: int) -> list[FeedRun]:
        """Return the runs behind a place; none means that there is none but what commits from now on.

        A run has its place after a call that saw it has ended, so an empty answer is asked for once more.
        """
        return self._next_runs(after, limit) or self._next_runs(after, limit)

    def lines(self, runs: Sequence[FeedRun]) -> list[str]:
        """Return the lines of runs."""
        settings = {
            "company_id": self.company.company_id,
            "company": self.company.code,
            "runs": json.dumps([asdict(run) for run in runs], default=str),
        }
        return [line for (line,) in self.connection.execute(read_query(__file__, "run_lines"), settings)]

    def last(self) -> Position:
        """Return the position behind which there is nothing."""
        position = Position(self._begins_after())
        while runs := self.runs(position.place, _RUNS_PER_CALL):
            position = runs[-1].position
        return position

    def check(self, position: Position) -> None:
        """Raise HarnessError if the feed has no such place, if another run has it, or if what follows was archived."""
        begins_after = self._begins_after()
        if position.place < begins_after:
            raise HarnessError(
                f"The cursor stands at place {position.place}, and runs that follow it were archived: the feed of"
                f" company {self.company.code} begins after place {begins_after}.",
                _RESYNC,
            )
        if position.place == begins_after:
            return
        try:
            runs = self.runs(position.place - 1, 1)
        except CursorAhead:
            runs = []
        except CursorArchived:  # meanwhile: the next call says so
            return
        if not runs:
            raise HarnessError(
                f"The cursor stands at place {position.place}, which company {self.company.code} does not have:"
                " the database was restored from a backup, or is another one.",
                _RESYNC,
            )
        run = runs[0]
        same_run = position.run_id in (None, run.run_id) and position.started_at in (None, run.started_at)
        if not same_run:
            raise HarnessError(
                f"The cursor stands at place {position.place}, which was run {position.run_id} and is another run,"
                f" {run.run_id}, now: the database was restored from a backup, or is another one.",
                _RESYNC,
            )

    def listen(self) -> None:
        """Be told of runs from now on."""
        self.connection.execute(f"listen {CHANNEL}".encode())

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until the company tells of a run."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for notice in self.connection.notifies(timeout=left, stop_after=1):
                if notice.payload == str(self.company.company_id):
                    return

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()

    def _begins_after(self) -> int:
        row = self.connection.execute(
            "select feed_begins_after from erp_api.my_companies where company_id = %s", [self.company.company_id]
        ).fetchone()
        return row[0] if row else 0

    def _next_runs(self, after: int, limit: int) -> list[FeedRun]:
        with self.connection.cursor(row_factory=class_row(FeedRun)) as cursor:
            return cursor.execute(
                "select place, run_id, kind, started_at, request_key from erp_api.next_runs(%s, %s, %s)",
                [self.company.company_id, after, limit],
            ).fetchall()
