"""The plan of the registration of one declaration (R51): loads of scrap and good, then issues of manual materials."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .config import Config, Source, by_bytes
from .declaration import ZERO, Declaration, producing_phase
from .orders import Kept, Order, Reason
from .plan import Plan, Planner
from .stock import Movement, Place
from .world import Lot, ProductionOrderMaterial

SCRAP, GOOD = -2, -1
"""Lines that no material has: what is produced goes before them all."""


def need_for(config: Config, material: ProductionOrderMaterial, order: Order, produced: Decimal) -> Decimal:
    """R21 in proportion: what so much of the phase needs in all, less what was picked; below zero for a by-product."""
    per_piece = Fraction(material.unit_quantity) * (1 + Fraction(material.scrap_percent) / 100)
    decimals = config.items[material.item_code].quantity_decimals

    def rounded(total: Fraction) -> Decimal:
        return Decimal(int(abs(total) * 10**decimals + Fraction(1, 2))).scaleb(-decimals)

    if material.fixed:
        needed = rounded(per_piece * min(Fraction(produced) / Fraction(order.quantity), Fraction(1)))
    else:  # R29: from where the parts before this one end
        begin = Fraction(order.quantity_before)
        needed = rounded(per_piece * (begin + Fraction(produced))) - rounded(per_piece * begin)
    rest = max(needed - material.picked_quantity, ZERO)
    return rest if per_piece > 0 else -rest


class RegistrationPlanner(Planner):
    """`earlier` are the rows of the phase before this one; `fresh` the lots that this very call has made;
    `good_quantity` is what is loaded and counts as produced (R54), `kept` what the release in force decided (R3)."""

    def __init__(
        self,
        config: Config,
        movements: list[Movement],
        order: Order,
        declaration: Declaration,
        earlier: Collection[Declaration],
        fresh: Collection[Lot],
        record_date: date,
        *,
        good_quantity: Decimal,
        kept: Mapping[int, Kept],
    ) -> None:
        super().__init__(config, movements, order, declaration.quantity, record_date)
        self.declaration = declaration
        self.before = sum((row.quantity for row in earlier), ZERO)
        self.good_quantity = good_quantity
        self.kept = kept
        self.transferred_to: str | None = None
        self.fresh = {(lot.item_code, lot.variant_code, lot.lot_code) for lot in fresh}

    def run(self) -> Plan:
        company = self.config.company
        if not company.period_start <= self.record_date <= company.period_end:
            self.plan.reasons.append(Reason("period_closed"))
        phase = self.declaration.phase
        movable = any((row.phase, row.sub_phase) == phase and row.movable for row in self.order.phases)
        if movable:
            producing = phase == producing_phase(self.order)
            self._load_product(SCRAP, self.declaration.asked.scrap_quantity, None, "scrap")
            section = "finished" if self.order.header.level == 1 else "semi_finished"
            self._load_product(GOOD, self.good_quantity, self._header_source(), section)
            for material in sorted(self.order.materials, key=lambda row: row.line):
                if (material.phase, material.sub_phase) == phase or (material.phase is None and producing):
                    self._move_material(material)
        return self.plan

    # What is produced -----------------------------------------------------------------------------------------------

    def _header_source(self) -> Source | None:
        header = self.order.header
        if header.load_warehouse_code is None:
            return None
        return Source(header.load_warehouse_code, header.load_reason_code, "order")

    def _load_product(self, line: int, quantity: Decimal, source: Source | None, section: str) -> None:
        if quantity == 0:
            return
        header, (phase, sub_phase) = self.order.header, self.declaration.phase
        row = ProductionOrderMaterial(
            order_year=header.order_year,
            order_number=header.order_number,
            line=line,
            item_code=header.item_code,
            variant_code=header.variant_code,
            unit_quantity=ZERO,
            phase=phase,
            sub_phase=sub_phase,
        )
        for name, rules in self.config.levels(header, self.order.phases, row):
            if source is None and section in rules:
                source = Source(rules[section].warehouse_code, rules[section].load_reason_code, name)
        if source is None:
            self._refuse("warehouse_unresolved", row)
        self._load(row, quantity, source, self.config.counterpart_of(source) if source else None)

    # Materials ------------------------------------------------------------------------------------------------------

    def _move_material(self, material: ProductionOrderMaterial) -> None:
        """R3, R54: rows kept as manual are due, whatever they are now; less what registrations issued already."""
        kept = self.kept.get(material.line)
        if kept is None:
            may_move = material.movable and not self.config.items[material.item_code].phantom
        else:
            may_move = kept.may_move
        need = need_for(self.config, material, self.order, self.before + self.quantity)
        quantity = need + sum(
            row.quantity
            for row in self.stock.movements
            if (row.order, row.material_line) == (self.order.key, material.line)
            and row.declaration is not None
            and not row.counterpart
        )
        if not may_move or need == 0 or (quantity > 0) != (need > 0) or quantity == 0:
            return
        parameters = kept.parameters if kept and kept.parameters else self.config.parameters.get(material.item_code)
        if parameters is None:
            self._refuse("mrp_parameters_missing", material)
            return
        if parameters.picking_type != "manual":
            return
        now = self.config
        self.config = now.with_parameters(material.item_code, parameters)
        if kept and kept.wip:
            # where it was transferred to, whatever the row and the rules say
            self.transferred_to = kept.wip_location_code
            material = replace(material, warehouse_code=None, reason_code=None, location_code=None)
            self._issue(material, quantity, kept.wip, self.config.counterpart_of(kept.wip))
            self.transferred_to = None
        else:
            source = self._source(material, wip_management=self.config.company.wip_management, load=quantity < 0)
            counterpart = self.config.counterpart_of(source) if source else None
            if quantity > 0:
                self._issue(material, quantity, source, counterpart)
            else:
                self._load(material, -quantity, source, counterpart)
        self.config = now

    # What differs from a release ------------------------------------------------------------------------------------

    def _lots_of(self, material: ProductionOrderMaterial) -> list[tuple[str, Decimal]]:
        """The lot declared; of a material what is committed to it and what its release transferred for it, less what
        earlier registrations moved."""
        if material.line < 0:
            lot_code = self.declaration.asked.lot_code
            return [(lot_code, self.quantity)] if lot_code else []
        lots = dict(super()._lots_of(material))
        for row in self.stock.movements:
            if (row.order, row.material_line) == (self.order.key, material.line) and row.lot_code is not None:
                if row.declaration is None and row.counterpart and row.quantity > 0:
                    lots[row.lot_code] = lots.get(row.lot_code, ZERO) + row.quantity
                elif row.declaration is not None and not row.counterpart:
                    lots[row.lot_code] = lots.get(row.lot_code, ZERO) - abs(row.quantity)
        return [(lot_code, lots[lot_code]) for lot_code in sorted(lots, key=by_bytes) if lots[lot_code] > 0]

    def _committed_location(self, material: ProductionOrderMaterial) -> str | None:
        """The lots transferred lie where they were transferred to."""
        return self.transferred_to or super()._committed_location(material)

    def _take_plain(
        self, material: ProductionOrderMaterial, quantity: Decimal, source: Source, *, own_location: str | None
    ) -> dict[Place, tuple[Decimal, Decimal]]:
        kept = self.kept.get(material.line)
        if kept is None or source is not kept.wip:
            return super()._take_plain(material, quantity, source, own_location=own_location)
        place = self._place(material, source, None, kept.wip_location_code)
        answer = self.stock.take_plain(place, quantity)
        if answer.shortage is not None:
            self._refuse(answer.shortage, material, source, required=quantity, available=answer.available)
        return {place: (quantity, answer.available)}

    def _places_of_lot(
        self, material: ProductionOrderMaterial, source: Source, lot_code: str, only: str | None = None
    ) -> list[Place]:
        """No material is issued by a call from a lot that it made; counterparts of later loads find it (R15)."""
        if material.line > 0 and (material.item_code, material.variant_code, lot_code) in self.fresh:
            return []
        return super()._places_of_lot(material, source, lot_code, only)

    def _picking_type(self, material: ProductionOrderMaterial) -> str | None:
        return None if material.line < 0 else "manual"

    def _add(
        self,
        material: ProductionOrderMaterial,
        side: Source,
        first_side: Source,
        place: Place,
        quantity: Decimal,
        available: Decimal | None = None,
    ) -> None:
        super()._add(material, side, first_side, place, quantity, available)
        row = replace(self.plan.movements[-1], declaration=self.declaration.handle)
        if material.line < 0:
            row = replace(row, material_line=None, produced=material.line + 3)
        self.plan.movements[-1] = row
