"""Reading: every CSV file of the folder goes, row by row, into a temporary table of texts with its line numbers."""

from __future__ import annotations

import csv
import difflib
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import psycopg

from rilascio.errors import HarnessError
from rilascio.loading.bad_rows import BadRow, BadRows
from rilascio.loading.files import ALL_FILES, FILES, LATER_FILES, Column, File
from rilascio.loading.wording import FOLDER, Wording

ReportProgress = Callable[[str, int, int], None]

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_LINE = 1 << 20
_PROGRESS_STEP = 1 << 20
_KNOWN = {file.file_name for file in FILES}
_LATER = {file.file_name for file in LATER_FILES}


@dataclass
class ReadFile:
    """What a file holds: the columns that its header names, its separator, the rows to load, and those left out.

    `sha256` is the digest of its bytes.
    """

    columns: set[str]
    separator: str
    rows: int
    sha256: str
    skipped: int = 0


class _Record(NamedTuple):
    """A record with the line on which it begins, and the line, if any, that holds what is no text."""

    line: int
    values: list[str]
    spoiled_line: int | None


def find_files(folder: Path, bad: BadRows, *, update: bool = False) -> dict[str, Path]:
    """The files to load, by their name without ending; strange ones go to `bad`.

    Anything that is no CSV file (a README, a hidden file) is left alone. An update needs no company.csv, and reads the
    files of what moved since.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        raise HarnessError(f"The folder {folder} does not exist.", "Name a folder that holds CSV files.") from None
    except NotADirectoryError:
        raise HarnessError(f"{folder} is not a folder.", "Name the folder, not one of its files.") from None
    except OSError as error:
        raise HarnessError(f"The folder {folder} cannot be read: {error.strerror}.", None) from None
    found = {path.name: path for path in paths if path.name.lower().endswith(".csv")}
    if not found:
        raise HarnessError(f"The folder {folder} holds no CSV file.", "It needs at least company.csv.")
    if "company.csv" not in found and not update:
        bad.add(BadRow("company.csv", None, None, "the folder lacks this file, which it needs", "file_missing"))
        bad.broken.add("company")
    known = _KNOWN | _LATER if update else _KNOWN
    for name in sorted((found.keys() & _LATER) - known):
        reason = "a first load does not read it: what moved since is posted to the company that is there"
        bad.add(BadRow(name, None, None, reason, "file_later"))
    for name in sorted(found.keys() - _KNOWN - _LATER):
        near = difflib.get_close_matches(name.lower(), known, 1)
        advice = f"; is {near[0]} meant?" if near else ""
        bad.add(BadRow(name, None, None, f"no file of this name is loaded{advice}", "file_unknown"))
        if near:
            bad.broken.add(near[0].removesuffix(".csv"))
    return {name.removesuffix(".csv"): path for name, path in found.items() if name in known}


def read_files(
    cursor: psycopg.Cursor[Any],
    paths: dict[str, Path],
    bad: BadRows,
    progress: ReportProgress,
    *,
    update: bool = False,
    wording: Wording = FOLDER,
) -> dict[str, ReadFile]:
    """Copy all files into their tables raw_…; return what each file read holds.

    The files of an update need the columns of the key alone, but for those of what moved since.
    """
    read: dict[str, ReadFile] = {}
    for file in ALL_FILES if update else FILES:
        texts = ", ".join(f'{column.name} text collate "C"' for column in file.columns)
        cursor.execute(
            f"create temporary table raw_{file.name} (file_line integer not null, {texts}) on commit drop".encode()
        )
        if file.name not in paths:
            continue
        try:
            if not paths[file.name].is_file():
                raise OSError(0, "it is not a plain file")
            with paths[file.name].open("rb") as stream:
                reader = _FileReader(file, stream, paths[file.name].stat().st_size, bad, progress)
                reader.required = required_columns(file, update=update)
                read[file.name] = reader.copy(cursor)
        except OSError as error:
            bad.add(BadRow(file.file_name, None, None, f"cannot be read: {error.strerror}", "file_unreadable"))
            bad.broken.add(file.name)
    if "company" in read and read["company"].rows == 0 and "company" not in bad.broken:
        reason = f"the {wording.piece} has no row: a {wording.whole} holds one company"
        bad.add(BadRow("company.csv", None, None, reason, "one_company"))
    return read


def required_columns(file: File, *, update: bool) -> set[str]:
    """The columns that a file must have. An update needs those of the key alone, but for what moved since."""
    required = {column.name for column in file.columns if column.required}
    return required & set(file.key) if update and file in FILES else required


class _FileReader:
    """One file being read. Lines are counted as an editor shows them, quoted line ends included."""

    def __init__(self, file: File, stream: BinaryIO, size: int, bad: BadRows, progress: ReportProgress) -> None:
        self.file = file
        self.stream = stream
        self.size = size
        self.bad = bad
        self.progress = progress
        self.separator = ","
        self.spoiled_line: int | None = None
        self.digest = hashlib.sha256()
        self.required: set[str] = set()

    def copy(self, cursor: psycopg.Cursor[Any]) -> ReadFile:
        """Copy the rows; return what was read."""
        records = self._records()
        line, header, _ = next(records, _Record(1, [], None))
        if not header or line > 1:  # a first line that is no CSV has been reported
            if self.file.name not in self.bad.broken:
                self._fault(1, None, "file_empty", "the first line is empty: it names the columns")
            return self._read(set(), 0)
        wanted = self._columns(header)
        if not wanted:
            return self._read(set(), 0)
        names = [header[position] for position in wanted]
        plain = len(wanted) == len(header)
        count = 0
        target = f"copy raw_{self.file.name} (file_line, {', '.join(names)}) from stdin"
        with cursor.copy(target.encode()) as copy:
            for record in _without_empty_end(records):
                if len(record.values) != len(header) or record.spoiled_line is not None:
                    self._report(header, record)
                    continue
                values = record.values if plain else [record.values[position] for position in wanted]
                copy.write_row([record.line, *[value or None for value in values]])
                count += 1
        return self._read(set(names), count)

    def _read(self, columns: set[str], rows: int) -> ReadFile:
        return ReadFile(columns, self.separator, rows, self.digest.hexdigest())

    def _columns(self, header: list[str]) -> list[int]:
        """The positions of the known columns, each once; what is wrong with the header is reported."""
        known: dict[str, Column] = {column.name: column for column in self.file.columns}
        positions: dict[str, int] = {}
        if len(header) == 1 and "\t" in header[0]:
            self._fault(1, None, "column_unknown", "the columns are separated neither by commas nor by semicolons")
            return []
        for position, name in enumerate(header):
            if name not in known:
                near = difflib.get_close_matches(name.strip().lower(), known, 1)
                advice = f"; is {near[0]} meant?" if near else ""
                self._fault(1, shown(name), "column_unknown", f"the file has no such column{advice}")
            elif name in positions:
                self._fault(1, name, "column_repeated", "the header names the column twice")
            else:
                positions[name] = position
        for column in self.file.columns:
            if column.name in self.required and column.name not in positions:
                self._fault(1, column.name, "column_missing", "the header lacks this required column")
        return list(positions.values())

    def _records(self) -> Iterator[_Record]:
        """Each record of the file, the header first; what is no CSV is reported and left out."""
        lines = self._lines()
        first = next(lines, "")
        self.separator = _separator(first)
        reader = csv.reader(chain([first] if first else [], lines), delimiter=self.separator, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                text = str(error)
                if "end of data" in text or "field limit" in text:
                    self._fault(line, None, "bad_quoting", "a quoted value of this row does not end, or is too long")
                    return
                if "new-line" in text:
                    self._fault(line, None, "bad_quoting", "the line holds a carriage return that ends no line")
                else:
                    self._fault(line, None, "bad_quoting", "a quote within a quoted value must be doubled")
                self.spoiled_line = None
                continue
            spoiled_line, self.spoiled_line = self.spoiled_line, None
            yield _Record(line, values, spoiled_line)

    def _lines(self) -> Iterator[str]:
        """The physical lines. A bad byte becomes a surrogate, and the line is remembered as spoiled."""
        done = reported = line = 0
        while raw := self.stream.readline(_LONGEST_LINE):
            line += 1
            done += len(raw)
            self.digest.update(raw)
            if line == 1 and raw.startswith(_UTF16_MARKS):
                self._fault(1, None, "not_utf8", "the file is UTF-16: save it as UTF-8")
                return
            if len(raw) == _LONGEST_LINE and not raw.endswith(b"\n"):
                self._fault(line, None, "bad_quoting", f"the line is longer than {_LONGEST_LINE} bytes")
                return
            if line == 1:
                raw = raw.removeprefix(_UTF8_MARK)
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                text = raw.decode(errors="surrogateescape")
                self.spoiled_line = line
            if "\0" in text:
                self.spoiled_line = line
            if done - reported >= _PROGRESS_STEP:
                reported = done
                self.progress(self.file.file_name, done, self.size)
            yield text
        self.progress(self.file.file_name, self.size, self.size)

    def _report(self, header: list[str], record: _Record) -> None:
        """Say why a record cannot be taken; an empty line is no record."""
        if record.values and len(record.values) != len(header):
            reason = f"the row has {len(record.values)} values, the header {len(header)} columns"
            self._fault(record.line, None, "field_count", reason)
        if record.spoiled_line is None:
            return
        for name, value in zip(header, record.values, strict=False):
            if "\0" in value:
                self._fault(record.spoiled_line, name, "null_character", "the value holds a null character")
            bad_byte = next((ord(letter) - 0xDC00 for letter in value if "\udc80" <= letter <= "\udcff"), None)
            if bad_byte is not None:
                self._fault(record.spoiled_line, name, "not_utf8", f"the byte 0x{bad_byte:02X} is not UTF-8")

    def _fault(self, line: int | None, column: str | None, code: str, reason: str) -> None:
        self.bad.add(BadRow(self.file.file_name, line, column, reason, code))
        self.bad.broken.add(self.file.name)


def _separator(header: str) -> str:
    """What stands between the columns of a header: semicolons if there are more of them than commas."""
    unquoted = re.sub('"[^"]*"', "", header)
    return ";" if unquoted.count(";") > unquoted.count(",") else ","


def _without_empty_end(records: Iterator[_Record]) -> Iterator[_Record]:
    """The records up to the last that has a value: a spreadsheet writes the rows below its table too."""
    empty: list[_Record] = []
    for record in records:
        if record.values and not any(record.values):
            empty.append(record)
            continue
        if record.values:
            yield from empty
            empty.clear()
        yield record


def shown(value: str) -> str:
    """A value fit for a report: short, printable, on one line."""
    text = "".join(letter if letter.isprintable() else "�" for letter in value[:60])
    return text if len(value) <= 60 else f"{text}…"
