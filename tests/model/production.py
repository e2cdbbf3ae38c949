"""The reference model with production declarations: declare, register, roll back and delete (R51-R53).

model = ProductionModel(world, today)
model.release([(2026, 1, 0)])
model.declare([Element((2026, 1, 0), 10, 0, "opening")])
model.register([1])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from .config import Config
from .declaration import (
    NOW,
    ZERO,
    ZONES,
    Declaration,
    DeclarationRow,
    DeclareRow,
    Element,
    Handle,
    Production,
    last_productive_phase,
    producing_phase,
)
from .model import Model, count_records
from .orders import Order, Reason
from .plan import Plan, number_records, plan_order
from .registration import RegistrationPlanner
from .snapshot import Snapshot, in_order
from .world import Lot, OrderKey


class ProductionModel(Model):
    """One company, with declarations."""

    @property
    def production(self) -> Production:
        return self.state.production

    def _plan(self, order: Order, quantity: Decimal, day: date) -> Plan:
        return plan_order(self._config_now(), self.state.movements, order, quantity, day)

    def _config_now(self) -> Config:
        return self.config.with_lots(self.production.made_lots)

    # Declare --------------------------------------------------------------------------------------------------------

    def declare(self, elements: Sequence[Element]) -> list[DeclareRow]:
        """Elements are checked in their order, each seeing those declared before it."""
        rows = []
        for ordinal, element in enumerate(elements, start=1):
            self.production.asked += 1
            reasons = self._declare_reasons(element)
            handle = None if reasons else self.production.asked
            if handle is not None:
                self.production.declarations[handle] = Declaration(handle, element)
                self.state.orders[element.order].declarations += 1
            outcome = "refused" if reasons else "declared"
            rows.append(DeclareRow(ordinal, handle, element.order, outcome, tuple(reasons)))
        return rows

    def _declare_reasons(self, element: Element) -> list[Reason]:
        order = self.state.orders.get(element.order)
        if order is None:
            return [Reason("order_not_found")]
        if order.status != "executive":
            return [Reason("order_closed" if order.status == "closed" else "order_not_executive")]
        phases = {(row.phase, row.sub_phase): row for row in order.phases}
        phase = phases.get((element.phase, element.sub_phase))
        if phase is None:
            return [Reason("phase_unknown")]
        if not phase.productive:
            return [Reason("phase_not_productive")]

        there = self.production.of_phase(order.key, (element.phase, element.sub_phase))
        reasons = []
        if not _may_follow(there, element):
            reasons.append(Reason("sequence_broken"))
        good = sum((row.asked.good_quantity for row in there), element.good_quantity)
        limit = order.quantity * (1 + (self.config.company.over_production_percent or ZERO) / 100)
        if good > limit:
            header = order.header
            reasons.append(
                Reason("over_production", header.item_code, header.variant_code, required=good, available=limit)
            )
        return reasons

    # Register -------------------------------------------------------------------------------------------------------

    def register(self, handles: Sequence[Handle], record_date: date | None = None) -> list[DeclarationRow]:
        """Register each declaration; those of one order in their sequence, the row that closes it last.

        Without a date each is registered on the day of its moment in the company's zone.
        """
        fresh: list[Lot] = []

        def register_one(ordinal: int, row: Declaration) -> DeclarationRow:
            day = record_date or self._day_of(row)
            return replace(self._register_one(ordinal, row, day, fresh), record_date=day)

        return self._serve(handles, register_one)

    def _day_of(self, row: Declaration) -> date:
        if row.asked.declared_at is None:
            return self.today
        return (row.asked.declared_at + ZONES.get(self.config.company.time_zone or "", timedelta())).date()

    def preview_registration(self, handles: Sequence[Handle], record_date: date | None = None) -> list[DeclarationRow]:
        """What `register` would answer, without doing it."""
        before = self.state.copy()
        rows = self.register(handles, record_date)
        self.state = before
        return rows

    def _register_one(self, ordinal: int, row: Declaration, day: date, fresh: list[Lot]) -> DeclarationRow:
        order = self.state.orders[row.order]
        earlier = [other for other in self.production.of_phase(*_place(row)) if other.moment < row.moment]
        if row.registered:
            return _refused(ordinal, row, "already_registered")
        if order.status != "executive":
            return _refused(ordinal, row, "order_closed" if order.status == "closed" else "order_not_executive")
        if not all(other.registered for other in earlier):
            return _refused(ordinal, row, "sequence_broken")

        counted = self._good_to_load(order, row, earlier)
        memory = self.state.released.get(order.key)
        planner = RegistrationPlanner(
            self._config_now(),
            self.state.movements,
            order,
            row,
            earlier,
            fresh,
            day,
            good_quantity=counted,
            kept=memory.kept if memory else {},
        )
        plan = planner.run()
        if plan.reasons:
            return DeclarationRow(ordinal, row.handle, row.order, "refused", reasons=tuple(plan.reasons))

        movements = number_records(plan, self.state.counters)
        self.state.movements.extend(movements)
        if any(movement.produced and movement.lot_code for movement in movements):
            self._make_lot(order, row, day, fresh)
        closes = self._closes(row)
        self.production.declarations[row.handle] = replace(
            row, registered=True, produced_quantity=counted, closed_order=closes
        )
        order.produced_quantity += counted
        order.status = "closed" if closes else "executive"
        return DeclarationRow(
            ordinal,
            row.handle,
            row.order,
            "registered",
            record_count=count_records(movements),
            movement_count=len(movements),
            movements=tuple(movements),
            feasible_quantity=row.quantity,
        )

    def _good_to_load(self, order: Order, row: Declaration, earlier: Sequence[Declaration]) -> Decimal:
        """R54: the good quantity, but no more than was declared good at the producing phase less what is loaded."""
        if row.phase != producing_phase(order):
            return ZERO
        declared = sum((other.asked.good_quantity for other in earlier), row.asked.good_quantity)
        loaded = sum(
            (other.produced_quantity for other in self.production.declarations.values() if other.order == order.key),
            ZERO,
        )
        return max(min(row.asked.good_quantity, declared - loaded), ZERO)

    def _make_lot(self, order: Order, row: Declaration, day: date, fresh: list[Lot]) -> None:
        """A lot that does not exist is made, available; it begins on the first day on which its call loads it."""
        lot_code = row.asked.lot_code
        place = (order.header.item_code, order.header.variant_code)
        for lot in fresh:
            if (lot.item_code, lot.variant_code, lot.lot_code) == (*place, lot_code) and lot.start_date > day:
                self.production.made_lots.remove(lot)
                fresh.remove(lot)
        if lot_code is None or any(lot.lot_code == lot_code for lot in self._config_now().lots.get(place, [])):
            return
        made = Lot(item_code=place[0], variant_code=place[1], lot_code=lot_code, start_date=day)
        self.production.made_lots.append(made)
        fresh.append(made)

    # Roll back, delete ----------------------------------------------------------------------------------------------

    def roll_back(self, handles: Sequence[Handle]) -> list[DeclarationRow]:
        """Take registrations back; those of one order against their sequence, the row that closed it first."""
        return self._serve(handles, self._roll_back_one, backwards=True)

    def _roll_back_one(self, ordinal: int, row: Declaration) -> DeclarationRow:
        order = self.state.orders[row.order]
        later = [other for other in self.production.of_phase(*_place(row)) if other.moment > row.moment]
        if not row.registered:
            return _refused(ordinal, row, "not_registered")
        if order.status == "closed" and not self._closes(row):
            return _refused(ordinal, row, "order_closed")
        if any(other.registered for other in later):
            return _refused(ordinal, row, "sequence_broken")

        company = self.config.company
        removed = [movement for movement in self.state.movements if movement.declaration == row.handle]
        kept = [movement for movement in self.state.movements if movement.declaration != row.handle]
        reasons = []
        if any(not company.period_start <= movement.record_date <= company.period_end for movement in removed):
            reasons.append(Reason("period_closed"))
        reasons += self._loads_used(removed, kept)
        if reasons:
            return DeclarationRow(ordinal, row.handle, row.order, "refused", reasons=tuple(reasons))

        self.state.movements = kept
        self._unmake_lots()
        self.production.declarations[row.handle] = Declaration(row.handle, row.asked)
        order.produced_quantity -= row.produced_quantity
        order.status = "executive" if row.closed_order else order.status
        return DeclarationRow(
            ordinal,
            row.handle,
            row.order,
            "rolled_back",
            record_count=count_records(removed),
            movement_count=len(removed),
        )

    def _unmake_lots(self) -> None:
        """A lot that a registration made leaves with its last movement."""
        moved = {(row.item_code, row.variant_code, row.lot_code) for row in self.state.movements}
        self.production.made_lots = [
            lot for lot in self.production.made_lots if (lot.item_code, lot.variant_code, lot.lot_code) in moved
        ]

    def delete(self, handles: Sequence[Handle]) -> list[DeclarationRow]:
        """Delete declarations that are not registered, the later ones of a phase first."""
        return self._serve(handles, self._delete_one, backwards=True)

    def _delete_one(self, ordinal: int, row: Declaration) -> DeclarationRow:
        if row.registered:
            return _refused(ordinal, row, "already_registered")
        if any(other.moment > row.moment for other in self.production.of_phase(*_place(row))):
            return _refused(ordinal, row, "sequence_broken")
        del self.production.declarations[row.handle]
        self.state.orders[row.order].declarations -= 1
        return DeclarationRow(ordinal, row.handle, row.order, "deleted")

    # Beneath --------------------------------------------------------------------------------------------------------

    def _serve(
        self,
        handles: Sequence[Handle],
        serve_one: Callable[[int, Declaration], DeclarationRow],
        *,
        backwards: bool = False,
    ) -> list[DeclarationRow]:
        """In the order asked, but those of one order take the places of that order in their own sequence."""
        asked = list(dict.fromkeys(handles))
        found = [self.production.declarations.get(handle) for handle in asked]
        waiting: dict[OrderKey, list[Declaration]] = {}
        for row in found:
            if row is not None:
                waiting.setdefault(row.order, []).append(row)
        for rows in waiting.values():
            rows.sort(key=lambda row: (self._closes(row), row.moment), reverse=backwards)
        ordinals = {handle: ordinal for ordinal, handle in enumerate(asked, start=1)}
        answer = []
        for handle, there in zip(asked, found, strict=True):
            if there is None:
                reasons = (Reason("declaration_not_found"),)
                answer.append(DeclarationRow(ordinals[handle], handle, None, "refused", reasons=reasons))
            else:
                row = waiting[there.order].pop(0)
                answer.append(serve_one(ordinals[row.handle], row))
        return sorted(answer, key=lambda row: row.ordinal)

    def _closes(self, row: Declaration) -> bool:
        """R52, R54: whether its registration closes the order, or, where it is registered, did so."""
        if row.registered:
            return row.closed_order
        return row.asked.kind == "closing" and row.phase == last_productive_phase(self.state.orders[row.order])

    # What is to be seen ---------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """As without declarations, and besides:

        - declarations: year, number, lot, phase, sub-phase, kind, moment, good, scrap, lot code, registered
        - lots: item, variant, lot, start date, expiry date, state, sellable, closed
        - declared movements: place of the declaration among those that are there, record date, warehouse, record
          number, line
        """
        declarations = self.production.declarations
        places = {handle: place for place, handle in enumerate(sorted(declarations), start=1)}
        return {
            **super().snapshot(),
            "declarations": in_order(
                (
                    *row.order,
                    *row.phase,
                    row.asked.kind,
                    row.asked.declared_at or NOW,
                    row.asked.good_quantity,
                    row.asked.scrap_quantity,
                    row.asked.lot_code,
                    row.registered,
                )
                for row in declarations.values()
            ),
            "lots": in_order(
                (
                    lot.item_code,
                    lot.variant_code,
                    lot.lot_code,
                    lot.start_date,
                    lot.expiry_date,
                    lot.state,
                    lot.sellable,
                    lot.closed,
                )
                for lots in self._config_now().lots.values()
                for lot in lots
            ),
            "declared movements": in_order(
                (places[row.declaration], row.record_date, row.warehouse_code, row.record_number, row.line)
                for row in self.state.movements
                if row.declaration is not None
            ),
        }


def _place(row: Declaration) -> tuple[OrderKey, tuple[int, int]]:
    return row.order, row.phase


def _may_follow(there: Sequence[Declaration], element: Element) -> bool:
    """The sequence of a phase; `there` are its rows so far."""
    if not there:
        return element.kind == "opening"
    last = there[-1]
    if (element.declared_at or NOW) < last.moment[0]:
        return False
    if last.asked.kind == "closing" or element.kind == "opening":
        return False
    return (element.kind == "resume") == (last.asked.kind == "suspension")


def _refused(ordinal: int, row: Declaration, code: str) -> DeclarationRow:
    return DeclarationRow(ordinal, row.handle, row.order, "refused", reasons=(Reason(code),))
