"""Following: runs are handed on in the order of the feed, and the cursor moves when they were acted on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import psycopg

from rilascio.errors import HarnessError, describe_error
from rilascio.link.adapter import Adapter, TryLater, asks_for_later, how_it_ended
from rilascio.link.cursor import Cursor
from rilascio.link.feed import Feed, FeedRun, Position
from rilascio.link.patience import delays, goes_by

MOST_TRIES = 5
"""How often what may go well later is tried by somebody who does not wait for ever."""


class _Patience:
    """How long to wait before the next try, and how often none has gone well."""

    def __init__(self, tell: Callable[[str], None], most: int | None) -> None:
        self.tell, self.most = tell, most
        self.went_well()

    def went_well(self) -> None:
        self.failures, self.delays = 0, delays()

    def wait(self, reason: str) -> None:
        """Wait for the next try. Raises HarnessError if there is to be none."""
        self.failures += 1
        if self.failures == self.most:
            raise HarnessError(f"{reason} That was try {self.most}, and the last.", "Call again when it is there.")
        delay = next(self.delays)
        self.tell(f"{reason} Trying again in {delay:.0f} s.")
        time.sleep(delay)


@dataclass(frozen=True)
class Follower:
    """A reader of a feed: how it connects, where it keeps its cursor, and to whom it hands runs.

    `adapter`: the program that acts; without one, lines are given to `show`. `tell` hears of what is tried again.
    `batch`: how many runs at a time. `every`: the seconds until it looks again when nothing follows; with `once` it
    ends then, and gives up after `MOST_TRIES`.
    """

    connect: Callable[[], Feed]
    cursor: Cursor
    adapter: Adapter | None
    show: Callable[[Sequence[str]], None]
    tell: Callable[[str], None]
    batch: int
    every: float
    once: bool

    def follow(self) -> None:
        """Hand on what follows the cursor, for ever or until nothing follows.

        What fails because a server is away, or because the program asks for it, is tried again from the cursor. Raises
        HarnessError where it would fail again; the cursor then stands before what was not acted on.
        """
        patience = _Patience(self.tell, MOST_TRIES if self.once else None)
        feed: Feed | None = self.connect()  # what is named wrongly fails here, at once
        while True:
            try:
                feed = feed or self.connect()
                return self._follow(feed, patience)
            except TryLater as later:
                reason = f"The program {later}."
            except psycopg.Error as error:
                if not goes_by(error):
                    raise
                reason = describe_error(error).message
            finally:
                if feed:
                    feed.close()
                feed = None
            patience.wait(reason)

    def resync(self) -> Position:
        """Let the cursor stand behind the last run, and return where that is. Nothing is tried again."""
        with closing(self.connect()) as feed:
            position = feed.last()
            try:
                self.cursor.reset(feed.company.code, position)
            except TryLater as later:
                raise HarnessError(f"The program did not set its cursor: it {later}.", "Call again later.") from None
        return position

    def _follow(self, feed: Feed, patience: _Patience) -> None:
        position = self.cursor.read(feed.company.code)
        feed.check(position)
        if not self.once:
            feed.listen()
        while True:
            runs = feed.runs(position.place, self.batch)
            if runs:
                self._hand_on(runs, feed.lines(runs))
                position = runs[-1].position
                self.cursor.advance(feed.company.code, position)
            elif self.once:
                return
            patience.went_well()
            if not runs:
                feed.wait(self.every)

    def _hand_on(self, runs: Sequence[FeedRun], lines: Sequence[str]) -> None:
        if self.adapter is None:
            return self.show(lines)
        code = self.adapter.apply(lines)
        if asks_for_later(code):
            raise TryLater(how_it_ended(code))
        if code:
            first, last = runs[0].place, runs[-1].place
            places = f"place {first}" if first == last else f"places {first} to {last}"
            raise HarnessError(
                f"The program {how_it_ended(code)} when it was given {places}; the cursor stays before them.",
                "Put right what it says above, and call again: it is given the same.",
            )
