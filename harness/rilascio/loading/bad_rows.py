"""Bad rows: what a load that failed tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from rilascio.loading.files import ALL_FILES

SHOWN = 200
"""How many bad rows are kept; the rest are counted."""

CODES = {
    "file_missing": "The folder lacks a file that it needs.",
    "file_later": "A CSV file of the folder is for a company that is there, and not read by a first load.",
    "file_unknown": "A CSV file of the folder has none of the known names.",
    "file_unreadable": "The file cannot be opened, or is no plain file.",
    "file_empty": "The file has no header line.",
    "not_utf8": "A byte is not UTF-8.",
    "null_character": "A value holds a null character.",
    "bad_quoting": "Quotes or line ends do not follow the CSV format.",
    "field_count": "The row has not as many values as the header has columns.",
    "column_missing": "A required column is not in the header.",
    "column_unknown": "The header names a column that the file does not have.",
    "column_repeated": "The header names a column twice.",
    "value_required": "A required value is empty.",
    "value_too_long": "A code is too long.",
    "bad_boolean": "The value is neither true nor false.",
    "bad_date": "The value is not a date of the calendar in the form YYYY-MM-DD.",
    "bad_integer": "The value is not a whole number.",
    "bad_number": "The value is not a number in plain decimal notation.",
    "ambiguous_number": "In a file with semicolons the point may part thousands or be a decimal point.",
    "out_of_range": "The number lies outside its range.",
    "unknown_word": "The value is not one of the allowed words.",
    "unknown_time_zone": "The server knows no time zone of this name.",
    "unknown_reference": "The values name a row that its file does not hold.",
    "duplicate_key": "An earlier row of the file has the same key.",
    "first_load_only": "The file belongs to a first load, and cannot update a company.",
    "company_exists": "The company stands in the database already.",
    "one_company": "A folder holds exactly one company.",
    "rule_broken": "The values of the row contradict each other.",
}
"""Every code of a bad row, with its meaning."""

_RANKS = {file.file_name: rank for rank, file in enumerate(ALL_FILES)}


@dataclass(frozen=True)
class BadRow:
    """One fault: the file's name, the line (from 1; None: the whole file), the column if one is to blame, and why.

    `code` is the stable name of the fault, one of `CODES`.
    """

    file: str
    line: int | None
    column: str | None
    reason: str
    code: str = "rule_broken"

    def __str__(self) -> str:
        return (
            ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None) + f": {self.reason}"
        )

    def as_json(self) -> dict[str, object]:
        """Return it as machines read it."""
        return asdict(self)


def report_order(row: BadRow) -> tuple[int, str, int, int]:
    """Where a bad row stands in the report: by file, line and column."""
    rank = _RANKS.get(row.file, len(ALL_FILES))
    names = [column.name for column in ALL_FILES[rank].columns] if rank < len(ALL_FILES) else []
    return rank, row.file, row.line or 0, names.index(row.column) if row.column in names else -1


@dataclass
class BadRows:
    """The bad rows found while reading: the first `SHOWN` of them, their count, and the files not read whole.

    References into a file that was not read whole are not checked, since the row they name may be the unread one.
    """

    first: list[BadRow] = field(default_factory=list)
    count: int = 0
    broken: set[str] = field(default_factory=set)

    def add(self, row: BadRow) -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(row)
