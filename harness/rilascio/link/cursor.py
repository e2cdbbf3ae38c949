"""Cursors: where it is kept how far a reader of the feed is."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from rilascio.errors import HarnessError
from rilascio.link.adapter import Adapter
from rilascio.link.feed import Position


class Cursor(Protocol):
    """Where a reader keeps how far it is."""

    def read(self, company: str) -> Position:
        """Return how far it is."""

    def advance(self, company: str, position: Position) -> None:
        """Keep that all up to a position was acted on."""

    def reset(self, company: str, position: Position) -> None:
        """Keep another position, though what lies before it was not acted on."""


class MemoryCursor:
    """A cursor that nobody keeps: it begins where it is told."""

    def __init__(self, place: int) -> None:
        self.position = Position(place)

    def read(self, company: str) -> Position:
        return self.position

    def advance(self, company: str, position: Position) -> None:
        self.position = position

    def reset(self, company: str, position: Position) -> None:
        raise AssertionError("nobody would keep it")


class HostCursor:
    """A cursor that the program keeps, best in the transaction in which it acts."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter

    def read(self, company: str) -> Position:
        return self.adapter.cursor()

    def advance(self, company: str, position: Position) -> None:
        """Do nothing: the program has done it."""

    def reset(self, company: str, position: Position) -> None:
        self.adapter.set_cursor(position)


class FileCursor:
    """A cursor in a file of JSON, which is always whole: the next one takes its place. One reader at a time has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock: IO[Any] | None = None

    def __enter__(self) -> FileCursor:
        # a lock on the file itself would stay with the one that was replaced
        lock = self.path.with_name(f"{self.path.name}.lock")
        try:
            self.lock = lock.open("a")
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.__exit__(None, None, None)
            raise HarnessError(
                f"Another rilascio follow has the cursor {self.path}.", "Let one of them run, or use another file."
            ) from None
        except OSError as error:
            raise self._unusable(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.lock:
            self.lock.close()

    def read(self, company: str) -> Position:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.advance(company, Position(0))
            return Position(0)
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable(error) from error
        position, owner = self._parse(text)
        if owner != company:
            raise HarnessError(
                f"The cursor {self.path} is of company {owner}, not of {company}.", "Use a file for each company."
            )
        return position

    def advance(self, company: str, position: Position) -> None:
        content = {
            "company": company,
            "place": position.place,
            "run_id": position.run_id,
            "started_at": position.started_at and position.started_at.isoformat(),
        }
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            with new.open("w", encoding="utf-8") as stream:
                stream.write(f"{json.dumps(content, ensure_ascii=False)}\n")
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(self.path)
            self._sync_folder()
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise self._unusable(error) from error

    def reset(self, company: str, position: Position) -> None:
        self.advance(company, position)

    def _sync_folder(self) -> None:
        """Let the new name survive a crash of the machine too."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _parse(self, text: str) -> tuple[Position, str]:
        try:
            content = json.loads(text)
            place, run_id, moment = content["place"], content["run_id"], content["started_at"]
            if type(place) is not int or place < 0 or type(run_id) not in (int, type(None)):
                raise ValueError
            return Position(place, run_id, moment and datetime.fromisoformat(moment)), str(content["company"])
        except (ValueError, TypeError, KeyError):
            raise HarnessError(
                f"{self.path} is no cursor of rilascio follow.",
                "Name another file; or remove it, and begin with --resync at the last place or without at the first.",
            ) from None

    def _unusable(self, error: Exception) -> HarnessError:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8"
        return HarnessError(f"The cursor {self.path} cannot be used: {reason}.", "Name a file that can be written.")
