"""Hypothesis strategies: small worlds that bite, and sequences of calls on them.

Few items, warehouses, lots and orders, so that they collide; configuration mostly right, so that orders are mostly
released, and wrong now and then. Every world is loadable (`assert_loadable` says what that means).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from .model import Model
from .orders import ReleaseRow, RestoreRow
from .world import (
    FILE_OF,
    Company,
    Item,
    ItemLocation,
    ItemMrpParameter,
    ItemVariant,
    JobOrder,
    Location,
    Lot,
    MaterialLot,
    MovementReason,
    OpeningStock,
    OrderKey,
    ProductionOrder,
    ProductionOrderMaterial,
    ProductionOrderPhase,
    Site,
    Warehouse,
    WarehouseRule,
    World,
    key_of,
    natural_key,
)

TODAY = date(2026, 11, 22)
YEAR = 2026
WAREHOUSES = ["W1", "W2", "W3"]
LOCATIONS = ["A", "B"]
SITES = ["N", "S"]
PRODUCTS = ["P0", "P1"]
MATERIALS = ["M1", "M2", "M3", "M4"]
PLOT_ITEM = "M4"
"""With the feature "plot" this item comes into the world by order 1 only, and order 2 needs it (R38)."""
LOT_CODES = ["L1", "L2", "L3"]


FEATURES = (
    "wip",
    "counterparts",
    "locations",
    "commitments",
    "by_products",
    "variants",
    "negative",
    "rules",
    "phases",
    "statuses",
    "scarcity",
    "plot",
    "flaws",
)
"""What a world may have beside plain orders and stock; each is there in every second world."""


class Dice:
    """Rolls of a seeded random. A feature that is off changes its own rolls only: the rest of the world stays as it
    is, and so hypothesis shrinks a failing world by turning features off and leaving orders and materials out."""

    def __init__(self, seed: int, features: frozenset[str]) -> None:
        self.random = random.Random(seed)
        self.features = features

    def one_in(self, odds: int, feature: str | None = None) -> bool:
        rolled = self.random.randrange(odds) == 0
        return rolled and (feature is None or feature in self.features)

    def pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def maybe(self, odds: int, *values: Any, feature: str | None = None) -> Any:
        """One of the values, once in so many times; else None."""
        value = self.pick(*values)
        return value if self.one_in(odds, feature) else None

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def quantity(self, low: int, high: int, decimals: int) -> Decimal:
        return Decimal(self.number(low * 10**decimals, high * 10**decimals)).scaleb(-decimals)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A company with three warehouses and a handful of orders."""
    features = frozenset(feature for feature in FEATURES if draw(st.booleans()))
    world = make_world(draw(st.integers(0, 2**32 - 1)), features)
    numbers = draw(st.integers(1, 8))  # more often all four than not, shrinking to one
    lines = draw(st.integers(1, 8)) * 10
    world.production_order = [row for row in world.production_order if row.order_number <= numbers]
    kept = {key_of(row) for row in world.production_order}
    world.production_order_phase = [row for row in world.production_order_phase if key_of(row) in kept]
    world.production_order_material = [
        row for row in world.production_order_material if key_of(row) in kept and row.line <= lines
    ]
    world.material_lot = [row for row in world.material_lot if key_of(row) in kept and row.line <= lines]
    return world


def make_world(seed: int, features: frozenset[str] = frozenset(FEATURES)) -> World:
    """The world of a seed; the same seed is the same world."""
    dice = Dice(seed, features)
    world = World()
    world.company.append(
        Company(
            wip_management=dice.one_in(2, "wip"),
            split_on_shortage=dice.one_in(3),
            transfer_manual_to_wip=dice.one_in(2, "wip"),
            allow_negative_stock=dice.one_in(2, "negative"),
            period_start=TODAY - timedelta(days=dice.pick(30, 30, 30, 2)),
            period_end=TODAY + timedelta(days=dice.pick(30, 30, 30, 1)),
        )
    )
    world.site.extend(Site(site_code=code) for code in SITES)
    for code in WAREHOUSES:
        _add_warehouse(dice, world, code)
    for code in WAREHOUSES:
        _add_reasons(dice, world, code)
    world.item.extend(Item(item_code=code, quantity_decimals=dice.pick(0, 0, 1)) for code in PRODUCTS)
    for code in MATERIALS:
        _add_material_item(dice, world, code)
    _add_rules(dice, world)
    _add_opening_stock(dice, world)
    for number in (1, 2):
        world.job_order.append(
            JobOrder(job_year=YEAR, job_number=number, site_code=dice.maybe(2, *SITES), supply_released=dice.one_in(6))
        )
    for number in range(1, 5):
        _add_order(dice, world, number, 0)
        twin = dice.pick(1, 3)
        if dice.one_in(6, "statuses"):
            _add_order(dice, world, number, twin)
    return world


def _add_warehouse(dice: Dice, world: World, code: str) -> None:
    world.warehouse.append(
        Warehouse(
            warehouse_code=code,
            site_code=dice.maybe(3, *SITES),
            allow_negative_stock=dice.one_in(2, "negative"),
            check_location=dice.one_in(3, "locations"),
            valid_until=dice.maybe(15, TODAY - timedelta(days=2), TODAY, TODAY + timedelta(days=2), feature="flaws"),
        )
    )
    world.location.extend(
        Location(warehouse_code=code, location_code=location, blocked=dice.one_in(5, "locations"))
        for location in LOCATIONS
    )


def _add_reasons(dice: Dice, world: World, code: str) -> None:
    """ISS and ISU issue, LOA and OPN load; all but OPN (the one opening stock is booked with) may be wrong."""

    def flaws() -> dict[str, Any]:
        return {
            "usable_in_production": not dice.one_in(40, "flaws"),
            "allow_unavailable_lots": dice.one_in(4),
            "default_location_code": dice.maybe(4, *LOCATIONS, feature="locations"),
        }

    def counterpart(odds: int, *right: str) -> dict[str, Any]:
        wrong = "LOA" if "ISS" in right else "ISS"
        pair = {
            "counterpart_warehouse_code": dice.pick(*WAREHOUSES),
            "counterpart_reason_code": dice.pick(*right),
        }
        if dice.one_in(40, "flaws"):
            pair["counterpart_reason_code"] = wrong
        return pair if dice.one_in(odds, "counterparts") else {}

    def reason(reason_code: str, direction: str, **values: Any) -> None:
        world.movement_reason.append(
            MovementReason(warehouse_code=code, reason_code=reason_code, direction=direction, **values)
        )

    turned = {"issue": "load", "load": "issue"}
    for reason_code, direction, odds, right in (
        ("ISS", "issue", 2, ("LOA", "OPN")),
        ("ISU", "issue", 3, ("LOA",)),
        ("LOA", "load", 2, ("ISS", "ISU")),
    ):
        reason(
            reason_code,
            turned[direction] if dice.one_in(40, "flaws") else direction,
            **flaws(),
            **counterpart(odds, *right),
        )
    reason("OPN", "load")


def _add_material_item(dice: Dice, world: World, code: str) -> None:
    world.item.append(
        Item(
            item_code=code,
            quantity_decimals=dice.pick(0, 1, 2),
            tracking=dice.pick("none", "lot"),
            lot_policy=dice.pick(*["fifo"] * 6, *["expiry"] * 5, "manual"),
            expiry_block_days=dice.pick(0, 0, 2),
            phantom=dice.one_in(20, "flaws"),
        )
    )
    if code == "M1":
        world.item_variant.append(ItemVariant(item_code=code, variant_code="V"))
    parameters = ItemMrpParameter(
        item_code=code,
        picking_type=dice.pick(*["automatic"] * 7, "manual", "manual", "with_list"),
        procurement_type=dice.pick("purchase", "purchase", "production", "subcontract"),
    )
    if not dice.one_in(40, "flaws"):
        world.item_mrp_parameter.append(parameters)
    for warehouse_code in WAREHOUSES:
        for location_code in LOCATIONS:
            mapped = ItemLocation(
                item_code=code,
                warehouse_code=warehouse_code,
                location_code=location_code,
                priority=dice.pick(1, 2),
            )
            if dice.one_in(6, "locations"):
                world.item_location.append(mapped)
    if world.item[-1].tracking == "lot":
        for variant_code in [None, "V"] if code == "M1" else [None]:
            for lot_code in LOT_CODES:
                world.lot.append(
                    Lot(
                        item_code=code,
                        variant_code=variant_code,
                        lot_code=lot_code,
                        start_date=dice.maybe(2, *(TODAY + timedelta(days=n) for n in (-9, -9, -1, 0, 1))),
                        expiry_date=dice.maybe(2, *(TODAY + timedelta(days=n) for n in (0, 2, 9, 9, 40))),
                        state="unavailable" if dice.one_in(8) else "available",
                        sellable=not dice.one_in(15),
                        closed=dice.one_in(15),
                    )
                )


def _add_rules(dice: Dice, world: World) -> None:
    """W1 for what is bought, W2 for what is made, W3 for WIP, as a rule."""

    def add(section: str, level: str, chance: bool, **owner: str) -> None:
        usual = {"raw_material": "W1", "semi_finished": "W2", "wip": "W3"}[section]
        row = WarehouseRule(
            level=level,
            section=section,
            warehouse_code=dice.pick(usual, usual, *WAREHOUSES),
            issue_reason_code=None if dice.one_in(30, "flaws") else dice.pick("ISS", "ISS", "ISU"),
            semi_finished_issue_reason_code=dice.pick("ISS", "ISS", "ISU") if section == "wip" else None,
            load_reason_code=None if dice.one_in(30, "flaws") else "LOA",
            **owner,
        )
        if section == "wip" and dice.one_in(20, "flaws"):
            row = replace(row, semi_finished_issue_reason_code=None)
        if chance:
            world.warehouse_rule.append(row)

    for section in ("raw_material", "semi_finished", "wip"):
        add(section, "company", not dice.one_in(12, "rules"))
        for site_code in SITES:
            add(section, "site", dice.one_in(3, "rules"), site_code=site_code)
        for item_code in MATERIALS:
            add(section, "item", dice.one_in(8, "rules"), item_code=item_code)


def _lots_of(world: World, item_code: str, variant_code: str | None) -> list[str]:
    return [row.lot_code for row in world.lot if (row.item_code, row.variant_code) == (item_code, variant_code)]


def _add_opening_stock(dice: Dice, world: World) -> None:
    """Enough for most orders, unless stock is scarce; of lot items a little of most lots everywhere."""
    for item_code in MATERIALS:
        for warehouse_code in WAREHOUSES:
            for _ in range(dice.number(1, 4)):
                variant_code = dice.maybe(3, "V", feature="variants") if item_code == "M1" else None
                lots = _lots_of(world, item_code, variant_code)
                lot_codes: list[str | None] = [*lots] or [None]
                for lot_code in lot_codes:
                    row = OpeningStock(
                        warehouse_code=warehouse_code,
                        item_code=item_code,
                        variant_code=variant_code,
                        lot_code=lot_code,
                        location_code=dice.maybe(3, *LOCATIONS, feature="locations"),
                        quantity=dice.pick(Decimal(dice.number(1, 40)), dice.quantity(1, 9, 1)),
                        record_date=TODAY + timedelta(days=dice.pick(-40, -40, -40, -40, -40, -2, 0, 2)),
                        reason_code="OPN",
                    )
                    missing = dice.one_in(2, "scarcity") or (item_code == PLOT_ITEM and "plot" in dice.features)
                    if not (missing or (lots and dice.one_in(3))):
                        world.opening_stock.append(row)


def _add_order(dice: Dice, world: World, number: int, lot: int) -> None:
    where: dict[str, Any] = {"order_year": YEAR, "order_number": number, "order_lot": lot}
    job = dice.maybe(2, 1, 2)
    world.production_order.append(
        ProductionOrder(
            **where,
            item_code=dice.pick(*PRODUCTS),
            quantity=dice.pick(Decimal(dice.number(1, 12)), Decimal(dice.number(1, 12)), dice.quantity(1, 6, 2)),
            status=dice.maybe(8, "executive", "closed", "archived", feature="statuses") or "launched",
            job_year=None if job is None else YEAR,
            job_number=job,
            project=dice.maybe(3, "PR1"),
            priority=dice.maybe(3, 5),
        )
    )
    phases = dice.pick([], [(10, 0)], [(10, 0), (20, 0)], [(10, 0), (20, 0), (20, 5)])
    phases = phases if "phases" in dice.features else []
    for phase, sub_phase in [(10, 0), (20, 0), (20, 5)]:
        row = ProductionOrderPhase(
            **where,
            phase=phase,
            sub_phase=sub_phase,
            machine=dice.maybe(2, "MILL"),
            machine_site_code=dice.maybe(2, *SITES),
            productive=not dice.one_in(4),
            movable=not dice.one_in(4),
        )
        if (phase, sub_phase) in phases:
            world.production_order_phase.append(row)
    for line in (10, 20, 30, 40):
        _add_material(dice, world, where, line, phases)


def _add_material(dice: Dice, world: World, where: dict[str, Any], line: int, phases: list[tuple[int, int]]) -> None:
    plot = "plot" in dice.features and line == 10 and where["order_number"] in (1, 2)
    item_code = dice.pick(*MATERIALS)
    if plot:
        item_code = PLOT_ITEM
    variant_code = dice.maybe(3, "V", feature="variants") if item_code == "M1" else None
    unit = dice.pick(Decimal(1), Decimal(1), Decimal(dice.number(1, 3)), dice.quantity(0, 2, 1), dice.quantity(0, 1, 3))
    by_product = dice.one_in(3, "by_products")
    if plot:
        by_product, unit = where["order_number"] == 1, Decimal(1)
    own: dict[str, Any] = {
        "warehouse_code": dice.pick(*WAREHOUSES),
        "reason_code": "LOA" if by_product != dice.one_in(20, "flaws") else dice.pick("ISS", "ISS", "ISU"),
        "location_code": dice.maybe(3, *LOCATIONS, feature="locations"),
    }
    phase, sub_phase = dice.pick(*phases, (None, None)) if phases else (None, None)
    world.production_order_material.append(
        ProductionOrderMaterial(
            **where,
            line=line,
            item_code=item_code,
            variant_code=variant_code,
            unit_quantity=-unit if by_product else unit,
            fixed=dice.one_in(6),
            scrap_percent=Decimal(dice.pick("0", "0", "5", "12.5")),
            picked_quantity=Decimal(dice.number(1, 30)).scaleb(-1) if dice.one_in(15) else Decimal(0),
            movable=not (dice.one_in(15) or ("plot" in dice.features and line > 20)),
            phase=phase,
            sub_phase=sub_phase,
            **(own if dice.one_in(3, "rules") else {}),
        )
    )
    for lot_code in _lots_of(world, item_code, variant_code):
        committed = MaterialLot(
            **where,
            line=line,
            lot_code=lot_code,
            quantity=dice.pick(Decimal(dice.number(1, 12)), dice.quantity(1, 5, 1)),
        )
        if by_product and not dice.one_in(6):
            world.material_lot.append(replace(committed, quantity=committed.quantity * 3))
        elif dice.one_in(4, "commitments"):
            world.material_lot.append(committed)


def assert_loadable(world: World) -> None:
    """What a loader must be able to take for granted: keys, references, and what belongs together."""
    for name in FILE_OF.values():
        keys = [natural_key(row) for row in getattr(world, name) if natural_key(row) is not None]
        assert len(keys) == len(set(keys)), name
    locations = {(row.warehouse_code, row.location_code) for row in world.location}
    reasons = {(row.warehouse_code, row.reason_code): row for row in world.movement_reason}
    lot_items = {row.item_code for row in world.item if row.tracking == "lot"}
    lots = {(row.item_code, row.variant_code, row.lot_code) for row in world.lot}
    phases = {(key_of(row), row.phase, row.sub_phase) for row in world.production_order_phase}
    for reason in world.movement_reason:
        both = (reason.counterpart_warehouse_code, reason.counterpart_reason_code)
        assert both == (None, None) or both in reasons
    for stock in world.opening_stock:
        assert stock.quantity > 0
        assert reasons[(stock.warehouse_code, stock.reason_code or "")].direction == "load"
        assert stock.location_code is None or (stock.warehouse_code, stock.location_code) in locations
        assert (stock.item_code in lot_items) == (stock.lot_code is not None)
        assert stock.lot_code is None or (stock.item_code, stock.variant_code, stock.lot_code) in lots
    materials = {(key_of(row), row.line): row for row in world.production_order_material}
    for row in materials.values():
        assert (row.warehouse_code is None) == (row.reason_code is None)
        assert row.reason_code is None or (row.warehouse_code, row.reason_code) in reasons
        assert row.location_code is None or (row.warehouse_code, row.location_code) in locations
        assert row.phase is None or (key_of(row), row.phase, row.sub_phase) in phases
    for commitment in world.material_lot:
        row = materials[(key_of(commitment), commitment.line)]
        assert commitment.quantity > 0
        assert (row.item_code, row.variant_code, commitment.lot_code) in lots


# Calls ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Release:
    orders: tuple[OrderKey, ...]
    record_date: date | None = None
    on_shortage: str | None = None
    all_or_none: bool = False
    quantities: Mapping[OrderKey, Decimal] = field(default_factory=dict)
    """How much of an order, where not all (R77)."""


@dataclass(frozen=True)
class Restore:
    orders: tuple[OrderKey, ...]
    all_or_none: bool = False


@dataclass(frozen=True)
class PreviewRelease:
    orders: tuple[OrderKey, ...]
    record_date: date | None = None
    on_shortage: str | None = None
    quantities: Mapping[OrderKey, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class PreviewRestore:
    orders: tuple[OrderKey, ...]


@dataclass(frozen=True)
class InsertDeclaration:
    """Put a declaration row on an order, if it is there and executive."""

    order: OrderKey


@dataclass(frozen=True)
class DropDeclarations:
    order: OrderKey


@dataclass(frozen=True)
class SetPeriod:
    start: date
    end: date


@dataclass(frozen=True)
class Book:
    """Others load stock by a plain record, or take it (below zero), as far as the rules for stock allow."""

    stock: OpeningStock


def booked(row: OpeningStock, quantity: Decimal, day: date) -> Book:
    """As much of what was there at the opening comes, or goes, by a reason of that direction."""
    reason_code = row.reason_code if quantity > 0 else "ISS"
    return Book(replace(row, quantity=quantity, record_date=day, reason_code=reason_code))


Call = Release | Restore | PreviewRelease | PreviewRestore | InsertDeclaration | DropDeclarations | SetPeriod | Book


def quantities_of(world: World, key: OrderKey) -> list[Decimal]:
    """Quantities to choose for an order: mostly such as it can be split at, some that cannot be."""
    header = next(row for row in world.production_order if (row.order_year, row.order_number) == key[:2])
    decimals = next(row.quantity_decimals for row in world.item if row.item_code == header.item_code)
    step = Decimal(1).scaleb(-decimals)
    parts = [(header.quantity * Decimal(share)).quantize(step) for share in ("0.1", "0.3", "0.5", "0.5", "0.7", "0.9")]
    odd = [Decimal(0), -step, header.quantity + step, parts[2] + step / 2, Decimal("NaN"), Decimal("Infinity")]
    return [*parts, *parts, step, header.quantity - step, header.quantity, header.quantity, *odd]


@st.composite
def calls(draw: st.DrawFn, world: World, most: int = 6) -> list[Call]:
    """A sequence of calls. Keys may name remainders that are there by then, or are not, and orders that never were.

    The first call is a release, so that the later ones find something to restore.
    """
    there = [key_of(row) for row in world.production_order]
    later = sorted({(year, number, lot + 1) for year, number, lot in there} - set(there))

    def pick(*values: Any) -> Any:
        return draw(st.sampled_from(values))

    def some() -> tuple[OrderKey, ...]:
        """Mostly orders of the world, in any order, with the odd duplicate, remainder or stranger."""
        keys = st.sampled_from([*there * 3, *later, (YEAR, 99, 0)])
        return tuple(draw(st.lists(keys, min_size=1, max_size=5)))

    def any_day() -> date | None:
        offset = pick(None, None, -3, -1, 1, 3)
        return None if offset is None else TODAY + timedelta(days=offset)

    def chosen(keys: tuple[OrderKey, ...]) -> dict[OrderKey, Decimal]:
        """In every second call a part of some orders: of a remainder a part of what its whole was at first."""
        if not pick(True, False):
            return {}
        return {
            key: draw(st.sampled_from(quantities_of(world, key)))
            for key in sorted(set(keys))
            if any(key[:2] == one[:2] for one in there) and pick(True, False)
        }

    def release(keys: tuple[OrderKey, ...]) -> Release:
        options = any_day(), pick(None, "split", "refuse"), pick(False, False, False, False, True)
        return Release(keys, *options, chosen(keys))

    first = tuple(draw(st.permutations(there)))
    made: list[Call] = [release(first[: draw(st.integers(1, len(first)))])]
    for _ in range(draw(st.integers(1, most - 1))):
        kind = pick("release", "release", "restore", "restore", "restore_all", "preview", "undo", "odd", "book")
        if kind == "release":
            made.append(release(some()))
        elif kind == "restore":
            made.append(Restore(some(), pick(False, False, False, False, True)))
        elif kind == "restore_all":
            made.append(Restore(tuple(draw(st.permutations(there + later)))))
        elif kind == "preview":
            keys = some()
            made.append(PreviewRelease(keys, any_day(), pick(None, "split"), chosen(keys)))
        elif kind == "undo":
            made.append(PreviewRestore(some()))
        elif kind == "book":
            if world.opening_stock:
                quantity, day = Decimal(pick(1, 5, 30, -1, -5)), TODAY + timedelta(days=pick(-3, 0, 2))
                made.append(booked(pick(*world.opening_stock), quantity, day))
        else:
            what = pick(InsertDeclaration, DropDeclarations, SetPeriod)
            if what is SetPeriod:
                made.append(SetPeriod(TODAY - timedelta(days=pick(30, 1, 0)), TODAY + timedelta(days=pick(30, 1, 0))))
            else:
                order = pick(*there, *later)
                made.extend([what(order), Restore((order,))])
    return made


@st.composite
def stories(draw: st.DrawFn, most: int = 6) -> tuple[World, list[Call]]:
    """A world and what happens in it."""
    world = draw(worlds())
    return world, draw(calls(world, most))


def carry_out(model: Model, call: Call) -> list[ReleaseRow] | list[RestoreRow]:
    """Do one call on the model; what it answers (nothing for what is no call of the API)."""
    match call:
        case Release():
            return model.release(call.orders, call.record_date, call.on_shortage, call.all_or_none, call.quantities)
        case Restore():
            return model.restore(call.orders, call.all_or_none)
        case PreviewRelease():
            return model.preview_release(call.orders, call.record_date, call.on_shortage, call.quantities)
        case PreviewRestore():
            return model.preview_restore(call.orders)
        case InsertDeclaration():
            if call.order in model.orders and model.orders[call.order].status == "executive":
                model.insert_declaration(call.order)
        case DropDeclarations():
            if call.order in model.orders:
                model.delete_declarations(call.order)
        case SetPeriod():
            model.set_period(call.start, call.end)
        case Book():
            if model.can_book(call.stock):
                model.book(call.stock)
    return []
