"""Sending: the rows of the files, and what the company has besides, as JSON of codes for the functions of the database.

An update sends them to erp_api, a first load to functions for the owner. Queries work on temporary tables; what they
hold is told in `queries/sending_tables.sql`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import psycopg

from rilascio.loading.faults import key_text
from rilascio.loading.files import ALL_FILES, FILE, File, in_order_of_references
from rilascio.loading.numbers import AMBIGUOUS, ambiguity, is_ambiguous, with_point
from rilascio.loading.reader import ReadFile, ReportProgress
from rilascio.loading.wording import FOLDER, Wording
from rilascio.queries import read_query

_DOCUMENTS = {
    "production_order": ("production_order", "production_order_phase", "production_order_material", "material_lot"),
    "stock_document": ("stock_document", "stock_document_line"),
}
"""The kinds of which rows make up a document, by the kind of the documents."""
_CALLS = {
    "load_data": ("data_row", "1"),
    "load_orders": ("order_document", "r.weight"),
    "load_stock": ("opening_row", "1"),
    "put_data": ("data_row", "1"),
    "put_orders": ("order_document", "r.weight"),
    "put_stock": ("stock_document", "r.weight"),
}
"""The queries that send, each with the table that its calls are cut from, and how many rows one of that table is."""
_HEADS = {kind: head for head, kinds in _DOCUMENTS.items() for kind in kinds}
ROWS_PER_CALL = 50_000
"""Rows in a call, but for a kind whose rows name each other and a document with its rows, which are not parted."""


def collect_rows(cursor: psycopg.Cursor[Any], read: Mapping[str, ReadFile]) -> None:
    """Fill file_row from the tables raw_…, and row_fault with numbers that may mean two things."""
    cursor.execute(read_query(__file__, "sending_tables"))
    kinds = [
        (name, turn, _names_itself(FILE[name]), _HEADS.get(name), list(FILE[name].key))
        for turn, name in enumerate([*_put_kinds(), *_DOCUMENTS["stock_document"], "opening_stock"])
    ]
    cursor.executemany(
        "insert into file_kind (kind, turn, whole, head, key_columns) values (%s, %s, %s, %s, %s)", kinds
    )
    for file in ALL_FILES:
        if file.name in read:
            _collect_file(cursor, file, read[file.name])
            _run(cursor, f"drop table raw_{file.name}")
    _run(cursor, "analyze file_row")


def prepare_calls(
    cursor: psycopg.Cursor[Any],
    company_id: int | None,
    files: Collection[str],
    rows_per_call: int,
    wording: Wording = FOLDER,
) -> None:
    """Fill the tables of what is to be sent; what has a fault before is refused.

    Without a company all comes by a first load. `files` are those that tell all of their kind: a row of another one
    must belong to an order or document of theirs.
    """
    settings = {
        "company_id": company_id,
        "rows_per_call": rows_per_call,
        "has_orders": "production_order" in files,
        "has_phases": "production_order_phase" in files,
        "has_materials": "production_order_material" in files,
        "has_lots": "material_lot" in files,
        "has_stock": "stock_document" in files,
        "part": wording.named("%s"),
        "repeated": wording.repeated,
    }
    for name in ("repeated_keys", "order_heads", "stock_heads", "key_faults", "strange_rows"):
        _execute(cursor, name, settings)
    for name in ("order_rows", "strange_lots", "stock_rows"):
        _execute(cursor, name, settings)
    _run(cursor, "create index on list_row (call)")
    for table in ("document_head", "list_row", "row_fault"):
        _run(cursor, f"analyze {table}")
    if company_id is None:
        names = ["data_rows", "order_calls", "opening_rows"]
    else:
        names = ["data_refusals", "document_refusals", "data_rows", "order_documents", "stock_documents"]
    for name in names:
        _execute(cursor, name, settings)
    for table in ("data_row", "order_document", "stock_document", "opening_row"):
        _run(cursor, f"analyze {table}")


def find_absent(cursor: psycopg.Cursor[Any], company_id: int, files: Collection[str]) -> dict[str, tuple[int, int]]:
    """Fill absent_row with the rows of the company that the files do not have.

    Returns of each kind how many there are, and of how many.
    """
    counts = {}
    for name in _put_kinds():
        if name not in files or name == "company" or _HEADS.get(name, name) != name:
            continue
        if name == "production_order":
            total = cursor.execute(read_query(__file__, "absent_orders"), {"company_id": company_id}).fetchone()
        else:
            total = cursor.execute(
                f"select count(*) from erp_data.{name} as v where v.company_id = %s".encode(), [company_id]
            ).fetchone()
            _collect_absent(cursor, FILE[name], company_id)
        absent = cursor.execute("select count(*) from absent_row as r where r.kind = %s", [name]).fetchone()
        counts[name] = (absent[0] if absent else 0, total[0] if total else 0)
    return counts


def prepare_deletions(cursor: psycopg.Cursor[Any], rows_per_call: int) -> None:
    """Add to data_row and order_document what is to be deleted."""
    settings = {"rows_per_call": rows_per_call}
    _execute(cursor, "order_deletions", settings)
    _execute(cursor, "data_deletions", settings)


def load_rows(cursor: psycopg.Cursor[Any], company_id: int, run_id: int, progress: ReportProgress, total: int) -> None:
    """Send all to the functions of a first load, call by call."""
    done = 0
    for name in ("load_data", "load_orders", "load_stock"):
        for count in _send(cursor, name, {"company_id": company_id, "run_id": run_id}):
            done += count
            progress("loading", done, max(done, total))


def put_data(cursor: psycopg.Cursor[Any], company_id: int, note: str | None, after: int = -1) -> Iterator[int]:
    """Put the rows of data_row, call by call, those after a call alone; yield how many rows each had."""
    yield from _send(cursor, "put_data", {"company_id": company_id, "note": note}, after)


def put_orders(cursor: psycopg.Cursor[Any], company_id: int, note: str | None, after: int = -1) -> Iterator[int]:
    """Put the documents of order_document, as put_data does; yield how many rows each call had."""
    yield from _send(cursor, "put_orders", {"company_id": company_id, "note": note}, after)


def post_stock(cursor: psycopg.Cursor[Any], company_id: int, note: str | None) -> Iterator[int]:
    """Post the documents of stock_document, as put_data does; yield how many rows each call had."""
    yield from _send(cursor, "put_stock", {"company_id": company_id, "note": note})


def last_call(cursor: psycopg.Cursor[Any], table: str) -> int:
    """The last call of data_row or order_document; -1 if there is none."""
    row = cursor.execute(f"select coalesce(max(r.call), -1) from {table} as r".encode()).fetchone()
    return int(row[0]) if row else -1


def _send(cursor: psycopg.Cursor[Any], query: str, settings: Mapping[str, object], after: int = -1) -> Iterator[int]:
    """Run the query for each call of its table after one; yield how many rows each had."""
    table, weight = _CALLS[query]
    calls = f"select r.call, sum({weight}) from {table} as r where r.call > {after}"
    counted = cursor.execute(f"{calls} group by r.call order by r.call".encode()).fetchall()
    for call, count in counted:
        _execute(cursor, query, {**settings, "call": call})
        yield int(count)


def _collect_file(cursor: psycopg.Cursor[Any], file: File, read: ReadFile) -> None:
    commas = read.separator == ";"
    present = [column for column in file.columns if column.name in read.columns]
    numbers = [f"s.{column.name}" for column in present if column.kind == "numeric" and commas]
    texts = [f"s.{column.name}" for column in present]
    cells = ", ".join(f"'{text[2:]}', {with_point(text) if text in numbers else text}" for text in texts)
    columns = {column.name: column for column in file.columns}
    key = file.key or (FILE[_HEADS[file.name]].key if file.name in _HEADS else ())
    filled = " and ".join(
        f"s.{name} is not null" for name in key if name not in file.nullable_key and columns[name].default is None
    )
    keys = ", ".join(key_text(columns[name], f"s.{name}") for name in key)
    _run(
        cursor,
        f"insert into file_row select '{file.name}', s.file_line, {filled or 'true'}, array[{keys}]::text[],"
        f" jsonb_build_object({cells}) from raw_{file.name} as s",
    )
    for number in numbers:
        _run(
            cursor,
            f"insert into row_fault select '{file.name}', s.file_line, '{number[2:]}', '{AMBIGUOUS}',"
            f" {ambiguity(number)} from raw_{file.name} as s where {is_ambiguous(number)}",
        )


def _collect_absent(cursor: psycopg.Cursor[Any], file: File, company_id: int) -> None:
    key = ", ".join(f'v.{name}::text collate "C"' for name in file.key)
    cells = ", ".join(f"'{name}', v.{name}" for name in file.key)
    _run(
        cursor,
        f"insert into absent_row select '{file.name}', array[{key}], jsonb_build_object({cells}, 'delete', true)"
        f" from erp_data.{file.name} as v where v.company_id = {company_id}"
        f" and not exists (select from file_row as r where r.kind = '{file.name}' and r.key = array[{key}])",
    )


def _execute(cursor: psycopg.Cursor[Any], name: str, settings: Mapping[str, object]) -> None:
    cursor.execute(read_query(__file__, name), settings)


def _run(cursor: psycopg.Cursor[Any], statement: str) -> None:
    """Execute a statement made of the description's own names."""
    cursor.execute(statement.encode())


def _put_kinds() -> list[str]:
    return [name for name in in_order_of_references() if FILE[name].key]


def _names_itself(file: File) -> bool:
    return any(reference.file == file.name for reference in file.references)
