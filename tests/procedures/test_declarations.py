"""Declaring production: what may be declared, when and how much (R51)."""

import uuid

import psycopg
import pytest
from psycopg.types.json import Jsonb

from rilascio.errors import NotAMember
from tests.factory import Factory, codes, outcomes, phase, report


@pytest.fixture
def order(factory: Factory) -> int:
    """Release an order of 10 with two phases."""
    made = factory.order(quantity=10, phases=[phase(10), phase(20)])
    factory.release(made)
    return made


def test_R51_a_declaration_is_kept_as_it_was_told(factory: Factory, order: int) -> None:
    [row] = factory.declare(order, report("opening", declared_at="2026-03-02T06:30:00+01:00", note="Früh's Schicht"))
    assert (row.ordinal, row.order_id, row.outcome, row.reasons) == (1, order, "declared", [])
    [shown] = factory.select("declaration_grid", order)
    assert (shown.declaration_id, shown.kind, shown.phase, shown.sub_phase) == (row.declaration_id, "opening", 10, 0)
    assert shown.declared_at.isoformat().startswith("2026-03-02")
    assert (shown.note, shown.registered, shown.created_by) == ("Früh's Schicht", False, factory.operator)


def test_R51_nothing_moves_before_the_registration(factory: Factory, order: int) -> None:
    before = factory.snapshot(leaving_out={"run", "run_order", "run_place", "production_declaration"})
    factory.declared(order, report("opening"), report("closing", good=10))
    assert factory.snapshot(leaving_out={"run", "run_order", "run_place", "production_declaration"}) == before


def test_R51_a_refused_row_is_as_if_it_had_not_been_told(factory: Factory, order: int) -> None:
    rows = factory.declare(order, report("progress"), report("opening"), report("opening"), report("closing"))
    assert outcomes(rows) == ["refused", "declared", "refused", "declared"]
    assert [row.declaration_id is None for row in rows] == [True, False, True, False]
    assert [row.declaration_id for row in factory.select("declaration_grid", order, order_by="declaration_id")] == [
        rows[1].declaration_id,
        rows[3].declaration_id,
    ]


@pytest.mark.parametrize(
    ("percent", "good", "fits"), [(0, 10, True), (0, 11, False), (10, 11, True), (15, 11.5, True), (15, 11.6, False)]
)
def test_R51_over_production_is_allowed_up_to_the_percentage(
    factory: Factory, order: int, percent: int, good: float, fits: bool
) -> None:
    factory.parameters(over_production_percent=percent)
    factory.declared(order, report("opening"), report("progress", good=8, scrap=50))
    [row] = factory.declare(order, report("closing", good=good - 8))  # type: ignore[arg-type]
    assert codes(row) == ([] if fits else ["over_production"])


def test_R60_the_same_call_again_declares_nothing_again(factory: Factory, order: int) -> None:
    key = uuid.uuid4()
    first = factory.declare(order, report("opening"), report("opening"), key=key)
    assert factory.declare(order, report("opening"), report("opening"), key=key) == first
    with pytest.raises(psycopg.DatabaseError) as caught:
        factory.declare(order, report("opening"), key=key)
    assert caught.value.sqlstate == "PR001"
    assert len(factory.table("production_declaration", order)) == 1


GOOD = {"order_id": 1, "phase": 10, "kind": "progress"}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (None, "null"),
        ([], "empty"),
        ({}, "no JSON array"),
        ("x", "no JSON array"),
        ([GOOD, 7], "Element 2 of p_declarations is no object"),
        ([{}], "has no kind"),
        ([{**GOOD, "order_id": None}], "has no order_id"),
        ([{**GOOD, "order_id": "1"}], "wrong order_id"),
        ([{**GOOD, "order_id": 1.5}], "wrong order_id"),
        ([{**GOOD, "order_id": 1e30}], "wrong order_id"),
        ([{**GOOD, "phase": 3_000_000_000}], "wrong phase"),
        ([{**GOOD, "sub_phase": True}], "wrong sub_phase"),
        ([{**GOOD, "kind": "start"}], "wrong kind"),
        ([{**GOOD, "kind": ["progress"]}], "wrong kind"),
        ([{**GOOD, "declared_at": "yesterday"}], "wrong declared_at"),
        ([{**GOOD, "declared_at": "infinity"}], "wrong declared_at"),
        ([{**GOOD, "declared_at": "2026-02-30"}], "wrong declared_at"),
        ([{**GOOD, "declared_at": 5}], "wrong declared_at"),
        ([{**GOOD, "good_quantity": -1}], "wrong good_quantity"),
        ([{**GOOD, "good_quantity": "1"}], "wrong good_quantity"),
        ([{**GOOD, "scrap_quantity": 1e15}], "wrong scrap_quantity"),
        ([{**GOOD, "kind": "opening", "scrap_quantity": 1}], "wrong scrap_quantity"),
        ([{**GOOD, "lot_code": ""}], "wrong lot_code"),
        ([{**GOOD, "note": {}}], "wrong note"),
        ([{**GOOD, "quantity": 1}], "unknown key quantity"),
        ([GOOD] * 200_001, "200001 elements"),
    ],
)
def test_a_call_that_says_nothing_sensible_is_refused_whole(factory: Factory, document: object, words: str) -> None:
    before = factory.snapshot(leaving_out=set())
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=words):
        factory.call(
            "select * from erp_api.declare_production(%s, %s)",
            [factory.company_id, None if document is None else Jsonb(document)],
        )
    assert factory.snapshot(leaving_out=set()) == before


def test_another_companys_order_is_as_unknown_as_one_that_does_not_exist(factory: Factory, order: int) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER")
    [row] = other.declare(order, report("opening"))
    assert (row.order_id, codes(row)) == (order, ["order_not_found"])
    with pytest.raises(NotAMember):
        Factory(factory.connection, factory.operator, "CLOSED", member=None).declare(order, report("opening"))
