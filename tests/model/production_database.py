"""The same world in a database, with production declarations: called as an operator calls, compared by `==`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from .changes import Change, change_sql
from .database import NEVER, Answer, Company, Database, answer_of, of_movement, reasons_of
from .declaration import DeclarationRow, DeclareRow, Element, Handle
from .production_strategies import (
    Declare,
    Delete,
    PreviewRegistration,
    ProductionCall,
    ProductionRows,
    Register,
    RollBack,
)
from .snapshot import Snapshot, in_order
from .world import World

_PADDING = 2 * NEVER // 3
"""Ids from here on up to those that never were are asked to make a call longer."""

# What the model answers, as rows that a database can answer as well ---------------------------------------------------


def declared(rows: Iterable[DeclareRow]) -> Answer:
    return [(row.ordinal, row.handle, row.key, row.outcome, frozenset(row.reasons)) for row in rows]


def registered(rows: Iterable[DeclarationRow]) -> Answer:
    return [
        (
            row.ordinal,
            row.handle,
            row.key,
            row.outcome,
            row.record_count,
            row.movement_count,
            frozenset(row.reasons),
        )
        for row in rows
    ]


def foreseen(rows: Iterable[DeclarationRow]) -> Answer:
    """A row per planned movement, at least one per declaration."""
    answer: Answer = []
    for row in rows:
        of_row = (row.ordinal, row.handle, row.key, row.outcome, row.feasible_quantity)
        if not row.movements:
            answer.append((*of_row, *[None] * 10, row.record_date, frozenset(row.reasons)))
        for one in sorted(row.movements, key=lambda one: one.in_line_order):
            answer.append(
                (
                    *of_row,
                    *of_movement(one),
                    one.record_date,
                    frozenset(row.reasons),
                )
            )
    return answer


def production_answer_of(call: ProductionCall, rows: ProductionRows) -> Answer:
    """The model's rows in the shape that `ProductionCompany.carry_out` answers."""
    shape: Any = {
        Declare: declared,
        Register: registered,
        RollBack: registered,
        Delete: registered,
        PreviewRegistration: foreseen,
    }
    answer: Answer = shape.get(type(call), lambda rows: answer_of(cast(Any, call), rows))(rows)
    return answer


# Calling --------------------------------------------------------------------------------------------------------------


@contextmanager
def production_company(database: Database, world: World, *, by_loader: bool = False) -> Iterator[ProductionCompany]:
    """The world as a company, until the end of the block; then it was never there."""
    with database.company(world, by_loader=by_loader) as company:
        yield ProductionCompany(company.connection, company.operator, company.company_id)


@dataclass
class ProductionCompany(Company):
    """A company of the database; its declarations have the handles that the model gives them. `padding` unknown
    declarations go with every call."""

    _elements: int = 0
    _of_handle: dict[Handle, int] = field(default_factory=dict)
    _of_id: dict[int, Handle] = field(default_factory=dict)

    def carry_out(self, call: ProductionCall) -> Answer:
        match call:
            case Declare():
                return self._declare(call)
            case Register():
                return self._run("register_declarations(%s, %s, %s)", *self._wanted(call.handles), call.record_date)
            case RollBack():
                return self._run("rollback_declarations(%s, %s)", *self._wanted(call.handles))
            case Delete():
                return self._run("delete_declarations(%s, %s)", *self._wanted(call.handles))
            case PreviewRegistration():
                return self._preview_registration(call)
            case _:
                return super().carry_out(call)

    def change(self, change: Change) -> None:
        """Do a change of the configuration or of an order, in write mode maintenance."""
        statements, fields = change_sql(change)
        self.connection.execute("select erp_internal.set_write_mode('maintenance')")
        for statement in statements:
            self.connection.execute(statement.encode(), {**fields, "company": self.company_id})
        self.connection.execute("select erp_internal.set_write_mode('')")

    def _declare(self, call: Declare) -> Answer:
        rows = self._ask(
            "select ordinal, declaration_id, order_id, outcome, reasons::text"
            " from erp_api.declare_production(%s, %s::text::jsonb)",
            self.company_id,
            json.dumps([self._json(element) for element in call.elements]),
        )
        assert [row[0] for row in rows] == list(range(1, len(call.elements) + 1))
        answer: Answer = []
        for ordinal, declaration_id, order_id, outcome, reasons in rows:
            self._elements += 1
            assert (declaration_id is None) == (outcome == "refused")
            if declaration_id is not None:
                assert declaration_id > max(self._of_id, default=0)
                self._of_handle[self._elements] = declaration_id
                self._of_id[declaration_id] = self._elements
            answer.append(
                (ordinal, self._of_id.get(declaration_id), self._keys[order_id], outcome, reasons_of(reasons))
            )
        return answer

    def _json(self, element: Element) -> dict[str, object]:
        """Defaults are left out, and some of them are said or null."""
        fields: dict[str, object] = {
            "order_id": self.id_of(element.order),
            "phase": element.phase,
            "kind": element.kind,
        }
        if element.sub_phase or self._elements % 2:
            fields["sub_phase"] = element.sub_phase
        if element.declared_at is not None:
            fields["declared_at"] = f"{element.declared_at.isoformat()}Z"
        if element.good_quantity:
            fields["good_quantity"] = float(element.good_quantity)
        if element.scrap_quantity:
            fields["scrap_quantity"] = float(element.scrap_quantity)
        if element.lot_code is not None or self._elements % 3 == 0:
            fields["lot_code"] = element.lot_code
        return fields

    def _run(self, call: str, *values: object) -> Answer:
        rows = self._ask(
            "select ordinal, declaration_id, order_id, outcome, run_id, record_count, movement_count, reasons::text"
            f" from erp_api.{call}",
            *values,
        )
        assert len({row[4] for row in rows}) == 1
        assert all(row[3] == "refused" and row[5:7] == (0, 0) for row in rows if not self._is_wanted(row[1]))
        return [
            (
                ordinal,
                self._handle(declaration_id),
                None if order_id is None else self._keys[order_id],
                outcome,
                records,
                movements,
                reasons_of(reasons),
            )
            for ordinal, declaration_id, order_id, outcome, _, records, movements, reasons in rows
            if self._is_wanted(declaration_id)
        ]

    def _preview_registration(self, call: PreviewRegistration) -> Answer:
        rows = self._ask(
            "select ordinal, declaration_id, order_id, outcome, feasible_quantity, material_line, item_code,"
            " variant_code, lot_code, location_code, warehouse_code, reason_code, resolved_by, quantity,"
            " available_quantity, record_date, reasons::text from erp_api.preview_registration(%s, %s, %s)",
            *self._wanted(call.handles),
            call.record_date,
        )
        return [
            (
                ordinal,
                self._handle(declaration_id),
                None if order_id is None else self._keys[order_id],
                *values,
                reasons_of(reasons),
            )
            for ordinal, declaration_id, order_id, *values, reasons in rows
            if self._is_wanted(declaration_id)
        ]

    def _wanted(self, handles: Sequence[Handle]) -> tuple[int, list[int]]:
        ids = [self._of_handle.get(handle, NEVER + handle) for handle in handles]
        return self.company_id, [*ids, *range(_PADDING, _PADDING + self.padding)]

    @staticmethod
    def _is_wanted(declaration_id: int) -> bool:
        return not _PADDING <= declaration_id < NEVER

    def _handle(self, declaration_id: int) -> Handle:
        return self._of_id[declaration_id] if declaration_id in self._of_id else declaration_id - NEVER

    # What is to be seen ---------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        more = {part: in_order(self._rows(query)) for part, query in _SNAPSHOT.items()}
        return {**super().snapshot(), **more}

    def assert_sound(self) -> None:
        """As without declarations; their records are those of the run that registered them."""
        super().assert_sound()
        assert self._rows(_DECLARED_RECORD_FAULTS) == []

    def issued_twice(self) -> list[tuple[Any, ...]]:
        """The rows that both a release and a registration in force issued."""
        return self._rows(_ISSUED_TWICE)


_ISSUED_TWICE = """
    select r.production_order_id, m.material_line
    from erp.stock_record as r
    join erp.stock_movement as m using (company_id, record_date, stock_record_id)
    where r.company_id = %(company)s and m.material_line is not null
    group by 1, 2
    having bool_or(r.production_declaration_id is not null)
        and bool_or(r.production_declaration_id is null and m.picking_type = 'automatic')"""

_SNAPSHOT = {
    "declarations": """
        select o.order_year, o.order_number, o.order_lot, d.phase, d.sub_phase, d.kind,
            case when d.declared_at = now() then timestamp '9998-12-31' else d.declared_at at time zone 'UTC' end,
            d.good_quantity, d.scrap_quantity, d.lot_code, d.registration_run_id is not null
        from erp.production_declaration as d
        join erp.production_order as o using (company_id, production_order_id)
        where d.company_id = %(company)s""",
    "lots": """
        select i.item_code, v.variant_code, t.lot_code, t.start_date, t.expiry_date, t.state, t.sellable, t.closed
        from erp.lot as t
        join erp.item as i using (company_id, item_id)
        left join erp.item_variant as v on v.company_id = t.company_id and v.item_variant_id = t.item_variant_id
        where t.company_id = %(company)s""",
    "declared movements": """
        select (
                select count(*) from erp.production_declaration as d
                where d.company_id = r.company_id and d.production_declaration_id <= r.production_declaration_id
            ), r.record_date, w.warehouse_code, r.record_number, m.line
        from erp.stock_movement as m
        join erp.stock_record as r using (company_id, record_date, stock_record_id)
        join erp.warehouse as w on w.company_id = m.company_id and w.warehouse_id = m.warehouse_id
        where m.company_id = %(company)s and r.production_declaration_id is not null""",
}

_DECLARED_RECORD_FAULTS = """
    select r.stock_record_id
    from erp.stock_record as r
    left join erp.production_declaration as d using (company_id, production_declaration_id)
    where r.company_id = %(company)s and r.production_declaration_id is not null
        and (r.run_id, r.production_order_id) is distinct from (d.registration_run_id, d.production_order_id)"""
