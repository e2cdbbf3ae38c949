"""Hypothesis strategies: worlds in which work is declared, and stories of declaring and going back."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from hypothesis import strategies as st

from .declaration import NOW, ZONES, DeclarationRow, DeclareRow, Element, Handle
from .orders import ReleaseRow, RestoreRow
from .production import ProductionModel
from .strategies import (
    LOCATIONS,
    LOT_CODES,
    MATERIALS,
    PRODUCTS,
    SITES,
    TODAY,
    WAREHOUSES,
    YEAR,
    Call,
    Dice,
    PreviewRelease,
    PreviewRestore,
    Release,
    Restore,
    SetPeriod,
    booked,
    carry_out,
    worlds,
)
from .world import (
    Item,
    ItemLocation,
    ItemVariant,
    Lot,
    MaterialLot,
    OpeningStock,
    OrderKey,
    ProductionOrder,
    ProductionOrderPhase,
    WarehouseRule,
    World,
    key_of,
)

FEATURES = (
    "lots",
    "materials",
    "headers",
    "levels",
    "gaps",
    "flaws",
    "locations",
    "idle",
    "plenty",
    "variants",
    "imported",
    "transfer",
)
"""What a world may have for its declarations: products by lot, products that are materials elsewhere, loads by the
order's header, semi-finished products, empty sections, mistakes, locations, phases that do not produce or move, stock
of everything everywhere, products with a variant, orders that are executive without a release, and releases that
transfer to WIP what is picked by hand."""

PHASES = [(10, 0), (20, 0), (20, 5)]
NEW_LOTS = ["N1", "N2"]
"""Lots that only a registration makes."""


@st.composite
def production_worlds(draw: st.DrawFn) -> World:
    """A world of `strategies.worlds` in which most materials are picked by hand and most orders have phases."""
    features = frozenset(feature for feature in FEATURES if draw(st.booleans()))
    return with_production(draw(worlds()), draw(st.integers(0, 2**32 - 1)), features)


def with_production(world: World, seed: int, features: frozenset[str] = frozenset(FEATURES)) -> World:
    """The same world with what declarations need; the same seed is the same world."""
    dice = Dice(seed, features)
    percent = dice.pick(None, Decimal(0), Decimal(10), Decimal("12.5"), Decimal(100))
    zone = dice.pick(None, *ZONES)
    world.company = [replace(row, over_production_percent=percent, time_zone=zone) for row in world.company]
    world.item_mrp_parameter = [
        replace(row, picking_type=dice.pick("manual", "manual", row.picking_type)) for row in world.item_mrp_parameter
    ]
    _change_products(dice, world)
    _change_orders(dice, world)
    _add_rules(dice, world)
    if "plenty" in features:
        _add_stock(world)
    if "transfer" in features:
        _transfer(dice, world)
    return world


def _change_products(dice: Dice, world: World) -> None:
    for code in PRODUCTS:
        by_lot = dice.one_in(2, "lots")
        world.item = [
            replace(row, tracking="lot" if by_lot else "none", lot_policy=dice.pick("fifo", "expiry", "manual"))
            if row.item_code == code
            else row
            for row in world.item
        ]
        world.item_variant.append(ItemVariant(item_code=code, variant_code="V"))
        for variant_code in (None, "V"):
            for lot_code in LOT_CODES:
                lot = Lot(
                    item_code=code,
                    variant_code=variant_code,
                    lot_code=lot_code,
                    start_date=dice.maybe(2, TODAY - timedelta(days=9), TODAY + timedelta(days=1)),
                    expiry_date=dice.maybe(3, TODAY, TODAY + timedelta(days=9)),
                    state="unavailable" if dice.one_in(8) else "available",
                    closed=dice.one_in(15),
                )
                if by_lot:
                    world.lot.append(lot)
        for warehouse_code in WAREHOUSES:
            mapped = ItemLocation(
                item_code=code, warehouse_code=warehouse_code, location_code=dice.pick(*LOCATIONS), priority=1
            )
            if dice.one_in(4, "locations"):
                world.item_location.append(mapped)


def _change_orders(dice: Dice, world: World) -> None:
    """Other products, headers, and phases with the materials that they consume."""
    world.production_order_phase = []
    phases_of: dict[OrderKey, list[tuple[int, int]]] = {}
    orders = []
    for order in world.production_order:
        orders.append(_with_product(dice, order))
        phases = dice.pick(*[PHASES[:1]] * 4, *[PHASES[:2]] * 4, *[PHASES] * 2, [])
        phases_of[key_of(order)] = phases
        for phase, sub_phase in PHASES:
            row = ProductionOrderPhase(
                order_year=order.order_year,
                order_number=order.order_number,
                order_lot=order.order_lot,
                phase=phase,
                sub_phase=sub_phase,
                machine=dice.maybe(2, "MILL"),
                machine_site_code=dice.maybe(2, *SITES),
                productive=not dice.one_in(4, "idle"),
                movable=not dice.one_in(4, "idle"),
            )
            if (phase, sub_phase) in phases:
                world.production_order_phase.append(row)
    world.production_order = orders
    materials = []
    for material in world.production_order_material:
        phases = phases_of[key_of(material)]
        at = dice.random.choice([(None, None), *phases, *phases])
        materials.append(replace(material, phase=at[0], sub_phase=at[1]))
    world.production_order_material = materials


def _with_product(dice: Dice, order: ProductionOrder) -> ProductionOrder:
    item_code = dice.pick(*MATERIALS) if dice.one_in(2, "materials") else order.item_code
    variant_code = dice.maybe(3, "V", feature="variants") if item_code in (*PRODUCTS, "M1") else None
    warehouse_code, reason_code = None, None
    loads = dice.pick(*WAREHOUSES), ("LOA" if not dice.one_in(8, "flaws") else dice.pick("ISS", None))
    if dice.one_in(2, "headers"):
        warehouse_code, reason_code = loads
    return replace(
        order,
        status="executive" if order.status == "launched" and dice.one_in(2, "imported") else order.status,
        item_code=item_code,
        variant_code=variant_code,
        level=dice.pick(1, 2) if "levels" in dice.features else 1,
        load_warehouse_code=warehouse_code,
        load_reason_code=reason_code,
    )


def _add_rules(dice: Dice, world: World) -> None:
    """W2 for what is produced, W3 for scrap, as a rule."""

    def add(section: str, level: str, chance: bool, **owner: str) -> None:
        usual = {"finished": "W2", "semi_finished": "W2", "scrap": "W3"}[section]
        row = WarehouseRule(
            level=level,
            section=section,
            warehouse_code=dice.pick(usual, usual, *WAREHOUSES),
            issue_reason_code="ISS",
            load_reason_code=None if dice.one_in(25, "flaws") else dice.pick("LOA", "LOA", "OPN"),
            **owner,
        )
        if chance:
            world.warehouse_rule.append(row)

    for section in ("finished", "scrap"):
        add(section, "company", not dice.one_in(3, "gaps"))
        for site_code in SITES:
            add(section, "site", dice.one_in(4, "gaps"), site_code=site_code)
        for item_code in (*PRODUCTS, *MATERIALS):
            add(section, "item", dice.one_in(8, "gaps"), item_code=item_code)
    for item_code in PRODUCTS:
        add("semi_finished", "item", dice.one_in(4, "gaps"), item_code=item_code)


def _add_stock(world: World) -> None:
    """Some of everything everywhere, so that most of what is asked can go."""
    item: Item
    for item in world.item:
        for warehouse_code in WAREHOUSES:
            lots = [(row.variant_code, row.lot_code) for row in world.lot if row.item_code == item.item_code]
            for variant_code, lot_code in lots if item.tracking == "lot" else [(None, None), ("V", None)]:
                if variant_code is None or item.item_code in (*PRODUCTS, "M1"):
                    world.opening_stock.append(
                        OpeningStock(
                            warehouse_code=warehouse_code,
                            item_code=item.item_code,
                            variant_code=variant_code,
                            lot_code=lot_code,
                            quantity=Decimal(60),
                            record_date=TODAY - timedelta(days=40),
                            reason_code="OPN",
                        )
                    )


def _transfer(dice: Dice, world: World) -> None:
    """R9: rows with a warehouse of their own, levels without a wip section, and lots that are chosen by hand."""
    world.company = [replace(row, wip_management=True, transfer_manual_to_wip=True) for row in world.company]
    if dice.one_in(2):  # more than was transferred may be asked for
        world.company = [replace(row, over_production_percent=Decimal(100)) for row in world.company]
    by_hand = {code for code in MATERIALS if dice.one_in(2)}
    world.item = [replace(row, lot_policy="manual") if row.item_code in by_hand else row for row in world.item]
    owners = {(row.level, row.site_code, row.item_code, row.section) for row in world.warehouse_rule}
    for item_code in MATERIALS:
        raw_only = WarehouseRule(
            level="item",
            item_code=item_code,
            section="raw_material",
            warehouse_code=dice.pick(*WAREHOUSES),
            issue_reason_code="ISS",
            load_reason_code="LOA",
        )
        if dice.one_in(3, "gaps") and not owners & {
            ("item", None, item_code, part) for part in ("raw_material", "wip")
        }:
            world.warehouse_rule.append(raw_only)
    committed = {(key_of(row), row.line, row.lot_code) for row in world.material_lot}
    materials = []
    for row in world.production_order_material:
        own = {
            "warehouse_code": dice.pick(*WAREHOUSES),
            "reason_code": dice.pick("ISS", "ISS", "ISU"),
            "location_code": dice.maybe(3, *LOCATIONS, feature="locations"),
        }
        takes_own = dice.one_in(3) and row.unit_quantity > 0
        materials.append(replace(row, **own) if takes_own else row)
        lots = [lot for lot in world.lot if (lot.item_code, lot.variant_code) == (row.item_code, row.variant_code)]
        for lot in lots if row.item_code in by_hand else []:
            quantity = dice.pick(Decimal(3), Decimal("4.5"), Decimal(40))
            if not dice.one_in(3) and (key_of(row), row.line, lot.lot_code) not in committed:
                world.material_lot.append(
                    MaterialLot(
                        order_year=row.order_year,
                        order_number=row.order_number,
                        order_lot=row.order_lot,
                        line=row.line,
                        lot_code=lot.lot_code,
                        quantity=quantity,
                    )
                )
    world.production_order_material = materials


# Calls ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Declare:
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Register:
    handles: tuple[Handle, ...]
    record_date: date | None = None


@dataclass(frozen=True)
class PreviewRegistration:
    handles: tuple[Handle, ...]
    record_date: date | None = None


@dataclass(frozen=True)
class RollBack:
    handles: tuple[Handle, ...]


@dataclass(frozen=True)
class Delete:
    handles: tuple[Handle, ...]


ProductionCall = Call | Declare | Register | PreviewRegistration | RollBack | Delete
ProductionRows = list[ReleaseRow] | list[RestoreRow] | list[DeclareRow] | list[DeclarationRow]


class Foreman:
    """Says what is declared next, mostly in sequence: he believes that all he declared was taken."""

    def __init__(self, seed: int, world: World) -> None:
        self.random = random.Random(seed)
        self.there = [key_of(row) for row in world.production_order]
        self.quantity = {key_of(row): row.quantity for row in world.production_order}
        self.phases: dict[OrderKey, list[tuple[int, int]]] = {key: [] for key in self.there}
        alive = {key_of(row) for row in world.production_order if row.status in ("launched", "executive")}
        for row in world.production_order_phase:
            if row.productive and key_of(row) in alive:
                self.phases[key_of(row)].append((row.phase, row.sub_phase))
        self.good: dict[tuple[OrderKey, tuple[int, int]], Decimal] = {}
        self.hopeful: list[Handle] = []
        self.last: dict[tuple[OrderKey, tuple[int, int]], str] = {}
        self.asked = 0
        self.hours = 0
        self.timed = self.pick(True, False)

    def pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def element(self, key: OrderKey, phase: tuple[int, int], kind: str, part: Decimal = Decimal("0.5")) -> Element:
        """A part of the order is good where work is done; the rest of the row is drawn."""
        self.asked += 1
        self.last[key, phase] = kind
        good = scrap = Decimal(0)
        if phase in self.phases.get(key, []):
            self.hopeful.append(self.asked)
        if kind in ("progress", "closing"):
            whole = self.quantity.get(key, Decimal(3))
            wanted = whole * part * self.pick(1, 1, 1, 1, 2, 0, Decimal("0.3"))
            rest = max(whole - self.good.get((key, phase), Decimal(0)), Decimal(0)) + self.pick(*[0] * 8, 1, 5)
            good = min(wanted, rest).quantize(Decimal(self.pick("1", "1", "0.1")), rounding=ROUND_DOWN)
            self.good[key, phase] = self.good.get((key, phase), Decimal(0)) + good
            scrap = self.pick(*[Decimal(0)] * 3, Decimal(1), Decimal("0.5"))
        return Element(
            key,
            *phase,
            kind,
            declared_at=self.moment(),
            good_quantity=good,
            scrap_quantity=scrap,
            lot_code=self.pick(*LOT_CODES[:2], *NEW_LOTS, *NEW_LOTS, None) if good + scrap else None,
        )

    def moment(self) -> datetime | None:
        """Moments go on by hours, over a few days; told at all or not, in a story."""
        if not self.timed:
            return None
        if self.pick(*[False] * 15, True):
            return NOW
        self.hours += self.pick(0, 1, 1, 5, 9, 9, 20, -1)
        return datetime.combine(TODAY, datetime.min.time()) + timedelta(days=-4, hours=self.hours)

    def any_phase(self) -> tuple[OrderKey, tuple[int, int]]:
        keys = [key for key in self.there if self.phases[key]]
        if not keys or self.pick(*[False] * 15, True):
            year, number, lot = self.pick(*self.there, (YEAR, 99, 0))
            return (year, number, lot + self.pick(0, 1)), self.pick(*PHASES, (7, 0))
        key = self.pick(*keys)
        return key, self.pick(*self.phases[key])

    def next_step(self) -> Element:
        """The next row of some phase: mostly a fitting one."""
        key, phase = self.any_phase()
        last = self.last.get((key, phase))
        fitting = {None: ["opening"], "suspension": ["resume"], "closing": ["closing", "progress"]}
        kinds = fitting.get(last, ["progress", "progress", "progress", "suspension", "closing"])
        if self.pick(*[False] * 11, True):
            kinds = ["opening", "suspension", "resume", "progress", "closing"]
        return self.element(key, phase, self.pick(*kinds))

    def work(self) -> list[Element]:
        """A phase from its opening to its closing."""
        key, phase = self.any_phase()
        steps = self.pick(["progress"], ["progress", "progress"], ["suspension", "resume", "progress"], [])
        kinds = [*([] if (key, phase) in self.last else ["opening"]), *steps, *self.pick(["closing"], ["closing"], [])]
        part = Decimal(1) / max(1, kinds.count("progress") + kinds.count("closing"))
        return [self.element(key, phase, kind, part) for kind in kinds]

    def declare(self) -> Declare:
        elements = []
        for _ in range(self.pick(1, 1, 2, 3)):
            elements += self.work() if self.pick(True, False) else [self.next_step()]
        return Declare(tuple(elements or [self.next_step()]))

    def some(self) -> tuple[Handle, ...]:
        """Some handles, in any order, with the odd duplicate or stranger."""
        handles = [*self.hopeful * 4, *range(1, self.asked + 2)]
        return tuple(self.random.choices(handles, k=self.number(1, 6)))

    def all(self) -> tuple[Handle, ...]:
        return tuple(self.random.sample(self.hopeful, len(self.hopeful))) or (1,)

    def some_or_all(self) -> tuple[Handle, ...]:
        return self.all() if self.pick(True, False) else self.some()

    def orders(self, *, whole: bool = False) -> tuple[OrderKey, ...]:
        """Some orders, or all, in any order; the remainders that there may be among them."""
        if whole:
            return tuple(self.random.sample(self.there, len(self.there)))
        later = [(year, number, lot + 1) for year, number, lot in self.there]
        return tuple(self.random.choices([*self.there * 2, *later], k=self.number(1, 5)))

    def any_day(self) -> date | None:
        """The day of a registration; none where the moments tell it."""
        offset = self.pick(*[None if self.timed else 0] * 3, -3, 1, 3)
        return None if offset is None else TODAY + timedelta(days=offset)


def make_production_calls(seed: int, world: World) -> list[ProductionCall]:
    """Calls that begin with a release and a declaration; the same seed is the same calls."""
    foreman = Foreman(seed, world)
    pick = foreman.pick
    made: list[ProductionCall] = [
        Release(foreman.orders(whole=True), None, pick("split", "refuse")),
        foreman.declare(),
        foreman.declare(),
        Register(foreman.all(), foreman.any_day()),
    ]
    for _ in range(foreman.number(1, 9)):
        match pick(*["declare"] * 4, *["register"] * 4, "preview", "back", "back", "delete", "delete", "orders", "odd"):
            case "declare":
                made.append(foreman.declare())
            case "register":
                made.append(Register(foreman.some_or_all(), foreman.any_day()))
            case "preview":
                made.append(PreviewRegistration(foreman.some_or_all(), foreman.any_day()))
            case "back":
                made.append(RollBack(foreman.some_or_all()))
            case "delete":
                made.append(Delete(foreman.some_or_all()))
            case "orders":
                kind = pick(Release, Restore, PreviewRelease, PreviewRestore)
                made.append(kind(foreman.orders()))
            case _:
                if pick(True, False) and world.opening_stock:
                    quantity, day = Decimal(pick(5, 30, -1, -5)), TODAY + timedelta(days=pick(-3, 0, 2))
                    made.append(booked(pick(*world.opening_stock), quantity, day))
                else:
                    start, end = pick(30, 1, 0), pick(30, 1, 0)
                    made.append(SetPeriod(TODAY - timedelta(days=start), TODAY + timedelta(days=end)))
    return made


@st.composite
def production_stories(draw: st.DrawFn) -> tuple[World, list[ProductionCall]]:
    """A world and what happens in it. It shrinks by leaving calls out."""
    world = draw(production_worlds())
    made = make_production_calls(draw(st.integers(0, 2**32 - 1)), world)
    return world, _without_some(draw, made)


def _without_some(draw: st.DrawFn, made: list[ProductionCall]) -> list[ProductionCall]:
    kept = [draw(st.integers(0, 15)) < 15 for _ in made]
    return [call for call, keep in zip(made, kept, strict=True) if keep] or made[:1]


def work_on(model: ProductionModel, call: ProductionCall) -> ProductionRows:
    """Do one call on the model; what it answers (nothing for what is no call of the API)."""
    match call:
        case Declare():
            return model.declare(call.elements)
        case Register():
            return model.register(call.handles, call.record_date)
        case PreviewRegistration():
            return model.preview_registration(call.handles, call.record_date)
        case RollBack():
            return model.roll_back(call.handles)
        case Delete():
            return model.delete(call.handles)
        case _:
            return carry_out(model, call)


# There and back ------------------------------------------------------------------------------------------------------


def way_back(call: ProductionCall, rows: ProductionRows) -> ProductionCall | None:
    """What undoes a call that answered so; None where there is nothing to undo."""
    orders = tuple(row.key for row in rows if isinstance(row, ReleaseRow) and row.outcome != "refused")
    declared = tuple(row.handle for row in rows if isinstance(row, DeclareRow) and row.handle is not None)
    registered = tuple(row.handle for row in rows if isinstance(row, DeclarationRow) and row.outcome == "registered")
    match call:
        case Release() if orders:
            return Restore(orders[::-1])
        case Declare() if declared:
            return Delete(declared[::-1])
        case Register() if registered:
            return RollBack(registered[::-1])
        case _:
            return None


def make_forward_calls(seed: int, world: World) -> list[ProductionCall]:
    """Releases, declarations and registrations, in random batches; the same seed is the same calls."""
    foreman = Foreman(seed, world)
    made: list[ProductionCall] = [Release(foreman.orders(whole=True), None, "split"), foreman.declare()]
    for _ in range(foreman.number(2, 8)):
        match foreman.pick("release", "declare", "declare", "register", "register"):
            case "release":
                made.append(Release(foreman.orders(), foreman.any_day(), "split"))
            case "declare":
                made.append(foreman.declare())
            case _:
                made.append(Register(foreman.some_or_all(), foreman.any_day()))
    return made


@st.composite
def forward_stories(draw: st.DrawFn) -> tuple[World, list[ProductionCall]]:
    """A world and a way forward in it. It shrinks by leaving calls out."""
    world = draw(production_worlds())
    made = make_forward_calls(draw(st.integers(0, 2**32 - 1)), world)
    return world, _without_some(draw, made)
