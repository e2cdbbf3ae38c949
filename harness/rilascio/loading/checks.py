"""Checking: set-based, from the texts that were read to rows with types, ids and references, all bad rows collected.

What values a cell may have is asked of the functions that check sent data too, `erp_internal.check_KIND_cells`. Three
tables per file: raw_… (texts, filled by reading), typed_… (values, defaults and new ids; a bad cell is null, a
repeated key is left out) and ready_… (typed_… with every reference resolved), from which the tables are written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from rilascio.loading.bad_rows import SHOWN, BadRow, BadRows
from rilascio.loading.cells import checked_by, doubts
from rilascio.loading.files import FILE, FILES, Column, File, FileReference
from rilascio.loading.reader import ReadFile, ReportProgress
from rilascio.queries import read_query

_DECIMAL_COMMA = r"'^[+-]?([0-9]+,[0-9]*|,[0-9]+)$'"
"""Where semicolons separate: a number with a decimal comma."""
_THOUSANDS = r"'^[+-]?[1-9][0-9]{0,2}[.][0-9]{3}$'"
"""Where semicolons separate: what may be a decimal fraction or a whole number of thousands."""
_TYPES = {"text": 'text collate "C"'}
_CHUNK = 100_000
"""Rows that are handed to a function at once."""


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
        " column_name text, code text, reason text, cell text, expected text) on commit drop",
    )
    steps = 2 * len(FILES)
    for step, file in enumerate(FILES):
        _type_cells(cursor, file, read.get(file.name), tables)
        progress("checking", step + 1, steps)
    for step, file in enumerate(FILES):
        _resolve(cursor, file, read.keys(), bad.broken)
        progress("checking", len(FILES) + step + 1, steps)
    cursor.execute(read_query(__file__, "first_bad_rows"), {"shown": SHOWN})
    found = cursor.fetchall()
    rows = [BadRow(FILES[rank].file_name, *fault) for rank, *fault, _ in found]
    return rows, found[0][-1] if found else 0


# --- cells -----------------------------------------------------------------------------------------------------------


def _type_cells(
    cursor: psycopg.Cursor[Any],
    file: File,
    read: ReadFile | None,
    tables: Mapping[str, Mapping[str, str | None]],
) -> None:
    present = [column for column in file.columns if read and column.name in read.columns]
    commas = read is not None and read.separator == ";"
    if read and file.zero_skips in read.columns:
        _skip_zeros(cursor, file, read)
    bad = _check_cells(cursor, file, present, commas)
    defaults = {name: default for table in file.tables for name, default in tables[table].items()}
    cells = [
        _typed(file, column, defaults.get(column.name), _cell(column, commas), column.name in bad)
        for column in file.columns
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


def _check_cells(cursor: psycopg.Cursor[Any], file: File, present: Sequence[Column], commas: bool) -> set[str]:
    """Report the cells that hold no value of their column; return the names of the columns that have such cells."""
    faults = [
        (column.name, (Fault("value_required", f"s.{column.name} is null", "null"),))
        for column in present
        if column.required
    ]
    if commas:
        faults += [
            (column.name, (ambiguous_number(f"s.{column.name}"),)) for column in present if column.kind == "numeric"
        ]
    count = _collect(cursor, file, f"raw_{file.name} as s", faults)
    for kind, columns in checked_by(file).items():
        cells = {_cell(column, commas): column for column in columns if column in present}
        count += _check_doubtful(cursor, file, kind, cells) if cells else 0
    if not count:
        return set()
    names = cursor.execute("select distinct b.column_name from bad_row as b where b.rank = %s", [_rank(file)])
    return {name for (name,) in names}


def _check_doubtful(cursor: psycopg.Cursor[Any], file: File, kind: str, cells: Mapping[str, Column]) -> int:
    """Hand the rows that may be bad to the function that checks rows of a kind; return how many cells are bad."""
    objects = ", ".join(f"'{column.name}', {cell}" for cell, column in cells.items())
    doubtful = run(
        cursor,
        "create temporary table doubtful_row on commit drop as"
        f" select s.file_line, row_number() over () as turn, jsonb_build_object({objects}) as cells"
        f" from raw_{file.name} as s where {' or '.join(doubts(cells))}",
    )
    query = read_query(__file__, "insert_cell_faults").replace(b"check_KIND", f"check_{kind}".encode())
    bad = 0
    for turn in range(0, doubtful, _CHUNK):
        settings = {
            "rank": _rank(file),
            "columns": [column.name for column in file.columns],
            "after": turn,
            "upto": turn + _CHUNK,
        }
        bad += cursor.execute(query, settings).rowcount
    run(cursor, "drop table doubtful_row")
    return bad


def ambiguous_number(cell: str) -> Fault:
    """The fault of a number that may mean two things where semicolons separate."""
    readings = f"replace({cell}, '.', '') || ' or ' || replace({cell}, '.', ',')"
    reason = f"{_quoted(cell)} || ' may be ' || {readings} || ': write the one that is meant'"
    return Fault("ambiguous_number", f"{cell} ~ {_THOUSANDS}", reason)


def with_point(cell: str) -> str:
    """SQL of a cell of a file with decimal commas, with a point if it is a number; null if it may mean two things."""
    return (
        f"case when {cell} ~ {_THOUSANDS} then null when {cell} ~ {_DECIMAL_COMMA} then replace({cell}, ',', '.')"
        f" else {cell} end"
    )


def _cell(column: Column, commas: bool) -> str:
    """SQL of a cell as a text that does not depend on what separates the columns."""
    cell = f"s.{column.name}"
    return f"({with_point(cell)})" if commas and column.kind == "numeric" else cell


def _typed(file: File, column: Column, table_default: str | None, cell: str, has_bad: bool) -> str:
    """The cell as a value: its default if empty, null if bad."""
    default = column.default or table_default or "null"
    bad = (
        " when s.file_line in (select b.file_line from bad_row as b"
        f" where b.rank = {_rank(file)} and b.column_name = '{column.name}') then null"
        if has_bad
        else ""
    )
    kind = _TYPES.get(column.kind, column.kind)
    return (
        f"(case when s.{column.name} is null then {default}{bad} else {cell}::{column.kind} end)::{kind}"
        f" as {column.name}"
    )


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
