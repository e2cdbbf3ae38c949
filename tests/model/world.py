"""The world a model or a database starts from: the CSV folder of the rules, section 12, as Python rows keyed by codes.

A class per file, a field per column, in the order of the section's table; `None` is an empty cell.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from pathlib import Path

OrderKey = tuple[int, int, int]
"""Year, number and lot of a production order."""


@dataclass(frozen=True, kw_only=True)
class Company:
    company_code: str = "ACME"
    description: str | None = None
    wip_management: bool = False
    split_on_shortage: bool = False
    transfer_manual_to_wip: bool = False
    allow_negative_stock: bool = False
    over_production_percent: Decimal | None = None
    time_zone: str | None = None
    period_start: date
    period_end: date


@dataclass(frozen=True, kw_only=True)
class Site:
    site_code: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    warehouse_code: str
    description: str | None = None
    site_code: str | None = None
    allow_negative_stock: bool = False
    check_location: bool = False
    valid_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Location:
    warehouse_code: str
    location_code: str
    blocked: bool = False


@dataclass(frozen=True, kw_only=True)
class MovementReason:
    warehouse_code: str
    reason_code: str
    description: str | None = None
    direction: str
    usable_in_production: bool = True
    allow_unavailable_lots: bool = False
    counterpart_warehouse_code: str | None = None
    counterpart_reason_code: str | None = None
    default_location_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class WarehouseRule:
    level: str
    site_code: str | None = None
    item_code: str | None = None
    section: str
    warehouse_code: str
    issue_reason_code: str | None = None
    semi_finished_issue_reason_code: str | None = None
    load_reason_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    item_code: str
    item_class: str | None = None
    description: str | None = None
    uom: str | None = "PC"
    quantity_decimals: int = 3
    tracking: str = "none"
    lot_policy: str = "fifo"
    expiry_block_days: int = 0
    phantom: bool = False


@dataclass(frozen=True, kw_only=True)
class ItemVariant:
    item_code: str
    variant_code: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class ItemLocation:
    item_code: str
    warehouse_code: str
    location_code: str
    priority: int = 1


@dataclass(frozen=True, kw_only=True)
class ItemMrpParameter:
    item_code: str
    picking_type: str
    procurement_type: str


@dataclass(frozen=True, kw_only=True)
class Lot:
    item_code: str
    variant_code: str | None = None
    lot_code: str
    start_date: date | None = None
    expiry_date: date | None = None
    state: str = "available"
    sellable: bool = True
    closed: bool = False


@dataclass(frozen=True, kw_only=True)
class OpeningStock:
    warehouse_code: str
    item_code: str
    variant_code: str | None = None
    lot_code: str | None = None
    location_code: str | None = None
    quantity: Decimal
    record_date: date
    reason_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class JobOrder:
    job_year: int
    job_number: int
    job_type: str | None = None
    site_code: str | None = None
    customer: str | None = None
    description: str | None = None
    supply_released: bool = False


@dataclass(frozen=True, kw_only=True)
class ProductionOrder:
    order_year: int
    order_number: int
    order_lot: int = 0
    order_type: str | None = None
    item_code: str
    variant_code: str | None = None
    quantity: Decimal
    status: str = "launched"
    level: int = 1
    start_date: date | None = None
    end_date: date | None = None
    job_year: int | None = None
    job_number: int | None = None
    project: str | None = None
    firm: str | None = None
    priority: int | None = None
    load_warehouse_code: str | None = None
    load_reason_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProductionOrderPhase:
    order_year: int
    order_number: int
    order_lot: int = 0
    phase: int
    sub_phase: int = 0
    description: str | None = None
    department: str | None = None
    work_center: str | None = None
    machine: str | None = None
    machine_site_code: str | None = None
    external: bool = False
    productive: bool = True
    movable: bool = True


@dataclass(frozen=True, kw_only=True)
class ProductionOrderMaterial:
    order_year: int
    order_number: int
    order_lot: int = 0
    line: int
    item_code: str
    variant_code: str | None = None
    unit_quantity: Decimal
    fixed: bool = False
    scrap_percent: Decimal = Decimal(0)
    picked_quantity: Decimal = Decimal(0)
    movable: bool = True
    phase: int | None = None
    sub_phase: int | None = None
    warehouse_code: str | None = None
    reason_code: str | None = None
    location_code: str | None = None
    priority: int | None = None


@dataclass(frozen=True, kw_only=True)
class MaterialLot:
    order_year: int
    order_number: int
    order_lot: int = 0
    line: int
    lot_code: str
    quantity: Decimal


OrderRow = ProductionOrder | ProductionOrderPhase | ProductionOrderMaterial | MaterialLot


def key_of(row: OrderRow) -> OrderKey:
    """The key of the order a row belongs to."""
    return (row.order_year, row.order_number, row.order_lot)


@dataclass
class World:
    """One company's data: a list of rows per file; the field names are the files' names."""

    company: list[Company] = field(default_factory=list)
    site: list[Site] = field(default_factory=list)
    warehouse: list[Warehouse] = field(default_factory=list)
    location: list[Location] = field(default_factory=list)
    movement_reason: list[MovementReason] = field(default_factory=list)
    warehouse_rule: list[WarehouseRule] = field(default_factory=list)
    item: list[Item] = field(default_factory=list)
    item_variant: list[ItemVariant] = field(default_factory=list)
    item_location: list[ItemLocation] = field(default_factory=list)
    item_mrp_parameter: list[ItemMrpParameter] = field(default_factory=list)
    lot: list[Lot] = field(default_factory=list)
    opening_stock: list[OpeningStock] = field(default_factory=list)
    job_order: list[JobOrder] = field(default_factory=list)
    production_order: list[ProductionOrder] = field(default_factory=list)
    production_order_phase: list[ProductionOrderPhase] = field(default_factory=list)
    production_order_material: list[ProductionOrderMaterial] = field(default_factory=list)
    material_lot: list[MaterialLot] = field(default_factory=list)

    @classmethod
    def of(cls, *rows: object) -> World:
        """A world of these rows, in any order, each put in the file of its class."""
        world = cls()
        for row in rows:
            getattr(world, FILE_OF[type(row)]).append(row)
        return world

    @property
    def the_company(self) -> Company:
        (company,) = self.company
        return company


FILE_OF: dict[type, str] = {
    Company: "company",
    Site: "site",
    Warehouse: "warehouse",
    Location: "location",
    MovementReason: "movement_reason",
    WarehouseRule: "warehouse_rule",
    Item: "item",
    ItemVariant: "item_variant",
    ItemLocation: "item_location",
    ItemMrpParameter: "item_mrp_parameter",
    Lot: "lot",
    OpeningStock: "opening_stock",
    JobOrder: "job_order",
    ProductionOrder: "production_order",
    ProductionOrderPhase: "production_order_phase",
    ProductionOrderMaterial: "production_order_material",
    MaterialLot: "material_lot",
}
"""The file (without `.csv`) of each kind of row."""

_ORDER = ("order_year", "order_number", "order_lot")

NATURAL_KEY: dict[type, tuple[str, ...]] = {
    Company: ("company_code",),
    Site: ("site_code",),
    Warehouse: ("warehouse_code",),
    Location: ("warehouse_code", "location_code"),
    MovementReason: ("warehouse_code", "reason_code"),
    WarehouseRule: ("level", "site_code", "item_code", "section"),
    Item: ("item_code",),
    ItemVariant: ("item_code", "variant_code"),
    ItemLocation: ("item_code", "warehouse_code", "location_code"),
    ItemMrpParameter: ("item_code",),
    Lot: ("item_code", "variant_code", "lot_code"),
    JobOrder: ("job_year", "job_number"),
    ProductionOrder: _ORDER,
    ProductionOrderPhase: (*_ORDER, "phase", "sub_phase"),
    ProductionOrderMaterial: (*_ORDER, "line"),
    MaterialLot: (*_ORDER, "line", "lot_code"),
}
"""What makes a row of a file the only one of its kind; equal rows of opening_stock are movements of their own."""


def natural_key(row: object) -> tuple[object, ...] | None:
    """The row's natural key, None where its file has none."""
    columns = NATURAL_KEY.get(type(row))
    return None if columns is None else tuple(getattr(row, column) for column in columns)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def write_csv(world: World, folder: Path) -> None:
    """Write every file of a CSV folder into `folder` (made if missing), UTF-8, all columns, empty files as a header."""
    folder.mkdir(parents=True, exist_ok=True)
    for row_type, name in FILE_OF.items():
        columns = [column.name for column in fields(row_type)]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            for row in getattr(world, name):
                writer.writerow([_cell(getattr(row, column)) for column in columns])
