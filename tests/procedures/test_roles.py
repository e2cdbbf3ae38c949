"""What each of the roles may do, and what a company wants to be told (section 10, "Who may")."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue

from rilascio.testing import make_role
from tests.factory import Factory, needs, outcomes, phase, report

KEY = uuid.UUID(int=8)


@pytest.fixture
def shop(factory: Factory) -> Factory:
    """Give a factory that can release, declare and register."""
    factory.rule("finished", "MAIN")
    factory.item("NUT")
    factory.stock("NUT", 100)
    return factory


@pytest.fixture
def releaser(rilascio: psycopg.Connection, shop: Factory) -> str:
    """Give a role that may release, a member of the company."""
    rilascio.execute("reset role")
    role = make_role(rilascio, "erp_releaser")
    shop.connection.execute("set local role erp_owner")
    shop._insert("company_member", member_role=role)
    return role


def test_R31_who_releases_may_declare_and_read_but_take_nothing_back(shop: Factory, releaser: str) -> None:
    order = shop.order(needs("NUT", 2), quantity=3, phases=[phase(10)])
    operator, shop.operator = shop.operator, releaser
    assert [row.order_id for row in shop.select("release_grid")] == [order]
    assert outcomes(shop.preview(order)) == ["released"]
    assert outcomes(shop.release(order)) == ["released"]
    assert outcomes(shop.preview_restore(order)) == ["restored"]
    opening, progress = shop.declared(order, report("opening"), report("progress", good=1))
    assert outcomes(shop.preview_registration(opening)) == ["registered"]
    assert outcomes(shop.register(opening, progress)) == ["registered"] * 2
    assert shop.call("select erp_api.explain_material_source(%s, %s, 1)", [shop.company_id, order])
    for back in (
        lambda: shop.roll_back(progress),
        lambda: shop.undeclare(progress),
        lambda: shop.restore(order),
        lambda: shop.call("select erp_api.prune_request_keys(%s)", [shop.company_id]),
    ):
        with pytest.raises(InsufficientPrivilege, match="permission denied for function"):
            back()
    shop.operator = operator
    assert outcomes(shop.roll_back(progress, opening)) == ["rolled_back"] * 2
    assert outcomes(shop.undeclare(progress, opening)) == ["deleted"] * 2
    assert outcomes(shop.restore(order)) == ["restored"]


@pytest.mark.parametrize("note", [None, "", " \t\n", "\u00a0\u200b\ufeff"])
def test_R37_a_company_may_want_to_know_why_something_is_taken_back(shop: Factory, note: str | None) -> None:
    shop.parameters(note_required=True)
    order = shop.order(needs("NUT", 2), quantity=3, phases=[phase(10)])
    shop.release(order)
    [opening] = shop.declared(order, report("opening"))
    shop.register(opening)

    def roll_back(note: str | None) -> list[Any]:
        return shop.call(
            "select * from erp_api.rollback_declarations(%s, %s, p_note => %s)", [shop.company_id, [opening], note]
        )

    with pytest.raises(InvalidParameterValue, match="p_note is empty") as refused:
        roll_back(note)
    assert refused.value.diag.column_name == "p_note"
    assert outcomes(roll_back("wrong phase")) == ["rolled_back"]
    shop.undeclare(opening)
    with pytest.raises(InvalidParameterValue, match="p_note is empty") as refused:
        shop.restore(order, note=note)
    assert refused.value.diag.column_name == "p_note"
    assert outcomes(shop.preview_restore(order)) == ["restored"]
    assert outcomes(shop.restore(order, note="wrong order")) == ["restored"]


def test_R60_a_restore_without_a_note_that_was_answered_before_is_answered_again(shop: Factory) -> None:
    order = shop.order(needs("NUT", 2))
    shop.release(order)
    answer = shop.restore(order, key=KEY)
    shop.parameters(note_required=True)
    assert shop.restore(order, key=KEY) == answer
