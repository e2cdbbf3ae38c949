"""What is in stock and what an order may take from it: balances as sums of movements, R15, R16, R17."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .config import Config, by_bytes
from .world import OrderKey

ZERO = Decimal(0)

Place = tuple[str, str, str | None, str | None, str | None]
"""Where stock lies: warehouse, item, variant, lot, location."""


@dataclass(frozen=True)
class Movement:
    """One line of a stock record; a load is positive, an issue negative.

    A record is what stands under one order, warehouse, reason and number of the day. Plain loads have no order. Those
    of a registration name their declaration; what is produced has no material line but a place before them all:
    `produced` is 1 for scrap and 2 for good, 0 for materials. `available` is what was left for the line when it was
    planned (issues only); it is no part of the movement.
    """

    order: OrderKey | None
    record_date: date
    warehouse_code: str
    reason_code: str | None
    record_number: int
    line: int
    item_code: str
    variant_code: str | None
    lot_code: str | None
    location_code: str | None
    quantity: Decimal
    material_line: int | None = None
    resolved_by: str | None = None
    counterpart: bool = False
    declaration: int | None = None
    produced: int = 0
    picking_type: str | None = field(default=None, compare=False)
    available: Decimal | None = field(default=None, compare=False)

    @property
    def place(self) -> Place:
        return (self.warehouse_code, self.item_code, self.variant_code, self.lot_code, self.location_code)

    @property
    def in_line_order(self) -> tuple[int, int, bool, bytes, bytes]:
        """Where it stands among those of its plan: what is produced first, then by material line."""
        line = self.produced - 3 if self.material_line is None else self.material_line
        return (
            self.material_line is not None,
            line,
            self.counterpart,
            by_bytes(self.lot_code),
            by_bytes(self.location_code),
        )


def balances(movements: Iterable[Movement]) -> dict[Place, Decimal]:
    """On hand per place over all dates, zeros left out."""
    on_hand: dict[Place, Decimal] = {}
    for movement in movements:
        on_hand[movement.place] = on_hand.get(movement.place, ZERO) + movement.quantity
    return {place: quantity for place, quantity in on_hand.items() if quantity != 0}


def balance_on(movements: Iterable[Movement], day: date) -> Decimal:
    """The sum of these movements up to and including a day."""
    return sum((row.quantity for row in movements if row.record_date <= day), ZERO)


def days_from(movements: Iterable[Movement], day: date) -> list[date]:
    """That day and every later one on which something moves: the days on which a balance can differ (R16)."""
    return sorted({day} | {row.record_date for row in movements if row.record_date > day})


def may_go_negative(config: Config, warehouse_code: str) -> bool:
    """R15: both flags. Lots never ask this."""
    return config.company.allow_negative_stock and config.warehouses[warehouse_code].allow_negative_stock


def checked_together(config: Config, movements: Iterable[Movement], place: Place) -> list[Movement]:
    """R15, R17: the movements whose sum decides over a place.

    A lot, and any item where the warehouse checks by location: that very place. Otherwise the item in the whole
    warehouse, blocked locations left out.
    """
    warehouse_code, item_code, variant_code, lot_code, _ = place
    if lot_code is not None or config.warehouses[warehouse_code].check_location:
        return [row for row in movements if row.place == place]
    return [
        row
        for row in movements
        if row.place[:4] == (warehouse_code, item_code, variant_code, None)
        and (warehouse_code, row.location_code) not in config.blocked
    ]


@dataclass(frozen=True)
class Taken:
    """What a plain (not lot) row was answered: covered, or short on the day or later, with the true figure."""

    shortage: str | None
    available: Decimal


class OrderStock:
    """The stock one order sees: what the orders before left, less what its own rows before took.

    What the order itself loads is not in it (R15).
    """

    def __init__(self, config: Config, movements: list[Movement], record_date: date) -> None:
        self.config = config
        self.movements = movements
        self.record_date = record_date
        self._taken: dict[Place, Decimal] = {}

    def take_plain(self, place: Place, wanted: Decimal) -> Taken:
        """Take from a place of an item without lots. A short row counts in full for the rows after it (R15).

        What lies in a blocked location is not available (R17).
        """
        warehouse_code = place[0]
        blocked = (warehouse_code, place[4]) in self.config.blocked
        by_location = self.config.warehouses[warehouse_code].check_location or blocked
        taken_under = place if by_location else (*place[:4], None)
        movements = [] if blocked else checked_together(self.config, self.movements, place)
        earlier_rows = self._taken.get(taken_under, ZERO)
        left = []
        for day in days_from(movements, self.record_date):
            start = balance_on(movements, day)
            left.append(max(start - earlier_rows, min(ZERO, start)))
        self._taken[taken_under] = earlier_rows + wanted
        if may_go_negative(self.config, warehouse_code):
            return Taken(None, min(left))
        if left[0] < wanted:
            return Taken("insufficient_stock", left[0])
        if min(left) < wanted:
            return Taken("later_stock_negative", min(left[1:]))
        return Taken(None, min(left))

    def lot_places(
        self, warehouse_code: str, item_code: str, variant_code: str | None, lot_code: str, only: str | None = None
    ) -> list[Place]:
        """R14: where a lot lies, none first, then by code, blocked ones left out; or one location alone."""
        locations = {
            row.location_code
            for row in self.movements
            if row.place[:4] == (warehouse_code, item_code, variant_code, lot_code)
        }
        return [
            (warehouse_code, item_code, variant_code, lot_code, location_code)
            for location_code in sorted(locations, key=by_bytes)
            if (warehouse_code, location_code) not in self.config.blocked and (only is None or location_code == only)
        ]

    def free_in_lot(self, place: Place) -> Decimal:
        """What a lot still gives at a place: its smallest balance from the day on (R16), less the rows before."""
        movements = checked_together(self.config, self.movements, place)
        smallest = min(balance_on(movements, day) for day in days_from(movements, self.record_date))
        return max(smallest - self._taken.get(place, ZERO), ZERO)

    def take_lot(self, places: list[Place], wanted: Decimal) -> dict[Place, Decimal]:
        """Take as far as it goes, place after place; what was taken from each."""
        got: dict[Place, Decimal] = {}
        for place in places:
            quantity = min(self.free_in_lot(place), wanted - sum(got.values()))
            if quantity > 0:
                got[place] = quantity
                self._taken[place] = self._taken.get(place, ZERO) + quantity
        return got
