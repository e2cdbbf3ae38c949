"""What the company has set up, looked up by code: quantities (R21), sources (R10, R11), reasons (R12), places (R14)."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from .world import (
    Item,
    ItemMrpParameter,
    JobOrder,
    Lot,
    MovementReason,
    ProductionOrder,
    ProductionOrderMaterial,
    ProductionOrderPhase,
    Warehouse,
    WarehouseRule,
    World,
)


def by_bytes(code: str | None) -> bytes:
    """The order of codes: as bytes, none first."""
    return b"" if code is None else code.encode()


@dataclass(frozen=True)
class Source:
    """A warehouse and a reason taken together from one level (R10); the reason may be lacking there."""

    warehouse_code: str
    reason_code: str | None
    resolved_by: str


class Config:
    """The configuration of a world, by code. It never changes (but for the open period, `Model.set_period`)."""

    def __init__(self, world: World) -> None:
        self.company = world.the_company
        self.items: dict[str, Item] = {row.item_code: row for row in world.item}
        self.parameters: dict[str, ItemMrpParameter] = {row.item_code: row for row in world.item_mrp_parameter}
        self.warehouses: dict[str, Warehouse] = {row.warehouse_code: row for row in world.warehouse}
        self.reasons: dict[tuple[str, str], MovementReason] = {
            (row.warehouse_code, row.reason_code): row for row in world.movement_reason
        }
        self.blocked = {(row.warehouse_code, row.location_code) for row in world.location if row.blocked}
        self.location_map = world.item_location
        self.jobs: dict[tuple[int, int], JobOrder] = {(row.job_year, row.job_number): row for row in world.job_order}
        self.lots: dict[tuple[str, str | None], list[Lot]] = {}
        for lot in world.lot:
            self.lots.setdefault((lot.item_code, lot.variant_code), []).append(lot)
        self.rules: dict[tuple[str, str | None], dict[str, WarehouseRule]] = {}
        for rule in world.warehouse_rule:
            owner = {"company": None, "site": rule.site_code, "item": rule.item_code}[rule.level]
            self.rules.setdefault((rule.level, owner), {})[rule.section] = rule

    def with_lots(self, lots: Iterable[Lot]) -> Config:
        """The same configuration with lots that registrations made besides (R51)."""
        more = copy(self)
        more.lots = {place: list(there) for place, there in self.lots.items()}
        for lot in lots:
            more.lots.setdefault((lot.item_code, lot.variant_code), []).append(lot)
        return more

    def with_parameters(self, item_code: str, parameters: ItemMrpParameter) -> Config:
        """The same configuration with other MRP parameters of an item: those that a release kept (R3)."""
        other = copy(self)
        other.parameters = {**self.parameters, item_code: parameters}
        return other

    def required_quantity(
        self, material: ProductionOrderMaterial, order_quantity: Decimal, quantity_before: Decimal = Decimal(0)
    ) -> Decimal:
        """R21: with scrap, fixed or per piece, rounded once, half away from zero, to the material item's decimals.

        R29: a part of a split needs what the whole needs up to its end, less what it needs up to its beginning.
        """
        with localcontext() as context:
            context.prec = 100
            per_piece = material.unit_quantity * (1 + material.scrap_percent / 100)
            step = Decimal(1).scaleb(-self.items[material.item_code].quantity_decimals)
            if material.fixed:
                return per_piece.quantize(step, rounding=ROUND_HALF_UP)
            up_to_end = (per_piece * (quantity_before + order_quantity)).quantize(step, rounding=ROUND_HALF_UP)
            return up_to_end - (per_piece * quantity_before).quantize(step, rounding=ROUND_HALF_UP)

    def is_purchased(self, item_code: str) -> bool:
        return self.parameters[item_code].procurement_type == "purchase"

    def is_lot_item(self, item_code: str) -> bool:
        return self.items[item_code].tracking == "lot"

    # R10, R11: where a row's warehouse and reason come from ---------------------------------------------------------

    def levels(
        self, header: ProductionOrder, phases: Iterable[ProductionOrderPhase], material: ProductionOrderMaterial
    ) -> list[tuple[str, dict[str, WarehouseRule]]]:
        """Levels 2 to 5 of R10, best first: the name that `resolved_by` gets, and the rules held there, by section."""
        job = None
        if header.job_year is not None and header.job_number is not None:
            job = self.jobs[(header.job_year, header.job_number)]
        asked = [
            ("site", "site", job.site_code if job else None),
            ("item", "item", material.item_code),
            ("machine", "site", machine_site(phases, material)),
            ("company", "company", None),
        ]
        return [
            (name, self.rules.get((kind, owner), {}))
            for name, kind, owner in asked
            if owner is not None or kind == "company"
        ]

    def source_of(
        self,
        header: ProductionOrder,
        phases: Iterable[ProductionOrderPhase],
        material: ProductionOrderMaterial,
        *,
        wip_management: bool,
        load: bool,
    ) -> Source | None:
        """R10: the first level that holds the section wanted (R11); None where no level does."""
        if material.warehouse_code is not None:
            return Source(material.warehouse_code, material.reason_code, "material")
        without_wip = ["raw_material" if self.is_purchased(material.item_code) else "semi_finished"]
        sections = ["wip", "raw_material"] if wip_management else without_wip
        for name, rules in self.levels(header, phases, material):
            for section in sections:
                if section in rules:
                    return self._section(name, rules[section], material, load=load)
        return None

    def wip_of(
        self,
        header: ProductionOrder,
        phases: Iterable[ProductionOrderPhase],
        material: ProductionOrderMaterial,
        *,
        load: bool,
    ) -> Source | None:
        """R9: the first level, never the row, that really has a wip section."""
        for name, rules in self.levels(header, phases, material):
            if "wip" in rules:
                return self._section(name, rules["wip"], material, load=load)
        return None

    def _section(self, level: str, rule: WarehouseRule, material: ProductionOrderMaterial, *, load: bool) -> Source:
        """R11: a wip section has an issue reason for what is bought and another one for what is made."""
        if load:
            reason_code = rule.load_reason_code
        elif rule.section == "wip" and not self.is_purchased(material.item_code):
            reason_code = rule.semi_finished_issue_reason_code
        else:
            reason_code = rule.issue_reason_code
        return Source(rule.warehouse_code, reason_code, level)

    @property
    def transfers_manual_to_wip(self) -> bool:
        """R9."""
        return self.company.wip_management and self.company.transfer_manual_to_wip

    def reason(self, warehouse_code: str, reason_code: str | None) -> MovementReason | None:
        return None if reason_code is None else self.reasons.get((warehouse_code, reason_code))

    def counterpart_of(self, source: Source) -> Source | None:
        """R13: the counterpart's warehouse and reason, if the reason has both."""
        reason = self.reason(source.warehouse_code, source.reason_code)
        if reason is None or reason.counterpart_warehouse_code is None or reason.counterpart_reason_code is None:
            return None
        return Source(reason.counterpart_warehouse_code, reason.counterpart_reason_code, source.resolved_by)

    def reason_is_usable(self, source: Source, direction: str) -> bool:
        """R12: there is a reason, of that warehouse, in the right direction, usable in production."""
        reason = self.reason(source.warehouse_code, source.reason_code)
        return reason is not None and reason.direction == direction and reason.usable_in_production

    def warehouse_is_expired(self, warehouse_code: str, record_date: date) -> bool:
        """R12: after its validity date."""
        valid_until = self.warehouses[warehouse_code].valid_until
        return valid_until is not None and record_date > valid_until

    def line_location(self, own: str | None, item_code: str, source: Source) -> str | None:
        """R14: the row's own, else the map's, else the reason's default, else none; blocked ones are skipped."""
        mapped = [
            row
            for row in self.location_map
            if (row.item_code, row.warehouse_code) == (item_code, source.warehouse_code)
        ]
        mapped.sort(key=lambda row: (row.priority, by_bytes(row.location_code)))
        reason = self.reason(source.warehouse_code, source.reason_code)
        candidates = [own, *(row.location_code for row in mapped), reason.default_location_code if reason else None]
        for location_code in candidates:
            if location_code is not None and (source.warehouse_code, location_code) not in self.blocked:
                return location_code
        return None

    # R25, R26: lots -------------------------------------------------------------------------------------------------

    def lot_is_usable(self, lot: Lot, source: Source, record_date: date) -> bool:
        """R26, but for the blocked locations."""
        reason = self.reason(source.warehouse_code, source.reason_code)
        state_matters = reason is None or not reason.allow_unavailable_lots
        if state_matters and lot.state != "available":
            return False
        if not lot.sellable or lot.closed:
            return False
        if lot.expiry_date is not None:
            last_usable_day = lot.expiry_date - timedelta(days=self.items[lot.item_code].expiry_block_days)
            if record_date > last_usable_day:
                return False
        return lot.start_date is None or lot.start_date <= record_date

    def lots_by_policy(self, item_code: str, variant_code: str | None) -> list[Lot]:
        """R25: the lots in the order the item's policy takes them; none where they are chosen by hand."""
        lots = self.lots.get((item_code, variant_code), [])
        policy = self.items[item_code].lot_policy
        if policy == "fifo":
            return sorted(lots, key=lambda lot: (_nulls_last(lot.start_date), by_bytes(lot.lot_code)))
        if policy == "expiry":
            return sorted(
                lots,
                key=lambda lot: (_nulls_last(lot.expiry_date), _nulls_last(lot.start_date), by_bytes(lot.lot_code)),
            )
        return []


def _nulls_last(day: date | None) -> tuple[bool, date]:
    return (day is None, day or date.min)


def machine_site(phases: Iterable[ProductionOrderPhase], material: ProductionOrderMaterial) -> str | None:
    """Level 4 of R10: the site of the machine of the material's phase, or, without one, of the last phase that is
    productive and movable."""
    in_order = sorted(phases, key=lambda row: (row.phase, row.sub_phase))
    for row in in_order:
        is_its_phase = (row.phase, row.sub_phase) == (material.phase, material.sub_phase or 0)
        if is_its_phase and row.machine_site_code is not None:
            return row.machine_site_code
    last = [row for row in in_order if row.productive and row.movable][-1:]
    return last[0].machine_site_code if last else None
