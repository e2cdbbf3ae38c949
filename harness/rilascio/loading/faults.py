"""What was refused, as faults of the rows of the files.

The answers of the functions and what was found before are in the tables of `queries/sending_tables.sql`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import psycopg

from rilascio.loading.bad_rows import SHOWN, BadRow, report_order
from rilascio.loading.files import ALL_FILES, FILE, Column, File, FileReference
from rilascio.loading.reader import ReadFile
from rilascio.queries import read_query


def collect_faults(cursor: psycopg.Cursor[Any]) -> None:
    """Add to row_fault what the functions have answered."""
    cursor.execute(read_query(__file__, "faults"))


def first_faults(cursor: psycopg.Cursor[Any]) -> tuple[list[BadRow], int]:
    """Return the first `SHOWN` faults of row_fault by file, line and column, and how many there are."""
    kinds = [file.name for file in ALL_FILES]
    cursor.execute(read_query(__file__, "first_faults"), {"kinds": kinds, "shown": SHOWN})
    faults = cursor.fetchall()
    rows = [BadRow(FILE[kind].file_name, *fault) for kind, *fault, _ in faults]
    return sorted(rows, key=report_order), faults[0][-1] if faults else 0


def hide_consequences(cursor: psycopg.Cursor[Any], read: Mapping[str, ReadFile], broken: Collection[str]) -> None:
    """Take from row_fault what only follows from something else that is told.

    That is what a column would have held that the header lacks, references to rows that the files have, and that are
    refused themselves, and that a warehouse has not one reason to load by, where a reason of it is refused. The row of
    a file that was not read whole may be the one that is named, so of references to `broken` files none is left. The
    company has another code until its row is right.
    """
    cursor.execute(read_query(__file__, "hide_missing_reasons"), {"broken": "movement_reason" in broken})
    lacking = [
        (name, column.name)
        for name, file in read.items()
        for column in FILE[name].columns
        if column.required and column.name not in file.columns
    ]
    cursor.execute(
        "delete from row_fault as f using unnest(%s::text[], %s::text[]) as c (kind, column_name)"
        " where f.kind = c.kind and f.column_name = c.column_name",
        [[kind for kind, _ in lacking], [column for _, column in lacking]],
    )
    cursor.execute("delete from row_fault as f where f.kind = 'company' and f.code = 'unknown_reference'")
    cursor.execute("select distinct f.kind, f.column_name from row_fault as f where f.code = 'unknown_reference'")
    for kind, column in cursor.fetchall():
        candidates = [reference for reference in FILE[kind].references if column in reference.columns]
        if not candidates:
            continue
        reference = min(candidates, key=lambda candidate: len(candidate.columns))
        named = (
            ""
            if reference.file in broken
            else f" and exists (select from file_row as t where t.kind = '{reference.file}'"
            f" and t.key = array[{', '.join(_key_cells(FILE[kind], reference, 'r'))}])"
        )
        cursor.execute(
            (
                "delete from row_fault as f using file_row as r"
                " where f.kind = %s and f.column_name = %s and f.code = 'unknown_reference'"
                f" and r.kind = f.kind and r.file_line = f.file_line{named}"
            ).encode(),
            [kind, column],
        )


def _key_cells(file: File, reference: FileReference, row: str) -> list[str]:
    """SQL of the key that a row names, from the cells of `row` or from those of a row that it names besides."""
    own = {column.name for column in file.columns}
    target = {column.name: column for column in FILE[reference.file].columns}
    keys = []
    for key, name in zip(FILE[reference.file].key, reference.columns, strict=True):
        source = row
        if name not in own:
            around = next(other for other in file.references if name in other.takes.values())
            source = "m"
        cell = key_text(target[key], f"{source}.cells ->> '{name}'")
        if name not in own:
            parent = ", ".join(_key_cells(file, around, row))
            cell = (
                f"(select {cell} from file_row as m where m.kind = '{around.file}' and m.key = array[{parent}] limit 1)"
            )
        keys.append(cell)
    return keys


def key_text(column: Column, cell: str) -> str:
    """SQL of a cell of a key as text, so that equal values are equal texts."""
    if column.kind == "text":
        return f'({cell}) collate "C"'
    text = f"case when {cell} ~ '^[+-]?[0-9]{{1,18}}$' then ({cell})::bigint::text else {cell} end"
    return f"(coalesce({text}, '{column.default}')) collate \"C\"" if column.default else f'({text}) collate "C"'
