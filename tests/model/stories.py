"""A little shop to tell stories about: what a test does not say, stands here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from .both import Both
from .orders import Reason
from .stock import Movement
from .strategies import TODAY
from .world import (
    Company,
    Item,
    ItemMrpParameter,
    Lot,
    MaterialLot,
    MovementReason,
    OpeningStock,
    OrderKey,
    ProductionOrder,
    ProductionOrderMaterial,
    Warehouse,
    WarehouseRule,
    World,
    natural_key,
)

LONG_AGO = date(2026, 1, 2)
D = Decimal


def day(offset: int) -> date:
    """A day so many days after today."""
    return date.fromordinal(TODAY.toordinal() + offset)


def company(**values: Any) -> Company:
    columns: dict[str, Any] = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31), **values}
    return Company(**columns)


def warehouse(code: str, **values: Any) -> list[object]:
    """A warehouse with a reason to issue, ISS, and one to load, LOA."""
    return [
        Warehouse(warehouse_code=code, **values),
        MovementReason(warehouse_code=code, reason_code="ISS", direction="issue"),
        MovementReason(warehouse_code=code, reason_code="LOA", direction="load"),
    ]


def counterpart(warehouse_code: str, reason_code: str, other_code: str) -> MovementReason:
    """The reason ISS or LOA of a warehouse, of which the opposite one of another warehouse is the counterpart."""
    direction, opposite = {"ISS": ("issue", "LOA"), "LOA": ("load", "ISS")}[reason_code]
    return MovementReason(
        warehouse_code=warehouse_code,
        reason_code=reason_code,
        direction=direction,
        counterpart_warehouse_code=other_code,
        counterpart_reason_code=opposite,
    )


def rule(section: str, warehouse_code: str, level: str = "company", **values: Any) -> WarehouseRule:
    reasons: dict[str, Any] = {"issue_reason_code": "ISS", "load_reason_code": "LOA"}
    if section == "wip":
        reasons["semi_finished_issue_reason_code"] = "ISS"
    return WarehouseRule(level=level, section=section, warehouse_code=warehouse_code, **{**reasons, **values})


def item(code: str, picking: str | None = "automatic", procurement: str = "purchase", **values: Any) -> list[object]:
    """An item; without `picking` it has no MRP parameters."""
    rows: list[object] = [Item(item_code=code, **values)]
    if picking:
        rows.append(ItemMrpParameter(item_code=code, picking_type=picking, procurement_type=procurement))
    return rows


def stock(warehouse_code: str, item_code: str, quantity: object, **values: Any) -> OpeningStock:
    columns: dict[str, Any] = {"record_date": LONG_AGO, "reason_code": "LOA", **values}
    return OpeningStock(warehouse_code=warehouse_code, item_code=item_code, quantity=D(str(quantity)), **columns)


def lot(item_code: str, lot_code: str, **values: Any) -> Lot:
    return Lot(item_code=item_code, lot_code=lot_code, **values)


def order(number: int, quantity: object = 1, *materials: dict[str, Any], **values: Any) -> list[object]:
    """Order 2026/number of the item BIKE; its materials are `needs(...)`, lines 1, 2, ..."""
    columns: dict[str, Any] = {"item_code": "BIKE", **values}
    header = ProductionOrder(order_year=2026, order_number=number, quantity=D(str(quantity)), **columns)
    rows: list[object] = [header]
    where: dict[str, Any] = {"order_year": 2026, "order_number": number, "order_lot": header.order_lot}
    for line, material in enumerate(materials, start=1):
        committed = dict(material)
        lots = committed.pop("lots", {})
        rows.append(ProductionOrderMaterial(**where, line=line, **committed))
        for lot_code, part in lots.items():
            rows.append(MaterialLot(**where, line=line, lot_code=lot_code, quantity=D(str(part))))
    return rows


def needs(item_code: str, unit_quantity: object = 1, **values: Any) -> dict[str, Any]:
    """A material row; `lots={"A": 2}` are its commitments."""
    return {"item_code": item_code, "unit_quantity": D(str(unit_quantity)), **values}


def shop_world(*rows: object, **of_company: Any) -> World:
    """A company with the warehouse RAW, its rules for raw_material and semi_finished, and the items BIKE (whole
    pieces) and NUT (automatic, purchased), and these rows; a row given replaces one of the same natural key."""
    base = [
        company(**of_company),
        warehouse("RAW"),
        rule("raw_material", "RAW"),
        rule("semi_finished", "RAW"),
        item("BIKE", quantity_decimals=0),
        item("NUT", quantity_decimals=2),
    ]
    flat = [*_flat(base), *_flat(rows)]
    kept: dict[object, object] = {}
    for number, row in enumerate(flat):
        key = natural_key(row)
        kept[(type(row), key) if key is not None else number] = row
    return World.of(*kept.values())


def _flat(rows: Iterable[object]) -> list[object]:
    return [one for row in rows for one in (_flat(row) if isinstance(row, list) else [row])]


def key(number: int, lot: int = 0) -> OrderKey:
    return (2026, number, lot)


def codes(reasons: Iterable[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def moved(movements: Iterable[Movement]) -> list[tuple[str, str | None, str, str | None, str | None, Decimal]]:
    """What moved, in record order: warehouse, reason, item, lot, location, quantity."""
    return [
        (row.warehouse_code, row.reason_code, row.item_code, row.lot_code, row.location_code, row.quantity)
        for row in movements
    ]


def on_hand(model: Both, warehouse_code: str, item_code: str, lot_code: str | None = None) -> Decimal:
    return sum(
        (
            quantity
            for place, quantity in model.balances().items()
            if place[0] == warehouse_code and place[1] == item_code and lot_code in (None, place[3])
        ),
        D(0),
    )
