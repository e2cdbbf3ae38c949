"""A story told to both: what is asked of the model is asked of the database too, and they must answer and end alike.

So a rule that a story states is proven twice: of the product, and of the model that random stories hold it against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .changes import Change, change_model
from .declaration import DeclarationRow, DeclareRow, Element, Handle, Production
from .orders import Order, ReleaseRow, RestoreRow
from .production import ProductionModel
from .production_database import ProductionCompany, production_answer_of
from .production_strategies import (
    Declare,
    Delete,
    ProductionCall,
    Register,
    RollBack,
    work_on,
)
from .snapshot import Snapshot
from .stock import Movement, Place
from .strategies import (
    TODAY,
    Book,
    PreviewRelease,
    Release,
    Restore,
)
from .world import ItemMrpParameter, OpeningStock, OrderKey, WarehouseRule

Tell = Callable[..., "Both"]
"""Makes the world of a story, of rows, in both."""


@dataclass
class Both:
    """One company, in the model and in the database."""

    model: ProductionModel
    company: ProductionCompany

    def __post_init__(self) -> None:
        self.assert_alike()

    def assert_alike(self) -> None:
        assert self.company.snapshot() == self.model.snapshot()
        self.company.assert_sound()

    def _do(self, call: ProductionCall) -> Any:
        rows = work_on(self.model, call)
        assert self.company.carry_out(call) == production_answer_of(call, rows)
        self.assert_alike()
        return rows

    # Calls ----------------------------------------------------------------------------------------------------------

    def release(
        self,
        orders: Iterable[OrderKey],
        record_date: date | None = None,
        on_shortage: str | None = None,
        all_or_none: bool = False,
        quantities: Mapping[OrderKey, Decimal] | None = None,
    ) -> list[ReleaseRow]:
        call = Release(tuple(orders), record_date, on_shortage, all_or_none, quantities or {})
        rows: list[ReleaseRow] = self._do(call)
        return rows

    def preview_release(
        self, orders: Iterable[OrderKey], record_date: date | None = None, on_shortage: str | None = None
    ) -> list[ReleaseRow]:
        rows: list[ReleaseRow] = self._do(PreviewRelease(tuple(orders), record_date, on_shortage))
        return rows

    def restore(self, orders: Iterable[OrderKey], all_or_none: bool = False) -> list[RestoreRow]:
        rows: list[RestoreRow] = self._do(Restore(tuple(orders), all_or_none))
        return rows

    def declare(self, elements: Iterable[Element]) -> list[DeclareRow]:
        rows: list[DeclareRow] = self._do(Declare(tuple(elements)))
        return rows

    def register(self, handles: Iterable[Handle], record_date: date | None = TODAY) -> list[DeclarationRow]:
        """Without a date each is registered on the day of its moment."""
        rows: list[DeclarationRow] = self._do(Register(tuple(handles), record_date))
        return rows

    def roll_back(self, handles: Iterable[Handle]) -> list[DeclarationRow]:
        rows: list[DeclarationRow] = self._do(RollBack(tuple(handles)))
        return rows

    def delete(self, handles: Iterable[Handle]) -> list[DeclarationRow]:
        rows: list[DeclarationRow] = self._do(Delete(tuple(handles)))
        return rows

    # What others do -------------------------------------------------------------------------------------------------

    def change(self, *changes: Change) -> None:
        """Change the configuration or orders by hand."""
        for one in changes:
            change_model(self.model, one)
            self.company.change(one)
        self.assert_alike()

    def book(self, row: OpeningStock) -> None:
        self._do(Book(row))

    # What is to be seen, in both ------------------------------------------------------------------------------------

    def rules(self) -> list[WarehouseRule]:
        return [rule for of_owner in self.model.config.rules.values() for rule in of_owner.values()]

    def parameters(self) -> list[ItemMrpParameter]:
        return list(self.model.config.parameters.values())

    @property
    def orders(self) -> dict[OrderKey, Order]:
        return self.model.orders

    @property
    def movements(self) -> list[Movement]:
        return self.model.movements

    @property
    def production(self) -> Production:
        return self.model.production

    def balances(self) -> dict[Place, Decimal]:
        return self.model.balances()

    def snapshot(self) -> Snapshot:
        return self.model.snapshot()
