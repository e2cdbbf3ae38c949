"""Production orders as they stand while the model runs, and the reasons and rows an answer is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .config import Source, by_bytes
from .stock import Movement
from .world import ItemMrpParameter, OrderKey, ProductionOrder, ProductionOrderMaterial, ProductionOrderPhase

ZERO = Decimal(0)

LineLot = tuple[int, str]
"""A lot commitment's place in its order: material line and lot code."""

SHORTAGES = frozenset({"insufficient_stock", "later_stock_negative", "lot_unavailable"})
"""R24: the reasons that a split can mend."""


@dataclass(frozen=True)
class Reason:
    """Why an order was refused, or a warning; what does not apply is None."""

    code: str
    item_code: str | None = None
    variant_code: str | None = None
    warehouse_code: str | None = None
    lot_code: str | None = None
    required: Decimal | None = None
    available: Decimal | None = None


@dataclass
class Order:
    """A production order now. `header` holds what never changes (its own status and quantity are the loaded ones)."""

    key: OrderKey
    status: str
    quantity: Decimal
    header: ProductionOrder
    phases: tuple[ProductionOrderPhase, ...] = ()
    materials: tuple[ProductionOrderMaterial, ...] = ()
    commitments: dict[LineLot, Decimal] = field(default_factory=dict)
    produced_quantity: Decimal = ZERO
    quantity_before: Decimal = ZERO
    """R29: the quantity of the parts that splits made before this one."""
    declarations: int = 0

    @property
    def is_untouched(self) -> bool:
        """R24, R35: nothing picked, produced or declared."""
        nothing_picked = all(row.picked_quantity == 0 for row in self.materials)
        return nothing_picked and self.produced_quantity == 0 and self.declarations == 0

    def lots_of(self, line: int) -> list[tuple[str, Decimal]]:
        """A row's commitments by lot code (R25)."""
        rows = [(lot_code, quantity) for (of_line, lot_code), quantity in self.commitments.items() if of_line == line]
        return sorted(rows, key=lambda row: by_bytes(row[0]))


def first_up_to(lots: list[tuple[str, Decimal]], need: Decimal) -> dict[str, Decimal]:
    """What each lot gives to a need when they are asked one after the other, each up to its quantity."""
    given: dict[str, Decimal] = {}
    for lot_code, quantity in lots:
        part = min(quantity, need - sum(given.values()))
        if part > 0:
            given[lot_code] = part
    return given


def without(commitments: Mapping[LineLot, Decimal], gone: Mapping[LineLot, Decimal]) -> dict[LineLot, Decimal]:
    """Commitments less what went away; a row used up disappears."""
    rest = {place: quantity - gone.get(place, ZERO) for place, quantity in commitments.items()}
    return {place: quantity for place, quantity in rest.items() if quantity > 0}


@dataclass(frozen=True)
class ReleaseRow:
    """The answer to one order of a release or its preview; `movements` are those made (or planned)."""

    ordinal: int
    key: OrderKey
    outcome: str
    record_count: int = 0
    movement_count: int = 0
    remainder: OrderKey | None = None
    reasons: tuple[Reason, ...] = ()
    movements: tuple[Movement, ...] = ()
    feasible_quantity: Decimal = ZERO


@dataclass(frozen=True)
class RestoreRow:
    """The answer to one order of a restore or its preview; the counts are of what was (or would be) removed."""

    ordinal: int
    key: OrderKey
    outcome: str
    record_count: int = 0
    movement_count: int = 0
    merged: OrderKey | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Kept:
    """What a release decided for a material row (R3)."""

    may_move: bool
    """False where the row was not movable, or its item a phantom (R4)."""
    parameters: ItemMrpParameter | None
    """The item's MRP parameters then."""
    wip: Source | None = None
    """Where it was transferred to, with the issue reason of that wip section (R9)."""
    wip_location_code: str | None = None


@dataclass(frozen=True)
class Released:
    """What a release must remember of an order, so that a restore brings it back exactly (R34, R35)."""

    commitments: dict[LineLot, Decimal]
    """Those the order had when it was released, after a split."""
    kept: dict[int, Kept] = field(default_factory=dict)
    """By material line."""
    remainder: OrderKey | None = None
    remainder_quantity: Decimal = ZERO
    quantity_before_split: Decimal = ZERO
    commitments_before_split: dict[LineLot, Decimal] = field(default_factory=dict)
