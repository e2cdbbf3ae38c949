"""Pulling: the views of a host are copied into files of the load format, which are loaded like those of a folder."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from psycopg.sql import SQL, Composed, Identifier

from rilascio.errors import HarnessError
from rilascio.link.host import PULLED_VIEWS, Host, HostSnapshot, HostView, Notify, read_host
from rilascio.loading import BadRow, LoadFailed, LoadReport, UpdateReport, Wording
from rilascio.loading.files import ALL_FILES, FILE, FILES, Column, File
from rilascio.loading.reader import required_columns, shown

Loaded = TypeVar("Loaded", LoadReport, UpdateReport)
ReportRows = Callable[[str, int], None]

VIEWS = Wording(
    whole="schema", part="view {}", piece="view", pieces="views", again="pull", repeated="stands in another row already"
)
_ROWS_PER_REPORT = 5_000
_FLOATS = ("real", "double precision")


@dataclass(frozen=True)
class ViewRow(BadRow):
    """A fault of a row of a view: `line` is the number of the row, from 1, and `key` tells which one it is."""

    key: Mapping[str, str | None] | None = None

    @property
    def view(self) -> str:
        return self.file.removesuffix(".csv")

    def __str__(self) -> str:
        key = ", ".join(f'{name} "{shown(value)}"' for name, value in (self.key or {}).items() if value)
        row = f"row {self.line}" + (f" ({key})" if key else "")
        parts = [f"view {self.view}", row if self.line else "", f"column {self.column}" if self.column else ""]
        return f"{', '.join(part for part in parts if part)}: {self.reason}"

    def as_json(self) -> dict[str, object]:
        return {
            "view": self.view,
            "row": self.line,
            "key": self.key,
            "column": self.column,
            "reason": self.reason,
            "code": self.code,
        }


def pull(
    host: Host, put: Callable[[Path, Wording], Loaded], *, first: bool, notify: Notify, progress: ReportRows
) -> Loaded:
    """Read all views of the host at one moment, and put them; return what `put` says, which gets a folder of files.

    `first`: the views of a first load are read, else those of an update. `progress` is called with a view and the rows
    read of it. Raises what `put` raises, with the rows of the views, or HarnessError if they cannot be read.
    """
    with TemporaryDirectory(prefix="rilascio-") as name:
        folder = Path(name)
        place = read_host(host, lambda snapshot: _copy_views(snapshot, folder, first, progress), notify)
        try:
            loaded = put(folder, replace(VIEWS, place=place))
        except LoadFailed as failure:
            failure.rows = _view_rows(folder, failure.rows)
            raise
        if isinstance(loaded, UpdateReport):
            loaded.refused = _view_rows(folder, loaded.refused)
        return loaded


def _copy_views(snapshot: HostSnapshot, folder: Path, first: bool, progress: ReportRows) -> str:
    """Copy the views that are there into files; return what they are called together."""
    for path in folder.iterdir():  # of a try before
        path.unlink()
    files = [file for file in ALL_FILES if file.name in snapshot.views and _is_read(file, first)]
    if not files:
        raise HarnessError(
            f"{snapshot.capitalized} has no view to pull.",
            f"Make some there; their names are {', '.join(PULLED_VIEWS)}.",
        )
    if first and "company" not in snapshot.views:
        raise HarnessError("A first pull needs a view company, which the host does not have.", "Make it, with one row.")
    for file in files:
        known = [column.name for column in file.columns]
        snapshot.views[file.name].check_columns(known, required_columns(file, update=not first))
    for file in files:
        _copy_view(snapshot, file, folder / file.file_name, progress)
    return snapshot.place


def _is_read(file: File, first: bool) -> bool:
    """Opening stock comes with a first load alone, and what moved since never with one."""
    return file in FILES if first else file.name != "opening_stock"


def _copy_view(snapshot: HostSnapshot, file: File, path: Path, progress: ReportRows) -> None:
    view = snapshot.views[file.name]
    columns = [column for column in file.columns if column.name in view.columns]
    nothing = b"," * (len(columns) - 1) + b"\n"
    count = 0
    try:
        with path.open("wb") as stream:
            stream.write(",".join(column.name for column in columns).encode() + b"\n")
            for row in snapshot.stream(view, _query(view, file, columns)):
                count += 1
                if row == nothing:  # which a file may end with, but no view
                    raise HarnessError(
                        f"View {file.name}, row {count}, has no value in any column.", "Leave such rows out of it."
                    )
                stream.write(row)
                if count % _ROWS_PER_REPORT == 0:
                    progress(file.name, count)
    except OSError as error:
        raise HarnessError(
            f"What the views hold cannot be kept meanwhile: {error.strerror}.", "Set TMPDIR to a folder with room."
        ) from error
    progress(file.name, count)


def _query(view: HostView, file: File, columns: Sequence[Column]) -> Composed:
    """Return the rows by key; what has no key, and what was moved, as the view gives it."""
    cells = SQL(", ").join(_cell(column, view.columns[column.name]) for column in columns)
    query = SQL("select {} from {} as v").format(cells, view.identifier)
    if file in FILES and file.key:
        key = [Identifier("v", name) for name in file.key if name in view.columns]
        query += SQL(" order by {}").format(SQL(", ").join(key))
    return query


def _cell(column: Column, kind: str) -> Composed:
    """Return a cell as the load format writes it, with every digit.

    Floating point is written without an exponent, truth as a word, and texts of a fixed length without their blanks.
    """
    text = SQL("{}::text").format(Identifier("v", column.name))
    if kind in ("boolean", "character"):
        return text
    if column.kind == "integer" and kind in ("numeric", *_FLOATS):
        return SQL("trim_scale({}::numeric)").format(text)
    if column.kind == "numeric" and kind in _FLOATS:
        return SQL("{}::numeric").format(text)
    return Composed([Identifier("v", column.name)])


def _view_rows(folder: Path, rows: Iterable[BadRow]) -> list[BadRow]:
    """Return faults of lines of the files as those of rows of the views."""
    rows = list(rows)
    lines: dict[str, set[int]] = {}
    for row in rows:
        if row.line is not None:
            lines.setdefault(row.file, set()).add(row.line)
    located = {file: _locate(folder / file, wanted) for file, wanted in lines.items()}
    found = []
    for row in rows:
        number, key = located[row.file].get(row.line, (None, None)) if row.line is not None else (None, None)
        found.append(ViewRow(row.file, number, row.column, row.reason, row.code, key))
    return list[BadRow](found)


def _locate(path: Path, lines: Collection[int]) -> dict[int, tuple[int, dict[str, str | None]]]:
    """Return of the lines of a file which row of the view stands there, and its key."""
    file = FILE[path.stem]
    names = file.key or sorted(required_columns(file, update=True))
    last, found = max(lines), {}
    with path.open("rb") as stream, suppress(csv.Error):  # of a value that is too long, whose row is told of
        records = csv.reader(line.decode(errors="replace") for line in stream)
        header = next(records)
        line = records.line_num + 1
        for number, values in enumerate(records, 1):
            if line in lines:
                cells = dict(zip(header, values, strict=False))
                found[line] = (number, {name: cells.get(name) or None for name in names})
            line = records.line_num + 1
            if line > last:
                break
    return found
