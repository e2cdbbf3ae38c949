"""The reference model: release and restore over many orders, read literally from the specification.

    model = Model(world, today)
    rows = model.release([(2026, 1, 0)], on_shortage="split")
    rows = model.restore([(2026, 1, 0)])

Everything is recomputed from the movements each time; nothing is fast. `snapshot()` is what R34 calls the situation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import TypeVar

from .config import Config, by_bytes
from .declaration import Production
from .orders import (
    SHORTAGES,
    ZERO,
    LineLot,
    Order,
    Reason,
    Released,
    ReleaseRow,
    RestoreRow,
    first_up_to,
    without,
)
from .plan import Plan, number_records, plan_order, quantities_to_move
from .snapshot import Snapshot, snapshot
from .stock import Movement, Place, balance_on, balances, checked_together, days_from, may_go_negative
from .world import OpeningStock, OrderKey, World, key_of

Row = TypeVar("Row", ReleaseRow, RestoreRow)


@dataclass
class State:
    """All that changes."""

    orders: dict[OrderKey, Order] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    counters: dict[tuple[str, date], int] = field(default_factory=dict)
    released: dict[OrderKey, Released] = field(default_factory=dict)
    production: Production = field(default_factory=Production)

    def copy(self) -> State:
        return State(
            orders={key: replace(order, commitments=dict(order.commitments)) for key, order in self.orders.items()},
            movements=list(self.movements),
            counters=dict(self.counters),
            released=dict(self.released),
            production=self.production.copy(),
        )


class Model:
    """One company. `today` and the open period may be moved between calls."""

    def __init__(self, world: World, today: date) -> None:
        self.config = Config(world)
        self.today = today
        self.state = State()
        self._load_stock(world)
        self._load_orders(world)

    def _load_stock(self, world: World) -> None:
        """One load record per warehouse, date and reason; equal rows are movements of their own."""
        numbers: dict[tuple[str, date, str | None], int] = {}
        lines: dict[tuple[str, date, str | None], int] = {}
        for row in world.opening_stock:
            record = (row.warehouse_code, row.record_date, row.reason_code)
            if record not in numbers:
                counter = (row.warehouse_code, row.record_date)
                self.state.counters[counter] = self.state.counters.get(counter, 0) + 1
                numbers[record] = self.state.counters[counter]
            lines[record] = lines.get(record, 0) + 1
            self.state.movements.append(_plain_movement(row, numbers[record], lines[record]))

    def _load_orders(self, world: World) -> None:
        for header in world.production_order:
            key = key_of(header)
            self.state.orders[key] = Order(
                key=key,
                status=header.status,
                quantity=header.quantity,
                header=header,
                phases=tuple(row for row in world.production_order_phase if key_of(row) == key),
                materials=tuple(row for row in world.production_order_material if key_of(row) == key),
                commitments={
                    (row.line, row.lot_code): row.quantity for row in world.material_lot if key_of(row) == key
                },
            )

    # Release --------------------------------------------------------------------------------------------------------

    def release(
        self,
        orders: Sequence[OrderKey],
        record_date: date | None = None,
        on_shortage: str | None = None,
        all_or_none: bool = False,
        quantities: Mapping[OrderKey, Decimal] | None = None,
    ) -> list[ReleaseRow]:
        """R2, R7, R8, R77: release each order, or so much of it, in the order asked; an answer per distinct order."""
        asked = list(dict.fromkeys(orders))
        there = set(self.state.orders)  # a remainder made during the call was not asked for
        day = record_date or self.today
        may_split = (on_shortage or ("split" if self.config.company.split_on_shortage else "refuse")) == "split"

        before = self.state.copy()
        rows = []
        for ordinal, key in enumerate(asked, start=1):
            if key in there:
                rows.append(self._release_one(ordinal, key, day, may_split, (quantities or {}).get(key)))
            else:
                rows.append(ReleaseRow(ordinal, key, "refused", reasons=(Reason("order_not_found"),)))
        if all_or_none and any(row.outcome == "refused" for row in rows):
            self.state = before
            rows = [_refused_with_the_others(row) for row in rows]
        return rows

    def preview_release(
        self,
        orders: Sequence[OrderKey],
        record_date: date | None = None,
        on_shortage: str | None = None,
        quantities: Mapping[OrderKey, Decimal] | None = None,
    ) -> list[ReleaseRow]:
        """What `release` would answer, without doing it."""
        before = self.state.copy()
        rows = self.release(orders, record_date, on_shortage, quantities=quantities)
        self.state = before
        return rows

    def _release_one(
        self, ordinal: int, key: OrderKey, day: date, may_split: bool, chosen: Decimal | None
    ) -> ReleaseRow:
        order = self.state.orders[key]
        if order.status != "launched":
            return ReleaseRow(ordinal, key, "refused", reasons=(Reason("order_not_launched"),))

        quantity = order.quantity if chosen is None else chosen
        if not self._is_part(order, quantity):
            asked = quantity if quantity.is_finite() else None
            reason = Reason("quantity_not_possible", required=asked, available=order.quantity)
            return ReleaseRow(ordinal, key, "refused", reasons=(reason,))

        plan = self._plan(order, quantity, day)
        reasons = list(plan.reasons)
        if quantity < order.quantity and not order.is_untouched:
            reasons.append(Reason("split_not_possible"))
        elif not reasons and quantity < order.quantity:
            return self._split_and_carry_out(ordinal, order, quantity, plan)
        elif not reasons:
            return self._carry_out(ordinal, order, plan, Released(dict(order.commitments)))
        elif may_split and all(reason.code in SHORTAGES for reason in reasons):
            if not order.is_untouched:
                reasons.append(Reason("split_not_possible"))
            else:
                feasible, plan = self._largest_feasible(order, quantity, day)
                if feasible > 0:
                    return self._split_and_carry_out(ordinal, order, feasible, plan)
                reasons.append(Reason("zero_feasible_quantity"))
        return ReleaseRow(ordinal, key, "refused", reasons=tuple(reasons))

    def _is_part(self, order: Order, quantity: Decimal) -> bool:
        """R77: whether so much can be released of an order: all of it, or less in the decimals of its item."""
        if not quantity.is_finite():
            return False
        decimals = self.config.items[order.header.item_code].quantity_decimals
        in_its_decimals = quantity == round(quantity, decimals)
        return quantity == order.quantity or (0 < quantity < order.quantity and in_its_decimals)

    def _plan(self, order: Order, quantity: Decimal, day: date) -> Plan:
        return plan_order(self.config, self.state.movements, order, quantity, day)

    def _largest_feasible(self, order: Order, most: Decimal, day: date) -> tuple[Decimal, Plan]:
        """R23: try every multiple of the produced item's decimals, from the top down.

        A quantity that asks of the stock just what the one above it asked, in vain, is not planned again.
        """
        step = Decimal(1).scaleb(-self.config.items[order.header.item_code].quantity_decimals)
        quantity = most.quantize(step, rounding=ROUND_DOWN)
        in_vain = quantities_to_move(self.config, order, most)
        while quantity > 0:
            asks = quantities_to_move(self.config, order, quantity)
            if asks != in_vain:
                plan = self._plan(order, quantity, day)
                if not plan.reasons:
                    return quantity, plan
                in_vain = asks
            quantity -= step
        return ZERO, Plan()

    def _split_and_carry_out(self, ordinal: int, order: Order, feasible: Decimal, plan: Plan) -> ReleaseRow:
        """R23: the first order keeps its lot and what is feasible, the second gets the next free lot and the rest."""
        year, number, _ = order.key
        lots = [key[2] for key in self.state.orders if key[:2] == (year, number)]
        remainder_key = (year, number, max(lots) + 1)
        quantity_before, commitments_before = order.quantity, dict(order.commitments)

        first_needs: dict[LineLot, Decimal] = {}
        for material in order.materials:
            need = abs(self.config.required_quantity(material, feasible, order.quantity_before))
            for lot_code, quantity in first_up_to(order.lots_of(material.line), need).items():
                first_needs[(material.line, lot_code)] = quantity
        rest = without(commitments_before, first_needs)

        remainder = replace(
            order,
            key=remainder_key,
            quantity=quantity_before - feasible,
            quantity_before=order.quantity_before + feasible,
            phases=tuple(replace(row, order_lot=remainder_key[2]) for row in order.phases),
            materials=tuple(replace(row, order_lot=remainder_key[2]) for row in order.materials),
            commitments=rest,
        )
        self.state.orders[remainder_key] = remainder
        order.quantity = feasible
        order.commitments = first_needs
        memory = Released(
            commitments=dict(first_needs),
            remainder=remainder_key,
            remainder_quantity=remainder.quantity,
            quantity_before_split=quantity_before,
            commitments_before_split=commitments_before,
        )
        return self._carry_out(ordinal, order, plan, memory)

    def _carry_out(self, ordinal: int, order: Order, plan: Plan, memory: Released) -> ReleaseRow:
        """R2, R19, R28: the movements are made, the commitments they used go, the order is executive."""
        movements = number_records(plan, self.state.counters)
        self.state.movements.extend(movements)
        order.commitments = without(order.commitments, plan.used_commitments)
        order.status = "executive"
        self.state.released[order.key] = replace(memory, kept=dict(plan.kept))
        return ReleaseRow(
            ordinal,
            order.key,
            "split" if memory.remainder else "released",
            record_count=count_records(movements),
            movement_count=len(movements),
            remainder=memory.remainder,
            movements=tuple(movements),
            feasible_quantity=order.quantity,
        )

    # Restore --------------------------------------------------------------------------------------------------------

    def restore(self, orders: Sequence[OrderKey], all_or_none: bool = False) -> list[RestoreRow]:
        """R31, R36: restore each order in the order asked, each seeing what the earlier ones gave back.

        The orders of one year and number change their turns so that the highest lot comes first; a remainder that was
        merged says so, and a launched one has nothing else to say.
        """
        asked = list(dict.fromkeys(orders))
        before = self.state.copy()
        answers = {key: self._restore_one(asked.index(key) + 1, key) for key in self._turns(asked)}
        merged = {row.merged for row in answers.values()} - {None}
        for key in merged & answers.keys():
            row = answers[key]
            answers[key] = replace(row, outcome="restored", reasons=(Reason("merged_back"),))
        rows = [answers[key] for key in asked]
        if all_or_none and any(row.outcome == "refused" for row in rows):
            self.state = before
            rows = [_refused_with_the_others(row) for row in rows]
        return rows

    def preview_restore(self, orders: Sequence[OrderKey]) -> list[RestoreRow]:
        """What `restore` would answer, without doing it."""
        before = self.state.copy()
        rows = self.restore(orders)
        self.state = before
        return rows

    def _turns(self, asked: list[OrderKey]) -> list[OrderKey]:
        """R36: the highest lots first, at the places where orders of their year and number were asked."""
        there = [key for key in asked if key in self.state.orders]
        waiting = {number: sorted(key for key in there if key[:2] == number) for number in {key[:2] for key in there}}
        return [waiting[key[:2]].pop() if key in self.state.orders else key for key in asked]

    def _restore_one(self, ordinal: int, key: OrderKey) -> RestoreRow:
        order = self.state.orders.get(key)
        if order is None:
            return RestoreRow(ordinal, key, "refused", reasons=(Reason("order_not_found"),))
        if order.status != "executive":
            code = "order_closed" if order.status == "closed" else "order_not_executive"
            return RestoreRow(ordinal, key, "refused", reasons=(Reason(code),))

        removed = [row for row in self.state.movements if row.order == key]
        kept = [row for row in self.state.movements if row.order != key]
        reasons = self._restore_reasons(order, removed, kept)
        if reasons:
            return RestoreRow(ordinal, key, "refused", reasons=tuple(reasons))

        self.state.movements = kept
        order.status = "launched"
        merged, warnings = None, []
        memory = self.state.released.pop(key, None)
        if memory is not None:
            order.commitments = dict(memory.commitments)
            if memory.remainder is not None:
                if self._remainder_is_untouched(memory):
                    merged = memory.remainder
                    del self.state.orders[merged]
                    order.quantity = memory.quantity_before_split
                    order.commitments = dict(memory.commitments_before_split)
                else:
                    warnings.append(Reason("remainder_kept"))
        return RestoreRow(
            ordinal,
            key,
            "restored",
            record_count=count_records(removed),
            movement_count=len(removed),
            merged=merged,
            reasons=tuple(warnings),
        )

    def _restore_reasons(self, order: Order, removed: list[Movement], kept: list[Movement]) -> list[Reason]:
        company = self.config.company
        reasons = []
        if any(not company.period_start <= row.record_date <= company.period_end for row in removed):
            reasons.append(Reason("period_closed"))  # R18
        if order.declarations > 0:
            reasons.append(Reason("declarations_exist"))  # R32
        return reasons + self._loads_used(removed, kept)

    def _loads_used(self, removed: list[Movement], kept: list[Movement]) -> list[Reason]:
        """R38: the loads whose stock is needed by what stays, checked after all of the order is taken back."""
        loads: dict[Place, list[Movement]] = {}
        for row in removed:
            if row.quantity > 0:
                loads.setdefault(self._decided_over(row.place), []).append(row)
        reasons = []
        for place in sorted(loads, key=lambda place: tuple(map(by_bytes, place))):
            warehouse_code, item_code, variant_code, lot_code, _ = place
            if lot_code is None and may_go_negative(self.config, warehouse_code):
                continue
            stays = checked_together(self.config, kept, place)
            first_day = min(row.record_date for row in loads[place])
            smallest = min(balance_on(stays, day) for day in days_from(stays, first_day))
            if smallest < 0:
                loaded = sum((row.quantity for row in loads[place]), ZERO)
                reasons.append(
                    Reason(
                        "counterpart_stock_used",
                        item_code,
                        variant_code,
                        warehouse_code,
                        lot_code,
                        required=loaded,
                        available=loaded + smallest,
                    )
                )
        return reasons

    def _decided_over(self, place: Place) -> Place:
        """R17: the place itself, or the warehouse as a whole (no location)."""
        if place[3] is not None or self.config.warehouses[place[0]].check_location:
            return place
        return (*place[:4], None)

    def _remainder_is_untouched(self, memory: Released) -> bool:
        """R35."""
        if memory.remainder is None or memory.remainder not in self.state.orders:
            return False
        remainder = self.state.orders[memory.remainder]
        return (
            remainder.status == "launched"
            and remainder.quantity == memory.remainder_quantity
            and remainder.is_untouched
        )

    # What others do to orders ---------------------------------------------------------------------------------------

    def insert_declaration(self, key: OrderKey) -> None:
        """R32: a declaration row now stands on the order, registered or not."""
        self.state.orders[key].declarations += 1

    def delete_declarations(self, key: OrderKey) -> None:
        self.state.orders[key].declarations = 0

    def set_period(self, start: date, end: date) -> None:
        """R18: the company's open period moves."""
        self.config.company = replace(self.config.company, period_start=start, period_end=end)

    def can_book(self, row: OpeningStock) -> bool:
        """R15: whether stock stays sound when others move it so."""
        movement = _plain_movement(row, 0, 0)
        if row.quantity > 0 or (row.lot_code is None and may_go_negative(self.config, row.warehouse_code)):
            return True
        together = checked_together(self.config, [*self.state.movements, movement], movement.place)
        return all(balance_on(together, day) >= 0 for day in days_from(together, row.record_date))

    def book(self, row: OpeningStock) -> None:
        """A plain record of one line."""
        counter = (row.warehouse_code, row.record_date)
        self.state.counters[counter] = self.state.counters.get(counter, 0) + 1
        self.state.movements.append(_plain_movement(row, self.state.counters[counter], 1))

    # What is to be seen ---------------------------------------------------------------------------------------------

    @property
    def orders(self) -> dict[OrderKey, Order]:
        return self.state.orders

    @property
    def movements(self) -> list[Movement]:
        return self.state.movements

    def balances(self) -> dict[Place, Decimal]:
        """On hand over all dates: place -> quantity, zeros left out."""
        return balances(self.state.movements)

    def movements_of(self, key: OrderKey) -> list[Movement]:
        """R30: the movements that the order's release made, in record order."""
        return [row for row in self.state.movements if row.order == key]

    def job_status(self, job: tuple[int, int]) -> str:
        """R50: from the facts."""
        statuses = {
            order.status
            for order in self.state.orders.values()
            if (order.header.job_year, order.header.job_number) == job
        }
        if statuses & {"executive", "closed"} or self.config.jobs[job].supply_released:
            return "executive"
        return "launched" if "launched" in statuses else "scheduled"

    def snapshot(self) -> Snapshot:
        """Everything R34 speaks of, comparable with `==`: see `snapshot.py` for the columns."""
        jobs = {job: self.job_status(job) for job in self.config.jobs}
        return snapshot(self.state.orders.values(), self.state.movements, jobs)


def _refused_with_the_others(row: Row) -> Row:
    """R8: what becomes of an order of a call that is to do all or none, and does not do all."""
    if row.outcome == "refused":
        return row
    return type(row)(row.ordinal, row.key, "refused", reasons=(Reason("all_or_none"),))


def count_records(movements: list[Movement]) -> int:
    return len({(row.warehouse_code, row.reason_code) for row in movements})


def _plain_movement(row: OpeningStock, record_number: int, line: int) -> Movement:
    return Movement(
        order=None,
        record_date=row.record_date,
        warehouse_code=row.warehouse_code,
        reason_code=row.reason_code,
        record_number=record_number,
        line=line,
        item_code=row.item_code,
        variant_code=row.variant_code,
        lot_code=row.lot_code,
        location_code=row.location_code,
        quantity=row.quantity,
    )
