"""The page of the CSV files: what a folder to load holds, from the description by which the loader works."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.dev.docs.markdown import Connection, as_code, catalog_rows, generated_from, markdown_table
from rilascio.loading import CODES
from rilascio.loading.files import (
    ALL_FILES,
    FILES,
    INTEGER_LIMITS,
    LATER_FILES,
    LONGEST_CODE,
    NUMERIC_LIMITS,
    Column,
    File,
)

_INTRODUCTION = f"""\
`rilascio load FOLDER` reads one company, all or nothing, and reports every bad row with file, line, column and reason.
How to: [load data](../how-to/load.md). An example that shows many rules is the
[demo factory](../../harness/rilascio/demo_factory/README.md).

- Files are UTF-8, with or without a byte-order mark, with quotes where needed, and a header that names the columns, in
  any order. A file with a header alone is valid. Only `company.csv` has to be there.
- Commas or semicolons separate the columns: in each file, what stands more often in its header.
- **Bold** columns have to be filled. The others may be empty or missing, and then have their default.
- Booleans are `true` and `false` in any case, dates `YYYY-MM-DD`; quantities keep the scale they come with.
- Numbers have a decimal point (`12.5`) and no sign between thousands. Where semicolons separate they may have a decimal
  comma (`12,5`) instead; a point is taken there too, unless it may part thousands: `1.234` is refused, while `12.5`,
  `0.125` and `1234.567` are not.
- Empty rows (`;;;;`, or blank lines) at the end of a file are skipped.
- Excel writes such files as *CSV UTF-8*; what it saves as plain *CSV* is not UTF-8.
- Rows name each other by codes, never by ids. A code has up to {LONGEST_CODE} characters; upper and lower case differ.
- A company or a key that exists already is a bad row: loading adds, and never updates. With `--update` it does: then
  only the columns of the key have to be there, `opening_stock.csv` may not be, and stock documents may; see
  [how to](../how-to/load.md).
"""

_DEFAULTS = {"case when s.phase is not null then 0 end": "`0` where a phase is given"}
"""Defaults that are no constants, in words."""

_OF_OPENING_STOCK = {
    "quantity": "The quantity in stock. A row of 0 is counted and skipped, and nothing else of it is checked.",
    "record_date": "The date of the record that loads it.",
}
"""Columns of the one file that fills no table of its own: a load record for each warehouse, date and reason."""

_LATER = """\
What other programs move, once the company is there: `--update` posts it, by
[`erp_api.post_stock`](functions.md#erp_apipost_stock); a first load reports these files and reads none of them.
"""

OF_DOCUMENTS = {
    "document_key": "The key of the document, which is posted once.",
    "record_date": "The date of its records; by default today of the company.",
    "note": "What is kept with it.",
    "warehouse_code": "The warehouse that stock moves in.",
    "reason_code": "The reason, which loads or issues; of a count the one by which a shortage is issued.",
    "item_code": "The item.",
    "variant_code": "Its variant.",
    "lot_code": "The lot, of a lot item; one that is new is made by a load.",
    "location_code": "The location. Without one: by the item-location map, then the reason's default; what is issued of"
    " a lot, from wherever it lies; a count is about stock in none.",
    "quantity": "How much moves.",
    "counted_quantity": "Instead of a quantity: how much is there at the end of the record date, in that lot and"
    " location.",
    "load_reason_code": "The reason by which a count loads a surplus.",
    "order_year": "Year of the production order that the line is for.",
    "order_number": "Number of that order.",
    "order_lot": "Lot of that order, by default 0.",
    "material_line": "The material row of that order.",
}
"""Columns of the documents, which fill no table of their own."""

Known = Mapping[tuple[str, str], Mapping[str, str]]
"""The columns of the tables, by table and name."""


def csv_page(connection: Connection) -> str:
    """Describe every file of a folder to load, as Markdown."""
    known = {(row["table_name"], row["name"]): row for row in catalog_rows(connection, "loaded_columns")}
    lines = ["# CSV files", "", generated_from("harness/rilascio/loading/files.py"), "", *_INTRODUCTION.splitlines()]
    lines += ["", ", ".join(f"[{file.file_name}](#{file.name}csv)" for file in ALL_FILES)]
    for file in FILES:
        lines += ["", f"## {file.file_name}", ""]
        if file.key:
            lines += [f"A row for each {', '.join(map(as_code, file.key))}.", ""]
        else:
            lines += [
                "Each row is a movement of its own, equal ones too; a record for each warehouse, date and reason.",
                "",
            ]
        lines += markdown_table(
            ["column", "type", "default", "meaning"], [_described(file, column, known) for column in file.columns]
        )
        if file.rules:
            lines += ["", "Reported of rows that contradict themselves or other files:", ""]
            lines += [f"- {rule.reason}" for rule in file.rules]
    for file in LATER_FILES:
        lines += ["", f"## {file.file_name}", "", *_LATER.splitlines(), ""]
        lines += markdown_table(
            ["column", "type", "meaning"],
            [
                [f"**{column.name}**" if column.required else column.name, _type(column), OF_DOCUMENTS[column.name]]
                for column in file.columns
            ],
        )
        if file.rules:
            lines += ["", "Reported of lines that contradict themselves:", ""]
            lines += [f"- {rule.reason}" for rule in file.rules]
    lines += ["", "## Codes of bad rows", "", "`rilascio load --format json` names them.", ""]
    lines += markdown_table(["code", "meaning"], [[as_code(code), meaning] for code, meaning in CODES.items()])
    return "\n".join(lines) + "\n"


def _described(file: File, column: Column, known: Known) -> list[str]:
    name = f"**{column.name}**" if column.required else column.name
    return [
        name,
        _type(column),
        "" if column.required else _default(file, column, known),
        _meaning(file, column, known),
    ]


def _default(file: File, column: Column, known: Known) -> str:
    if column.default in _DEFAULTS:
        return _DEFAULTS[column.default]
    of_table = (known.get((table, column.name), {}).get("default_value") for table in file.tables)
    expression = column.default or next(filter(None, of_table), "")
    return as_code(re.sub(r"'(.*)'::\w+", r"\1", expression))


def _type(column: Column) -> str:
    if column.words:
        return " or ".join(map(as_code, column.words))
    limits = [limit for limit in column.limits if limit not in (*INTEGER_LIMITS, *NUMERIC_LIMITS)]
    if column.longest and column.longest < LONGEST_CODE:
        limits.append(f"up to {column.longest} characters")
    return ", ".join([column.kind, *limits])


def _meaning(file: File, column: Column, known: Known) -> str:
    """Return the comment of the table's column, or of the one that the code stands for, and the file it refers to."""
    names = [column.name]
    refers = ""
    for reference in file.references:
        if column.name in reference.columns[-1:]:
            refers = f"A row of [{reference.file}.csv](#{reference.file}csv)."
            names += reference.takes.values()
    comments = [known[table, name]["comment"] for name in names for table in file.tables if (table, name) in known]
    if comments or refers:
        return " ".join(filter(None, [*comments[:1], refers]))
    for reference in file.references:
        if column.name in reference.columns:
            others = " and ".join(as_code(name) for name in reference.columns if name != column.name)
            return f"With {others}: a row of [{reference.file}.csv](#{reference.file}csv)."
    return _OF_OPENING_STOCK[column.name]
