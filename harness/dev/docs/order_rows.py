"""The rows of the tables that tell of one production order, and what a step changes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.dev.docs.markdown import Connection, catalog_rows, markdown_table

TABLES = (
    "production_order",
    "production_order_phase",
    "production_order_material",
    "material_lot",
    "job_order",
    "run",
    "run_order",
    "production_order_split",
    "released_material",
    "material_lot_before_release",
    "production_declaration",
    "stock_record",
    "stock_movement",
    "removed_stock_record",
    "removed_stock_movement",
    "stock_balance",
    "stock_record_counter",
)
"""In the order in which they are shown; the query `order_rows` reads them."""

LEFT_OUT = {
    "company_id",
    "created_at",
    "created_by",
    "changed_at",
    "changed_by",
    "declared_at",
    "released_at",
    "started_at",
    "session_role",
    "caller_role",
    "remainder_digest",
    "copied_item_code",
    "copied_job_year",
    "copied_job_number",
}
"""The same in every row, another one each time the page is written, or a copy of what stands beside it."""

Row = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class OrderRows:
    """The rows of an order and its other lots at one moment, by table and key."""

    rows: Mapping[str, Mapping[Key, Row]]
    keys: Mapping[str, Sequence[str]]
    """The columns of the key of each table."""
    codes: Mapping[tuple[str, int], str]
    """What an id stands for, by its column."""


def read_order_rows(connection: Connection, year: int, number: int, record_date: str) -> OrderRows:
    keys = {row["table_name"]: row["key_columns"] for row in catalog_rows(connection, "primary_keys")}
    rows: dict[str, dict[Key, Row]] = {table: {} for table in TABLES}
    for row in catalog_rows(connection, "order_rows", order_year=year, order_number=number, record_date=record_date):
        value = row["row_value"]
        rows[row["table_name"]][tuple(value[column] for column in keys[row["table_name"]])] = value
    codes = {(row["column_name"], row["id"]): row["code"] for row in catalog_rows(connection, "codes")}
    return OrderRows(rows, keys, codes)


def row_changes(before: OrderRows | None, after: OrderRows) -> list[str]:
    """Return, as Markdown, the rows that came, changed and went; without `before`, those that there are.

    Of what went only the key is told: the page has shown it before.
    """
    lines: list[str] = []
    for table in TABLES:
        old, new = before.rows[table] if before else {}, after.rows[table]
        came = [new[key] for key in sorted(new.keys() - old.keys(), key=_sortable)]
        went = [old[key] for key in sorted(old.keys() - new.keys(), key=_sortable)]
        both = sorted(new.keys() & old.keys(), key=_sortable)
        changed = [(old[key], new[key]) for key in both if _shown(old[key]) != _shown(new[key])]
        key = [name for name in after.keys[table] if name not in LEFT_OUT]
        if came:
            names = [name for name in _shown(came[0]) if any(row[name] is not None for row in came)]
            lines += _titled(table, "new" if before else "", names, [_cells(after, row, names) for row in came])
        if changed:
            names = [name for name in key if any(now[name] is not None for _, now in changed)]
            differing = [name for name in _shown(changed[0][0]) if any(was[name] != now[name] for was, now in changed)]
            cells = [_cells(after, now, names) + _differences(after, was, now, differing) for was, now in changed]
            lines += _titled(table, "changed", [*names, *differing], cells)
        if went:
            lines += _titled(table, "gone", key, [_cells(after, row, key) for row in went])
    return lines or ["No row came, changed or went."]


def _titled(table: str, word: str, names: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    title = f"{table}, {word}" if word else table
    return ["", f"**{title}**", "", *markdown_table(names, cells)]


def _shown(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in LEFT_OUT}


def _sortable(key: Key) -> list[tuple[bool, Any]]:
    return [(value is None, value) for value in key]


def _cells(known: OrderRows, row: Row, names: Sequence[str]) -> list[str]:
    return [_cell(known.codes, name, row[name]) for name in names]


def _differences(known: OrderRows, was: Row, now: Row, names: Sequence[str]) -> list[str]:
    """Return `old → new`, or the value alone where it is the same."""
    pairs = zip(_cells(known, was, names), _cells(known, now, names), strict=True)
    return [old if old == new else f"{old or 'null'} → {new or 'null'}" for old, new in pairs]


def _cell(codes: Mapping[tuple[str, int], str], column: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and column.endswith("_id"):
        # machine_site_id is a site_id, wip_warehouse_id a warehouse_id
        words = column.split("_")
        known = (codes.get(("_".join(words[start:]), value)) for start in range(len(words) - 1))
        code = next(filter(None, known), None)
        return f"{value} ({code})" if code else str(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
