"""Stock documents of other programs: what they move, and what keeps a document from being posted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.errors import InvalidParameterValue
from psycopg.types.json import Jsonb

from rilascio.errors import RecordProtected, RequestKeyReused
from rilascio.testing import as_json
from tests.factory import MAIN, Factory, Row, codes, day, needs, outcomes
from tests.factory.stock_documents import Document, Line, counted, document, line


def moved(factory: Factory, key: str) -> list[tuple[Any, ...]]:
    """Return what a document moved: warehouse, number of the record, reason, line, item, lot, location, quantity."""
    return [
        (m.warehouse_code, m.record_number, m.reason_code, m.line, m.item_code, m.lot_code, m.location_code, m.quantity)
        for m in factory.write_call(
            "select * from erp_data.stock_movement where company_id = %s and document_key = %s"
            " order by warehouse_code, record_number, line",
            [factory.company_id, key],
        )
    ]


def refused(factory: Factory, *lines: Line, **values: Any) -> list[tuple[str, int | None, str]]:
    """Post a document that must be refused, and return code, line and column of its reasons."""
    sent = document("REFUSED", *lines, **values)
    [seen] = factory.preview_stock(sent)
    before = factory.everything()
    [row] = factory.post(sent)
    assert (row.outcome, row.reasons) == (seen.outcome, seen.reasons)
    assert (row.outcome, row.record_count, row.movement_count) == ("refused", 0, 0)
    assert factory.everything() == before
    return [(reason["code"], reason["line"], reason["column"]) for reason in row.reasons]


@pytest.fixture
def nut(factory: Factory) -> str:
    """Make NUT, of which there are 10."""
    item = factory.item("NUT")
    factory.stock(item, 10)
    return item


@pytest.fixture
def paint(factory: Factory) -> str:
    """Make PAINT, a lot item without stock."""
    return factory.item("PAINT", by_lot=True)


# what is written


def test_R19_a_document_makes_one_record_for_each_warehouse_and_reason(factory: Factory, nut: str) -> None:
    bolt = factory.item("BOLT")
    factory.warehouse("SHOP")
    lines = [line(nut, 5), line(bolt, 7), line(nut, 4, "ISS"), line(bolt, "2.5", warehouse="SHOP"), line(nut, 1)]

    [row] = factory.post(document("GR-1", *lines))
    assert (row.ordinal, row.document_key, row.outcome, row.reasons) == (1, "GR-1", "posted", [])
    assert (row.record_count, row.movement_count) == (3, 5)
    assert moved(factory, "GR-1") == [
        (MAIN, 1, "LOA", 1, nut, None, None, 5),
        (MAIN, 1, "LOA", 2, bolt, None, None, 7),
        (MAIN, 1, "LOA", 3, nut, None, None, 1),
        (MAIN, 2, "ISS", 1, nut, None, None, -4),
        ("SHOP", 1, "LOA", 1, bolt, None, None, Decimal("2.5")),
    ]
    assert factory.balance(nut) == 12


def test_R19_records_are_numbered_by_day_in_the_order_of_the_call(factory: Factory, nut: str) -> None:
    rows = factory.post(
        document("C", line(nut, 1)), document("A", line(nut, 2), on=day(11)), document("B", line(nut, 3))
    )
    assert [row.document_key for row in rows] == ["C", "A", "B"]
    assert [(key, moved(factory, key)[0][1]) for key in ("C", "A", "B")] == [("C", 1), ("A", 1), ("B", 2)]
    factory.post(document("D", line(nut, 1)))
    assert moved(factory, "D")[0][1] == 3


def test_R61_histories_show_what_documents_moved(factory: Factory, nut: str) -> None:
    [row] = factory.post(document("GR-1", line(nut, 5), note="by lorry"), note="night")
    [made] = factory.select("movement_history")
    assert (made.document_key, made.run_id, made.in_force, made.order_id, made.resolved_by) == (
        *("GR-1", row.run_id, True),
        *(None, None),
    )
    [run] = factory.select("run_history")
    assert (run.kind, run.note, run.caller_role) == ("posting", "night", "erp_writer")
    [kept] = factory.table("stock_document")
    assert (kept["note"], kept["run_id"], kept["record_date"]) == ("by lorry", row.run_id, str(day(10)))


def test_R74_a_run_keeps_a_digest_of_what_was_sent_and_not_the_documents(factory: Factory, nut: str) -> None:
    factory.post(document("GR-1", line(nut, 5), line(nut, 6)), document("GR-2", line(nut, 1)))
    [run] = [run for run in factory.table("run") if run["kind"] != "hand"]
    assert run["arguments"].keys() == {"sha256", "counts", "all_or_none"}
    assert run["arguments"]["counts"] == {"stock_document": 2, "stock_document_line": 3}
    assert len(run["arguments"]["sha256"]) == 64


def test_R20_what_a_document_moved_is_not_changed_by_hand(factory: Factory, nut: str) -> None:
    factory.post(document("GR-1", line(nut, 5)), document("C", counted(nut, 15)))
    for statement in (
        "update erp.stock_movement set quantity = 6 where stock_record_id = (select max(stock_record_id)"
        " from erp.stock_record)",
        "update erp.stock_record set project = 'other' where document_key = 'GR-1'",
        "update erp.stock_document set note = 'other'",
        "delete from erp.stock_document where document_key = 'C'",
        "insert into erp.stock_document select company_id, 'GR-2', record_date, note, digest, run_id"
        " from erp.stock_document",
    ):
        with pytest.raises(RecordProtected), factory.connection.transaction():
            factory.connection.execute(statement)


# the same document again


def test_R60_a_document_that_was_posted_is_unchanged_whatever_its_lines_look_like(factory: Factory, nut: str) -> None:
    [first] = factory.post(document("GR-1", line(nut, 5), line(nut, "2.50", "ISS")))
    [again] = factory.post(document("GR-1", line(nut, "2.5", "ISS", lot_code=""), line(nut, "5.000"), note="other"))
    assert (again.outcome, again.run_id, again.record_count, again.reasons) == ("unchanged", first.run_id, 0, [])
    assert factory.balance(nut) == 12.5


@pytest.mark.parametrize(
    "other",
    [
        document("GR-1", line("NUT", 6)),
        document("GR-1", line("NUT", 5), line("NUT", 5)),
        document("GR-1", line("NUT", 5, "ISS")),
        document("GR-1", line("NUT", 5), on=day(11)),
    ],
    ids=["quantity", "line", "reason", "date"],
)
def test_R60_the_key_of_a_posted_document_takes_no_other(factory: Factory, nut: str, other: Document) -> None:
    factory.post(document("GR-1", line(nut, 5)))
    [seen] = factory.preview_stock(other)
    [row] = factory.post(other)
    assert (row.outcome, codes(row), row.reasons) == ("refused", ["key_used"], seen.reasons)
    assert factory.balance(nut) == 15


def test_R60_a_document_without_a_date_is_the_same_on_any_day(factory: Factory, nut: str) -> None:
    sent = document("GR-1", line(nut, 5), on=None)
    [first] = factory.post(sent)
    with factory.maintenance():
        factory.connection.execute("update erp.stock_document set record_date = record_date - 1")
    [again] = factory.post(sent)
    assert (again.outcome, again.run_id) == ("unchanged", first.run_id)


def test_R18_a_document_without_a_date_is_of_today(factory: Factory, nut: str) -> None:
    factory.parameters(time_zone="Pacific/Kiritimati")
    factory.post(document("GR-1", line(nut, 5), on=None))
    [kept] = factory.table("stock_document")
    [(today,)] = factory.connection.execute("select (now() at time zone 'Pacific/Kiritimati')::date").fetchall()
    assert kept["record_date"] == str(today)


def test_R60_a_refused_document_leaves_its_key_free(factory: Factory, nut: str) -> None:
    assert outcomes(factory.post(document("GI-1", line(nut, 11, "ISS")))) == ["refused"]
    assert outcomes(factory.post(document("GI-1", line(nut, 9, "ISS")))) == ["posted"]


def test_R73_a_key_that_is_sent_twice_is_refused_the_second_time(factory: Factory, nut: str) -> None:
    rows = factory.post(document("GR-1", line(nut, 5)), document("GR-1", line(nut, 5)))
    assert outcomes(rows) == ["posted", "refused"]
    assert codes(rows[1]) == ["duplicate_key"]
    assert factory.balance(nut) == 15


def test_R60_a_request_key_answers_the_same_again(factory: Factory, nut: str) -> None:
    key = uuid.uuid4()
    factory.post(document("OLD", line(nut, 1)))
    sent = [document("GR-1", line(nut, 5)), document("OLD", line(nut, 1)), document("GR-2", line(nut, 99, "ISS"))]
    first = factory.post(*sent, key=key, note="n")
    assert outcomes(first) == ["posted", "unchanged", "refused"]
    assert factory.post(*sent, key=key, note="n") == first
    assert factory.balance(nut) == 16
    for other in (sent[:2], [*sent[1:], sent[0]]):
        with pytest.raises(RequestKeyReused):
            factory.post(*other, key=key, note="n")
    with pytest.raises(RequestKeyReused):
        factory.post(*sent, key=key, note="n", all_or_none=True)


# refusing is whole, and tells everything


def test_R8_a_refused_document_moves_nothing_and_the_others_go_on(factory: Factory, nut: str) -> None:
    rows = factory.post(
        document("A", line(nut, 5), line(nut, 99, "ISS")), document("B", line(nut, 3, "ISS")), document("C")
    )
    assert outcomes(rows) == ["refused", "posted", "refused"]
    assert factory.balance(nut) == 7


def test_R8_all_reasons_are_given_at_once(factory: Factory, nut: str, paint: str) -> None:
    factory.warehouse("OLD", valid_until=day(1))
    factory.parameters(period_end=day(9))
    assert refused(
        factory,
        line(nut, 11, "ISS"),
        line("BOLT", 1),
        line(nut, 1, "XXX"),
        line(paint, 1),
        line(paint, 1, "ISS", lot_code="NONE"),
        line(nut, 1, warehouse="OLD"),
        line(nut, "many", warehouse="NOWHERE"),
    ) == [
        ("period_closed", None, "record_date"),
        ("insufficient_stock", 1, "quantity"),
        ("unknown_reference", 2, "item_code"),
        ("reason_unusable", 3, "reason_code"),
        ("lot_required", 4, "lot_code"),
        ("lot_unknown", 5, "lot_code"),
        ("warehouse_expired", 6, "warehouse_code"),
        ("bad_number", 7, "quantity"),
        ("unknown_reference", 7, "warehouse_code"),
    ]


def test_R8_all_or_none_posts_nothing_if_one_document_is_refused(factory: Factory, nut: str) -> None:
    factory.post(document("OLD", line(nut, 1)))
    documents = [
        document("A", line(nut, 5)),
        document("OLD", line(nut, 1)),
        document("B", line(nut, 99, "ISS")),
        document("N", counted(nut, 11)),
    ]
    rows = factory.post(*documents, all_or_none=True)
    assert outcomes(rows) == ["refused", "unchanged", "refused", "refused"]
    assert [codes(row) for row in rows] == [["all_or_none"], [], ["insufficient_stock"], ["all_or_none"]]
    assert factory.balance(nut) == 11
    assert outcomes(factory.post(documents[0], documents[3], all_or_none=True)) == ["posted", "posted"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"quantity": 0}, ("out_of_range", "quantity")),
        ({"quantity": True}, ("bad_number", "quantity")),
        ({"variant_code": {"of": 1}}, ("bad_value", "variant_code")),
        ({"quantity": ""}, ("value_required", "quantity")),
        ({"counted_quantity": 5}, ("rule_broken", "counted_quantity")),
        ({"load_reason_code": "LOA"}, ("rule_broken", "load_reason_code")),
        ({"reason_code": None}, ("value_required", "reason_code")),
        ({"item_code": None}, ("value_required", "item_code")),
        ({"warehouse_code": ""}, ("value_required", "warehouse_code")),
        ({"warehouse_code": "NONE"}, ("unknown_reference", "warehouse_code")),
        ({"variant_code": "NONE"}, ("unknown_reference", "variant_code")),
        ({"location_code": "NONE"}, ("unknown_reference", "location_code")),
        ({"lot_code": "A"}, ("rule_broken", "lot_code")),
        ({"item_code": "N" * 501}, ("value_too_long", "item_code")),
    ],
)
def test_R8_a_cell_that_is_wrong_is_told_with_its_line_and_column(
    factory: Factory, nut: str, cells: Mapping[str, Any], expected: tuple[str, str]
) -> None:
    assert refused(factory, line(nut, 1), {**line(nut, 1), **cells}) == [(expected[0], 2, expected[1])]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"document_key": ""}, ("value_required", "document_key")),
        ({"record_date": "2026-02-30"}, ("bad_date", "record_date")),
        ({"lines": []}, ("value_required", "lines")),
        ({"lines": 5}, ("bad_list", "lines")),
        ({"lines": [1]}, ("bad_list", "lines")),
        ({"document_key": "K" * 501}, ("value_too_long", "document_key")),
    ],
)
def test_R8_a_cell_of_the_document_itself_is_told_with_its_column(
    factory: Factory, nut: str, cells: Mapping[str, Any], expected: tuple[str, str]
) -> None:
    [row] = factory.post({**document("GR-1", line(nut, 1)), **cells})
    assert [(reason["code"], reason["line"], reason["column"]) for reason in row.reasons] == [
        (expected[0], None, expected[1])
    ]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("null", "p_documents is null, empty or no JSON array"),
        ("{}", "p_documents is null, empty or no JSON array"),
        ("[]", "p_documents is null, empty or no JSON array"),
        ("[{}, 5]", "Element 2 of p_documents is no object"),
        ('[{"document": "A"}]', "Element 1 of p_documents has the unknown key document"),
        ('[{}, {"lines": [{}, {"item": "A"}]}]', "Line 2 of element 2 of p_documents has the unknown key item"),
    ],
)
def test_a_call_that_is_no_list_of_documents_is_a_bad_call(factory: Factory, sent: str, message: str) -> None:
    for function in ("post_stock", "preview_stock"):
        with pytest.raises(InvalidParameterValue, match=message):
            factory.write_call(f"select * from erp_api.{function}(%s, %s::jsonb)", [factory.company_id, sent])


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("[' || repeat('{},', 200000) || '{}]", "has 200001 elements; a call takes at most 200000"),
        (
            """[{"lines": [' || repeat('{},', 2000000) || '{}]}]""",
            "has 2000001 lines; a call takes at most 2000000",
        ),
    ],
)
def test_a_call_takes_so_many_documents_and_lines(factory: Factory, sent: str, message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        factory.write_call(f"select * from erp_api.post_stock(%s, ('{sent}')::jsonb)", [factory.company_id])


# stock


def test_R7_documents_are_served_in_the_order_of_the_call(factory: Factory, nut: str) -> None:
    rows = factory.post(
        document("A", line(nut, 8, "ISS")),
        document("B", line(nut, 3, "ISS")),
        document("C", line(nut, 5)),
        document("D", line(nut, 7, "ISS")),
        document("E", line(nut, 1, "ISS")),
    )
    assert outcomes(rows) == ["posted", "refused", "posted", "posted", "refused"]
    assert [(r["required"], r["available"]) for row in rows for r in row.reasons] == [(3, 2), (1, 0)]


def test_R15_what_a_document_loads_does_not_cover_its_issues(factory: Factory, nut: str) -> None:
    assert refused(factory, line(nut, 5), line(nut, 11, "ISS")) == [("insufficient_stock", 2, "quantity")]
    rows = factory.post(document("A", line(nut, 5)), document("B", line(nut, 15, "ISS")))
    assert outcomes(rows) == ["posted", "posted"]


def test_R15_a_short_line_counts_in_full_for_those_after_it(factory: Factory, nut: str) -> None:
    [row] = factory.post(
        document("A", line(nut, 6, "ISS"), line(nut, 6, "ISS"), line(nut, 1, "ISS"), line(nut, 2, "ISS"))
    )
    assert [(r["line"], r["required"], r["available"]) for r in row.reasons] == [(2, 6, 4), (3, 1, 0), (4, 2, 0)]


def test_R15_stock_goes_below_zero_only_where_company_and_warehouse_allow_it(factory: Factory, nut: str) -> None:
    sent = document("A", line(nut, 11, "ISS"))
    for company, warehouse, outcome in ((True, False, "refused"), (False, True, "refused"), (True, True, "posted")):
        factory.parameters(allow_negative_stock=company)
        factory.change_warehouse(MAIN, allow_negative_stock=warehouse)
        assert outcomes(factory.post(sent)) == [outcome]
    assert factory.balance(nut) == -1


def test_R15_a_lot_never_goes_below_zero(factory: Factory, paint: str) -> None:
    factory.parameters(allow_negative_stock=True)
    factory.change_warehouse(MAIN, allow_negative_stock=True)
    factory.stock(paint, 5, lot="A")
    factory.stock(paint, 5, lot="B")
    sent = line(paint, 6, "ISS", lot_code="A")
    [row] = factory.post(document("A", sent))
    assert [(r["code"], r["lot_code"], r["available"]) for r in row.reasons] == [("insufficient_stock", "A", 5)]


def test_R16_a_backdated_issue_must_leave_what_later_days_need(factory: Factory, nut: str) -> None:
    factory.stock(nut, -8, on=day(20))
    assert refused(factory, line(nut, 3, "ISS")) == [("later_stock_negative", 1, "quantity")]
    assert outcomes(factory.post(document("A", line(nut, 2, "ISS")))) == ["posted"]


def test_R16_documents_of_several_days_see_each_other(factory: Factory, nut: str) -> None:
    rows = factory.post(
        document("TAKE", line(nut, 8, "ISS"), on=day(20)),
        document("BEFORE", line(nut, 3, "ISS"), on=day(10)),
        document("LOAD", line(nut, 5), on=day(15)),
        document("AGAIN", line(nut, 3, "ISS"), on=day(10)),
        document("EARLY", line(nut, 5, "ISS"), on=day(10)),
        document("LATE", line(nut, 4, "ISS"), on=day(15)),
    )
    assert outcomes(rows) == ["posted", "refused", "posted", "posted", "refused", "posted"]
    assert [codes(row) for row in rows if row.reasons] == [["later_stock_negative"], ["later_stock_negative"]]
    assert [r["available"] for row in rows for r in row.reasons] == [2, 4]


def test_R17_where_the_warehouse_checks_by_location_the_location_counts(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.location("A1")
    factory.location("B1")
    factory.stock(nut, 5, location="A1")
    factory.stock(nut, 5, location="B1")
    sent = line(nut, 6, "ISS", location_code="A1")
    with factory.undone():
        assert outcomes(factory.post(document("A", sent))) == ["posted"]
        assert factory.balance(nut, location="A1") == -1
    factory.change_warehouse(MAIN, check_location=True)
    [row] = factory.post(document("A", sent))
    assert [(r["code"], r["location_code"], r["available"]) for r in row.reasons] == [("insufficient_stock", "A1", 5)]


def test_R17_a_blocked_location_is_issued_from_where_a_document_names_it(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.location("A1")
    factory.stock(nut, 5, location="A1")
    factory.stock(nut, 1)
    factory.block("A1")
    assert refused(factory, line(nut, 2, "ISS")) == [("insufficient_stock", 1, "quantity")]
    assert refused(factory, line(nut, 6, "ISS", location_code="A1")) == [("insufficient_stock", 1, "quantity")]
    rows = factory.post(document("A", line(nut, 5, "ISS", location_code="A1"), line(nut, 1, location_code="A1")))
    assert outcomes(rows) == ["posted"]
    assert factory.balance(nut, location="A1") == 1


# where


def test_R14_a_line_without_a_location_goes_by_the_map_then_by_the_reason(factory: Factory, nut: str) -> None:
    bolt = factory.item("BOLT")
    factory.location("A1")
    factory.location("B1")
    factory.location("C1")
    factory.keep(nut, "A1")
    factory.reason(MAIN, "LOA", "load", location="B1")
    factory.post(document("A", line(nut, 1), line(bolt, 1), line(nut, 1, location_code="C1")))
    assert [(item, location) for *_, item, _, location, _ in moved(factory, "A")] == [
        (nut, "A1"),
        (bolt, "B1"),
        (nut, "C1"),
    ]


def test_R14_a_lot_is_issued_from_where_it_lies(factory: Factory, paint: str) -> None:
    for location, quantity in (("C1", 2), ("B1", 3), ("X1", 9)):
        factory.location(location)
        factory.stock(paint, quantity, lot="A", location=location)
    factory.stock(paint, 1, lot="A")
    factory.stock(paint, 50, lot="B")
    factory.block("X1")
    rows = factory.post(
        document("1", line(paint, 5, "ISS", lot_code="A")),
        document("2", line(paint, 2, "ISS", lot_code="A")),
        document("3", line(paint, 4, lot_code="A", location_code="C1")),
        document("4", line(paint, 4, "ISS", lot_code="A")),
    )
    assert outcomes(rows) == ["posted", "refused", "posted", "posted"]
    assert [(r["code"], r["available"]) for r in rows[1].reasons] == [("insufficient_stock", 1)]
    assert [(place, quantity) for *_, place, quantity in moved(factory, "1")] == [(None, -1), ("B1", -3), ("C1", -1)]
    assert [(place, quantity) for *_, place, quantity in moved(factory, "4")] == [("C1", -4)]


def test_R13_a_counterpart_moves_the_same_lines_the_other_way(factory: Factory, nut: str, paint: str) -> None:
    factory.warehouse("SHOP")
    factory.location("S1", warehouse="SHOP")
    factory.keep(paint, "S1", warehouse="SHOP")
    factory.reason(MAIN, "OUT", "issue", counterpart=("SHOP", "LOA"))
    factory.stock(paint, 5, lot="A")
    [row] = factory.post(document("T", line(nut, 4, "OUT"), line(paint, 2, "OUT", lot_code="A")))
    assert (row.outcome, row.record_count, row.movement_count) == ("posted", 2, 4)
    assert moved(factory, "T") == [
        (MAIN, 1, "OUT", 1, nut, None, None, -4),
        (MAIN, 1, "OUT", 2, paint, "A", None, -2),
        ("SHOP", 1, "LOA", 1, nut, None, None, 4),
        ("SHOP", 1, "LOA", 2, paint, "A", "S1", 2),
    ]


def test_R13_a_counterpart_that_issues_is_checked_like_any_issue(factory: Factory, nut: str) -> None:
    factory.warehouse("SHOP")
    factory.reason("SHOP", "IN", "load", counterpart=(MAIN, "ISS"))
    [row] = factory.post(document("T", line(nut, 11, "IN", warehouse="SHOP")))
    assert [(r["code"], r["warehouse_code"], r["available"]) for r in row.reasons] == [("insufficient_stock", MAIN, 10)]
    assert outcomes(factory.post(document("T", line(nut, 10, "IN", warehouse="SHOP")))) == ["posted"]
    assert (factory.balance(nut), factory.balance(nut, "SHOP")) == (0, 10)


def test_R13_an_issue_line_and_a_load_line_are_a_transfer_too(factory: Factory, nut: str) -> None:
    factory.warehouse("SHOP")
    rows = factory.post(document("T", line(nut, 4, "ISS"), line(nut, 4, warehouse="SHOP")))
    assert outcomes(rows) == ["posted"]
    assert (factory.balance(nut), factory.balance(nut, "SHOP")) == (6, 4)


def test_R12_reasons_and_warehouses_must_be_right_on_both_sides(factory: Factory, nut: str) -> None:
    factory.warehouse("SHOP")
    factory.warehouse("OLD", valid_until=day(9))
    factory.reason(MAIN, "BAD", "issue", counterpart=("SHOP", "ISS"))
    factory.reason(MAIN, "OLD", "issue", counterpart=("OLD", "LOA"))
    factory.reason(MAIN, "SCR", "issue", usable_in_production=False)
    assert refused(factory, line(nut, 1, "BAD")) == [("reason_unusable", 1, "reason_code")]
    assert refused(factory, line(nut, 1, "OLD")) == [("warehouse_expired", 1, "warehouse_code")]
    assert refused(factory, line(nut, 1, warehouse="OLD")) == [("warehouse_expired", 1, "warehouse_code")]
    assert outcomes(factory.post(document("A", line(nut, 1, "SCR")))) == ["posted"]
    assert outcomes(factory.post(document("B", line(nut, 1, "OLD"), on=day(9)))) == ["posted"]


@pytest.mark.parametrize("on", [day(4), day(16)])
def test_R18_the_record_date_lies_in_the_open_period(factory: Factory, nut: str, on: date) -> None:
    factory.parameters(period_start=day(5), period_end=day(15))
    assert refused(factory, line(nut, 1), on=on) == [("period_closed", None, "record_date")]


# lots


def test_R25_a_lot_that_is_loaded_first_is_made_on_the_record_date(factory: Factory, paint: str) -> None:
    factory.variant(paint, "RED")
    rows = factory.post(
        document("A", line(paint, 5, lot_code="NEW"), line(paint, 2, lot_code="NEW", variant_code="RED")),
        document("B", line(paint, 3, "ISS", lot_code="NEW")),
    )
    assert outcomes(rows) == ["posted", "posted"], rows
    lots = factory.table("lot")
    assert [(lot["lot_code"], lot["start_date"], lot["state"]) for lot in lots] == [
        ("NEW", str(day(10)), "available")
    ] * 2
    assert {lot["registration_run_id"] for lot in lots} == {rows[0].run_id}
    assert factory.balance(paint) == 4


def test_R25_a_lot_that_there_is_not_cannot_be_issued(factory: Factory, paint: str) -> None:
    assert refused(factory, line(paint, 5, lot_code="NEW"), line(paint, 1, "ISS", lot_code="NEW")) == [
        ("lot_unknown", 2, "lot_code")
    ]
    rows = factory.post(
        document("A", line(paint, 1, "ISS", lot_code="NEW")),
        document("B", line(paint, 5, lot_code="NEW"), line("NONE", 1)),
        document("C", line(paint, 1, "ISS", lot_code="NEW")),
    )
    assert [codes(row) for row in rows] == [["lot_unknown"], ["unknown_reference"], ["lot_unknown"]]
    assert factory.table("lot") == []


def test_R26_a_lot_that_may_not_be_used_can_be_scrapped(factory: Factory, paint: str) -> None:
    factory.lot(paint, "A", expiry_date=day(1), state="unavailable", sellable=False, closed=True)
    factory.stock(paint, 5, lot="A")
    assert outcomes(factory.post(document("A", line(paint, 5, "ISS", lot_code="A")))) == ["posted"]


# counts


def test_R16_a_count_posts_the_difference_at_the_end_of_its_day(factory: Factory, nut: str) -> None:
    factory.stock(nut, 5, on=day(10))
    factory.stock(nut, 100, on=day(11))
    [more, less, same] = factory.post(
        document("MORE", counted(nut, "16.5"), on=day(10)),
        document("LESS", counted(nut, 4), on=day(9)),
        document("SAME", counted(nut, "10.5"), on=day(10)),
    )
    assert outcomes([more, less, same]) == ["posted", "posted", "unchanged"]
    assert moved(factory, "MORE") == [(MAIN, 2, "LOA", 1, nut, None, None, Decimal("1.5"))]
    assert moved(factory, "LESS") == [(MAIN, 1, "ISS", 1, nut, None, None, -6)]
    assert factory.balance(nut) == Decimal("110.5")


def test_R60_a_count_without_a_difference_is_unchanged_and_stays_so(factory: Factory, nut: str) -> None:
    [first] = factory.post(document("C", counted(nut, 10)))
    assert (first.outcome, first.record_count) == ("unchanged", 0)
    factory.post(document("A", line(nut, 5)))
    [again] = factory.post(document("C", counted(nut, 10)))
    assert (again.outcome, again.run_id) == ("unchanged", first.run_id)
    assert factory.balance(nut) == 15


def test_R17_a_count_is_about_its_lot_and_location_exactly(factory: Factory, nut: str, paint: str) -> None:
    factory.location("A1")
    factory.keep(nut, "A1")
    factory.stock(nut, 7, location="A1")
    factory.stock(paint, 5, lot="A")
    factory.stock(paint, 6, lot="B", location="A1")
    [row] = factory.post(
        document(
            "C",
            counted(nut, 8),
            counted(nut, 9, location_code="A1"),
            counted(paint, 1, lot_code="A"),
            counted(paint, 6, lot_code="B", location_code="A1"),
            counted(paint, 3, lot_code="NEW"),
            counted(paint, 0, lot_code="NONE"),
        )
    )
    assert row.outcome == "posted"
    assert [m[2:] for m in moved(factory, "C")] == [
        ("ISS", 1, nut, None, None, -2),
        ("ISS", 2, paint, "A", None, -4),
        ("LOA", 1, nut, None, "A1", 2),
        ("LOA", 2, paint, "NEW", None, 3),
    ]
    assert {lot["lot_code"] for lot in factory.table("lot")} == {"A", "B", "NEW"}


def test_R7_a_count_sees_what_earlier_documents_of_the_call_did(factory: Factory, nut: str) -> None:
    rows = factory.post(
        document("A", line(nut, 4, "ISS")),
        document("C1", counted(nut, 9)),
        document("C2", counted(nut, 9)),
        document("B", line(nut, 2, "ISS"), line(nut, 99, "ISS")),
        document("C3", counted(nut, 8)),
        document("LATER", line(nut, 1, "ISS"), on=day(11)),
        document("C4", counted(nut, 8)),
    )
    assert outcomes(rows) == ["posted", "posted", "unchanged", "refused", "posted", "posted", "unchanged"]
    assert [moved(factory, key)[0][-1] for key in ("C1", "C3")] == [3, -1]
    assert factory.balance(nut) == 7


def test_R7_a_count_is_about_what_was_there_before_its_document(factory: Factory, nut: str) -> None:
    factory.post(document("C", line(nut, 4), counted(nut, 11)))
    assert factory.balance(nut) == 15


def test_R16_a_count_may_not_take_what_later_days_need(factory: Factory, nut: str) -> None:
    factory.stock(nut, -8, on=day(20))
    assert refused(factory, counted(nut, 7)) == [("later_stock_negative", 1, "counted_quantity")]


def test_R12_the_difference_of_a_count_needs_a_reason_of_its_direction(factory: Factory, nut: str) -> None:
    only_issue = {**counted(nut, 11), "load_reason_code": None}
    only_load = {**counted(nut, 9), "reason_code": None}
    assert refused(factory, only_issue) == [("value_required", 1, "load_reason_code")]
    assert refused(factory, only_load) == [("value_required", 1, "reason_code")]
    assert refused(factory, {**counted(nut, 9), "reason_code": "LOA"}) == [("reason_unusable", 1, "reason_code")]
    rows = factory.post(document("A", line(nut, 1)), document("C", only_load), document("D", only_issue))
    assert outcomes(rows) == ["posted", "refused", "unchanged"]
    assert codes(rows[1]) == ["value_required"]


def test_R13_what_a_count_finds_missing_goes_to_the_counterpart(factory: Factory, nut: str) -> None:
    factory.warehouse("LOST")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LOST", "LOA"))
    rows = factory.post(document("A", line(nut, 1)), document("C", counted(nut, 8)))
    assert outcomes(rows) == ["posted", "posted"]
    assert (factory.balance(nut), factory.balance(nut, "LOST")) == (8, 3)


# beside releases


def test_R13_what_a_document_loads_a_release_may_take(factory: Factory) -> None:
    nut = factory.item("NUT")
    order = factory.order(needs(nut, 5))
    assert outcomes(factory.release(order, on=day(10))) == ["refused"]
    factory.post(document("GR-1", line(nut, 5)))
    assert outcomes(factory.release(order, on=day(10))) == ["released"]
    assert refused(factory, line(nut, 1, "ISS")) == [("insufficient_stock", 1, "quantity")]


def test_R19_the_numbers_of_a_day_have_an_end(factory: Factory, nut: str) -> None:
    factory.last_number(MAIN, day(10), 2147483646)
    rows = factory.post(
        document("A", line(nut, 99, "ISS")), document("B", line(nut, 1)), document("C", line(nut, 1), on=day(11))
    )
    assert [codes(row) for row in rows] == [
        ["insufficient_stock"],
        ["record_numbers_exhausted"],
        [],
    ]


def test_preview_runs_in_a_read_only_transaction_and_tells_what_posting_does(
    rilascio_database: str, rilascio_login: Any
) -> None:
    with psycopg.connect(rilascio_database) as connection:
        factory = Factory(connection, "erp_operator", member="erp_writer")
        nut, paint = factory.item("NUT"), factory.item("PAINT", by_lot=True)
        factory.warehouse("SHOP")
        factory.reason(MAIN, "OUT", "issue", counterpart=("SHOP", "LOA"))
        factory.stock(nut, 5)
    sent = [
        document("A", line(nut, 2, "OUT"), line(paint, 5, lot_code="NEW")),
        document("B", line(nut, 4, "ISS")),
        document("C", counted(nut, 4)),
        document("D", line(paint, 5, "ISS", lot_code="NEW")),
    ]
    with psycopg.connect(rilascio_login("erp_writer")) as connection:
        arguments = [factory.company_id, Jsonb(sent, dumps=as_json)]
        connection.read_only = True
        seen = connection.execute("select * from erp_api.preview_stock(%s, %s)", arguments).fetchall()
        connection.rollback()
        connection.read_only = False
        rows = connection.execute("select * from erp_api.post_stock(%s, %s)", arguments).fetchall()
    assert [(*row[:3], *row[4:]) for row in rows] == seen
    assert [row[2] for row in rows] == ["posted", "refused", "posted", "posted"]


def test_R63_reasons_are_told_in_italian(factory: Factory, nut: str) -> None:
    factory.connection.execute("set local erp.language = 'it'")
    rows: list[Row] = factory.post(document("GI-1", line(nut, 11, "ISS")))
    assert rows[0].reasons[0]["message"] == (
        "Documento GI-1, riga 1: servono 11 PC dell'articolo NUT dal magazzino MAIN, disponibili 10."
    )


def test_the_integrity_of_what_was_posted_is_checked(factory: Factory, nut: str) -> None:
    factory.post(document("GR-1", line(nut, 5)), document("GI-1", line(nut, 3, "ISS")), document("C", counted(nut, 5)))
    assert factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []
