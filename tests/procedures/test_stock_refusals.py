"""The reasons for which stock documents alone are refused, or keep orders from going back (R63)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.factory import Factory, codes, day, needs, phase, report
from tests.factory.stock_documents import Line, document, line

Story = Callable[[Factory], list[Any]]

STOCK_STORIES: dict[str, Story] = {}
"""By code: makes the story and answers the rows, all of which give the code as a reason."""


def story(code: str) -> Callable[[Story], Story]:
    """Enter a story under the code that it ends with."""

    def enter(failure: Story) -> Story:
        STOCK_STORIES[code] = failure
        return failure

    return enter


def shop(factory: Factory) -> int:
    """Stock nuts, and release an order of 10 that needs them one by one, as work is registered."""
    factory.warehouse("STORE")
    factory.rule("finished", "STORE")
    nut = factory.item("NUT", "manual")
    factory.stock(nut, 100)
    order = factory.order(needs(nut), quantity=10, phases=[phase(10)])
    factory.release(order, on=day(1))
    return order


def for_order(factory: Factory, order: int, quantity: int, reason: str) -> Line:
    """Describe a line for the material row of the order."""
    row = factory.order_row(order)
    return line("NUT", quantity, reason, order_year=row.order_year, order_number=row.order_number, material_line=1)


def post(factory: Factory, *lines: Line, key: str = "A") -> list[Any]:
    """Preview and post a document."""
    return [*factory.preview_stock(document(key, *lines)), *factory.post(document(key, *lines))]


@story("key_used")
def _(factory: Factory) -> list[Any]:
    shop(factory)
    factory.post(document("A", line("NUT", 5)))
    return post(factory, line("NUT", 6))


@story("lot_unknown")
def _(factory: Factory) -> list[Any]:
    factory.item("PAINT", by_lot=True)
    return post(factory, line("PAINT", 6, "ISS", lot_code="NONE"))


@story("document_not_found")
def _(factory: Factory) -> list[Any]:
    return factory.unpost("NONE")


@story("order_archived")
def _(factory: Factory) -> list[Any]:
    factory.stock(factory.item("NUT"), 100)
    order = factory.order(needs("NUT"))
    factory.change_row("production_order", {"status": "archived"}, production_order_id=order)
    return post(factory, for_order(factory, order, 5, "ISS"))


@story("return_exceeds_issued")
def _(factory: Factory) -> list[Any]:
    order = shop(factory)
    return post(factory, for_order(factory, order, 1, "LOA"))


@story("counted_by_registration")
def _(factory: Factory) -> list[Any]:
    order = shop(factory)
    factory.post(document("A", for_order(factory, order, 5, "ISS")))
    factory.register(*factory.declared(order, report("opening"), report("progress", good=10)))
    return factory.unpost("A")


@story("documents_exist")
def _(factory: Factory) -> list[Any]:
    order = shop(factory)
    factory.post(document("A", for_order(factory, order, 5, "ISS")))
    return [*factory.preview_restore(order), *factory.restore(order)]


@pytest.mark.parametrize("code", sorted(STOCK_STORIES))
def test_R63_a_refusal_has_its_reason_and_its_sentence_wherever_it_is_told(factory: Factory, code: str) -> None:
    rows = STOCK_STORIES[code](factory)
    assert {row.outcome for row in rows} == {"refused"}
    assert [codes(row) for row in rows] == [[code]] * len(rows)
    assert all(reason["message"] and reason["hint"] for row in rows for reason in row.reasons)
