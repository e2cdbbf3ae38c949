"""Errors: how the command line shows them, and the registry of every SQLSTATE the database raises."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

import click
import psycopg
from psycopg import errors as pg

from rilascio.language import _, marked

USAGE = 2
"""Exit code of a command that was called wrongly; every other failure exits with 1."""


class HarnessError(click.ClickException):
    """A failure in one sentence, with a hint on what to do next.

    `message` is the sentence, `hint` the advice (or None), `exit_code` 1 unless the call itself was wrong (2).
    """

    def __init__(self, message: str, hint: str | None = None, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.hint = hint
        self.exit_code = exit_code  # type: ignore[misc]  # newer versions of click declare it for the class

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the sentence and the hint to standard error (or to `file`), if somebody is still there to read it."""
        with suppress(OSError):
            click.echo(_("Error: {message}", message=self.message), file=file, err=file is None)
            if self.hint:
                click.echo(_("Hint: {hint}", hint=self.hint), file=file, err=file is None)


# --- what the routines raise -----------------------------------------------------------------------------------------


class RequestKeyReused(psycopg.DatabaseError, code="PR001"):
    """A request key came back with another function or other arguments. psycopg raises this class itself."""


class RecordProtected(psycopg.DatabaseError, code="PR002"):
    """A record made by a run was to be changed by other means than the way back. psycopg raises this class itself."""


class CursorAhead(psycopg.DatabaseError, code="PR003"):
    """A reader of the feed asks for what follows a place that was never given. psycopg raises this class itself."""


class NotAMember(psycopg.DatabaseError, code="PR004"):
    """The company is unknown, or the caller is not a member of it. psycopg raises this class itself."""


class CursorArchived(psycopg.DatabaseError, code="PR005"):
    """A reader of the feed asks for what follows a place, and some of that was archived. psycopg raises this class
    itself."""


BadCall = pg.InvalidParameterValue
SessionUnfit = pg.ObjectNotInPrerequisiteState


@dataclass(frozen=True)
class SqlState:
    """One SQLSTATE of the interface: its name, what it means, what the caller does, and the Python class."""

    sqlstate: str
    name: str
    meaning: str
    what_to_do: str
    exception: type[psycopg.Error]


SQLSTATES: tuple[SqlState, ...] = (
    SqlState(
        "22023",
        "bad_call",
        "The call itself is wrong: a null or empty array, one that is no plain list, too many ids, an unknown option,"
        " a malformed element.",
        marked("Correct the argument that the message names; nothing was changed."),
        BadCall,
    ),
    SqlState(
        "55000",
        "session_unfit",
        "The session cannot do what is asked: its triggers, which keep stock and history, are switched off"
        " (session_replication_role = replica); the role that it has set was renamed, dropped or taken from it; it"
        " works in another's name (autovacuum, refresh); or data that runs decide by was put outside read committed.",
        marked("Set what the hint names, and call again; nothing was changed."),
        SessionUnfit,
    ),
    SqlState(
        "PR001",
        "request_key_reused",
        "The request key was used before for another function or with other arguments.",
        marked("Send the same arguments again to read the first answer, or take a new key for a new request."),
        RequestKeyReused,
    ),
    SqlState(
        "PR002",
        "record_protected",
        "What a run has made or stands on, and what would contradict it, is not done by hand.",
        marked("Follow the hint; mostly: restore the production order, or roll the registration back, first."),
        RecordProtected,
    ),
    SqlState(
        "PR003",
        "cursor_ahead",
        "A reader of the feed asks for what follows a place that was never given: the database is older than its"
        " cursor.",
        marked(
            "Compare your state with the company's, as after any restore from a backup, and go on after the last place."
        ),
        CursorAhead,
    ),
    SqlState(
        "PR004",
        "not_a_member",
        "The company is unknown, or the caller is not a member of it.",
        marked(
            "Ask for one of the companies of erp_api.my_companies, or have the role added to the company's members."
        ),
        NotAMember,
    ),
    SqlState(
        "PR005",
        "cursor_archived",
        "A reader of the feed asks for what follows a place, and some of the runs that follow it were archived.",
        marked(
            "Compare your state with the company's, and go on after the last place; erp_api.my_companies tells where"
            " the feed begins (feed_begins_after)."
        ),
        CursorArchived,
    ),
)
"""Every SQLSTATE that the routines of `erp_api` and the guards of `erp` raise on purpose."""


# --- any database error, in one sentence -----------------------------------------------------------------------------

_HINTS: tuple[tuple[type[psycopg.Error], str], ...] = (
    (
        pg.InsufficientPrivilege,
        marked(
            "Connect as a role that has the privilege: erp_operator for most, erp_writer to put data and post stock,"
            " erp_reader to read, erp_archivist to archive history. A superuser gives it: grant erp_operator to ROLE."
        ),
    ),
    (pg.LockNotAvailable, marked("Another session holds what is needed: try again when it has finished.")),
    (pg.DeadlockDetected, marked("Nothing was changed: run the command again.")),
    (pg.SerializationFailure, marked("Nothing was changed: run the command again.")),
    (pg.QueryCanceled, marked("The statement was cancelled or ran into a timeout; nothing was changed.")),
    (pg.AdminShutdown, marked("The server is going down: run the command again when it is back.")),
    (pg.InvalidCatalogName, marked("Create the database first: createdb NAME.")),
    (pg.InvalidPassword, marked("Check the user and the password in --dsn, RILASCIO_DSN or ~/.pgpass.")),
    (
        pg.InvalidAuthorizationSpecification,
        marked("Check the user in --dsn or RILASCIO_DSN, and the server's pg_hba.conf."),
    ),
    (pg.TooManyConnections, marked("Close other sessions or raise max_connections.")),
    (pg.ReadOnlySqlTransaction, marked("The server or the session is read-only: connect to the primary.")),
    (pg.DiskFull, marked("Free some room on the server's disk; nothing was changed.")),
    (pg.InvalidSchemaName, marked("The database holds no rilascio, or an old one: run rilascio deploy.")),
    (pg.UndefinedTable, marked("The database holds no rilascio, or an old one: run rilascio deploy.")),
    (pg.UndefinedFunction, marked("The database holds no rilascio, or an old one: run rilascio deploy.")),
    (pg.UndefinedColumn, marked("The database holds no rilascio, or an old one: run rilascio deploy.")),
)


_BROKEN_OFF = re.compile(
    r"(consuming input|sending [a-z ]+|flushing) failed: |the connection is (lost|closed)|server closed the connection"
)
"""What psycopg and libpq say when a connection that stood is gone."""


def describe_error(error: psycopg.Error) -> HarnessError:
    """Turn any database error into one sentence and a hint.

    The server's own message and hint come first; a broken constraint is named; where the server gives no hint,
    the registry or the kind of error does.
    """
    diag = error.diag
    text = diag.message_primary or (str(error).strip().splitlines() or [type(error).__name__])[0]
    if diag.constraint_name and diag.constraint_name not in text:
        text = _("{text} (constraint {constraint})", text=text.rstrip("."), constraint=diag.constraint_name)
    if error.sqlstate is None and isinstance(error, psycopg.OperationalError):
        return _broken_off(text) if _BROKEN_OFF.match(text) else _unreachable(text)
    return HarnessError(_sentence(text), diag.message_hint or _hint(error))


_LIKE_PSQL = "PGHOST, PGDATABASE, PGUSER and their like"


def _unreachable(text: str) -> HarnessError:
    # psycopg and libpq put "connection failed: connection to server at … failed: " before the cause
    text = text.removeprefix("connection is bad: ").removeprefix("connection failed: ")
    where, fatal, cause = text.partition("FATAL:")
    if fatal:
        asked = where.strip().removesuffix(":").removesuffix("failed").strip()
        return HarnessError(
            _sentence(_("The server refuses the connection: {cause}", cause=cause)),
            _(
                "Check the user, the password and the database in --dsn or RILASCIO_DSN, else in {variables}.",
                variables=_LIKE_PSQL,
            )
            + (" " + _("Asked was: {asked}.", asked=asked) if asked else ""),
        )
    return HarnessError(
        _sentence(_("The database cannot be reached: {text}", text=text)),
        _(
            "Check --dsn or RILASCIO_DSN, else {variables}, and that the server is running.",
            variables=_LIKE_PSQL,
        ),
    )


def _broken_off(text: str) -> HarnessError:
    # "consuming input failed: server closed the connection unexpectedly", with advice of libpq in the next lines
    cause = text.splitlines()[0].rpartition(": ")[2]
    return HarnessError(
        _sentence(_("The connection to the server broke off: {cause}", cause=cause)),
        _("See that the server is running, then run the command again."),
    )


def _hint(error: psycopg.Error) -> str | None:
    if error.sqlstate is None and isinstance(error, psycopg.ProgrammingError):
        return _("Write --dsn or RILASCIO_DSN like postgresql://user@host/database.")
    for state in SQLSTATES:
        if error.sqlstate == state.sqlstate:
            return _(state.what_to_do)
    return next((_(hint) for kind, hint in _HINTS if isinstance(error, kind)), None)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
