"""Waiting for a server that is not there: which errors go by, and how long until the next try."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

FIRST_DELAY = 1.0
"""Seconds until the second try; each further one waits twice as long as the one before."""
LONGEST_DELAY = 60.0

_TOO_MANY_CONNECTIONS = "53300"
_GONE = ("08", "57P", _TOO_MANY_CONNECTIONS)
"""How the SQLSTATEs begin of connections that break off, and of servers that stop, start or are full."""


def delays() -> Iterator[float]:
    """Yield the seconds to wait before each further try."""
    delay = FIRST_DELAY
    while True:
        yield delay
        delay = min(2 * delay, LONGEST_DELAY)


def goes_by(error: psycopg.Error) -> bool:
    """Tell whether the same may go well later, since it is the server or the way to it that failed."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_GONE)
