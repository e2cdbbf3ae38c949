"""Writing: from the checked rows to the tables of erp, in the order of their references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import psycopg

from rilascio.loading.checks import run
from rilascio.loading.files import FILE, FILES, File
from rilascio.loading.reader import ReportProgress
from rilascio.queries import read_query

_CHUNK = 100_000
"""Lines per statement: what the foreign keys' checks of one statement hold in memory, and a step of the progress."""
_FEW = 1_000
"""Rows for which any plan is good."""


def write(
    cursor: psycopg.Cursor[Any],
    company_id: int,
    rows: Mapping[str, int],
    tables: Mapping[str, Mapping[str, str | None]],
    progress: ReportProgress,
) -> list[str]:
    """Fill the tables of the company; return the names of those that got rows.

    Nobody else sees a company that is being loaded, and loading does not check: it sets the write mode maintenance.
    """
    cursor.execute("select erp_internal.set_write_mode('maintenance')")
    total, done, filled = sum(rows.values()), 0, []
    needs = {
        file.name: sorted({reference.file for reference in file.references} - {file.name}) for file in FILES
    }  # sorted: every load takes its locks in the same order
    for name in TopologicalSorter(needs).static_order():
        if not rows.get(name):
            continue
        if name == "opening_stock":
            for count in _write_stock(cursor, company_id):
                progress("writing", done + count, total)
            filled += ["stock_record", "stock_record_counter", "stock_movement", "stock_balance"]
        for table in FILE[name].tables:
            for count in _write_table(cursor, FILE[name], table, list(tables[table]), company_id):
                progress("writing", done + count, total)
            filled.append(table)
            # The job orders' state is computed from these: without its statistics a new company counts as empty.
            if table in ("job_order", "production_order") and rows[name] > _FEW:
                run(cursor, f"analyze erp.{table}")
        done += rows[name]
        progress("writing", done, total)
    cursor.execute(
        "select erp_internal.refresh_job_orders(%s, array_agg(j.job_order_id order by j.job_order_id))"
        " from erp.job_order as j where j.company_id = %s having count(*) > 0",
        (company_id, company_id),
    )
    cursor.execute("set constraints erp.stock_record_numbered immediate")
    cursor.execute("set constraints erp.stock_record_numbered deferred")
    cursor.execute("select erp_internal.set_write_mode('')")
    return filled


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


def _write_stock(cursor: psycopg.Cursor[Any], company_id: int) -> Iterator[int]:
    """One load record per warehouse, date and reason, in order of first appearance, in which they get their numbers.

    Yields the movements written so far. The balance follows each statement; after a first few its statistics know
    the company, so that the many are added by key.
    """
    cursor.execute(read_query(__file__, "opening_record"))
    cursor.execute(read_query(__file__, "insert_opening_records"), {"company_id": company_id})
    count = cursor.execute(read_query(__file__, "opening_movement")).rowcount
    insert = read_query(__file__, "insert_opening_movements")
    last = 0
    for upto in dict.fromkeys([min(_FEW, count), *range(_FEW + _CHUNK, count, _CHUNK), count]):
        cursor.execute(insert, {"company_id": company_id, "after": last, "upto": upto})
        last = upto
        if last == _FEW < count:
            run(cursor, "analyze erp.stock_balance")
        yield last
