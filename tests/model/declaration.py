"""Production declarations as they stand while the model runs, and the rows that answers about them are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from .orders import Order, Reason
from .stock import Movement
from .world import Lot, OrderKey, ProductionOrderPhase

ZERO = Decimal(0)

Handle = int
"""What the model calls a declaration: its place, from 1, among all elements ever declared, refused ones included."""

NOW = datetime(9998, 12, 31)
"""Stands for the moment of the call, which is after every moment told."""

ZONES = {"Pacific/Kiritimati": timedelta(hours=14), "Etc/GMT+12": timedelta(hours=-12)}
"""How far the time zones of companies are from Greenwich, the time that is told; neither has a summer."""


@dataclass(frozen=True)
class Element:
    """What is asked to be declared; a moment of None is that of the call."""

    order: OrderKey
    phase: int
    sub_phase: int
    kind: str
    declared_at: datetime | None = None
    good_quantity: Decimal = ZERO
    scrap_quantity: Decimal = ZERO
    lot_code: str | None = None


@dataclass(frozen=True)
class Declaration:
    """A row of a production declaration (R51)."""

    handle: Handle
    asked: Element
    registered: bool = False
    produced_quantity: Decimal = ZERO
    """What its registration loaded and counted as produced (R54)."""
    closed_order: bool = False
    """Whether its registration closed the order (R54)."""

    @property
    def order(self) -> OrderKey:
        return self.asked.order

    @property
    def phase(self) -> tuple[int, int]:
        return (self.asked.phase, self.asked.sub_phase)

    @property
    def quantity(self) -> Decimal:
        """Good and scrap."""
        return self.asked.good_quantity + self.asked.scrap_quantity

    @property
    def moment(self) -> tuple[datetime, Handle]:
        """The rows of a phase stand in the order of their moments, then of their making."""
        return (self.asked.declared_at or NOW, self.handle)


@dataclass
class Production:
    """All that declarations change beside orders and movements."""

    asked: int = 0
    """How many elements were ever asked to be declared."""
    declarations: dict[Handle, Declaration] = field(default_factory=dict)
    made_lots: list[Lot] = field(default_factory=list)
    """The lots that registrations made."""

    def copy(self) -> Production:
        return Production(self.asked, dict(self.declarations), list(self.made_lots))

    def of_phase(self, key: OrderKey, phase: tuple[int, int]) -> list[Declaration]:
        """The rows of a phase of an order, in their sequence."""
        rows = [row for row in self.declarations.values() if row.order == key and row.phase == phase]
        return sorted(rows, key=lambda row: row.moment)


def last_productive_phase(order: Order) -> tuple[int, int] | None:
    """The phase whose closing closes the order (R52)."""
    return _last(row for row in order.phases if row.productive)


def producing_phase(order: Order) -> tuple[int, int] | None:
    """Where the good quantity is loaded and counts as produced: the last productive and movable phase (R52)."""
    return _last(row for row in order.phases if row.productive and row.movable)


def _last(phases: Iterable[ProductionOrderPhase]) -> tuple[int, int] | None:
    return max(((row.phase, row.sub_phase) for row in phases), default=None)


@dataclass(frozen=True)
class DeclareRow:
    """The answer to one element of a call of declare_production."""

    ordinal: int
    handle: Handle | None
    key: OrderKey
    outcome: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class DeclarationRow:
    """The answer to one declaration of a registration, its preview, a rollback or a deletion."""

    ordinal: int
    handle: Handle
    key: OrderKey | None
    outcome: str
    record_count: int = 0
    movement_count: int = 0
    reasons: tuple[Reason, ...] = ()
    movements: tuple[Movement, ...] = ()
    feasible_quantity: Decimal = ZERO
    record_date: date | None = None
    """Of which day the records of a registration are, or would be."""
