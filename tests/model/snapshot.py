"""The situation as R34 speaks of it, in a canonical form that a database can be asked for as well."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any

from .orders import Order
from .stock import Movement, balances
from .world import ProductionOrder, ProductionOrderMaterial, ProductionOrderPhase

Snapshot = dict[str, tuple[tuple[object, ...], ...]]

HEADER_COLUMNS = [
    column.name
    for column in fields(ProductionOrder)
    if column.name not in {"order_year", "order_number", "order_lot", "status", "quantity"}
]
PHASE_COLUMNS = [column.name for column in fields(ProductionOrderPhase)]
MATERIAL_COLUMNS = [column.name for column in fields(ProductionOrderMaterial)]


def snapshot(
    orders: Collection[Order], movements: Collection[Movement], jobs: Mapping[tuple[int, int], str]
) -> Snapshot:
    """Everything R34 speaks of, comparable with `==`. Columns of each part:

    - orders: year, number, lot, status, quantity, quantity before, produced quantity, declarations,
      then `HEADER_COLUMNS`
    - phases: `PHASE_COLUMNS`; materials: `MATERIAL_COLUMNS`
    - commitments: year, number, lot, line, lot code, quantity
    - balances: warehouse, item, variant, lot, location, on hand (zeros left out)
    - jobs: year, number, status
    - movements of release: year, number, lot, record date, warehouse, reason, record number, line, item, variant,
      lot, location, quantity, material line, resolved_by, counterpart, picking type
    - opening_movements: record date, warehouse, reason, item, variant, lot, location, quantity (a plain load's
      numbers are the loader's affair)
    """
    return {
        "orders": in_order(
            (
                *order.key,
                order.status,
                order.quantity,
                order.quantity_before,
                order.produced_quantity,
                order.declarations,
                *(getattr(order.header, column) for column in HEADER_COLUMNS),
            )
            for order in orders
        ),
        "phases": in_order(
            tuple(getattr(row, column) for column in PHASE_COLUMNS) for order in orders for row in order.phases
        ),
        "materials": in_order(
            tuple(getattr(row, column) for column in MATERIAL_COLUMNS) for order in orders for row in order.materials
        ),
        "commitments": in_order(
            (*order.key, *line_lot, quantity) for order in orders for line_lot, quantity in order.commitments.items()
        ),
        "balances": in_order((*place, quantity) for place, quantity in balances(movements).items()),
        "jobs": in_order((*job, status) for job, status in jobs.items()),
        "movements": in_order(
            (
                *row.order,
                row.record_date,
                row.warehouse_code,
                row.reason_code,
                row.record_number,
                row.line,
                *row.place[1:],
                row.quantity,
                row.material_line,
                row.resolved_by,
                row.counterpart,
                row.picking_type,
            )
            for row in movements
            if row.order is not None
        ),
        "opening_movements": in_order(
            (row.record_date, row.warehouse_code, row.reason_code, *row.place[1:], row.quantity)
            for row in movements
            if row.order is None
        ),
    }


def in_order(rows: Iterable[tuple[Any, ...]]) -> tuple[tuple[object, ...], ...]:
    """Rows in a fixed order, None before everything."""
    return tuple(sorted(rows, key=lambda row: tuple((value is not None, value) for value in row)))
