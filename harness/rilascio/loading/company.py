"""Loading: a folder of CSV files becomes one company, all or nothing (rules, section 12)."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click
import psycopg
from psycopg import errors as pg
from psycopg.types.json import Jsonb

from rilascio.deployment.session import refuse_encoding
from rilascio.errors import HarnessError, describe_error
from rilascio.interruption import interrupted
from rilascio.loading.bad_rows import SHOWN, BadRow, BadRows, report_order
from rilascio.loading.faults import collect_faults, first_faults, hide_consequences
from rilascio.loading.files import FILE
from rilascio.loading.numbers import is_zero
from rilascio.loading.reader import ReadFile, ReportProgress, find_files, read_files
from rilascio.loading.sent_rows import ROWS_PER_CALL, collect_rows, load_rows, prepare_calls
from rilascio.loading.wording import FOLDER, Wording

OWNER = "erp_owner"
_STOCK_TABLES = ("stock_record", "stock_record_counter", "stock_movement", "stock_balance")
"""The tables that opening stock fills."""


@dataclass
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
    seconds: float = 0


class LoadFailed(HarnessError):
    """What was read has bad rows, and nothing was loaded, as `outcome` begins to say.

    `rows` are the first `SHOWN` of them by file, line and column; `count` is how many there are; `separators` is
    what stands between the columns of each file that was read.
    """

    def __init__(
        self,
        outcome: str,
        rows: Sequence[BadRow],
        count: int,
        separators: dict[str, str],
        advice: str,
    ) -> None:
        faults = "1 bad row" if count == 1 else f"{count} bad rows"
        super().__init__(f"{outcome}: it has {faults}.", advice)
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
    rows_per_call: int = ROWS_PER_CALL,
    wording: Wording = FOLDER,
    progress: Callable[[str, int, int], None] | None = None,
) -> LoadReport:
    """Load the CSV files of `folder` as a new company, in one transaction and one run, which `note` is kept with.

    The role that loads becomes a member of the company, and so do `members`, which must exist. It must be a
    superuser or a member of erp_owner. `progress` is called with a step, what is done and the whole: while reading,
    a file's name and bytes; then "loading" and rows. `wording` is how messages
    speak of the folder.

    Raises LoadFailed with the bad rows, or HarnessError with one sentence; nothing has changed then.
    """
    start = time.monotonic()
    report = progress or (lambda step, done, whole: None)
    bad = BadRows()
    paths = find_files(folder, bad)
    ending = "Nothing was loaded"
    try:
        with psycopg.connect(dsn, client_encoding="utf8", fallback_application_name="rilascio") as connection:
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            refuse_encoding(connection)
            with connection.transaction(), connection.cursor() as cursor:
                roles = _become_owner(cursor, members)
                set_up(cursor)
                read = read_files(cursor, paths, bad, report, wording=wording)
                call = LoadCall(roles[0], folder, note, rows_per_call, wording)
                made = make_company(cursor, call, read, bad, report)
                cursor.executemany(
                    "insert into erp.company_member (company_id, member_role) values (%s, %s)",
                    [(made.company_id, role) for role in roles],
                )
                ending = f"Whether company {made.company_code} was loaded is not known"
            ending = f"Company {made.company_code} was loaded"
            _analyze(connection, [name for name, file in read.items() if file.rows])
    except KeyboardInterrupt as error:
        raise interrupted(error, f"{ending}.") from error
    except psycopg.Error as error:
        raise _failure(error, ending) from error
    made.seconds = time.monotonic() - start
    return made


@dataclass(frozen=True)
class LoadCall:
    """Who loads which folder, the note on it, how many rows go into a call, and the words for the folder."""

    caller: str
    folder: Path
    note: str | None
    rows_per_call: int
    wording: Wording = FOLDER


def make_company(
    cursor: psycopg.Cursor[Any], call: LoadCall, read: dict[str, ReadFile], bad: BadRows, progress: ReportProgress
) -> LoadReport:
    """Make the company and send all rows, also if some are bad already, so that all that are bad are told."""
    separators = {name: file.separator for name, file in read.items()}
    code = _free_code(cursor, read, bad, call.wording)
    for name, file in read.items():
        if (column := FILE[name].zero_skips) in file.columns:
            zero = is_zero(f"s.{column}", commas=file.separator == ";")
            file.skipped = cursor.execute(f"delete from raw_{name} as s where {zero}".encode()).rowcount
            file.rows -= file.skipped
    collect_rows(cursor, read)
    # that of orders tells of all, even if it is missing
    prepare_calls(cursor, None, {*read, "production_order"}, call.rows_per_call, call.wording)
    rows = {name: file.rows for name, file in read.items()}
    opened = cursor.execute(
        "select o.company_id, o.run_id from erp_internal.open_company(%s, %s, %s, %s) as o",
        [code, call.caller, Jsonb(_arguments(call, read)), call.note],
    ).fetchone()
    assert opened is not None  # the function returns a row
    company_id, run_id = opened
    load_rows(cursor, company_id, run_id, progress, sum(rows.values()))
    cursor.execute("select erp_internal.close_load(%s, %s)", [company_id, run_id])
    collect_faults(cursor)
    hide_consequences(cursor, read, bad.broken)
    found, count = first_faults(cursor)
    if bad.count or count:
        first = sorted([*bad.first, *found], key=report_order)[:SHOWN]
        outcome = f"Nothing was loaded from {call.wording.place or call.folder}"
        advice = f"Correct the {call.wording.pieces} and {call.wording.again} again."
        raise LoadFailed(outcome, first, bad.count + count, separators, advice)
    skipped = {name: file.skipped for name, file in read.items() if file.skipped}
    return LoadReport(code, company_id, run_id, rows, separators, skipped)


def _free_code(cursor: psycopg.Cursor[Any], read: Mapping[str, ReadFile], bad: BadRows, wording: Wording) -> str:
    """Return the code of the company to be made; if company.csv names none that can be, one that nobody else has."""
    code = company_code(cursor, read, bad, wording)
    taken = cursor.execute(
        "select r.file_line from raw_company as r inner join erp.company as c on r.company_code = c.company_code"
    ).fetchone()
    if taken:
        reason = "the company exists already: a first load adds one; --update puts the rows into it"
        bad.add(BadRow("company.csv", taken[0], "company_code", reason, "company_exists"))
        code = None
    longest = FILE["company"].columns[0].longest
    if code is None or (longest is not None and len(code) > longest):
        return f"no code {uuid.uuid4()}"
    return code


def company_code(
    cursor: psycopg.Cursor[Any], read: Mapping[str, ReadFile], bad: BadRows, wording: Wording
) -> str | None:
    """Return the code that the first row of company.csv names, if there is one; other rows are bad and go away."""
    codes = cursor.execute("select c.file_line, c.company_code from raw_company as c order by c.file_line").fetchall()
    for line, _ in codes[1:]:
        bad.add(BadRow("company.csv", line, "company_code", f"a {wording.whole} holds one company", "one_company"))
    if not codes:
        return None
    line, code = codes[0]
    cursor.execute("delete from raw_company as c where c.file_line <> %s", [line])
    if code is None and "company_code" in read["company"].columns:
        bad.add(BadRow("company.csv", line, "company_code", "the value is required", "value_required"))
    return None if code is None else str(code)


def set_up(cursor: psycopg.Cursor[Any]) -> None:
    """Prepare the transaction of a load: no names but those of the catalog, and memory for sorting many rows."""
    settings = ("datestyle = 'ISO'", "work_mem = '64MB'", "temp_buffers = '64MB'", "jit = off")
    for setting in (*settings, "search_path = pg_catalog, pg_temp", "row_security = on"):
        cursor.execute(f"set local {setting}".encode())


def _arguments(call: LoadCall, read: dict[str, ReadFile]) -> dict[str, object]:
    """Return the arguments of the run; they have the digest that `sha256sum *.csv | sha256sum` gives."""
    files = "".join(f"{read[name].sha256}  {name}.csv\n" for name in sorted(read, key="{}.csv".format))
    return {
        "folder": call.wording.place or call.folder.resolve().name,
        "counts": {name: file.rows for name, file in read.items()},
        "sha256": hashlib.sha256(files.encode()).hexdigest(),
    }


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
    return roles


def _analyze(connection: psycopg.Connection[Any], names: Sequence[str]) -> None:
    """Tell the planner about the new rows. The load stands whether or not this succeeds; autovacuum does it later."""
    for table in [table for name in names for table in FILE[name].tables or _STOCK_TABLES]:
        with suppress(psycopg.Error), connection.transaction():
            connection.execute("set local role erp_owner")
            connection.execute(f"analyze (skip_locked) erp.{table}".encode())


def _failure(error: psycopg.Error, ending: str) -> HarnessError:
    """A database error as one sentence; checks that the files passed may still meet rows of other sessions."""
    failure = describe_error(error)
    if isinstance(error, pg.UniqueViolation) and error.diag.constraint_name == "company_code_key":
        return HarnessError(
            "Nothing was loaded: another session has just made the same company.",
            "A first load adds a company; --update puts the rows into one.",
        )
    if error.sqlstate is not None:
        return HarnessError(f"Nothing was loaded: {failure.message}", failure.hint)
    if isinstance(error, psycopg.OperationalError):
        return HarnessError(f"{ending}: {failure.message}", failure.hint)
    return failure
