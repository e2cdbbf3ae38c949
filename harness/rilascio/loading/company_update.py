"""Updating: a folder of CSV files is put into a company that is there, by functions of erp_api (rules, section 13)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors as pg

from rilascio.deployment.session import refuse_encoding
from rilascio.errors import USAGE, HarnessError, describe_error
from rilascio.interruption import interrupted
from rilascio.loading.bad_rows import BadRow, BadRows, report_order
from rilascio.loading.company import LoadFailed, company_code, set_up
from rilascio.loading.faults import collect_faults, first_faults
from rilascio.loading.files import ALL_FILES
from rilascio.loading.reader import ReportProgress, find_files, read_files
from rilascio.loading.sent_rows import (
    ROWS_PER_CALL,
    collect_rows,
    find_absent,
    last_call,
    post_stock,
    prepare_calls,
    prepare_deletions,
    put_data,
    put_orders,
)
from rilascio.loading.wording import FOLDER, Wording
from rilascio.orders import Company, find_company
from rilascio.queries import read_query

ATTEMPTS = 3
"""How often an update begins, if others were in its way each time."""
BRAKE = 20
"""Percent of a kind that a sync deletes without being told to."""


@dataclass(frozen=True)
class UpdateOptions:
    """How to update: what is told by the options of `rilascio load`.

    `company`: its code, where company.csv does not tell it. `sync`: delete what the files do not have; `delete_many`:
    however much it is. `partly`: what is refused does not keep the rest out. `dry_run`: undo it all at the end.
    """

    company: str | None = None
    sync: bool = False
    delete_many: bool = False
    partly: bool = False
    dry_run: bool = False
    note: str | None = None
    rows_per_call: int = ROWS_PER_CALL


@dataclass(frozen=True)
class FileCounts:
    """What came of the rows of a file; rows that belong to an order or a stock document are counted with it.

    A stock document that was posted is counted as created.
    """

    rows: int
    created: int
    changed: int
    unchanged: int
    deleted: int
    refused: int


@dataclass
class UpdateReport:
    """What an update did, or would have done: of each file, by its name without ending, and what was refused of them.

    `refused` are the first `SHOWN` reasons by file, line and column, `refused_count` is how many there are. `kept` are
    the files of which nothing was deleted, since a row of them was refused. `run_ids` are the runs that it made, but
    for one that found all its stock documents posted.
    """

    company_code: str
    company_id: int
    dry_run: bool
    run_ids: list[int]
    files: dict[str, FileCounts]
    refused: list[BadRow]
    refused_count: int
    kept: list[str]
    separators: dict[str, str]
    seconds: float = field(default=0)


class UpdateFailed(LoadFailed):
    """The folder holds rows that are refused, and nothing was changed.

    `report` is what would have come of the others; None if the files could not be read.
    """

    def __init__(
        self,
        call: UpdateCall,
        rows: Sequence[BadRow],
        count: int,
        separators: dict[str, str],
        report: UpdateReport | None = None,
    ) -> None:
        wording = call.wording
        advice = f"Correct the {wording.pieces} and {wording.again} again{', or add --partly' if report else ''}."
        super().__init__(f"Nothing was changed by {call.place}", rows, count, separators, advice)
        self.report = report


@dataclass(frozen=True)
class UpdateCall:
    """Which folder is put how, and the words for it."""

    folder: Path
    options: UpdateOptions
    wording: Wording

    @property
    def place(self) -> str:
        """What the folder is called."""
        return self.wording.place or str(self.folder)


class _Undone(Exception):
    """Ends a transaction whose work is not to stay."""


def update(
    dsn: str,
    folder: Path,
    options: UpdateOptions,
    *,
    wording: Wording = FOLDER,
    progress: Callable[[str, int, int], None] | None = None,
) -> UpdateReport:
    """Put the rows of the CSV files of `folder` into a company that is there, in one transaction.

    The caller is a member of erp_writer and of the company. `progress` is called with a step, what is done and the
    whole: while reading, a file's name and bytes; then "putting", "deleting" or "posting" and rows. `wording` is
    how messages speak of the folder.

    Raises UpdateFailed with what was refused, or HarnessError with one sentence; nothing has changed then.
    """
    start = time.monotonic()
    call = UpdateCall(folder, options, wording)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            report = _attempt(dsn, call, attempt > 1, progress or (lambda step, done, whole: None))
        except (pg.DeadlockDetected, pg.SerializationFailure) as error:
            if attempt == ATTEMPTS:
                raise _failure(error, "Nothing was changed") from error
        else:
            report.seconds = time.monotonic() - start
            return report
    raise AssertionError("unreachable")


def _attempt(dsn: str, call: UpdateCall, claiming: bool, progress: ReportProgress) -> UpdateReport:
    """Put the folder; `claiming` lets other calls end first and then wait, so that none is in the way again."""
    bad = BadRows()
    paths = find_files(call.folder, bad, update=True)
    if "opening_stock" in paths:
        reason = "opening stock comes with a first load alone: leave the file out, and post what has changed"
        bad.add(BadRow("opening_stock.csv", None, None, reason, "first_load_only"))
        del paths["opening_stock"]
    ending = "Nothing was changed"
    try:
        with psycopg.connect(dsn, client_encoding="utf8", fallback_application_name="rilascio") as connection:
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            refuse_encoding(connection)
            with connection.cursor() as cursor:
                try:
                    with connection.transaction():
                        report = _put_folder(cursor, call, paths, bad, claiming, progress)
                        if call.options.dry_run:
                            raise _Undone
                        ending = f"Whether company {report.company_code} was changed is not known"
                except _Undone:
                    pass
                return report
    except KeyboardInterrupt as error:
        raise interrupted(error, f"{ending}.") from error
    except (pg.DeadlockDetected, pg.SerializationFailure):
        raise
    except psycopg.Error as error:
        raise _failure(error, ending) from error


def _put_folder(
    cursor: psycopg.Cursor[Any],
    call: UpdateCall,
    paths: dict[str, Path],
    bad: BadRows,
    claiming: bool,
    progress: ReportProgress,
) -> UpdateReport:
    options, wording = call.options, call.wording
    set_up(cursor)
    read = read_files(cursor, paths, bad, progress, update=True, wording=wording)
    separators = {name: file.separator for name, file in read.items()}
    code = company_code(cursor, read, bad, wording)
    if None not in (code, options.company) and code != options.company:
        raise HarnessError(
            f"{wording.named('company')} is about company {code}, --company about {options.company}.",
            "Leave one of them out.",
            exit_code=USAGE,
        )
    if bad.count:
        raise UpdateFailed(call, sorted(bad.first, key=report_order), bad.count, separators)
    company = find_company(cursor.connection, code or options.company)
    if claiming:
        cursor.execute("select erp_api.claim_configuration(%s)", [company.company_id])
    collect_rows(cursor, read)
    prepare_calls(cursor, company.company_id, read.keys(), options.rows_per_call, wording)
    if options.sync:
        absent = find_absent(cursor, company.company_id, read.keys())
        if not options.delete_many:
            _brake(call, absent)
    _put_rows(cursor, company, options, sum(file.rows for file in read.values()), progress)
    report = _report(cursor, company, options, separators)
    if report.refused_count and not options.partly:
        raise UpdateFailed(call, report.refused, report.refused_count, separators, report)
    return report


def _brake(call: UpdateCall, absent: Mapping[str, tuple[int, int]]) -> None:
    """Stop if the files lack so much that they may be incomplete."""
    many = [
        f"{count:,} of {total:,} rows of {call.wording.named(name)}"
        for name, (count, total) in absent.items()
        if count * 100 > total * BRAKE
    ]
    if many:
        raise HarnessError(
            f"Nothing was changed: {call.place} lacks {', '.join(many)}, which --sync would delete.",
            f"Up to {BRAKE} % of a kind is deleted unasked; if the {call.wording.pieces} are complete, add --yes.",
        )


def _put_rows(
    cursor: psycopg.Cursor[Any], company: Company, options: UpdateOptions, total: int, progress: ReportProgress
) -> None:
    done = 0
    for put in (put_data, put_orders):
        for count in put(cursor, company.company_id, options.note):
            done += count
            progress("putting", done, max(done, total))
    if options.sync:
        _delete_absent(cursor, company, options, progress)
    # stock is locked after all that releases lock before it (R62)
    for count in post_stock(cursor, company.company_id, options.note):
        done += count
        progress("posting", done, max(done, total))


def _delete_absent(
    cursor: psycopg.Cursor[Any], company: Company, options: UpdateOptions, progress: ReportProgress
) -> None:
    last_data, last_orders = last_call(cursor, "data_row"), last_call(cursor, "order_document")
    prepare_deletions(cursor, options.rows_per_call)
    done = 0
    for put, after in ((put_orders, last_orders), (put_data, last_data)):
        for count in put(cursor, company.company_id, options.note, after):
            done += count
            progress("deleting", done, done)


def _report(
    cursor: psycopg.Cursor[Any], company: Company, options: UpdateOptions, separators: dict[str, str]
) -> UpdateReport:
    collect_faults(cursor)
    counts = {kind: FileCounts(*numbers) for kind, *numbers in cursor.execute(read_query(__file__, "counts"))}
    runs = cursor.execute("select distinct a.run_id from answer as a where a.run_id is not null order by 1").fetchall()
    refused, refused_count = first_faults(cursor)
    kept = cursor.execute(read_query(__file__, "kept")).fetchall()
    return UpdateReport(
        company.code,
        company.company_id,
        options.dry_run,
        [] if options.dry_run else [run_id for (run_id,) in runs],
        {file.name: counts[file.name] for file in ALL_FILES if file.name in counts},
        refused,
        refused_count,
        [kind for (kind,) in kept],
        separators,
    )


def _failure(error: psycopg.Error, ending: str) -> HarnessError:
    failure = describe_error(error)
    if isinstance(error, pg.InsufficientPrivilege):
        return HarnessError(
            f"Nothing was changed: {failure.message}",
            "Connect as a member of erp_writer, who puts data, with the right to make temporary tables.",
        )
    if error.sqlstate is not None:
        return HarnessError(f"Nothing was changed: {failure.message}", failure.hint)
    if isinstance(error, psycopg.OperationalError):
        return HarnessError(f"{ending}: {failure.message}", failure.hint)
    return failure
