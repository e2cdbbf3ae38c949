"""Loading: a folder of CSV files becomes one company, all or nothing (rules, section 12)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click
import psycopg
from psycopg import errors as pg

from rilascio.deployment.session import refuse_encoding
from rilascio.errors import HarnessError, describe_error
from rilascio.interruption import interrupted
from rilascio.loading.bad_rows import SHOWN, BadRow, BadRows, report_order
from rilascio.loading.checks import check, read_defaults
from rilascio.loading.files import FILES
from rilascio.loading.reader import find_files, read_files
from rilascio.loading.writer import LoadCall, write

OWNER = "erp_owner"


@dataclass(frozen=True)
class LoadReport:
    """What a load brought in: the company, and of each file, by its name without ending, what was loaded.

    `separators` is what stands between the columns of each file, `skipped` how many rows with nothing to load were
    left out of the files that had such rows.
    """

    company_code: str
    company_id: int
    run_id: int
    rows: dict[str, int]
    separators: dict[str, str]
    skipped: dict[str, int]
    seconds: float


class LoadFailed(HarnessError):
    """The folder holds bad rows, and nothing was loaded.

    `rows` are the first `SHOWN` of them by file, line and column; `count` is how many there are; `separators` is
    what stands between the columns of each file that was read.
    """

    def __init__(
        self,
        folder: Path,
        rows: Sequence[BadRow],
        count: int,
        separators: dict[str, str],
        *,
        outcome: str | None = None,
        advice: str | None = None,
    ) -> None:
        faults = "1 bad row" if count == 1 else f"{count} bad rows"
        super().__init__(
            f"{outcome or f'Nothing was loaded from {folder}'}: it has {faults}.",
            advice or "Correct the files and load again.",
        )
        self.rows = list(rows)
        self.count = count
        self.separators = separators

    def show(self, file: IO[Any] | None = None) -> None:
        """Write every bad row kept, the count of the others, the sentence and the hint."""
        for row in self.rows:
            click.echo(str(row), file=file, err=file is None)
        if self.count > len(self.rows):
            click.echo(f"… and {self.count - len(self.rows)} more", file=file, err=file is None)
        super().show(file)


def load(
    dsn: str,
    folder: Path,
    *,
    members: Sequence[str] = (),
    note: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> LoadReport:
    """Load the CSV files of `folder` as a new company, in one transaction and one run, which `note` is kept with.

    The role that loads becomes a member of the company, and so do `members`, which must exist. It must be a
    superuser or a member of erp_owner. `progress` is called with a step, what is done and the whole: while reading,
    a file's name and bytes; then "checking" and files; then "writing" and rows.

    Raises LoadFailed with the bad rows, or HarnessError with one sentence; nothing has changed then.
    """
    start = time.monotonic()
    report = progress or (lambda step, done, whole: None)
    bad = BadRows()
    paths = find_files(folder, bad)
    ending = "Nothing was loaded"
    try:
        with psycopg.connect(dsn, client_encoding="utf8", fallback_application_name="rilascio") as connection:
            refuse_encoding(connection)
            with connection.transaction(), connection.cursor() as cursor:
                roles = _become_owner(cursor, members)
                tables = _tables(cursor)
                read = read_files(cursor, paths, bad, report)
                separators = {name: file.separator for name, file in read.items()}
                found, count = check(cursor, read, tables, bad, report)
                if bad.count or count:
                    first = sorted([*bad.first, *found], key=report_order)[:SHOWN]
                    raise LoadFailed(folder, first, bad.count + count, separators)
                code, company_id = _company(cursor)
                call = LoadCall(roles[0], folder.resolve().name, note)
                filled, run_id = write(cursor, company_id, call, read, tables, report)
                cursor.executemany(
                    "insert into erp.company_member (company_id, member_role) values (%s, %s)",
                    [(company_id, role) for role in roles],
                )
                ending = f"Whether company {code} was loaded is not known"
            ending = f"Company {code} was loaded"
            _analyze(connection, filled)
    except KeyboardInterrupt as error:
        raise interrupted(error, f"{ending}.") from error
    except psycopg.Error as error:
        raise _failure(error, ending) from error
    rows = {name: file.rows for name, file in read.items()}
    skipped = {name: file.skipped for name, file in read.items() if file.skipped}
    return LoadReport(code, company_id, run_id, rows, separators, skipped, time.monotonic() - start)


def _become_owner(cursor: psycopg.Cursor[Any], members: Sequence[str]) -> list[str]:
    """Act as the owner of the tables until the transaction ends; return the roles that become members."""
    caller = cursor.execute("select current_user::text").fetchone()
    roles = list(dict.fromkeys([caller[0] if caller else "", *members]))
    cursor.execute(
        "select r.name from unnest(%s::text[]) as r (name) where to_regrole(quote_ident(r.name)) is null",
        ([*roles, OWNER],),
    )
    missing = [name for (name,) in cursor]
    if OWNER in missing:
        raise HarnessError("The database holds no rilascio: there is no role erp_owner.", "Run rilascio deploy first.")
    if missing:
        raise HarnessError(
            f"There is no role {', '.join(missing)} that could become a member of the company.",
            "Create it first (create role NAME), or correct --member.",
        )
    try:
        cursor.execute("set local role erp_owner")
    except pg.InsufficientPrivilege:
        raise HarnessError(
            f"The role {roles[0]} may not load: it is no superuser and no member of {OWNER}.",
            f'Connect as a role that is, or let a superuser run: grant {OWNER} to "{roles[0]}"',
        ) from None
    if cursor.execute("select to_regnamespace('erp')").fetchone() == (None,):
        raise HarnessError("The database holds no rilascio: it has no schema erp.", "Run rilascio deploy first.")
    cursor.execute("set local search_path = pg_catalog, pg_temp")
    cursor.execute("set local work_mem = '64MB'")
    cursor.execute("set local temp_buffers = '64MB'")
    cursor.execute("set local jit = off")
    return roles


def _tables(cursor: psycopg.Cursor[Any]) -> dict[str, dict[str, str | None]]:
    tables = read_defaults(cursor)
    if {table for file in FILES for table in file.tables} - tables.keys():
        raise HarnessError("The database holds an older rilascio: it lacks tables.", "Run rilascio deploy first.")
    return tables


def _company(cursor: psycopg.Cursor[Any]) -> tuple[str, int]:
    row = cursor.execute("select company_code, company_id::integer from ready_company").fetchone()
    assert row is not None  # a folder without a company has been refused
    return row[0], row[1]


def _analyze(connection: psycopg.Connection[Any], tables: Sequence[str]) -> None:
    """Tell the planner about the new rows. The load stands whether or not this succeeds; autovacuum does it later."""
    for table in dict.fromkeys(tables):
        with suppress(psycopg.Error), connection.transaction():
            connection.execute("set local role erp_owner")
            connection.execute(f"analyze erp.{table}".encode())


def _failure(error: psycopg.Error, ending: str) -> HarnessError:
    """A database error as one sentence; checks that the files passed may still meet rows of other sessions."""
    failure = describe_error(error)
    if isinstance(error, pg.UniqueViolation) and error.diag.constraint_name == "company_code_key":
        return HarnessError(
            "Nothing was loaded: another session has just made the same company.",
            "Load adds a company, it never updates one.",
        )
    if error.sqlstate is not None:
        return HarnessError(f"Nothing was loaded: {failure.message}", failure.hint)
    if isinstance(error, psycopg.OperationalError):
        return HarnessError(f"{ending}: {failure.message}", failure.hint)
    return failure
