"""The journal of a job: what was asked, written before the first call, and what each call has answered.

It is a file of JSON lines: the request, then an array for each order, and after those of a call an object that says how
many orders are served by now. What follows the last such object is what a crash has left, and does not count: the call
is sent again with its request key, and answers the same.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from rilascio.errors import HarnessError
from rilascio.language import _

SUFFIX = ".jsonl"


@dataclass(frozen=True)
class JobRequest:
    """What somebody has confirmed: a release or a restore, of orders in the order in which they are served (R7)."""

    job_id: UUID
    kind: str
    company_id: int
    order_ids: Sequence[int]
    record_date: date | None = None
    on_shortage: str | None = None
    all_or_none: bool = False
    note: str | None = None


class Answer(NamedTuple):
    """What became of one order, and why it was refused, a sentence for each reason."""

    order_id: int
    number: str
    outcome: str
    run_id: int
    reasons: Sequence[str]


@dataclass(frozen=True)
class Progress:
    """How far a job is; `carried_out` says whether the call under way was committed, None where nobody knows."""

    status: str
    done: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    error: psycopg.Error | HarnessError | str | None = None
    carried_out: bool | None = False


@dataclass(frozen=True)
class Contents:
    """What a journal says; `database` is the role, server and database that the job belongs to."""

    request: JobRequest
    chunk_size: int
    database: Sequence[str]
    started_at: datetime
    progress: Progress
    end: int = 0
    """Where that ends what counts."""


class Journal:
    """The file of a job. One program at a time has it, from `create` or `open` to `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: FileIO | None = None
        self._end = 0

    def create(self, contents: Contents) -> None:
        """Write what is asked. Raises HarnessError, and leaves nothing behind, if it cannot be written."""
        request = {**asdict(contents.request), "order_ids": list(contents.request.order_ids)}
        head = {"request": request, "chunk_size": contents.chunk_size, "database": contents.database}
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.parent.chmod(0o700)
            self._take(new, os.O_CREAT | os.O_EXCL)
            try:
                self.append([head | {"started_at": contents.started_at.isoformat()}])
                self.path.hardlink_to(new)  # so it is never seen without its first line, nor takes the place of another
            finally:
                new.unlink()
            _sync(self.path.parent)
        except BaseException as error:
            self.close()
            if isinstance(error, FileExistsError):
                raise self._taken() from None
            raise self._unusable(error) if isinstance(error, OSError) else error from error

    def open(self) -> Contents:
        """Take the journal, and return what it says. Raises HarnessError if that cannot be."""
        try:
            file = self._take(self.path)
            contents = _read(file)
            self._end = contents.end
            file.truncate(contents.end)
            file.seek(contents.end)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise self._unusable(error) from error
            if isinstance(error, ValueError | TypeError | KeyError):
                raise HarnessError(
                    _("{path} is no journal of a job.", path=self.path),
                    _("rilascio runs shows what was done. Remove the file, and choose anew what is left."),
                ) from error
            raise
        return contents

    def remove(self) -> None:
        """Forget the job."""
        try:
            self.path.unlink()
        except OSError as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Let others have it."""
        if self._file:
            self._file.close()
        self._file = None

    def append(self, entries: Sequence[object]) -> None:
        """Write entries so that they outlive a crash. Raises HarnessError, and writes none, if it cannot be."""
        assert self._file
        data = "".join(f"{json.dumps(entry, default=str)}\n" for entry in entries).encode()
        try:
            left = memoryview(data)
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._end)
                self._file.seek(self._end)
            raise self._unusable(error) from error
        self._end += len(data)

    def answers(self, count: int) -> Iterator[Answer]:
        """Yield the answers to the first so many orders."""
        try:
            with self.path.open("rb") as file:
                entries = (entry for entry in map(_parse, islice(file, 1, None)) if isinstance(entry, list))
                for entry in islice(entries, count):
                    yield Answer(*entry)
        except OSError as error:
            raise self._unusable(error) from error

    def _take(self, path: Path, flags: int = 0) -> FileIO:
        self._file = FileIO(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600), "r+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._taken() from None
        return self._file

    def _taken(self) -> HarnessError:
        return HarnessError(
            _("Another program has the journal {path}.", path=self.path),
            _("Look there how far the job is, or end that program."),
        )

    def _unusable(self, error: OSError) -> HarnessError:
        return HarnessError(
            _("The journal {path} cannot be used: {error}.", path=self.path, error=error.strerror or error),
            _("Make room, or let the file be read and written; then go on: each order is served once."),
        )


def _sync(folder: Path) -> None:
    """Let the new name survive a crash of the machine too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(file: FileIO) -> Contents:
    with os.fdopen(os.dup(file.fileno()), "rb") as lines:
        head_line = lines.readline()
        head, end = json.loads(head_line), len(head_line)
        request, day = head["request"], head["request"]["record_date"]
        request |= {"job_id": UUID(request["job_id"]), "record_date": day and date.fromisoformat(day)}
        started_at = datetime.fromisoformat(head["started_at"])
        outcomes: Counter[str] = Counter()
        progress, counted_to = Progress("interrupted"), end
        for line in lines:
            entry, end = _parse(line), end + len(line)
            if isinstance(entry, list):
                outcomes[Answer(*entry).outcome] += 1
            elif entry is None or entry.get("served", progress.done) != outcomes.total():
                break
            else:
                status, error = entry.get("ended", "interrupted"), entry.get("error")
                progress, counted_to = Progress(status, outcomes.total(), dict(outcomes), error), end
    if progress.done == len(request["order_ids"]):
        progress = replace(progress, status="finished", error=None)
    return Contents(JobRequest(**request), head["chunk_size"], head["database"], started_at, progress, counted_to)


def _parse(line: bytes) -> Any:
    """Return an entry: a list, a dictionary, or None for what a crash has left."""
    with suppress(ValueError):
        entry = json.loads(line)
        if line.endswith(b"\n") and isinstance(entry, list | dict):
            return entry
    return None
