"""What the catalog of a deployed database says of the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import psycopg

from rilascio.queries import read_query


class ForeignKey(NamedTuple):
    """The columns by which a table names a row of another, and those that they name; both without the company."""

    table: str
    target: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class Tables:
    """What the catalog says: of every table its columns with their defaults, its key, and who names whom."""

    defaults: Mapping[str, Mapping[str, str | None]]
    foreign_keys: Sequence[ForeignKey]
    keys: Mapping[str, str]


def read_tables(connection: psycopg.Connection) -> Tables:
    """Ask the catalog of a deployed database for columns, defaults, foreign keys and unique keys."""
    defaults: dict[str, dict[str, str | None]] = {}
    for table, column, default in connection.execute(read_query(__file__, "columns")):
        defaults.setdefault(table, {})[column] = default
    foreign_keys = [
        ForeignKey(table, target, tuple(columns), tuple(target_columns))
        for table, target, columns, target_columns in connection.execute(read_query(__file__, "foreign_keys"))
    ]
    keys: dict[str, str] = dict(connection.execute(read_query(__file__, "keys")).fetchall())
    return Tables(defaults, foreign_keys, keys)
