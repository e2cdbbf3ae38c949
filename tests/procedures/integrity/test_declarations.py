"""Declarations agree with what the runs did; where they do not, it is found (R51, R52)."""

import pytest

from tests.factory import day
from tests.procedures.integrity.busy import Busy, corrupt, found

LOST = {"registration_count": 1, "rollback_count": 0}


def test_R51_a_declaration_that_names_a_run_that_did_not_register_it(busy: Busy) -> None:
    run = busy.run_of(busy.open)
    corrupt(busy, "update erp.production_declaration set registration_run_id = %s"
            " where production_declaration_id = %s", run, busy.resume)  # fmt: skip
    assert found(busy) == {
        "registration_unknown": [
            {"declaration_id": busy.resume, "order": busy.label(busy.open), "phase": "10", "run_id": run}
        ]
    }


@pytest.mark.parametrize(
    ("place", "kind", "after"),
    [
        (0, "progress", None),
        (1, "resume", "opening"),
        (1, "opening", "opening"),
        (3, "progress", "suspension"),
        (3, "suspension", "suspension"),
    ],
)
def test_R51_declarations_that_do_not_follow_one_another(busy: Busy, place: int, kind: str, after: str | None) -> None:
    declaration = [busy.opening, busy.progress, busy.suspension, busy.resume][place]
    corrupt(busy, "update erp.production_declaration set kind = %s where production_declaration_id = %s",
            kind, declaration)  # fmt: skip
    one = {"declaration_id": declaration, "order": busy.label(busy.open), "phase": "10", "kind": kind}
    assert found(busy) == {"declarations_out_of_sequence": [one | ({"after": after} if after else {})]}


def test_R51_nothing_is_declared_after_the_closing(busy: Busy) -> None:
    late = busy.enter_declaration(busy.closed, 20, kind="progress", declared_at=day(500), sub_phase=0)
    one = {"declaration_id": late, "order": busy.label(busy.closed), "phase": "20", "kind": "progress"}
    assert found(busy) == {"declarations_out_of_sequence": [one | {"after": "closing"}]}


def test_R51_a_declaration_registered_before_an_earlier_one(busy: Busy) -> None:
    corrupt(busy, "update erp.production_declaration set registration_run_id = null"
            " where production_declaration_id = %s", busy.opening)  # fmt: skip
    order = busy.label(busy.open)
    assert found(busy) == {
        "registered_out_of_sequence": [
            {"declaration_id": declaration, "order": order, "phase": "10", "kind": kind}
            for kind, declaration in sorted({"progress": busy.progress, "suspension": busy.suspension}.items())
        ],
        "registration_lost": [{"declaration_id": busy.opening, "order": order, **LOST}],
    }


def test_R53_a_registration_that_its_declaration_has_forgotten(busy: Busy) -> None:
    """It moved nothing, so that no record tells of it."""
    corrupt(busy, "update erp.production_declaration set registration_run_id = null"
            " where production_declaration_id = %s", busy.suspension)  # fmt: skip
    one = {"declaration_id": busy.suspension, "order": busy.label(busy.open), **LOST}
    assert found(busy) == {"registration_lost": [one]}


def test_R53_a_registered_declaration_that_is_gone(busy: Busy) -> None:
    corrupt(busy, "delete from erp.production_declaration where production_declaration_id = %s", busy.suspension)
    result = found(busy)
    one = {"declaration_id": busy.suspension, "order": busy.label(busy.open), **LOST}
    assert result["registration_lost"] == [one]
    assert result.keys() == {"registration_lost", "declarations_out_of_sequence"}


def test_R53_a_declaration_that_is_not_registered_may_be_deleted_elsewhere(busy: Busy) -> None:
    busy.connection.execute(
        "delete from erp.production_declaration where production_declaration_id = %s", [busy.resume]
    )
    assert found(busy) == {}


def test_R52_an_order_that_is_not_closed_although_its_closing_is_registered(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set status = 'executive' where production_order_id = %s", busy.closed)
    assert found(busy) == {"closing_differs": [{"order": busy.label(busy.closed), "status": "executive"}]}


def test_R52_an_order_that_is_closed_although_its_closing_is_not_registered(busy: Busy) -> None:
    with busy.maintenance():
        busy.change_order(busy.open, status="closed")
        assert found(busy) == {"closing_differs": [{"order": busy.label(busy.open), "status": "closed"}]}
        busy.change_order(busy.open, status="executive")
        busy.change_order(busy.imported, status="closed")  # nothing was ever declared
    busy.change_order(busy.closed, status="archived")
    assert found(busy) == {}


def test_R52_a_produced_quantity_that_was_not_registered(busy: Busy) -> None:
    with busy.maintenance():
        busy.change_order(busy.closed, produced_quantity=8)
    assert found(busy) == {
        "produced_quantity_differs": [
            {"order": busy.label(busy.closed), "produced_quantity": 8, "registered_quantity": 9}
        ]
    }
    with busy.maintenance():
        busy.change_order(busy.closed, produced_quantity=9)
        busy.change_order(busy.imported, produced_quantity=5)  # imported so
    assert found(busy) == {}
