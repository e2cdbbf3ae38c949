"""Checking: set-based, from the texts that were read to rows with types, ids and references, all bad rows collected.

Three tables per file: raw_… (texts, filled by reading), typed_… (values, defaults and new ids; a bad cell is null,
a repeated key is left out) and ready_… (typed_… with every reference resolved), from which the tables are written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from rilascio.loading.bad_rows import SHOWN, BadRow, BadRows
from rilascio.loading.files import FILE, FILES, Column, File, FileReference
from rilascio.loading.reader import ReadFile, ReportProgress
from rilascio.queries import read_query

_SHAPES = {
    "boolean": ("bad_boolean", "'(?i)^(true|false)$'", "is not true or false"),
    "integer": ("bad_integer", "'^[+-]?[0-9]+$'", "is not a whole number"),
    "numeric": ("bad_number", r"'^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'", "is not a number such as 12.5"),
    "date": (
        "bad_date",
        "'^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'",
        "is not a date in the form YYYY-MM-DD",
    ),
}
_COMMA_SHAPE = ("bad_number", r"'^[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)$'", "is not a number such as 12,5")
"""Of numbers where semicolons separate: with a decimal comma or a decimal point."""
_THOUSANDS = r"'^[+-]?[1-9][0-9]{0,2}[.][0-9]{3}$'"
"""Where semicolons separate: what may be a decimal fraction or a whole number of thousands."""
_TYPES = {"text": 'text collate "C"'}


@dataclass(frozen=True)
class Fault:
    """What is wrong if `condition` holds (SQL); `reason` is an SQL text."""

    code: str
    condition: str
    reason: str


def run(cursor: psycopg.Cursor[Any], statement: str) -> int:
    """Execute a statement made of the description's own names; return how many rows it touched."""
    return cursor.execute(statement.encode()).rowcount


def read_defaults(cursor: psycopg.Cursor[Any]) -> dict[str, dict[str, str | None]]:
    """For every table of erp: its columns, each with its default as an SQL expression."""
    tables: dict[str, dict[str, str | None]] = {}
    cursor.execute(read_query(__file__, "column_defaults"))
    for table, column, default in cursor:
        tables.setdefault(table, {})[column] = default
    return tables


def check(
    cursor: psycopg.Cursor[Any],
    read: Mapping[str, ReadFile],
    tables: Mapping[str, Mapping[str, str | None]],
    bad: BadRows,
    progress: ReportProgress,
) -> tuple[list[BadRow], int]:
    """Make typed_… and ready_… of every file; return the first bad rows found on the way, and their count.

    `read` is what each file holds, less the rows that are skipped here; `tables` are the columns of erp with their
    defaults.
    """
    run(
        cursor,
        "create temporary table bad_row (rank integer, file_line integer, column_rank integer,"
        " column_name text, code text, reason text) on commit drop",
    )
    steps = 2 * len(FILES)
    for step, file in enumerate(FILES):
        _type_cells(cursor, file, read.get(file.name), tables)
        progress("checking", step + 1, steps)
    for step, file in enumerate(FILES):
        _resolve(cursor, file, read.keys(), bad.broken)
        progress("checking", len(FILES) + step + 1, steps)
    cursor.execute(
        "select rank, file_line, column_name, reason, code, count(*) over () from bad_row"
        " order by rank, file_line, column_rank limit %s",
        (SHOWN,),
    )
    found = cursor.fetchall()
    rows = [BadRow(FILES[rank].file_name, line, column, reason, code) for rank, line, column, reason, code, _ in found]
    return rows, found[0][-1] if found else 0


# --- cells -----------------------------------------------------------------------------------------------------------


def _type_cells(
    cursor: psycopg.Cursor[Any],
    file: File,
    read: ReadFile | None,
    tables: Mapping[str, Mapping[str, str | None]],
) -> None:
    present, commas = (read.columns, read.separator == ";") if read else (set[str](), False)
    if read and file.zero_skips in present:
        _skip_zeros(cursor, file, read)
    faults = {column.name: _cell_faults(column, column.name in present, commas) for column in file.columns}
    bad = _collect(cursor, file, f"raw_{file.name} as s", faults.items()) if present else 0
    defaults = {name: default for table in file.tables for name, default in tables[table].items()}
    cells = [
        _typed(column, defaults.get(column.name), faults[column.name] if bad else (), commas) for column in file.columns
    ]
    if file.identity:
        sequence = f"pg_get_serial_sequence('erp.{file.tables[0]}', '{file.identity}')::regclass"
        cells.append(f"nextval({sequence}) as {file.identity}")
    run(
        cursor,
        f"create temporary table typed_{file.name} on commit drop as"
        f" select s.file_line, {', '.join(cells)} from raw_{file.name} as s",
    )
    run(cursor, f"drop table raw_{file.name}")
    if file.key:
        _drop_repeated(cursor, file)
    run(cursor, f"analyze typed_{file.name}")


def _skip_zeros(cursor: psycopg.Cursor[Any], file: File, read: ReadFile) -> None:
    """Leave out the rows that say that nothing is there."""
    point = "[.,]" if read.separator == ";" else "[.]"
    zero = f"'^[+-]?(0+{point}?0*|{point}0+)$'"
    read.skipped = run(cursor, f"delete from raw_{file.name} as s where s.{file.zero_skips} ~ {zero}")
    read.rows -= read.skipped


def _cell_faults(column: Column, present: bool, commas: bool) -> tuple[Fault, ...]:
    """The faults of a cell in the order in which they are checked: each may rely on the ones before it."""
    cell, faults = f"s.{column.name}", []
    value = _quoted(cell)
    shapes = _SHAPES | {"numeric": _COMMA_SHAPE} if commas else _SHAPES
    if column.required and present:
        faults.append(Fault("value_required", f"{cell} is null", "'the value is required'"))
    if column.kind in shapes:
        code, shape, reason = shapes[column.kind]
        faults.append(Fault(code, f"{cell} !~ {shape}", f"{value} || ' {reason}'"))
    if column.kind == "numeric" and commas:
        faults.append(ambiguous_number(cell))
    if column.kind == "date":
        month_end = f"(left({cell}, 8) || '01')::date + interval '1 month -1 day'"
        faults.append(Fault("bad_date", f"{cell} like '0000%'", f"{value} || ' is not a date of the calendar'"))
        faults.append(
            Fault(
                "bad_date",
                f"right({cell}, 2)::integer > extract(day from {month_end})",
                f"{value} || ' is not a date of the calendar'",
            )
        )
    if column.limits:
        limits = " and ".join(column.limits)
        faults.append(Fault("out_of_range", f"length({cell}) > 500", f"{value} || ' is too long a number'"))
        faults.append(
            Fault(
                "out_of_range",
                f"not ({' and '.join(f'{_number(cell, commas)} {limit}' for limit in column.limits)})",
                f"{value} || ' must be {limits}'",
            )
        )
    if column.words:
        words = ", ".join(f"'{word}'" for word in column.words)
        reason = f"' is not one of: {', '.join(column.words)}'"
        faults.append(Fault("unknown_word", f"{cell} not in ({words})", f"{value} || {reason}"))
    if column.names_zone:
        unknown = f"not erp_internal.is_time_zone({cell})"
        reason = "' is not the name of a time zone that the server knows, such as Europe/Rome'"
        faults.append(Fault("unknown_time_zone", unknown, f"{value} || {reason}"))
    if column.longest is not None:
        reason = f"' has more than {column.longest} characters'"
        faults.append(Fault("value_too_long", f"char_length({cell}) > {column.longest}", f"{value} || {reason}"))
    return tuple(faults)


def ambiguous_number(cell: str) -> Fault:
    """The fault of a number that may mean two things where semicolons separate."""
    readings = f"replace({cell}, '.', '') || ' or ' || replace({cell}, '.', ',')"
    reason = f"{_quoted(cell)} || ' may be ' || {readings} || ': write the one that is meant'"
    return Fault("ambiguous_number", f"{cell} ~ {_THOUSANDS}", reason)


def with_point(cell: str) -> str:
    """SQL of a cell of a file with decimal commas, with a point if it is a number."""
    return f"case when {cell} ~ {_COMMA_SHAPE[1]} then replace({cell}, ',', '.') else {cell} end"


def _number(cell: str, commas: bool) -> str:
    """SQL of the number that a cell holds, in a file with decimal commas if `commas`."""
    return f"replace({cell}, ',', '.')::numeric" if commas else f"{cell}::numeric"


def _typed(column: Column, table_default: str | None, faults: Iterable[Fault], commas: bool) -> str:
    """The cell as a value: its default if empty, null if bad."""
    cell = f"s.{column.name}"
    value = _number(cell, commas) if column.kind == "numeric" else f"{cell}::{column.kind}"
    default = column.default or table_default or "null"
    bad = "".join(f" when {fault.condition} then null" for fault in faults)
    kind = _TYPES.get(column.kind, column.kind)
    return f"(case when {cell} is null then {default}{bad} else {value} end)::{kind} as {column.name}"


def _drop_repeated(cursor: psycopg.Cursor[Any], file: File) -> None:
    """Report the rows that repeat a key, and leave them out so that every reference finds one row."""
    filled = " and ".join(f"t.{name} is not null" for name in file.key if name not in file.nullable_key)
    last = file.key[-1]
    repeated = run(
        cursor,
        f"insert into bad_row select {_rank(file)}, x.file_line, {_column_rank(file, last)}, '{last}',"
        f" 'duplicate_key', {_named('x', file.key)} || ' stands on line ' || x.first_line || ' already'"
        f" from (select t.*, min(t.file_line) over (partition by {', '.join(f't.{name}' for name in file.key)})"
        f" as first_line from typed_{file.name} as t where {filled}) as x where x.file_line > x.first_line",
    )
    if repeated:
        run(
            cursor,
            f"delete from typed_{file.name} as t using bad_row as b"
            f" where b.rank = {_rank(file)} and b.code = 'duplicate_key' and b.file_line = t.file_line",
        )


# --- references and rules --------------------------------------------------------------------------------------------


def _resolve(cursor: psycopg.Cursor[Any], file: File, present: Collection[str], broken: set[str]) -> None:
    own = {column.name for column in file.columns}
    scope = {name: f"x.{name}" for name in own}
    values, joins, faults = ["x.*"], [], []
    for number, reference in enumerate(file.references):
        target, alias = FILE[reference.file], f"r{number}"
        matches = " and ".join(
            f"{alias}.{key} {'is not distinct from' if key in target.nullable_key else '='} {scope[name]}"
            for key, name in zip(target.key, reference.columns, strict=True)
        )
        joins.append(f"left join typed_{target.name} as {alias} on {matches}")
        values.append(f"{alias}.file_line is not null as found_{number}")
        for source, name in reference.takes.items():
            values.append(f"{alias}.{source} as {name}")
            scope.setdefault(name, f"{alias}.{source}")
        # What was taken from another row is that row's to answer for.
        if target.name not in broken and reference.columns[-1] in own:
            faults.append((reference.columns[-1], (_unknown(file, reference, target.name in present),)))
    run(
        cursor,
        f"create temporary table ready_{file.name} on commit drop as"
        f" select {', '.join(values)} from typed_{file.name} as x {' '.join(joins)}",
    )
    if file.prepare:
        cursor.execute(read_query(__file__, file.prepare))
    _collect(cursor, file, f"ready_{file.name} as x", faults)
    # A row that is bad already is not checked by rules across its columns: its values are not what was meant.
    sound = f"(select * from ready_{file.name} as r where not exists (select from bad_row as b"
    sound += f" where b.rank = {_rank(file)} and b.file_line = r.file_line)) as x"
    rules = [
        (rule.column, (Fault(rule.code, rule.broken, f"'{rule.reason}'"),))
        for rule in file.rules
        if broken.isdisjoint(rule.needs)
    ]
    _collect(cursor, file, sound, rules)


def _unknown(file: File, reference: FileReference, present: bool) -> Fault:
    """The reference is filled but finds no row, though every reference that is part of it finds one."""
    number = file.references.index(reference)
    target = FILE[reference.file]
    named = zip(reference.columns, target.key, strict=True)
    filled = [f"x.{name} is not null" for name, key in named if key not in target.nullable_key]
    parts = [
        f"(x.found_{other} or x.{part.columns[-1]} is null)"
        for other, part in enumerate(file.references)
        if set(part.columns) < set(reference.columns)
    ]
    missing = "" if present else ", which the folder lacks"
    return Fault(
        "unknown_reference",
        " and ".join([f"not x.found_{number}", *filled, *parts]),
        f"{_named('x', reference.columns)} || ' is not in {reference.file}.csv{missing}'",
    )


# --- shared ----------------------------------------------------------------------------------------------------------


def _collect(
    cursor: psycopg.Cursor[Any], file: File, source: str, faults: Iterable[tuple[str, tuple[Fault, ...]]]
) -> int:
    """Write a bad row for each column whose faults hold, the first of them only; return how many."""
    faults = [(column, found) for column, found in faults if found]
    if not faults:
        return 0
    alias = source[-1]
    broken = " or ".join(
        f"(case {' '.join(f'when {fault.condition} then true' for fault in found)} else false end)"
        for _, found in faults
    )
    values = ", ".join(
        f"({_column_rank(file, column)}, '{column}',"
        f" case {' '.join(f'when {f.condition} then array[{f.code!r}, {f.reason}]' for f in found)} end)"
        for column, found in faults
    )
    return run(
        cursor,
        f"insert into bad_row select {_rank(file)}, {alias}.file_line, v.column_rank, v.column_name,"
        f" v.fault[1], v.fault[2] from {source}"
        f" cross join lateral (values {values}) as v (column_rank, column_name, fault)"
        f" where ({broken}) and v.fault is not null",
    )


def _quoted(value: str) -> str:
    """SQL of a value fit for a report: in quotes, short, on one line."""
    short = f"regexp_replace(left({value}, 60), '[[:cntrl:]]', ' ', 'g')"
    return f"('\"' || {short} || case when char_length({value}) > 60 then '…' else '' end || '\"')"


def _named(alias: str, columns: Iterable[str]) -> str:
    """SQL of the columns' names and values; empty ones are left out."""
    parts = [f"'{name} ' || {_quoted(f'{alias}.{name}::text')}" for name in columns]
    return f"concat_ws(', ', {', '.join(parts)})"


def _rank(file: File) -> int:
    return FILES.index(file)


def _column_rank(file: File, column: str) -> int:
    return [known.name for known in file.columns].index(column)
