"""The functions that read sent data, written from the one description of the load format.

For every kind of `ALL_FILES` there is one in `sql/procedures/internal/data` that tells which cells hold no value of
their column, `check_KIND_cells`, and for those that may be put another that turns rows without such cells into values,
`read_KIND`. Rows come as JSON objects, from calls and from CSV files alike, so both are checked by the same
conditions. A test compares the files with what is written here.
"""

from __future__ import annotations

import textwrap

from harness.dev.cell_doubts import PARENT_KEYS, SHAPES, doubts, own_columns
from harness.dev.sql_text import ROOM, WRITTEN, quoted, text_array, write_files
from rilascio.loading.files import ALL_FILES, LONGEST_CODE, Column, File

CHILDREN = {
    "production_order": ("phases", "materials"),
    "production_order_material": ("material_lots",),
    "stock_document": ("lines",),
}
"""The lists that an object of a kind may hold."""

READ_ONLY = {
    "job_order": ("status",),
    "production_order": ("order_id", "produced_quantity", "release_run_id", "changed_at"),
}
"""Keys that `erp_data` shows and a put compares, but never writes."""


def read_only(file: File) -> tuple[str, ...]:
    """Return the keys of a kind that are compared alone; whose company it is, every view tells."""
    return "company_id", *READ_ONLY.get(file.name, ())


NOT_PUT = ("opening_stock",)
"""Kinds that only a first load brings in."""

TYPES = {"text": "text", "boolean": "boolean", "date": "date", "integer": "integer", "numeric": "numeric"}
_DEFAULTS = {
    ("production_order", "order_lot"): "'0'",
    ("production_order_phase", "sub_phase"): "'0'",
    ("production_order_material", "sub_phase"): "case when s.phase is not null then '0' end",
}
_SCALAR = r'"[^"\\]+"|[-0-9.]+|true|false'
"""A pattern of a JSON value that is neither an object nor an array nor null: a text, without escaped characters, is
not empty."""

_DELETION = Column("delete", "boolean")
_NOT_DELETED = (*NOT_PUT, *PARENT_KEYS, "company", "stock_document")
"""Kinds of which no row is deleted by a row: those of lists go with their list, a document is taken back by its key."""


def kinds() -> list[File]:
    """Return the kinds that may be put."""
    return [file for file in ALL_FILES if file.name not in NOT_PUT]


def sent_columns(file: File) -> list[Column]:
    """Return the columns that a sent row of the kind says itself."""
    return own_columns(file) if file.name in _NOT_DELETED else [*own_columns(file), _DELETION]


def functions() -> dict[str, str]:
    """Return the text of every function by its name."""
    texts = {}
    for file in ALL_FILES:
        texts[f"check_{file.name}_cells"] = _check(file)
    for file in kinds():
        texts[f"read_{file.name}"] = _read(file)
    return texts


def write_functions() -> None:
    """Write the files anew."""
    write_files(ROOM, functions())


def attribute(column: Column) -> str:
    """Return the name of a column in the type of the kind's rows."""
    return "deletion" if column is _DELETION else column.name


def attributes(file: File) -> list[tuple[str, str]]:
    """Return names and types of the values of a row of the kind, as `erp_internal.KIND_row` has them."""
    return [(attribute(column), TYPES[column.kind]) for column in sent_columns(file)]


def _check(file: File) -> str:
    columns = sent_columns(file)
    faults = {column: _faults(file, column) for column in columns}
    faulty = [column for column in columns if faults[column]]
    known = [column.name for column in columns] + [*read_only(file), *CHILDREN.get(file.name, ())]
    cells = ",\n".join(f"                {_cell(column)} as {attribute(column)}" for column in columns)
    codes = ",\n".join(_code(column, faults[column]) for column in faulty)
    values = ",\n".join(_fault_row(column) for column in faulty)
    doubtful = "\n                or ".join(_doubts(file, columns))
    scalar = f"r.cells - {text_array(CHILDREN[file.name])} as cells" if file.name in CHILDREN else "r.cells"
    pieces = [piece for part in _pattern(file, columns) for piece in textwrap.wrap(part, 95, drop_whitespace=False)]
    pattern = "\n                || ".join(quoted(piece) for piece in pieces)
    zones = ["internal/lookups/is_time_zone"] if any(column.names_zone for column in columns) else []
    required = f"-- requires: {', '.join(['internal/data/doubtful_rows', *zones])}\n"
    return f"""\
{required}-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- {file.name}.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
{WRITTEN}.
create or replace function erp_internal.check_{file.name}_cells(p_rows erp_internal.sent_row[])
returns setof erp_internal.cell_fault
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        f.column_name,
        f.code,
        pg_catalog.left(f.cell, 60) as cell,
        f.expected
    from (
        select
            s.*,
{codes}
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                {scalar},
{_wrapped(text_array(known) + " as known", 16)},
{cells}
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        {pattern}
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                {doubtful}
            )
        offset 0
    ) as s
    cross join lateral (
        select
            v.column_name,
            v.cell,
            v.code,
            v.expected
        from (
            values
{values}
        ) as v (column_name, cell, code, expected)
        where
            v.code is not null
            and coalesce(pg_catalog.jsonb_typeof(s.cells -> v.column_name), '') not in ('object', 'array')
        union all
        select
            k.key as column_name,
            k.value::text as cell,
            case when k.key = any(s.known) then 'bad_value' else 'unknown_key' end as code,
            null as expected
        from pg_catalog.jsonb_each(s.cells) as k
        where k.key <> all(s.known) or pg_catalog.jsonb_typeof(k.value) in ('object', 'array')
    ) as f;
end;
"""


def _pattern(file: File, columns: list[Column]) -> list[str]:
    """Return the parts of a pattern: the texts, end to end, of rows in which no cell can be faulty.

    PostgreSQL writes the keys of an object in the order of their lengths, and puts a quotation mark around every text.
    """
    pairs = {column.name: _pair(column.name, _cell_pattern(column), _is_needed(file, column)) for column in columns}
    pairs |= {name: _pair(name, _SCALAR, False) for name in read_only(file)}
    pairs |= {name: _pair(name, "[0-9]+", False) for name in CHILDREN.get(file.name, ())}
    return ["^(?:[{]", *(pairs[name] for name in sorted(pairs, key=lambda name: (len(name), name))), ")*$"]


def _pair(name: str, cell: str, needed: bool) -> str:
    return f'"{name}": (?:{cell})(?:, |}})' if needed else f'(?:"{name}": (?:{cell}|null|"")(?:, |}}))?'


def _cell_pattern(column: Column) -> str:
    """Return a pattern of JSON values that are right for the column, but for null and the empty text."""
    if column.names_zone:
        return "null"
    if column.words:
        return f'"(?:{"|".join(column.words)})"'
    if column.kind == "boolean":
        return '"?(?:true|false)"?'
    if column.kind == "text":
        return _SCALAR if column.longest in (None, LONGEST_CODE) else rf'"[^"\\]{{1,{column.longest}}}"'
    shape = SHAPES.get((column.kind, column.limits))
    return f'"?(?:{shape})"?' if shape else "null"


def _doubts(file: File, columns: list[Column]) -> list[str]:
    """Return conditions, cheap ones, of which at least one holds for every row that has a faulty cell."""
    cells = {f"s.{attribute(column)}": column for column in columns}
    texts = [cell for cell, column in cells.items() if column.kind == "text" and not column.words]
    texts += [f"s.cells ->> '{name}'" for name in read_only(file)]
    return [
        "s.cells - s.known <> '{}'",
        *(f"{cell} is null" for cell, column in cells.items() if _is_needed(file, column)),
        *(f"{cell} like '{{%' or {cell} like '[%'" for cell in texts),
        *doubts(cells),
    ]


def _is_needed(file: File, column: Column) -> bool:
    return column.name in file.key and column.required and file.name != "company"


def _code(column: Column, faults: list[tuple[str, str]]) -> str:
    lines = "\n".join(
        f"                when {condition}{chr(10) + ' ' * 20 if len(condition) > 70 else ' '}then '{code}'"
        for code, condition in faults
    )
    return f"            case\n{lines}\n            end as {attribute(column)}_fault"


def _fault_row(column: Column) -> str:
    cell = f"s.{attribute(column)}"
    parts = [quoted(column.name), cell, f"{cell}_fault", _expected(column)]
    row = f"        ({', '.join(parts)})"
    return row if len(row) < 118 else "        (\n            " + ",\n            ".join(parts) + "\n        )"


def _expected(column: Column) -> str:
    if column.limits:
        return quoted(" and ".join(column.limits))
    if column.words:
        return quoted(", ".join(column.words))
    return "null" if column.longest is None else f"'{column.longest}'"


def _wrapped(text: str, indent: int) -> str:
    margin = " " * indent
    return textwrap.fill(
        text, 116, initial_indent=margin, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )


def _read(file: File) -> str:
    columns = sent_columns(file)
    cells = ",\n".join(f"            {_cell(column)} as {attribute(column)}" for column in columns)
    values = ",\n".join(f"        {_value(file, column)}" for column in columns)
    return f"""\
-- Turns sent rows without faulty cells into values: {file.name}.
-- Precondition: erp_internal.check_{file.name}_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
{WRITTEN}.
create or replace function erp_internal.read_{file.name}(p_rows erp_internal.sent_row[])
returns setof erp_internal.{file.name}_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
{values}
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
{cells}
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
"""


def _cell(column: Column) -> str:
    """SQL of a cell: an empty text counts as null."""
    return f"nullif(r.cells ->> '{column.name}', '')"


def _value(file: File, column: Column) -> str:
    cell = f"s.{attribute(column)}"
    default = _DEFAULTS.get((file.name, column.name))
    if default:
        cell = f"coalesce({cell}, {default})"
    if column.kind == "text":
        return cell  # bears its name already
    return f"{cell}::{column.kind} as {attribute(column)}"


def _faults(file: File, column: Column) -> list[tuple[str, str]]:
    """Code and condition of each fault, in the order in which they are checked: each relies on those before it."""
    cell, faults = f"s.{attribute(column)}", list[tuple[str, str]]()
    if _is_needed(file, column):
        faults.append(("value_required", f"{cell} is null"))
    if column.kind == "boolean":
        faults.append(("bad_boolean", f"pg_catalog.lower({cell}) not in ('true', 'false')"))
    elif column.kind == "integer":
        faults.append(("bad_integer", f"{cell} !~ '^[+-]?[0-9]+$'"))
    elif column.kind == "numeric":
        faults.append(("bad_number", rf"{cell} !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'"))
    elif column.kind == "date":
        faults.append(("bad_date", f"{cell} !~ '^[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'"))
        faults.append(("bad_date", f"{cell} like '0000%'"))
        month_end = f"(left({cell}, 8) || '01')::date + interval '1 month -1 day'"
        faults.append(("bad_date", f"right({cell}, 2)::integer\n                    > extract(day from {month_end})"))
    if column.limits:
        faults.append(("out_of_range", f"length({cell}) > 500"))
        conditions = " and ".join(f"{cell}::numeric {limit}" for limit in column.limits)
        if len(conditions) > 90:
            conditions = conditions.replace(" and ", "\n                    and ")
        faults.append(("out_of_range", f"not ({conditions})"))
    if column.words:
        words = ", ".join(f"'{word}'" for word in column.words)
        faults.append(("unknown_word", f"{cell} not in ({words})"))
    if column.names_zone:
        faults.append(("unknown_time_zone", f"not erp_internal.is_time_zone({cell})"))
    if column.longest is not None:
        faults.append(("value_too_long", f"char_length({cell}) > {column.longest}"))
    return faults
