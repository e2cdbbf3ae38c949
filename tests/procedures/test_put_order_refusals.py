"""Every reason for which an order is not put, with its column and its place, the same in preview and in execution."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.factory import YEAR, Factory, needs, order_document, order_key, phase

Story = Callable[[Factory], tuple[Any, str, int | None]]

PUT_STORIES: dict[str, Story] = {}
"""By code: makes the story and answers the document that is refused, the column that is at fault, and its place."""


def story(code: str) -> Callable[[Story], Story]:
    """Enter a story under the code that it ends with."""

    def enter(failure: Story) -> Story:
        def told(factory: Factory) -> Any:
            document, column, line = failure(factory)
            factory.put_order(document)
            return document, column, line

        PUT_STORIES[code] = told
        return told

    return enter


@story("order_released")
def _(factory: Factory) -> Any:
    factory.order(status="executive")
    return order_document(1, quantity=7), "quantity", None


@story("order_archived")
def _(factory: Factory) -> Any:
    factory.order(status="archived")
    return order_document(1, priority=7), "priority", None


@story("status_by_run")
def _(factory: Factory) -> Any:
    return order_document(1, status="closed"), "status", None


@story("bad_list")
def _(factory: Factory) -> Any:
    return order_document(1, phases=None), "phases", None


@story("phase_used")
def _(factory: Factory) -> Any:
    factory.order(needs(factory.item("NUT"), phase=10), phases=[phase(10)])
    return order_document(1, phases=[]), "phases", None


@story("lot_of_other_item")
def _(factory: Factory) -> Any:
    factory.item("WIRE", by_lot=True)
    factory.order(needs("WIRE", lots={"W-1": 1}))
    return order_document(1, materials=[{"line": 1, "item_code": "BIKE"}]), "materials.item_code", 1


@story("order_picked")
def _(factory: Factory) -> Any:
    factory.order(needs(factory.item("NUT"), 2, picked_quantity=1))
    return order_document(1, delete=True), "delete", None


@story("split_remainder")
def _(factory: Factory) -> Any:
    factory.stock(factory.item("NUT"), 3)
    factory.release(factory.order(needs("NUT"), quantity=5), on_shortage="split")
    return order_document(1, order_lot=1, delete=True), "delete", None


@pytest.mark.parametrize("code", PUT_STORIES)
def test_R63_a_refused_document_names_its_column_and_place_in_both_languages(factory: Factory, code: str) -> None:
    document, column, line = PUT_STORIES[code](factory)
    sentences = set()
    for language in ("en", "it"):
        factory.connection.execute("select set_config('erp.language', %s, true)", [language])
        [reason] = factory.put_order(document).reasons
        assert (reason["code"], reason["column"], reason["line"]) == (code, column, line)
        assert "%" not in reason["message"]
        sentences |= {reason["message"], reason["hint"]}
    assert len(sentences) == 4


def test_R72_what_has_moved_for_an_order_keeps_it(factory: Factory) -> None:
    order = factory.order()
    factory.stock(factory.item("NUT"), 3)
    factory._execute(
        "update erp.stock_record set production_order_id = %s, order_year = 2026, order_number = 1, order_lot = 0",
        [order],
    )
    assert [r["code"] for r in factory.put_order(order_document(1, delete=True)).reasons] == ["order_picked"]


def test_R72_what_was_declared_of_an_order_keeps_it_and_its_phases(factory: Factory) -> None:
    order = factory.order(phases=[phase(10), phase(20)])
    declaration = factory.enter_declaration(order)
    [reason] = factory.put_order(order_document(1, delete=True)).reasons
    assert (reason["code"], str(declaration) in reason["message"]) == ("declarations_exist", True)
    [reason] = factory.put_order(order_document(1, phases=[{"phase": 20}])).reasons
    assert (reason["code"], "10" in reason["message"]) == ("phase_used", True)
    assert factory.put_order({"order_year": YEAR, "order_number": 1, "phases": [{"phase": 10}]}).outcome == "changed"
    assert factory.put_order(order_key(order_document(1), order_lot=1, delete=True)).outcome == "unchanged"
