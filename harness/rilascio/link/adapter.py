"""The adapter: the program that acts on runs in the other ERP. It gets lines, and may keep the cursor."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from rilascio.errors import USAGE, HarnessError
from rilascio.link.feed import Position

TRY_LATER = os.EX_TEMPFAIL
"""The exit code, 75, by which a program asks to be given the same again later."""


class Adapter:
    """A program, as it is called by a line of a shell."""

    def __init__(self, command_line: str) -> None:
        self.command_line = command_line
        try:
            self.arguments = shlex.split(command_line)
        except ValueError as error:
            raise HarnessError(
                f"--exec {command_line!r} is not understood: {error}.",
                "Quote it as in a shell.",
                exit_code=USAGE,
            ) from None
        if not self.arguments or shutil.which(self.arguments[0]) is None:
            name = self.arguments[0] if self.arguments else ""
            raise HarnessError(
                f"There is no program {name!r} that could be run.", "Correct --exec, or its PATH.", exit_code=USAGE
            )

    def apply(self, lines: Sequence[str]) -> int:
        """Give the program lines to act on; return its exit code, below 0 if a signal has ended it."""
        # in a group of its own, so that Ctrl-C in the terminal does not cut it short
        with subprocess.Popen(
            [*self.arguments, "apply"], stdin=subprocess.PIPE, text=True, encoding="utf-8", process_group=0
        ) as process:
            try:
                process.communicate("".join(f"{line}\n" for line in lines))
            except BaseException:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                raise
        return process.returncode

    def cursor(self) -> Position:
        """Return what the program keeps as the last place it has acted on, and which run that was if it tells.

        Raises TryLater if the program asks for it.
        """
        answer = self._ask()
        words = answer.split()
        if len(words) not in (1, 2) or not all(word.isascii() and word.isdigit() for word in words):
            raise HarnessError(
                f"The program answers {answer.strip()[:60]!r} to `cursor`, which is no place.",
                "It prints the last place that it has acted on, 0 at first, and nothing else but its run_id.",
            )
        place, run_id = (*map(int, words), None)[:2]
        return Position(place or 0, run_id)

    def set_cursor(self, position: Position) -> None:
        """Let the program keep another place. Raises HarnessError if it does not."""
        answer = self._ask(str(position.place), str(position.run_id or 0))
        if answer.split()[:1] != [str(position.place)]:
            raise HarnessError(
                f"The program did not set its cursor: it answers {answer.strip()[:60]!r} to `cursor {position.place}`.",
                f"Set it to {position.place} in the other ERP by hand, or teach the program to.",
            )

    def _ask(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.arguments, "cursor", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if asks_for_later(done.returncode):
            raise TryLater(how_it_ended(done.returncode))
        if done.returncode:
            raise HarnessError(
                f"The program does not tell its cursor: it {how_it_ended(done.returncode)}.",
                "See what it says above.",
            )
        return done.stdout


class TryLater(Exception):
    """The program asks to be called again later; the text says how it ended."""


def asks_for_later(code: int) -> bool:
    """Tell whether an exit code means that the same may go well later. A signal says nothing about what was given."""
    return code == TRY_LATER or code < 0


def how_it_ended(code: int) -> str:
    """Return how a program ended, in words."""
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
