"""Changes of what the company has set up, and of the phases and rows of its orders, between one call and the next.

A change is a row of the world as it is from then on (`Put`), or one that is no more (`Drop`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from hypothesis import strategies as st

from . import production_strategies, strategies
from .declaration import Element
from .model import Model
from .production_strategies import NEW_LOTS, Declare, ProductionCall, Register, with_production
from .strategies import LOT_CODES, TODAY, WAREHOUSES, Release, make_world
from .world import (
    Company,
    Item,
    ItemLocation,
    ItemMrpParameter,
    Location,
    Lot,
    MovementReason,
    OrderKey,
    ProductionOrderMaterial,
    ProductionOrderPhase,
    Warehouse,
    WarehouseRule,
    World,
    key_of,
)

LATE_PHASE = (30, 0)
"""Comes into orders while they are worked on, after all the phases that they have."""

Row = (
    Company
    | Item
    | ItemLocation
    | ItemMrpParameter
    | Location
    | Lot
    | MovementReason
    | ProductionOrderMaterial
    | ProductionOrderPhase
    | Warehouse
    | WarehouseRule
)


@dataclass(frozen=True)
class Put:
    row: Row


@dataclass(frozen=True)
class Drop:
    row: ItemMrpParameter | WarehouseRule | ItemLocation


Change = Put | Drop


# On the model --------------------------------------------------------------------------------------------------------


def change_model(model: Model, change: Change) -> None:
    """Do a change on the model."""
    config, row = model.config, change.row
    drop = isinstance(change, Drop)
    match row:
        case Company():
            config.company = row
        case Item():
            config.items[row.item_code] = row
        case ItemMrpParameter():
            config.parameters.pop(row.item_code, None)
            if not drop:
                config.parameters[row.item_code] = row
        case ItemLocation():
            config.location_map = [one for one in config.location_map if _spot(one) != _spot(row)]
            if not drop:
                config.location_map.append(row)
        case Location():
            config.blocked.discard((row.warehouse_code, row.location_code))
            if row.blocked:
                config.blocked.add((row.warehouse_code, row.location_code))
        case Lot():
            place = (row.item_code, row.variant_code)
            config.lots[place] = [row if one.lot_code == row.lot_code else one for one in config.lots[place]]
        case MovementReason():
            config.reasons[row.warehouse_code, row.reason_code] = row
        case Warehouse():
            config.warehouses[row.warehouse_code] = row
        case WarehouseRule():
            owner = {"company": None, "site": row.site_code, "item": row.item_code}[row.level]
            rules = config.rules.setdefault((row.level, owner), {})
            rules.pop(row.section, None)
            if not drop:
                rules[row.section] = row
        case ProductionOrderPhase():
            order = model.orders[key_of(row)]
            place_of = {(one.phase, one.sub_phase): one for one in order.phases}
            order.phases = tuple({**place_of, (row.phase, row.sub_phase): row}.values())
        case ProductionOrderMaterial():
            order = model.orders[key_of(row)]
            order.materials = tuple(row if one.line == row.line else one for one in order.materials)


def _spot(row: ItemLocation) -> tuple[str, str, str]:
    return (row.item_code, row.warehouse_code, row.location_code)


# On the database -----------------------------------------------------------------------------------------------------

_LINKS = {
    "item": ("item_id", "erp.item", {"item_code": "item_code"}),
    "site": ("site_id", "erp.site", {"site_code": "site_code"}),
    "machine_site": ("site_id", "erp.site", {"site_code": "machine_site_code"}),
    "warehouse": ("warehouse_id", "erp.warehouse", {"warehouse_code": "warehouse_code"}),
    "location": (
        "location_id",
        "erp.location natural join erp.warehouse",
        {"warehouse_code": "warehouse_code", "location_code": "location_code"},
    ),
    "reason": ("movement_reason_id", "erp.movement_reason natural join (select company_id, warehouse_id, warehouse_code"
               " from erp.warehouse) as w", {"warehouse_code": "warehouse_code", "reason_code": "reason_code"}),
    "order": (
        "production_order_id",
        "erp.production_order",
        {"order_year": "order_year", "order_number": "order_number", "order_lot": "order_lot"},
    ),
}  # fmt: skip


def _id(link: str, **of_columns: str) -> str:
    """The id that a row names by its codes, as a subquery; other columns of the row may stand for those codes."""
    column, table, keys = _LINKS[link]
    wanted = " and ".join(f"{key} = %({of_columns.get(key, name)})s" for key, name in keys.items())
    return f"(select {column} from {table} where company_id = %(company)s and {wanted})"


def change_sql(change: Change) -> tuple[list[str], dict[str, Any]]:
    """The statements that do a change in the database, and what they are told. They run in write mode maintenance."""
    row = change.row
    given = asdict(row)
    drop = isinstance(change, Drop)
    item = f"company_id = %(company)s and item_id = {_id('item')}"
    match row:
        case Company():
            columns = ("wip_management", "transfer_manual_to_wip", "allow_negative_stock", "over_production_percent")
            given["over_production_percent"] = row.over_production_percent or Decimal(0)
            return _update("production_parameter", columns, "company_id = %(company)s"), given
        case Item():
            return _update("item", ("phantom", "quantity_decimals", "lot_policy", "expiry_block_days"), item), given
        case ItemMrpParameter():
            return _again("item_mrp_parameter", item, drop, "item_id, picking_type, procurement_type",
                          f"{_id('item')}, %(picking_type)s, %(procurement_type)s"), given  # fmt: skip
        case ItemLocation():
            spot = f"{item} and warehouse_id = {_id('warehouse')} and location_id = {_id('location')}"
            return _again("item_location", spot, drop, "item_id, warehouse_id, location_id, priority",
                          f"{_id('item')}, {_id('warehouse')}, {_id('location')}, %(priority)s"), given  # fmt: skip
        case Location():
            return _update(
                "location", ("blocked",), f"company_id = %(company)s and location_id = {_id('location')}"
            ), given
        case Lot():
            lot = f"{item} and lot_code = %(lot_code)s and coalesce((select variant_code from erp.item_variant as v" \
                  " where v.company_id = %(company)s and v.item_variant_id = t.item_variant_id), '')" \
                  " = coalesce(%(variant_code)s, '')"  # fmt: skip
            return _update("lot", ("state", "closed", "start_date", "expiry_date", "sellable"), lot), given
        case MovementReason():
            return _update("movement_reason", ("usable_in_production", "allow_unavailable_lots"),
                           f"company_id = %(company)s and movement_reason_id = {_id('reason')}"), given  # fmt: skip
        case Warehouse():
            return _update("warehouse", ("allow_negative_stock", "check_location", "valid_until"),
                           f"company_id = %(company)s and warehouse_id = {_id('warehouse')}"), given  # fmt: skip
        case WarehouseRule():
            site = "null::bigint" if row.site_code is None else _id("site")
            own = "null::bigint" if row.item_code is None else _id("item")
            reasons = [
                "null::bigint" if getattr(row, name) is None else _id("reason", reason_code=name)
                for name in ("issue_reason_code", "semi_finished_issue_reason_code", "load_reason_code")
            ]
            rule = (
                "company_id = %(company)s and level = %(level)s and section = %(section)s"
                f" and site_id is not distinct from {site} and item_id is not distinct from {own}"
            )
            columns_of_rule = (
                "level, section, site_id, item_id, warehouse_id, issue_movement_reason_id,"
                " semi_finished_issue_movement_reason_id, load_movement_reason_id"
            )
            values = f"%(level)s, %(section)s, {site}, {own}, {_id('warehouse')}, {', '.join(reasons)}"
            return _again("warehouse_rule", rule, drop, columns_of_rule, values), given
        case ProductionOrderPhase():
            site = "null::bigint" if row.machine_site_code is None else _id("machine_site")
            return [
                "insert into erp.production_order_phase (company_id, production_order_id, phase, sub_phase, machine,"
                " machine_site_id, productive, movable)"
                f" values (%(company)s, {_id('order')}, %(phase)s, %(sub_phase)s, %(machine)s, {site}, %(productive)s,"
                " %(movable)s)"
                " on conflict (company_id, production_order_id, phase, sub_phase) do update set"
                " productive = excluded.productive, movable = excluded.movable"
            ], given
        case ProductionOrderMaterial():
            return _update("production_order_material", ("movable", "picked_quantity", "phase", "sub_phase"),
                           f"company_id = %(company)s and production_order_id = {_id('order')} and line = %(line)s"
                           ), given  # fmt: skip


def _update(table: str, columns: tuple[str, ...], where: str) -> list[str]:
    return [f"update erp.{table} as t set {', '.join(f'{one} = %({one})s' for one in columns)} where {where}"]


def _again(table: str, where: str, drop: bool, columns: str, values: str) -> list[str]:
    """Delete, and insert as it is now."""
    delete = f"delete from erp.{table} as t where {where}"
    insert = f"insert into erp.{table} (company_id, {columns}) values (%(company)s, {values})"
    return [delete] if drop else [delete, insert]


# Drawing them --------------------------------------------------------------------------------------------------------

HARMLESS = (
    *("parameters", "parameters", "parameters", "company", "company", "rule", "rule", "rule"),
    *("item", "map", "map", "reason", "phase", "phase", "phase", "row"),
)
"""Whatever of these changes, stock that was moved can be moved back."""
ANY = (*HARMLESS, "warehouse", "location", "lot", "negative")
"""And those by which stock is checked."""


def draw_change(dice: random.Random, model: Model, world: World, kinds: tuple[str, ...] = ANY) -> Change | None:
    """Some change of what there is now; None where there is nothing of the kind."""
    config = model.config

    def pick(values: Sequence[Any]) -> Any:
        return dice.choice(values)

    remainders = {memory.remainder for memory in model.state.released.values()}
    materials = sorted({row.item_code for row in world.production_order_material})
    # a remainder that somebody works on is not merged back (R35)
    order = model.orders[pick([key for key in sorted(model.orders) if key not in remainders])]
    match pick(kinds):
        case "parameters" if materials:
            code = pick(materials)
            there = config.parameters.get(code)
            if there and pick([True, False, False]):
                return Drop(there)
            picking = pick(["automatic", "manual", "manual", "with_list"])
            procurement = pick(["purchase", "production", "subcontract"])
            return Put(ItemMrpParameter(item_code=code, picking_type=picking, procurement_type=procurement))
        case "company":
            on = pick(["wip_management", "transfer_manual_to_wip"])
            other: dict[str, Any] = {on: not getattr(config.company, on)}
            return Put(replace(config.company, **other))
        case "negative":
            return Put(replace(config.company, allow_negative_stock=not config.company.allow_negative_stock))
        case "rule":
            rules = [rule for of_owner in config.rules.values() for rule in of_owner.values()]
            if rules and pick([True, False, False]):
                return Drop(pick(rules))
            owner: dict[str, Any] = pick(
                [{"level": "company"}, {"level": "item", "item_code": pick(materials or ["M1"])}]
            )
            section = pick(["wip", "wip", "wip", "raw_material", "semi_finished", "finished", "scrap"])
            return Put(
                WarehouseRule(
                    **owner,
                    section=section,
                    warehouse_code=pick(WAREHOUSES),
                    issue_reason_code=pick(["ISS", "ISS", "ISU", None]),
                    semi_finished_issue_reason_code=pick(["ISS", None]) if section == "wip" else None,
                    load_reason_code=pick(["LOA", "LOA", None]),
                )
            )
        case "item" if materials:
            item = config.items[pick(materials)]
            if pick([True, False]):
                return Put(replace(item, phantom=not item.phantom))
            return Put(replace(item, lot_policy=pick(["fifo", "expiry", "manual"])))
        case "map" if materials and world.location:
            spot = pick(world.location)
            row = ItemLocation(
                item_code=pick(materials),
                warehouse_code=spot.warehouse_code,
                location_code=spot.location_code,
                priority=pick([1, 2]),
            )
            there_too = any(_spot(one) == _spot(row) for one in config.location_map)
            return Drop(row) if there_too and pick([True, False]) else Put(row)
        case "reason":
            reason = config.reasons[pick(sorted(config.reasons))]
            return Put(
                replace(reason, usable_in_production=reason.usable_in_production is False or pick([True, False]))
            )
        case "phase":
            year, number, lot = order.key
            phases = {(row.phase, row.sub_phase): row for row in order.phases}
            at = pick([(5, 0), LATE_PHASE, LATE_PHASE, *phases])
            new = ProductionOrderPhase(
                order_year=year, order_number=number, order_lot=lot, phase=at[0], sub_phase=at[1]
            )
            if at not in phases:
                return Put(new)
            flag = pick(["productive", "movable"])
            flipped: dict[str, Any] = {flag: not getattr(phases[at], flag)}
            return Put(replace(phases[at], **flipped))
        case "row" if order.materials:
            material = pick(order.materials)
            if pick([True, False]):
                return Put(replace(material, movable=not material.movable))
            at = pick([(None, None), *((row.phase, row.sub_phase) for row in order.phases)])
            return Put(replace(material, phase=at[0], sub_phase=at[1]))
        case "warehouse":
            warehouse = config.warehouses[pick(WAREHOUSES)]
            what: dict[str, Any] = pick(
                [
                    {"allow_negative_stock": not warehouse.allow_negative_stock},
                    {"check_location": not warehouse.check_location},
                    {"valid_until": pick([None, TODAY - timedelta(days=1)])},
                ]
            )
            return Put(replace(warehouse, **what))
        case "location" if world.location:
            spot = pick(world.location)
            return Put(replace(spot, blocked=(spot.warehouse_code, spot.location_code) not in config.blocked))
        case "lot":
            lots = [lot for of_item in config.lots.values() for lot in of_item]
            if lots:
                lot_now = pick(lots)
                return Put(
                    replace(
                        lot_now,
                        state=pick(["available", "unavailable"]),
                        closed=pick([False, False, True]),
                        expiry_date=pick([None, TODAY - timedelta(days=1), TODAY + timedelta(days=9)]),
                    )
                )
    return None


# Stories in which most goes well --------------------------------------------------------------------------------------


@st.composite
def steady_stories(draw: st.DrawFn) -> tuple[World, list[ProductionCall]]:
    """A world without flaws and with stock of everything, and a way forward in it: release, then declare and register
    part by part, at phases too that come only while it is worked on."""
    features = {one for one in strategies.FEATURES if draw(st.booleans())} - {"flaws", "scarcity", "plot", "statuses"}
    of_production = {one for one in production_strategies.FEATURES if draw(st.booleans())} - {"flaws", "gaps", "idle"}
    world = make_world(draw(st.integers(0, 2**32 - 1)), frozenset(features))
    world = with_production(world, draw(st.integers(0, 2**32 - 1)), frozenset(of_production | {"plenty"}))
    return world, _steady_calls(random.Random(draw(st.integers(0, 2**32 - 1))), world)


def _steady_calls(dice: random.Random, world: World) -> list[ProductionCall]:
    keys = [key_of(row) for row in world.production_order]
    made: list[ProductionCall] = [Release(tuple(keys), None, dice.choice(["split", "refuse"]))]
    waiting: dict[tuple[OrderKey, tuple[int, int]], list[str]] = {}
    for phase in world.production_order_phase:
        waiting[key_of(phase), (phase.phase, phase.sub_phase)] = ["opening", "progress", "progress", "closing"]
    for key in keys:
        waiting[key, LATE_PHASE] = ["opening", "progress", "closing"]
    whole = {key_of(row): row.quantity for row in world.production_order}
    handles: list[int] = []
    for _ in range(dice.randint(2, 6)):
        elements = []
        for key, at in dice.sample(sorted(waiting), min(len(waiting), 4)):
            for _ in range(dice.choice([1, 2, 4])):
                if waiting[key, at]:
                    kind = waiting[key, at].pop(0)
                    part = dice.choice(["0.3", "0.5", "0.7"]) if kind in ("progress", "closing") else "0"
                    good = (whole[key] * Decimal(part)).quantize(Decimal(1), rounding=ROUND_DOWN)
                    lot_code = dice.choice([*LOT_CODES[:2], *NEW_LOTS]) if good else None
                    elements.append(Element(key, *at, kind, good_quantity=good, lot_code=lot_code))
        if elements:
            made.append(Declare(tuple(elements)))
            handles += range(len(handles) + 1, len(handles) + len(elements) + 1)
            made.append(Register(tuple(handles), TODAY))
    return made
