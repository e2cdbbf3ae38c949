"""The plan of one order at one quantity: every movement it would make, or every reason why it cannot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from .config import Config, Source
from .orders import Kept, LineLot, Order, Reason, first_up_to
from .stock import Movement, OrderStock, Place
from .world import ProductionOrderMaterial

ZERO = Decimal(0)


@dataclass
class Plan:
    """Movements in record order (numbers still to be given), lot commitments they use up, reasons against; and what it
    decides for each material row (R3), by line."""

    movements: list[Movement] = field(default_factory=list)
    used_commitments: dict[LineLot, Decimal] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    kept: dict[int, Kept] = field(default_factory=dict)


def quantity_to_move(
    config: Config, material: ProductionOrderMaterial, order_quantity: Decimal, quantity_before: Decimal
) -> Decimal:
    """R5, R6: positive to issue, negative to load, what is already picked left out."""
    required = config.required_quantity(material, order_quantity, quantity_before)
    rest = max(abs(required) - material.picked_quantity, ZERO)
    return rest if required > 0 else -rest


def quantities_to_move(config: Config, order: Order, order_quantity: Decimal) -> list[Decimal]:
    """The quantity of every row that release looks at (R4), in line order; two equal lists have the same plan."""
    return [
        quantity_to_move(config, material, order_quantity, order.quantity_before)
        for material in sorted(order.materials, key=lambda row: row.line)
        if material.movable and not config.items[material.item_code].phantom
    ]


def plan_order(config: Config, movements: list[Movement], order: Order, quantity: Decimal, record_date: date) -> Plan:
    """Plan one order as if its quantity were this, on the stock that these movements make."""
    return Planner(config, movements, order, quantity, record_date).run()


class Planner:
    """Plans a release; a registration is planned in the same way (`registration.py`)."""

    def __init__(
        self, config: Config, movements: list[Movement], order: Order, quantity: Decimal, record_date: date
    ) -> None:
        self.config = config
        self.order = order
        self.quantity = quantity
        self.record_date = record_date
        self.stock = OrderStock(config, movements, record_date)
        self.plan = Plan()

    def run(self) -> Plan:
        company = self.config.company
        if not company.period_start <= self.record_date <= company.period_end:
            self.plan.reasons.append(Reason("period_closed"))
        for material in sorted(self.order.materials, key=lambda row: row.line):
            self._plan_row(material)
        return self.plan

    def _plan_row(self, material: ProductionOrderMaterial) -> None:
        item = self.config.items[material.item_code]
        quantity = quantity_to_move(self.config, material, self.quantity, self.order.quantity_before)
        parameters = self.config.parameters.get(material.item_code)
        may_move = material.movable and not item.phantom
        self.plan.kept[material.line] = Kept(may_move, parameters)
        if not may_move or quantity == 0:  # R4
            return
        if parameters is None:
            self._refuse("mrp_parameters_missing", material)
            return
        if parameters.picking_type == "automatic":
            source = self._source(material, wip_management=self.config.company.wip_management, load=quantity < 0)
            counterpart = self.config.counterpart_of(source) if source else None
            if quantity > 0:
                self._issue(material, quantity, source, counterpart)
            else:
                self._load(material, -quantity, source, counterpart)
        if parameters.picking_type == "manual" and self.config.transfers_manual_to_wip and quantity > 0:  # R9
            source = self._source(material, wip_management=False, load=False)
            target = self.config.wip_of(self.order.header, self.order.phases, material, load=True)
            if target is None:
                self._refuse("warehouse_unresolved", material)
            self._issue(material, quantity, source, target)
            if target is not None:
                self.plan.kept[material.line] = Kept(
                    may_move,
                    parameters,
                    self.config.wip_of(self.order.header, self.order.phases, material, load=False),
                    self.config.line_location(None, material.item_code, target),
                )

    def _source(self, material: ProductionOrderMaterial, *, wip_management: bool, load: bool) -> Source | None:
        source = self.config.source_of(
            self.order.header, self.order.phases, material, wip_management=wip_management, load=load
        )
        if source is None:
            self._refuse("warehouse_unresolved", material)
        return source

    def _issue(
        self, material: ProductionOrderMaterial, quantity: Decimal, source: Source | None, counterpart: Source | None
    ) -> None:
        """An issue, and the load that is its counterpart."""
        self._check(material, source, "issue")
        self._check(material, counterpart, "load")
        if source is None:
            return
        if self.config.is_lot_item(material.item_code):
            taken = self._take_lots(material, quantity, source)
        else:
            taken = self._take_plain(material, quantity, source, own_location=material.location_code)
        for place, (part, available) in taken.items():
            self._add(material, source, source, place, -part, available=available)
        if counterpart is not None:
            location_code = self.config.line_location(None, material.item_code, counterpart)
            per_lot: dict[str | None, Decimal] = {}
            for place, (part, _) in taken.items():
                per_lot[place[3]] = per_lot.get(place[3], ZERO) + part
            for lot_code, part in per_lot.items():
                self._add(
                    material, counterpart, source, self._place(material, counterpart, lot_code, location_code), part
                )

    def _load(
        self, material: ProductionOrderMaterial, quantity: Decimal, source: Source | None, counterpart: Source | None
    ) -> None:
        """R5: a by-product's load, and the issue that is its counterpart."""
        self._check(material, source, "load")
        self._check(material, counterpart, "issue")
        if source is None:
            return
        per_lot: list[tuple[str | None, Decimal]] = [(None, quantity)]
        if self.config.is_lot_item(material.item_code):
            covered = first_up_to(self._lots_of(material), quantity)
            self._use_commitments(material, covered)
            if sum(covered.values()) < quantity:
                self._refuse("lot_required", material, source, required=quantity, available=sum(covered.values(), ZERO))
            per_lot = [*covered.items()]
        location_code = self.config.line_location(material.location_code, material.item_code, source)
        for lot_code, part in per_lot:
            self._add(material, source, source, self._place(material, source, lot_code, location_code), part)
        if counterpart is None:
            return
        for lot_code, part in per_lot:
            if lot_code is None:
                taken = self._take_plain(material, part, counterpart, own_location=None)
            else:
                places = self._places_of_lot(material, counterpart, lot_code)
                taken = self._take_from(places, part)
                self._refuse_short_lot(material, counterpart, lot_code, part, taken)
            for place, (quantity_there, available) in taken.items():
                self._add(material, counterpart, source, place, -quantity_there, available=available)

    def _lots_of(self, material: ProductionOrderMaterial) -> list[tuple[str, Decimal]]:
        """The lots written on the row, by lot code."""
        return self.order.lots_of(material.line)

    def _committed_location(self, material: ProductionOrderMaterial) -> str | None:
        """The one location that the lots written on the row are taken from, if there is one (R14)."""
        return material.location_code

    # Stock: each answers place -> (quantity, what was left there for the row) --------------------------------------

    def _take_plain(
        self, material: ProductionOrderMaterial, quantity: Decimal, source: Source, *, own_location: str | None
    ) -> dict[Place, tuple[Decimal, Decimal]]:
        location_code = self.config.line_location(own_location, material.item_code, source)
        place = self._place(material, source, None, location_code)
        answer = self.stock.take_plain(place, quantity)
        if answer.shortage is not None:
            self._refuse(answer.shortage, material, source, required=quantity, available=answer.available)
        return {place: (quantity, answer.available)}

    def _take_lots(
        self, material: ProductionOrderMaterial, quantity: Decimal, source: Source
    ) -> dict[Place, tuple[Decimal, Decimal]]:
        """R25: first the row's lots, each up to its quantity and no other for it; the rest by the item's policy."""
        taken: dict[Place, tuple[Decimal, Decimal]] = {}
        lots = {lot.lot_code: lot for lot in self.config.lots.get((material.item_code, material.variant_code), [])}
        committed = first_up_to(self._lots_of(material), quantity)
        self._use_commitments(material, committed)
        for lot_code, wanted in committed.items():
            usable = self.config.lot_is_usable(lots[lot_code], source, self.record_date)
            only = self._committed_location(material)
            places = self._places_of_lot(material, source, lot_code, only=only) if usable else []
            got = self._take_from(places, wanted)
            self._refuse_short_lot(material, source, lot_code, wanted, got)
            taken.update(got)

        rest = quantity - sum(committed.values())
        for lot in self.config.lots_by_policy(material.item_code, material.variant_code):
            if rest > 0 and self.config.lot_is_usable(lot, source, self.record_date):
                places = self._places_of_lot(material, source, lot.lot_code, only=material.location_code)
                for place, (part, available) in self._take_from(places, rest).items():
                    before, left_at_first = taken.get(place, (ZERO, available))
                    taken[place] = (before + part, left_at_first)
                    rest -= part
        if rest > 0:
            manual = self.config.items[material.item_code].lot_policy == "manual"
            code = "lot_required" if manual else "lot_unavailable"
            self._refuse(code, material, source, required=quantity, available=quantity - rest)
        return taken

    def _places_of_lot(
        self, material: ProductionOrderMaterial, source: Source, lot_code: str, only: str | None = None
    ) -> list[Place]:
        return self.stock.lot_places(
            source.warehouse_code, material.item_code, material.variant_code, lot_code, only=only
        )

    def _take_from(self, places: list[Place], wanted: Decimal) -> dict[Place, tuple[Decimal, Decimal]]:
        free = {place: self.stock.free_in_lot(place) for place in places}
        return {place: (part, free[place]) for place, part in self.stock.take_lot(places, wanted).items()}

    # Writing down -------------------------------------------------------------------------------------------------

    def _check(self, material: ProductionOrderMaterial, side: Source | None, direction: str) -> None:
        """R12, for either side."""
        if side is None:
            return
        if not self.config.reason_is_usable(side, direction):
            self._refuse("reason_unusable", material, side)
        if self.config.warehouse_is_expired(side.warehouse_code, self.record_date):
            self._refuse("warehouse_expired", material, side)

    def _refuse_short_lot(
        self,
        material: ProductionOrderMaterial,
        side: Source,
        lot_code: str,
        wanted: Decimal,
        got: dict[Place, tuple[Decimal, Decimal]],
    ) -> None:
        given = sum((part for part, _ in got.values()), ZERO)
        if given < wanted:
            self._refuse("lot_unavailable", material, side, lot_code=lot_code, required=wanted, available=given)

    def _refuse(
        self,
        code: str,
        material: ProductionOrderMaterial,
        side: Source | None = None,
        *,
        lot_code: str | None = None,
        required: Decimal | None = None,
        available: Decimal | None = None,
    ) -> None:
        warehouse_code = side.warehouse_code if side else None
        self.plan.reasons.append(
            Reason(code, material.item_code, material.variant_code, warehouse_code, lot_code, required, available)
        )

    def _use_commitments(self, material: ProductionOrderMaterial, given: dict[str, Decimal]) -> None:
        for lot_code, quantity in given.items():
            self.plan.used_commitments[(material.line, lot_code)] = quantity

    def _picking_type(self, material: ProductionOrderMaterial) -> str | None:
        return self.config.parameters[material.item_code].picking_type

    @staticmethod
    def _place(
        material: ProductionOrderMaterial, side: Source, lot_code: str | None, location_code: str | None
    ) -> Place:
        return (side.warehouse_code, material.item_code, material.variant_code, lot_code, location_code)

    def _add(
        self,
        material: ProductionOrderMaterial,
        side: Source,
        first_side: Source,
        place: Place,
        quantity: Decimal,
        available: Decimal | None = None,
    ) -> None:
        self.plan.movements.append(
            Movement(
                order=self.order.key,
                record_date=self.record_date,
                warehouse_code=side.warehouse_code,
                reason_code=side.reason_code,
                record_number=0,
                line=0,
                item_code=material.item_code,
                variant_code=material.variant_code,
                lot_code=place[3],
                location_code=place[4],
                quantity=quantity,
                material_line=material.line,
                resolved_by=first_side.resolved_by,
                counterpart=side is not first_side,
                picking_type=self._picking_type(material),
                available=available,
            )
        )


def number_records(plan: Plan, counters: dict[tuple[str, date], int]) -> list[Movement]:
    """R19: group the movements into records and number them, by the first line each record holds.

    `counters` holds the last number given per warehouse and day; it goes on from there.
    """
    in_order = sorted(plan.movements, key=lambda row: row.in_line_order)
    records: dict[tuple[str, str | None], list[Movement]] = {}
    for movement in in_order:
        records.setdefault((movement.warehouse_code, movement.reason_code), []).append(movement)
    numbered = []
    for (warehouse_code, _), movements in records.items():
        counter = (warehouse_code, movements[0].record_date)
        counters[counter] = counters.get(counter, 0) + 1
        for line, movement in enumerate(movements, start=1):
            numbered.append(replace(movement, record_number=counters[counter], line=line))
    return numbered
