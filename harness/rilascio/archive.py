"""The archive of old history: a file of lines of JSON, each a run or a part of one, on disk before it is removed."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import psycopg
from psycopg.rows import dict_row

from rilascio.errors import HarnessError
from rilascio.orders import Company

_ARCHIVE = "select * from erp_api.archive_history(%s, %s::timestamptz, %s, %s)"


class ArchiveFile:
    """A file that runs are appended to, by one process at a time. It keeps each run once.

    What was written and not committed, since the server or this program died in between, is handed out again, and is
    not written again; of a line that was cut off nothing stays.
    """

    def __init__(self, path: Path, company: str) -> None:
        self.path = path
        self.company = company
        self.kept: set[tuple[int, int]] = set()

    def __enter__(self) -> ArchiveFile:
        try:
            self.stream: IO[bytes] = self.path.open("a+b")
        except OSError as error:
            raise self._unusable(error) from error
        try:
            self._take()
        except OSError as error:
            self.stream.close()
            raise self._unusable(error) from error
        except BaseException:
            self.stream.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stream.close()

    def keep(self, rows: list[dict[str, Any]]) -> None:
        """Write what the file does not have yet, and return when it is on disk."""
        try:
            for row in rows:
                if (row["run_id"], row["part"]) not in self.kept:
                    line = json.dumps({"company": self.company, **row}, ensure_ascii=False, default=str)
                    self.stream.write(f"{line}\n".encode())
            self.stream.flush()
            os.fsync(self.stream.fileno())
        except OSError as error:
            raise self._unusable(error) from error
        self.kept.update((row["run_id"], row["part"]) for row in rows)

    def _take(self) -> None:
        try:
            fcntl.flock(self.stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HarnessError(
                f"Another rilascio archive-history writes {self.path}.", "Let it end, or use another file."
            ) from None
        end = 0
        self.stream.seek(0)
        for number, line in enumerate(self.stream, 1):
            if not line.endswith(b"\n"):
                break
            self._recognise(line, number)
            end += len(line)
        self.stream.truncate(end)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name of a new file survives a crash of the machine too
        finally:
            os.close(folder)

    def _recognise(self, line: bytes, number: int) -> None:
        try:
            row = json.loads(line)
            company, key = row["company"], (row["run_id"], row["part"])
        except (ValueError, TypeError, KeyError):
            raise HarnessError(
                f"{self.path} is no archive of history: line {number} is not a run.", "Name another file."
            ) from None
        if company != self.company:
            raise HarnessError(
                f"{self.path} is the archive of company {company}, not of {self.company}.",
                "Use a file for each company.",
            )
        self.kept.add(key)

    def _unusable(self, error: OSError) -> HarnessError:
        return HarnessError(
            f"The archive {self.path} cannot be written: {error.strerror or error}.",
            "What was removed from the history is in it. Put right what is in the way, and call again.",
        )


def archive(
    connection: psycopg.Connection[Any], company: Company, before: str, batch: int, file: ArchiveFile
) -> Iterator[int]:
    """Move the runs that began before a moment from the history into a file, batch by batch; give the size of each.

    Each batch is on disk before it is removed, in a transaction of its own.
    """
    last = 0
    with connection.cursor(row_factory=dict_row) as cursor:
        while True:
            with connection.transaction():
                rows = cursor.execute(_ARCHIVE, [company.company_id, before, batch, last]).fetchall()
                file.keep(rows)
            if not rows:
                return
            last = rows[-1]["run_id"]
            yield sum(row["part"] == 1 for row in rows)
