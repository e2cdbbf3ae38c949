"""Documents that pick for the material rows of orders, or give back what was issued for them."""

from __future__ import annotations

from typing import Any

import pytest

from rilascio.loading.files import ORDER
from tests.factory import MAIN, Factory, Number, Row, codes, day, needs, outcomes, phase, report
from tests.factory.stock_documents import Line, counted, document, line


@pytest.fixture(autouse=True)
def store(factory: Factory) -> None:
    """Say where to what is produced and scrapped goes."""
    factory.warehouse("STORE")
    factory.rule("finished", "STORE")
    factory.rule("scrap", "STORE")


@pytest.fixture
def nut(factory: Factory) -> str:
    """Make NUT, picked with a list, of which there are 100."""
    item = factory.item("NUT", "with_list")
    factory.stock(item, 100)
    return item


def pick(factory: Factory, order: int, quantity: Number, item: str = "NUT", reason: str = "ISS", **values: Any) -> Line:
    """Describe a line for the first material row of an order."""
    row = factory.order_row(order)
    return line(
        item,
        quantity,
        reason,
        **{
            "order_year": row.order_year,
            "order_number": row.order_number,
            "order_lot": row.order_lot,
            "material_line": 1,
            **values,
        },
    )


def give_back(factory: Factory, order: int, quantity: Number, item: str = "NUT", **values: Any) -> Line:
    """Describe a line that gives back what was issued for the first material row of an order."""
    return pick(factory, order, quantity, item, "LOA", **values)


def picked(factory: Factory, order: int, row: int = 1) -> Any:
    """Return the picked quantity of a material row."""
    [found] = [m for m in factory.table("production_order_material", order) if m["line"] == row]
    return found["picked_quantity"]


def sound(factory: Factory) -> bool:
    """Tell whether the tables agree with each other."""
    return factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []


def worked(factory: Factory, item: str, **values: Any) -> int:
    """Make an order of 10 that needs one of the item for each, worked in one phase; release it."""
    order = factory.order(needs(item, 1), quantity=10, phases=[phase(10)], **values)
    assert outcomes(factory.release(order, on=day(5))) == ["released"]
    return order


# picks


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"item_code": "BOLT"}, "materials.item_code"),
        ({"unit_quantity": -1}, "materials.unit_quantity"),
        ({"picked_quantity": 5}, "materials.picked_quantity"),
        (None, "materials"),
    ],
    ids=["item", "sign", "picked quantity", "row"],
)
def test_R70_what_documents_picked_for_stays_as_it_is_until_they_are_taken_back(
    factory: Factory, nut: str, change: dict[str, Any] | None, column: str
) -> None:
    factory.item("BOLT")
    order = factory.order(needs(nut, 1), quantity=10)
    factory.post(document("P", pick(factory, order, 3)))
    key = {name: value for name, value in pick(factory, order, 3).items() if name in ORDER}
    document_of_order = key | {"materials": [{"line": 1} | change] if change else []}
    row = factory.put_order(document_of_order)
    assert (row.outcome, [(r["code"], r["column"]) for r in row.reasons]) == ("refused", [("documents_exist", column)])
    assert "P" in row.reasons[0]["message"]
    assert factory.put_order(key | {"materials": [{"line": 1, "unit_quantity": 2}]}).outcome == "changed"
    assert sound(factory)
    factory.unpost("P")
    assert factory.put_order(document_of_order).outcome == "changed"
    assert sound(factory)


def test_R6_a_pick_counts_as_picked_and_a_release_issues_the_rest(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 1), quantity=10)
    [row] = factory.post(document("P", pick(factory, order, 3), pick(factory, order, 1)))
    assert (row.outcome, row.record_count, row.movement_count) == ("posted", 1, 2)
    assert picked(factory, order) == 4
    factory.release(order, on=day(10))
    assert [m[-1] for m in factory.moved(order)] == [-6]
    assert factory.balance(nut) == 90
    assert sound(factory)


def test_R19_the_record_of_a_pick_bears_the_reference_of_its_order(factory: Factory, nut: str) -> None:
    first, second = (factory.order(needs(nut, 1), quantity=10) for _ in range(2))
    [row] = factory.post(document("P", pick(factory, first, 3), pick(factory, second, 2), line(nut, 1, "ISS")))
    assert (row.record_count, row.movement_count) == (3, 3)
    shown = factory.select("movement_history", order_by="record_number")
    assert [(m.order_id, m.material_line, m.quantity) for m in shown] == [
        (first, 1, -3),
        (second, 1, -2),
        (None, None, -1),
    ]


@pytest.mark.parametrize("released", [False, True])
def test_R6_picks_are_for_launched_and_executive_orders(factory: Factory, nut: str, released: bool) -> None:
    order = worked(factory, nut) if released else factory.order(needs(nut, 1), quantity=10)
    assert outcomes(factory.post(document("P", pick(factory, order, 3)))) == ["posted"]
    assert picked(factory, order) == 3
    assert sound(factory)


def test_R6_a_pick_needs_an_order_that_is_still_worked_on(factory: Factory, nut: str) -> None:
    closed, archived = worked(factory, nut), factory.order(needs(nut, 1))
    factory.register(*factory.declared(closed, report("opening"), report("closing", good=10)))
    assert factory.status(closed) == "closed"
    factory.change_row("production_order", {"status": "archived"}, production_order_id=archived)
    rows = factory.post(document("A", pick(factory, closed, 1)), document("B", pick(factory, archived, 1)))
    assert [codes(row) for row in rows] == [["order_closed"], ["order_archived"]]
    assert [(r["line"], r["column"]) for row in rows for r in row.reasons] == [(1, "order_number")] * 2


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"order_number": 99999}, [("unknown_reference", "order_number")]),
        ({"material_line": 7}, [("unknown_reference", "material_line")]),
        ({"item_code": "BOLT"}, [("rule_broken", "item_code")]),
        ({"material_line": None}, [("rule_broken", "order_number")]),
        ({"order_year": None}, [("rule_broken", "order_number")]),
        ({"order_year": None, "order_number": None}, [("rule_broken", "material_line"), ("rule_broken", "order_lot")]),
        (
            {"order_number": None},
            [("rule_broken", "material_line"), ("rule_broken", "order_lot"), ("rule_broken", "order_year")],
        ),
        ({"quantity": None, "counted_quantity": 5}, [("rule_broken", "order_number")]),
        ({"material_line": "first"}, [("bad_integer", "material_line")]),
    ],
)
def test_R8_what_a_line_names_of_an_order_must_be_there(
    factory: Factory, nut: str, cells: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    factory.stock(factory.item("BOLT"), 5)
    order = factory.order(needs(nut, 1))
    [row] = factory.post(document("P", {**pick(factory, order, 1), **cells}))
    assert sorted((r["code"], r["column"]) for r in row.reasons) == sorted(expected)
    assert picked(factory, order) == 0


def test_R24_once_documents_pick_for_a_row_its_picked_quantity_is_their_sum(factory: Factory, nut: str) -> None:
    put = factory.order(needs(nut, 1, picked_quantity=2), quantity=10)
    [row] = factory.post(document("P", pick(factory, put, 1)))
    assert [(r["code"], r["column"]) for r in row.reasons] == [("rule_broken", "material_line")]
    order = factory.order(needs(nut, 1), quantity=10)
    factory.post(document("A", pick(factory, order, 3)), document("B", pick(factory, order, "2.5")))
    assert picked(factory, order) == 5.5
    factory.unpost("A")
    assert picked(factory, order) == 2.5
    other = factory.order(needs(nut, 1), quantity=10)
    [row] = factory.post(document("C", pick(factory, order, 1), pick(factory, other, 4)))
    assert (row.outcome, picked(factory, order), picked(factory, other)) == ("posted", 3.5, 4)
    [row] = factory.post(document("D", pick(factory, order, 1), pick(factory, other, 1)))
    assert (row.outcome, picked(factory, order), picked(factory, other)) == ("posted", 4.5, 5)
    assert sound(factory)


def test_R8_what_is_short_is_not_picked(factory: Factory, nut: str) -> None:
    order = factory.order(needs(nut, 1), quantity=10)
    rows = factory.post(document("A", pick(factory, order, 101)), document("B", pick(factory, order, 100)))
    assert [codes(row) for row in rows] == [["insufficient_stock"], []]
    assert picked(factory, order) == 100


# returns


def test_R51_a_return_gives_back_what_was_issued_up_to_that(factory: Factory) -> None:
    bolt = factory.item("BOLT")
    factory.stock(bolt, 100)
    order = worked(factory, bolt)
    rows = factory.post(
        document("A", give_back(factory, order, 4, bolt)),
        document("B", give_back(factory, order, 7, bolt)),
        document("C", give_back(factory, order, 6, bolt)),
    )
    assert outcomes(rows) == ["posted", "refused", "posted"]
    [reason] = rows[1].reasons
    assert (reason["code"], reason["required"], reason["available"], reason["line"], reason["column"]) == (
        *("return_exceeds_issued", 7, 6),
        *(1, "quantity"),
    )
    assert factory.balance(bolt) == 100
    assert sound(factory)


def test_R51_a_return_may_come_after_the_order_was_closed(factory: Factory) -> None:
    bolt = factory.item("BOLT")
    factory.stock(bolt, 100)
    order = worked(factory, bolt)
    factory.register(*factory.declared(order, report("opening"), report("closing", good=6)))
    assert factory.status(order) == "closed"
    assert outcomes(factory.post(document("A", give_back(factory, order, 4, bolt)))) == ["posted"]
    assert factory.balance(bolt) == 94
    assert sound(factory)


def test_R25_a_return_is_of_the_lot_that_was_issued(factory: Factory) -> None:
    paint = factory.item("PAINT", by_lot=True)
    factory.stock(paint, 6, lot="A")
    factory.stock(paint, 9, lot="B")
    order = worked(factory, paint)
    rows = factory.post(
        document("A", give_back(factory, order, 5, paint, lot_code="B")),
        document("B", give_back(factory, order, 4, paint, lot_code="B")),
        document("C", give_back(factory, order, 1, paint, lot_code="NEW")),
    )
    assert [codes(row) for row in rows] == [["return_exceeds_issued"], [], ["return_exceeds_issued"]]
    assert [r["lot_code"] for row in rows for r in row.reasons] == ["B", "NEW"]


def test_R6_what_was_picked_before_the_release_is_given_back_to_the_row(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 1), quantity=10)
    rows = factory.post(
        document("P", pick(factory, order, 4)),
        document("R", give_back(factory, order, 3)),
        document("S", give_back(factory, order, 2)),
        document("Q", pick(factory, order, 2)),
    )
    assert [codes(row) for row in rows] == [[], [], ["return_exceeds_issued"], []]
    assert picked(factory, order) == 3
    factory.release(order, on=day(10))
    assert [m[-1] for m in factory.moved(order)] == [-7]
    assert sound(factory)


def test_R9_what_lies_in_the_wip_warehouse_is_not_given_back(line_side: Factory) -> None:
    factory = line_side
    factory.parameters(transfer_manual_to_wip=True)
    nut = factory.item("NUT", "manual")
    factory.stock(nut, 100)
    order = worked(factory, nut)
    assert factory.balance(nut, "LINE") == 10
    assert codes(factory.post(document("A", give_back(factory, order, 1)))[0]) == ["return_exceeds_issued"]
    factory.register(*factory.declared(order, report("opening"), report("progress", good=4)), on=day(6))
    rows = factory.post(document("A", give_back(factory, order, 4)), document("B", give_back(factory, order, 1)))
    assert [codes(row) for row in rows] == [[], ["return_exceeds_issued"]]
    assert sound(factory)


def test_R5_of_a_by_product_a_load_picks_and_an_issue_gives_back(factory: Factory) -> None:
    chip = factory.item("CHIP")
    order = factory.order(needs(chip, -1), quantity=10)
    rows = factory.post(
        document("P", pick(factory, order, 4, chip, "LOA")),
        document("R", pick(factory, order, 1, chip, "ISS")),
        document("S", pick(factory, order, 4, chip, "ISS")),
    )
    assert outcomes(rows) == ["posted", "posted", "refused"]
    assert "return_exceeds_issued" in codes(rows[2])
    assert picked(factory, order) == 3
    factory.release(order, on=day(10))
    assert (factory.balance(chip), factory.moved(order)[0][-1]) == (10, 7)
    assert sound(factory)


# registrations count both


@pytest.fixture
def manual(factory: Factory) -> str:
    """Make NUT, issued when work is registered, of which there are 100."""
    item = factory.item("NUT", "manual")
    factory.stock(item, 100)
    return item


def declare(factory: Factory, order: int, *reports: dict[str, Any]) -> list[int]:
    return factory.declared(order, *reports)


def test_R54_a_registration_issues_what_was_given_back_again(factory: Factory, manual: str) -> None:
    order = worked(factory, manual)
    ids = declare(factory, order, report("opening"), report("progress", good=4), report("progress", good=2))
    factory.register(*ids[:2], on=day(6))
    assert factory.balance(manual) == 96
    factory.post(document("R", give_back(factory, order, 3)))
    factory.register(ids[2], on=day(11))
    assert factory.balance(manual) == 94
    assert sound(factory)


@pytest.mark.parametrize("given_back", [0, 2])
def test_R54_a_registration_issues_less_of_what_was_picked(factory: Factory, manual: str, given_back: int) -> None:
    order = worked(factory, manual)
    factory.post(document("P", pick(factory, order, 5), on=day(5)))
    if given_back:
        factory.post(document("R", give_back(factory, order, given_back), on=day(5)))
    factory.register(*declare(factory, order, report("opening"), report("closing", good=10)), on=day(6))
    assert factory.balance(manual) == 90
    assert sound(factory)


def test_R54_a_pick_that_a_registration_counted_stays(factory: Factory, manual: str) -> None:
    order = worked(factory, manual)
    factory.post(document("P", pick(factory, order, 5), on=day(5)))
    ids = declare(factory, order, report("opening"), report("progress", good=7))
    factory.register(*ids, on=day(6))
    [row] = factory.unpost("P")
    assert codes(row) == ["counted_by_registration"]
    assert "a registration of order" in row.reasons[0]["message"]
    factory.roll_back(*ids)
    assert outcomes(factory.unpost("P")) == ["removed"]
    assert picked(factory, order) == 0
    assert sound(factory)


def test_R54_a_pick_that_no_registration_counted_can_be_taken_back(factory: Factory, manual: str) -> None:
    order = worked(factory, manual)
    factory.register(*declare(factory, order, report("opening"), report("progress", good=7)), on=day(6))
    factory.post(document("P", pick(factory, order, 5), on=day(7)))
    assert outcomes(factory.unpost("P")) == ["removed"]
    assert sound(factory)


def test_R54_a_return_that_a_registration_made_good_stays(factory: Factory, manual: str) -> None:
    order = worked(factory, manual)
    ids = declare(factory, order, report("opening"), report("progress", good=4), report("progress", good=2))
    factory.register(*ids[:2], on=day(6))
    factory.post(document("R", give_back(factory, order, 3), on=day(6)))
    with factory.undone():
        assert outcomes(factory.unpost("R")) == ["removed"]
        assert sound(factory)
    factory.register(ids[2], on=day(7))
    assert codes(factory.unpost("R")[0]) == ["counted_by_registration"]
    factory.roll_back(ids[2])
    assert outcomes(factory.unpost("R")) == ["removed"]
    assert sound(factory)


def test_R53_a_registration_stays_while_what_it_issued_was_given_back(factory: Factory, manual: str) -> None:
    order = worked(factory, manual)
    ids = declare(factory, order, report("opening"), report("progress", good=4))
    factory.register(*ids, on=day(6))
    factory.post(document("R", give_back(factory, order, 3)))
    row: Row = factory.roll_back(ids[1])[0]
    assert codes(row) == ["documents_exist"]
    assert "R" in row.reasons[0]["message"]
    factory.unpost("R")
    assert outcomes(factory.roll_back(ids[1])) == ["rolled_back"]


def test_R53_of_many_documents_that_gave_something_back_five_are_named(factory: Factory, manual: str) -> None:
    order = worked(factory, manual)
    ids = declare(factory, order, report("opening"), report("progress", good=4))
    factory.register(*ids, on=day(6))
    factory.post(*(document(key, give_back(factory, order, 0.5)) for key in "FEDCBA"))
    [row] = factory.roll_back(ids[1])
    assert codes(row) == ["documents_exist"]
    assert "A, B, C, D, E, ... (6)" in row.reasons[0]["message"]


# the way back


def test_R33_an_order_with_picks_or_returns_in_force_is_not_restored(factory: Factory, nut: str) -> None:
    bolt = factory.item("BOLT")
    factory.stock(bolt, 100)
    first, second = worked(factory, nut), worked(factory, bolt)
    factory.post(document("P", pick(factory, first, 3)), document("R", give_back(factory, second, 2, bolt)))
    for rows in (factory.preview_restore(first, second), factory.restore(first, second)):
        assert [codes(row) for row in rows] == [["documents_exist"], ["documents_exist"]]
        assert "P" in rows[0].reasons[0]["message"]
    grid = factory.select("restore_grid", first, second)
    assert [(row.restorable, [b["code"] for b in row.blockers]) for row in grid] == [(False, ["documents_exist"])] * 2
    factory.unpost("P", "R")
    assert outcomes(factory.restore(first, second)) == ["restored", "restored"]
    assert factory.balance(bolt) == factory.balance(nut) == 100
    assert sound(factory)


def test_R38_a_pick_stays_while_more_was_given_back_than_would_be_issued(factory: Factory, nut: str) -> None:
    order = factory.order(needs(nut, 1), quantity=10)
    factory.post(
        document("P", pick(factory, order, 4)),
        document("Q", pick(factory, order, 2)),
        document("R", give_back(factory, order, 3)),
    )
    [row] = factory.unpost("P")
    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("return_exceeds_issued", 4, 3)]
    assert outcomes(factory.unpost("Q")) == ["removed"]
    assert outcomes(factory.unpost("R", "P")) == ["removed", "removed"]
    assert picked(factory, order) == 0
    assert sound(factory)


def test_R8_a_pick_is_not_taken_back_for_a_return_that_stays(factory: Factory, nut: str) -> None:
    order = factory.order(needs(nut, 1), quantity=10)
    factory.post(
        document("P", pick(factory, order, 4), on=day(20)),
        document("R", give_back(factory, order, 3), on=day(10)),
    )
    factory.parameters(period_start=day(15))
    rows = factory.unpost("R", "P")
    assert [codes(row) for row in rows] == [["period_closed"], ["return_exceeds_issued"]]


def test_R35_a_remainder_that_documents_picked_for_stays(factory: Factory) -> None:
    nut, glue = factory.item("NUT"), factory.item("GLUE", "with_list")
    factory.stock(nut, 6)
    factory.stock(glue, 50)
    order = factory.order(needs(nut, 1), needs(glue, 1), quantity=10)
    [row] = factory.release(order, on=day(10), on_shortage="split")
    assert row.outcome == "split"
    remainder = row.remainder_order_id
    factory.post(
        document("P", pick(factory, remainder, 2, glue, material_line=2)),
        document("R", give_back(factory, remainder, 2, glue, material_line=2)),
    )
    [restored] = factory.restore(order)
    assert (restored.outcome, restored.merged_order_id, codes(restored)) == ("restored", None, ["remainder_kept"])


def test_R37_the_picks_of_a_removed_document_stay_in_the_history(factory: Factory, nut: str) -> None:
    order = factory.order(needs(nut, 1), quantity=10)
    factory.post(document("P", pick(factory, order, 4)), document("C", counted(nut, 96)))
    factory.unpost("P")
    [row] = factory.select("movement_history", order)
    assert (row.document_key, row.in_force, row.material_line, row.quantity, row.warehouse_code) == (
        *("P", False),
        *(1, -4, MAIN),
    )
