"""Writing: from the checked rows to the tables of erp, in the order of their references."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from rilascio.loading.checks import run
from rilascio.loading.files import FILE, File, in_order_of_references
from rilascio.loading.reader import ReadFile, ReportProgress
from rilascio.queries import read_query

_CHUNK = 100_000
"""Lines per statement: what the foreign keys' checks of one statement hold in memory, and a step of the progress."""
_FEW = 1_000
"""Rows for which any plan is good."""


@dataclass(frozen=True)
class LoadCall:
    """Who loads which folder, and the note on it."""

    caller: str
    folder: str
    note: str | None = None


def write(
    cursor: psycopg.Cursor[Any],
    company_id: int,
    call: LoadCall,
    read: Mapping[str, ReadFile],
    tables: Mapping[str, Mapping[str, str | None]],
    progress: ReportProgress,
) -> tuple[list[str], int]:
    """Fill the tables of the company; return the names of those that got rows, and the run of the load.

    Nobody else sees a company that is being loaded, and loading does not check: it sets the write mode maintenance.
    """
    cursor.execute("select erp_internal.set_write_mode('maintenance')")
    rows = {name: file.rows for name, file in read.items()}
    total, done, filled, run_id = sum(rows.values()), 0, list[str](), 0
    for name in in_order_of_references():
        if not rows.get(name):
            continue
        if name == "opening_stock":
            for count in _write_stock(cursor, company_id, run_id):
                progress("writing", done + count, total)
            filled += ["stock_record", "stock_record_counter", "stock_movement", "stock_balance"]
        for table in FILE[name].tables:
            for count in _write_table(cursor, FILE[name], table, list(tables[table]), company_id):
                progress("writing", done + count, total)
            filled.append(table)
            # The job orders' state is computed from these: without its statistics a new company counts as empty.
            if table in ("job_order", "production_order") and rows[name] > _FEW:
                run(cursor, f"analyze erp.{table}")
        if name == "company":
            run_id = _open_run(cursor, company_id, call, read)
        done += rows[name]
        progress("writing", done, total)
    cursor.execute(
        "select erp_internal.refresh_job_orders(%s, array_agg(j.job_order_id order by j.job_order_id))"
        " from erp.job_order as j where j.company_id = %s having count(*) > 0",
        (company_id, company_id),
    )
    cursor.execute("select erp_internal.set_write_mode('')")
    return filled, run_id


def _open_run(cursor: psycopg.Cursor[Any], company_id: int, call: LoadCall, read: Mapping[str, ReadFile]) -> int:
    """Open the run of the load; its arguments have the digest that `sha256sum *.csv | sha256sum` gives."""
    files = "".join(f"{read[name].sha256}  {name}.csv\n" for name in sorted(read, key="{}.csv".format))
    arguments = {
        "folder": call.folder,
        "counts": {name: file.rows for name, file in read.items()},
        "sha256": hashlib.sha256(files.encode()).hexdigest(),
    }
    cursor.execute(
        "select b.run_id from erp_internal.begin_run(%s, 'load', %s, null, %s, %s) as b",
        (company_id, Jsonb(arguments), call.note, call.caller),
    )
    ((run_id,),) = cursor.fetchall()
    return int(run_id)


def _write_table(
    cursor: psycopg.Cursor[Any], file: File, table: str, columns: list[str], company_id: int
) -> Iterator[int]:
    """Write every column that the checked rows have under the table's name for it; yield the rows written so far."""
    ready = {column.name for column in file.columns}
    ready |= {name for reference in file.references for name in reference.takes.values()}
    ready |= {file.identity} if file.identity else set()
    names = [name for name in columns if name in ready and name != "company_id"]
    insert = (
        f"insert into erp.{table} (company_id, {', '.join(names)})"
        f" select {company_id}, {', '.join(f'x.{name}' for name in names)} from ready_{file.name} as x"
    )
    if any(reference.file == file.name for reference in file.references):
        yield run(cursor, insert)  # rows that name each other go in together
        return
    done = 0
    last = cursor.execute(f"select max(file_line) from ready_{file.name}".encode()).fetchone()
    for line in range(0, last[0] if last else 0, _CHUNK):
        done += run(cursor, f"{insert} where x.file_line > {line} and x.file_line <= {line + _CHUNK}")
        yield done


def _write_stock(cursor: psycopg.Cursor[Any], company_id: int, run_id: int) -> Iterator[int]:
    """One load record per warehouse, date and reason, in order of first appearance, in which they get their numbers.

    They are the run's, which answers for each.

    Yields the movements written so far. The balance follows each statement; after a first few its statistics know
    the company, so that the many are added by key.
    """
    of_run = {"company_id": company_id, "run_id": run_id}
    cursor.execute(read_query(__file__, "opening_record"))
    cursor.execute(read_query(__file__, "insert_opening_records"), of_run)
    count = cursor.execute(read_query(__file__, "opening_movement")).rowcount
    insert = read_query(__file__, "insert_opening_movements")
    last = 0
    for upto in dict.fromkeys([min(_FEW, count), *range(_FEW + _CHUNK, count, _CHUNK), count]):
        cursor.execute(insert, {"company_id": company_id, "after": last, "upto": upto})
        last = upto
        if last == _FEW < count:
            run(cursor, "analyze erp.stock_balance")
        yield last
    cursor.execute(read_query(__file__, "insert_opening_answers"), of_run)
    cursor.execute(read_query(__file__, "insert_opening_counters"), of_run)
