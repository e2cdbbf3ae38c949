"""The version lock: no call spans two versions of the product, and no deployment meets a call half way.

A call reads the view `erp_internal.deployed_version` before anything else, and so holds it in share mode until its
transaction ends; a deployment replaces the view before anything else, and so holds it alone. The view is a constant,
the number of the deployment. Every routine that clients call bears the number too, as a setting. A call that began
under one number and would go on under another ends with 40001 (`erp_internal.assert_version`).

Calls that come while a deployment waits for the view wait behind it, so it does not wait for long: it tries, gives
everything back, lets the calls go on, and tries again. It has all its locks before the moment at which PostgreSQL
begins to look for a deadlock among those who wait for them.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

from psycopg import errors as pg

from rilascio.deployment.common import VERSION_VIEW, Connection, Progress
from rilascio.deployment.session import error_context, scalar
from rilascio.deployment.statements import Statement
from rilascio.errors import HarnessError
from rilascio.queries import read_query

_UNITS = {"us": 1e-6, "ms": 1e-3, "": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_VIEW = VERSION_VIEW.removeprefix("view ")

Result = TypeVar("Result")


def parse_timeout(timeout: str) -> float:
    """Read a time as PostgreSQL writes it (`5s`, `500ms`)."""
    found = re.fullmatch(r"(\d+)(us|ms|s|min|h|d)?", timeout)
    assert found, timeout
    return int(found[1]) * _UNITS[found[2] or ""]


class Attempt:
    """One attempt to get all locks of a deployment, within the time that it has in all."""

    def __init__(self, connection: Connection, timeout: float) -> None:
        self._connection = connection
        self._deadline: float | None = None
        self.timeout = timeout

    @property
    def timeout_text(self) -> str:
        """The time that a single statement may wait, as PostgreSQL reads it."""
        return f"{max(1, int(self.timeout * 1000))}ms"

    def lock(self, what: str, relation: str, statement: Statement) -> None:
        """Run a statement that locks a relation. `what` wants it: the subject of the sentence if it is not to be
        had."""
        with error_context(self._connection, what, relation=relation), self._connection.transaction():
            self.set_timeout()
            statement.run(self._connection)

    def set_timeout(self) -> None:
        """Let the statements to come wait no longer than the attempt may. Its time begins with the first of them."""
        if self._deadline is None:
            self._deadline = time.monotonic() + self.timeout
        left = max(1, int((self._deadline - time.monotonic()) * 1000))
        scalar(self._connection, "select set_config('lock_timeout', %s, true)", f"{left}ms")


def attempt_seconds(connection: Connection, timeout_in_all: str) -> float:
    """Return how long one attempt may wait."""
    deadlock = int(scalar(connection, "select setting from pg_settings where name = 'deadlock_timeout'")) / 1000
    return min(1.0, parse_timeout(timeout_in_all), 0.5 * deadlock)  # half, since a busy machine gives back late


def retry(connection: Connection, timeout_in_all: str, notify: Progress, work: Callable[[Attempt], Result]) -> Result:
    """Do the work, again and again while others hold the locks that it needs, until `timeout_in_all` is over."""
    seconds_in_all = parse_timeout(timeout_in_all)
    deadline = time.monotonic() + seconds_in_all
    timeout = attempt_seconds(connection, timeout_in_all)
    last = ""
    while True:
        try:
            return work(Attempt(connection, timeout))
        except HarnessError as error:
            if not isinstance(error.__cause__, pg.LockNotAvailable | pg.DeadlockDetected):
                raise
            if time.monotonic() + timeout > deadline:
                raise
            if error.message != last:
                last = error.message
                notify(f"{last.removesuffix('.')}; trying again")
        # those who waited behind this attempt go on meanwhile
        time.sleep(timeout * random.uniform(0.5, 1.0))


SHOW_VERSION = Statement(
    f"""
    select format(
        'create or replace view {_VIEW} as select %%s::bigint as deployment_id',
        currval(pg_get_serial_sequence('erp_meta.deployment', 'deployment_id'))
    )
    """.encode(),
    {},
    makes_statements=True,
)
"""Let the view show the number that the session has drawn: nobody else reads it until the transaction ends."""

DESCRIBE_VERSION = Statement(
    f"comment on view {_VIEW} is 'The number of the deployment that made the routines (erp_meta.deployment).'".encode()
)


def lock_version(connection: Connection, attempt: Attempt) -> None:
    """Wait until no call is at work, and let those to come wait until the transaction ends. They find the number that
    the session has drawn."""
    if scalar(connection, "select to_regclass(%s) is not null", _VIEW):
        attempt.lock("The deployment", _VIEW, SHOW_VERSION)
    elif scalar(connection, "select to_regnamespace('erp_internal') is not null"):
        SHOW_VERSION.run(connection)
        DESCRIBE_VERSION.run(connection)


STAMP_ENTRY_POINTS = Statement(read_query(__file__, "stamp_entry_points"), {}, makes_statements=True)
"""Write the number of the deployment on the routines through which others come in."""
