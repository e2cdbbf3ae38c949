"""What the companies are built of that we make for tests, benchmarks and soaks.

`insert_rows` writes rows of any table, for the factory of tests/ and for the worlds of tests/model too. On these stands
what truly differs: the factory makes one thing after another, as a story names them; the worlds are rows of the CSV
files, whose codes are resolved by what the loader knows of them; and orders and stock of benchmark and soak are sets
that SQL makes, 80,000 materials in a second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from rilascio.queries import read_query


def insert_rows(
    connection: psycopg.Connection[Any],
    table: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    returning: str | None = None,
) -> list[Any]:
    """Insert rows of a table, and return a column of theirs. A column that one row has and another has not is null."""
    query = sql.SQL(
        "insert into erp.{table} ({columns}) select {columns} from jsonb_populate_recordset(null::erp.{table}, %s)"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, dict.fromkeys(column for row in rows for column in row))),
    )
    if returning:
        query += sql.SQL(" returning {}").format(sql.Identifier(returning))
    cursor = connection.execute(query, [Jsonb([*map(dict, rows)], dumps=partial(json.dumps, default=str))])
    return [value for (value,) in cursor] if returning else []


def insert_company(
    connection: psycopg.Connection[Any],
    company_id: int,
    code: str,
    *,
    first_id: int,
    warehouses: Mapping[int, str],
    counterpart: int,
    sections: Mapping[str, int],
) -> None:
    """Insert a company with warehouses, of which `counterpart` gets what is issued with reason 29, and its rules.

    `sections` says which warehouse the company's rule for a section names, by number.
    """
    values = {"warehouses": Jsonb(dict(warehouses)), "counterpart": counterpart, "sections": Jsonb(dict(sections))}
    with psycopg.ClientCursor(connection) as cursor:
        query = read_query(__file__, "insert_company")
        cursor.execute(query, {"company_id": company_id, "code": code, "first_id": first_id, **values})


def load_opening_stock(connection: psycopg.Connection[Any], company_id: int) -> None:
    """Load what the temporary table opening_stock says, a record for each day and warehouse, and drop the table.

    Its columns: record_date, warehouse_id, item_id, lot_id, location_id, quantity.
    """
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(read_query(__file__, "load_opening_stock"), {"company_id": company_id})
