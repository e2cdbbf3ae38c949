"""What the modules that write SQL share: quoting, lists, the lines above a text, and the files.

`data_readers`, `data_views` and `data_puts` write routines and views of master data from the description of the load
format; each has the texts of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

_SQL = Path(__file__).resolve().parents[2] / "sql"

ROOM = _SQL / "procedures" / "internal" / "data"
"""Where the routines are written."""

VIEWS = _SQL / "views" / "data"
"""Where the views are written."""

WRITTEN = "-- Written by `make docs` from the description of the load format (rilascio.loading.files)"
"""The beginning of the line that says where a text comes from."""


def quoted(text: str) -> str:
    """Return a literal of the text."""
    return "'" + text.replace("'", "''") + "'"


def text_array(names: Iterable[str]) -> str:
    """Return an array of literals."""
    return f"array[{', '.join(quoted(name) for name in names)}]"


def lines(parts: Iterable[str], indent: int) -> str:
    """Return the parts of a list, each in a line of its own; the first stands where the list does."""
    return (",\n" + " " * indent).join(parts)


def prefixed(prefix: str, names: Iterable[str]) -> str:
    """Return the names as columns of one table, in one line: `t.` before each."""
    return ", ".join(f"{prefix}{name}" for name in names)


def headed(text: str) -> str:
    """Put above a routine what the linters leave to the machine, and what PostgreSQL looks up when it makes it."""
    head = "-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02\n"
    if "begin atomic" in text:
        rooms = {path.stem: path.parent.name for path in ROOM.parent.rglob("*.sql")}
        own = re.search(r"function erp_internal\.(\w+)", text)
        named = set(re.findall(r"erp_internal\.(\w+)\(", text)) - {own[1] if own else ""}
        head += "".join(f"-- requires: {name}\n" for name in sorted(f"internal/{rooms[name]}/{name}" for name in named))
    return head + text


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write a file for each text, of its name."""
    for name, text in texts.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
