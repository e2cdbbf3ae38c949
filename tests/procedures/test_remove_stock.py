"""Taking stock documents back: stock stands as before, and what was removed stays in the history."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from psycopg.errors import InvalidParameterValue

from rilascio.errors import RequestKeyReused
from tests.factory import MAIN, Factory, codes, day, needs, outcomes
from tests.factory.stock_documents import counted, document, line

AFTER_REMOVAL = {
    "run",
    "run_row",
    "run_place",
    "removed_stock_record",
    "removed_stock_movement",
    "stock_record_counter",
}
"""The tables that a posting and its removal leave different, besides the document itself."""


@pytest.fixture
def nut(factory: Factory) -> str:
    """Make NUT, of which there are 10."""
    item = factory.item("NUT")
    factory.stock(item, 10)
    return item


def test_R38_a_document_that_is_taken_back_leaves_stock_as_it_was(factory: Factory, nut: str) -> None:
    paint = factory.item("PAINT", by_lot=True)
    factory.warehouse("SHOP")
    factory.reason(MAIN, "OUT", "issue", counterpart=("SHOP", "LOA"))
    before = factory.snapshot(leaving_out=AFTER_REMOVAL | {"stock_document", "company_member"})
    factory.post(
        document("A", line(nut, 4, "OUT"), line(paint, 5, lot_code="NEW")),
        document("B", counted(nut, 3), line(paint, 2, "ISS", lot_code="NEW")),
    )
    rows = factory.unpost("B", "A")
    assert [(row.document_key, row.outcome, row.record_count, row.movement_count) for row in rows] == [
        ("B", "removed", 1, 2),
        ("A", "removed", 3, 3),
    ]
    assert factory.snapshot(leaving_out=AFTER_REMOVAL | {"stock_document", "company_member"}) == before


def test_R37_what_was_removed_stands_in_the_history(factory: Factory, nut: str) -> None:
    [posted] = factory.post(document("A", line(nut, 4)))
    [removed] = factory.unpost("A", note="sent by mistake")
    [row] = factory.select("movement_history")
    assert (row.document_key, row.in_force, row.run_id, row.removal_run_id, row.quantity) == (
        *("A", False),
        *(posted.run_id, removed.run_id),
        4,
    )
    assert (row.made_by, row.removed_by) == ("erp_writer", "erp_writer")
    runs = factory.select("run_history", order_by="run_id")
    assert [(run.kind, run.note) for run in runs] == [("posting", None), ("stock_removal", "sent by mistake")]


def test_R60_the_key_of_a_removed_document_stays_taken(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 4)), document("C", counted(nut, 14)))
    assert outcomes(factory.unpost("A", "C")) == ["removed", "removed"]
    rows = factory.post(document("A", line(nut, 4)), document("C", counted(nut, 14)))
    assert [codes(row) for row in rows] == [["key_used"], ["key_used"]]


def test_R8_what_is_not_posted_is_not_taken_back(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 4)), document("B", line(nut, 99, "ISS")), document("D", line(nut, 1)))
    factory.unpost("A")
    rows = factory.unpost("A", "B", "C", "D")
    assert outcomes(rows) == ["refused", "refused", "refused", "removed"]
    assert {code for row in rows for code in codes(row)} == {"document_not_found"}
    assert rows[1].reasons[0]["message"] == "Document B is not posted."


def test_R38_a_load_that_was_used_since_stays(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 5)), document("B", line(nut, 12, "ISS")), document("C", line(nut, 1)))
    [row] = factory.unpost("A")
    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("counterpart_stock_used", 5, 4)]
    assert row.reasons[0]["message"].startswith("Document A: 5 PC of item NUT were loaded into warehouse MAIN")
    assert outcomes(factory.unpost("B", "A")) == ["removed", "removed"]


def test_R38_a_load_that_a_release_took_stays(factory: Factory) -> None:
    nut = factory.item("NUT")
    order = factory.order(needs(nut, 5))
    factory.post(document("A", line(nut, 5)))
    assert outcomes(factory.release(order, on=day(20))) == ["released"]
    assert codes(factory.unpost("A")[0]) == ["counterpart_stock_used"]
    factory.restore(order)
    assert outcomes(factory.unpost("A")) == ["removed"]


def test_R38_a_count_that_loaded_is_taken_back_like_a_load(factory: Factory, nut: str) -> None:
    factory.post(document("C", counted(nut, 15)), document("B", line(nut, 11, "ISS")))
    assert codes(factory.unpost("C")[0]) == ["counterpart_stock_used"]


def test_R18_a_document_outside_the_open_period_stays(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 5)), document("B", line(nut, 5), on=day(20)))
    factory.parameters(period_start=day(15))
    rows = factory.unpost("A", "B")
    assert [codes(row) for row in rows] == [["period_closed"], []]


def test_R8_all_or_none_takes_nothing_back_if_one_is_refused(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 5)))
    rows = factory.unpost("A", "B", all_or_none=True)
    assert [codes(row) for row in rows] == [["all_or_none"], ["document_not_found"]]
    assert factory.balance(nut) == 15


def test_R60_a_removal_is_answered_the_same_again(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 5)))
    key = uuid.uuid4()
    first = factory.unpost("A", "B", key=key)
    assert factory.unpost("A", "B", key=key) == first
    with pytest.raises(RequestKeyReused):
        factory.unpost("B", "A", key=key)


def test_R7_a_key_that_is_named_twice_counts_once(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 5)), document("B", line(nut, 5)))
    assert [row.document_key for row in factory.unpost("B", "A", "B")] == ["B", "A"]


def test_a_lot_that_a_document_made_stays_while_something_lies_in_it(factory: Factory) -> None:
    paint = factory.item("PAINT", by_lot=True)
    factory.post(document("A", line(paint, 5, lot_code="NEW")), document("B", line(paint, 5, lot_code="NEW")))
    factory.unpost("A")
    assert [lot["lot_code"] for lot in factory.table("lot")] == ["NEW"]
    factory.unpost("B")
    assert factory.table("lot") == []
    assert {row.lot_code for row in factory.select("movement_history")} == {"NEW"}


@pytest.mark.parametrize("others", ["committed", "issued"])
def test_R53_a_lot_that_a_document_made_goes_whatever_orders_hold_of_other_lots(factory: Factory, others: str) -> None:
    paint = factory.item("PAINT", by_lot=True)
    factory.stock(paint, 5, lot="OLD")
    order = factory.order(needs(paint, 5, lots={"OLD": 5}))
    if others == "issued":
        assert outcomes(factory.release(order)) == ["released"]
    factory.post(document("A", line(paint, 5, lot_code="NEW")))
    factory.unpost("A")
    assert [lot["lot_code"] for lot in factory.table("lot")] == ["OLD"]


def test_what_takes_stock_back_needs_a_note_where_the_company_wants_one(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 5)))
    factory.parameters(note_required=True)
    with pytest.raises(InvalidParameterValue, match="p_note is empty"):
        factory.unpost("A", note=" ")
    assert outcomes(factory.unpost("A", note="twice")) == ["removed"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (None, "p_document_keys is null or empty"),
        ([], "p_document_keys is null or empty"),
        (["A", None], "p_document_keys contains null"),
        ([["A"], ["B"]], "p_document_keys is no list of keys"),
        (["A"] * 200001, "p_document_keys has 200001 keys; a call takes at most 200000"),
    ],
)
def test_a_call_that_names_no_list_of_keys_is_a_bad_call(factory: Factory, keys: Any, message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        factory.write_call("select * from erp_api.remove_stock(%s, %s::text[])", [factory.company_id, keys])


def test_the_integrity_of_what_was_taken_back_is_checked(factory: Factory, nut: str) -> None:
    factory.post(document("A", line(nut, 5)), document("B", line(nut, 3, "ISS")))
    factory.unpost("A", "C")
    assert factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []
