"""Ctrl-C, `kill` and a closed terminal: the running call is cancelled, and the command ends with one sentence."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rilascio.errors import HarnessError
from rilascio.language import _

_LATER_SECONDS = 0.01


class Interrupted(KeyboardInterrupt):
    """A signal that ends the command.

    As a KeyboardInterrupt it is what psycopg waits for: it cancels the running statement in the server.
    """

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number)
        self.number = number


class Interruption:
    """Whether one of the signals has come, and which."""

    number: signal.Signals | None = None
    _lost: signal.Signals | None = None

    def __init__(self) -> None:
        self._otherwise = sys.unraisablehook

    @property
    def exit_code(self) -> int | None:
        """As shells count: 128 and the number of the signal; None if none has come."""
        return None if self.number is None else exit_code_of(self.number)

    def begin(self, number: int, _frame: FrameType | None) -> None:
        """Raise Interrupted, once: what a dying terminal sends besides must not cut the end short.

        A second Ctrl-C is somebody who insists.
        """
        if self.number is None or number == signal.SIGINT:
            self.number = self.number or signal.Signals(number)
            raise Interrupted(signal.Signals(number))

    def repeat(self, *_: object) -> None:
        """Raise again what nobody got to see."""
        if self._lost is not None:
            number, self._lost, self.number = self._lost, None, None
            self.begin(number, None)

    def keep(self, ignored: sys.UnraisableHookArgs) -> None:
        """Raise a little later what Python would ignore: a signal may come while a callback or a `__del__` runs."""
        if isinstance(ignored.exc_value, Interrupted):
            self._lost = ignored.exc_value.number
            signal.setitimer(signal.ITIMER_REAL, _LATER_SECONDS)
        else:
            self._otherwise(ignored)


@contextmanager
def cancelling_on_signals() -> Iterator[Interruption]:
    """Let SIGINT, SIGTERM and SIGHUP raise Interrupted meanwhile, where nobody has said otherwise (nohup has)."""
    defaults: dict[signal.Signals, Callable[[int, FrameType | None], Any] | signal.Handlers] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
        signal.SIGALRM: signal.SIG_DFL,
    }
    interruption, before = Interruption(), sys.unraisablehook
    taken = []
    if threading.current_thread() is threading.main_thread():
        taken = [number for number, default in defaults.items() if signal.getsignal(number) == default]
    try:
        for number in taken:
            signal.signal(number, interruption.repeat if number == signal.SIGALRM else interruption.begin)
        if taken:
            sys.unraisablehook = interruption.keep
        yield interruption
    finally:
        if taken:
            sys.unraisablehook = before
        for number in taken:
            signal.signal(number, defaults[number])


def interrupted(error: KeyboardInterrupt, ending: str = "", hint: str | None = None) -> HarnessError:
    """Return an interruption as a sentence, with what became of the work."""
    number = error.number if isinstance(error, Interrupted) else signal.SIGINT
    plainly = number == signal.SIGINT
    sentence = _("Interrupted.") if plainly else _("Interrupted by {signal}.", signal=number.name)
    return HarnessError(" ".join(filter(None, (sentence, ending))), hint, exit_code=exit_code_of(number))


def exit_code_of(number: signal.Signals) -> int:
    """Return the exit code of a command that a signal has ended, as shells use it."""
    return 128 + number
