"""What the pages share: tables of Markdown, rows of the catalog, and answers laid out as psql does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from rilascio.errors import HarnessError
from rilascio.queries import read_query

Connection = psycopg.Connection[Any]

_NUMBERS = {20, 21, 23, 26, 700, 701, 1700}
"""Type oids of the columns that a table of results aligns to the right."""


def generated_from(source: str) -> str:
    """Return the line by which a page says that nobody edits it."""
    return f"<!-- Written by `make docs`. Do not edit: change {source}. -->"


def catalog_rows(connection: Connection, query: str, **parameters: object) -> list[dict[str, Any]]:
    """Return what a file of `queries` finds, with every name of ours qualified; a missing comment is an error."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("set local search_path = pg_catalog, pg_temp")
        rows = cursor.execute(read_query(__file__, query), parameters or None).fetchall()
    if silent := [row["name"] for row in rows if "comment" in row and row["comment"] is None]:
        raise HarnessError(
            f"There is no comment on {', '.join(silent)}.",
            "Write one beside the definition (`comment on`); the documents are made of them.",
        )
    return rows


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"

    return [line(headings), line(["---"] * len(headings)), *map(line, rows)]


def as_code(text: str | None) -> str:
    return f"`{text}`" if text else ""


def fenced(language: str, text: str) -> list[str]:
    return [f"```{language}", *text.strip("\n").splitlines(), "```"]


def aligned(cursor: psycopg.Cursor[Any]) -> list[str]:
    """Return the lines of an answer as psql prints them."""
    answer, described = cursor.pgresult, cursor.description
    assert answer is not None
    assert described is not None
    names = [column.name for column in described]
    rows = [
        [(answer.get_value(row, index) or b"").decode() for index in range(answer.nfields)]
        for row in range(answer.ntuples)
    ]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    right = [column.type_code in _NUMBERS for column in described]
    lines = [
        "|".join(f" {name:^{width}} " for name, width in zip(names, widths, strict=True)),
        "+".join("-" * (width + 2) for width in widths),
    ]
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        lines.append("|".join(f" {text:>{width}} " if left else f" {text:<{width}} " for text, width, left in cells))
    lines.append(f"({len(rows)} row{'' if len(rows) == 1 else 's'})")
    return [line.rstrip() for line in lines]
