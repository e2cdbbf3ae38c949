"""Orders are put as documents: made, changed, deleted, or refused with all reasons (R70-R74)."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue

from harness.dev.data_readers import read_only, sent_columns
from rilascio.errors import NotAMember, RequestKeyReused
from rilascio.loading.files import FILE
from tests.factory import (
    MAIN,
    YEAR,
    Factory,
    codes,
    day,
    needs,
    order_document,
    order_key,
    outcomes,
    report,
)

STATUSES = ("launched", "executive", "closed", "archived")

FREE = {
    "production_order": {"order_type", "start_date", "end_date", "firm", "priority"},
    "production_order_phase": {"description", "department", "work_center", "machine"},
    "production_order_material": set(),
    "material_lot": set(),
}
"""What changes of an executive or closed order, by kind."""

FROZEN = {"executive": "order_released", "closed": "order_closed", "archived": "order_archived"}

OTHER = {
    "production_order": {
        "order_type": "URGENT",
        "item_code": "TRIKE",
        "variant_code": "RED",
        "quantity": "7.5",
        "level": 2,
        "start_date": "2026-04-01",
        "end_date": "2026-05-31",
        "job_year": YEAR + 1,
        "job_number": 8,
        "project": "P2",
        "firm": "F2",
        "priority": 3,
        "load_warehouse_code": "SIDE",
        "load_reason_code": "LOB",
    },
    "production_order_phase": {
        "description": "paint",
        "department": "D2",
        "work_center": "W2",
        "machine": "M2",
        "machine_site_code": "S2",
        "external": True,
        "productive": False,
        "movable": False,
    },
    "production_order_material": {
        "item_code": "NUT",
        "variant_code": "BLUE",
        "unit_quantity": "-2.5",
        "fixed": True,
        "scrap_percent": "12.5",
        "picked_quantity": 0.25,
        "movable": False,
        "phase": 20,
        "sub_phase": 1,
        "warehouse_code": "SIDE",
        "reason_code": "ISB",
        "location_code": "B",
        "priority": 4,
    },
    "material_lot": {"quantity": "1.5"},
}
"""Another value of every column that is not a key."""

WITH = {
    ("production_order", "item_code"): {"variant_code": None},
    ("production_order", "job_year"): {"job_number": 9},
    ("production_order", "load_warehouse_code"): {"load_reason_code": "LOA"},
    ("production_order_material", "item_code"): {"variant_code": None, "material_lots": []},
    ("production_order_material", "variant_code"): {"material_lots": []},
    ("production_order_material", "phase"): {"sub_phase": 0},
    ("production_order_material", "sub_phase"): {"phase": 20},
    ("production_order_material", "warehouse_code"): {"reason_code": "ISS", "location_code": None},
}
"""What goes with another value of a column, so that the row keeps to its rules."""


NUTS = {"item_code": "NUT", "unit_quantity": 1}


def furnish(factory: Factory) -> None:
    """Make what a full order names."""
    factory.item("TRIKE")
    factory.variant("BIKE", "BLUE")
    factory.variant("BIKE", "RED")
    factory.item("NUT")
    factory.item("WIRE", by_lot=True)
    factory.variant("WIRE", "BLUE")
    factory.variant("WIRE", "RED")
    for lot in ("W-1", "W-2"):
        factory.lot("WIRE", lot, variant="RED")
    factory.site("S1")
    factory.site("S2")
    factory.job(7)
    factory.job(8)
    factory._insert("job_order", "job_order_id", job_year=YEAR + 1, job_number=9)
    factory.warehouse("SIDE")
    factory.reason(MAIN, "LOB", "load")
    factory.reason(MAIN, "ISB", "issue")
    factory.reason("SIDE", "LOB", "load")
    factory.reason("SIDE", "ISB", "issue")
    for warehouse in (MAIN, "SIDE"):
        for location in ("A", "B"):
            factory.location(location, warehouse=warehouse)


def full_document(number: int = 1) -> dict[str, Any]:
    """Describe an order with a value in every column."""
    return {
        "order_year": YEAR,
        "order_number": number,
        "order_lot": 0,
        "order_type": "STOCK",
        "item_code": "BIKE",
        "variant_code": "BLUE",
        "quantity": 4,
        "level": 1,
        "start_date": "2026-03-02",
        "end_date": "2026-03-31",
        "job_year": YEAR,
        "job_number": 7,
        "project": "P1",
        "firm": "F1",
        "priority": 1,
        "load_warehouse_code": MAIN,
        "load_reason_code": "LOA",
        "phases": [
            {
                "phase": 10,
                "sub_phase": 0,
                "description": "weld",
                "department": "D1",
                "work_center": "W1",
                "machine": "M1",
                "machine_site_code": "S1",
            },
            {"phase": 20, "sub_phase": 0},
            {"phase": 20, "sub_phase": 1},
        ],
        "materials": [
            {
                "line": 1,
                "item_code": "WIRE",
                "variant_code": "RED",
                "unit_quantity": "0.5",
                "scrap_percent": 10,
                "phase": 10,
                "sub_phase": 1 - 1,
                "warehouse_code": MAIN,
                "reason_code": "ISS",
                "location_code": "A",
                "priority": 1,
                "material_lots": [{"lot_code": "W-1", "quantity": 1}, {"lot_code": "W-2", "quantity": "0.75"}],
            },
            {"line": 2, "item_code": "NUT", "unit_quantity": 2, "fixed": True},
        ],
    }


def an_order(factory: Factory, status: str = "launched") -> int:
    """Make a full order of a status; an executive one is so by hand. Return its id."""
    furnish(factory)
    row = factory.put_order(full_document())
    assert row.outcome == "created", row.reasons
    if status != "launched":
        with factory.maintenance():
            factory.change_order(row.order_id, status=status)
    return int(row.order_id)


# --- making and changing -----------------------------------------------------------------------------------------


def test_R70_a_document_makes_an_order_with_all_its_rows(factory: Factory) -> None:
    order = an_order(factory)
    shown = factory.document(order)
    assert shown["status"] == "launched"
    assert shown["order_id"] == order
    for column, value in full_document().items():
        if column not in ("phases", "materials"):
            assert str(shown[column]) == str(value), column
    assert [(p["phase"], p["sub_phase"], p["machine_site_code"]) for p in shown["phases"]] == [
        (10, 0, "S1"),
        (20, 0, None),
        (20, 1, None),
    ]
    first, second = shown["materials"]
    assert [(lot["lot_code"], lot["quantity"]) for lot in first["material_lots"]] == [("W-1", 1), ("W-2", 0.75)]
    assert (first["location_code"], first["scrap_percent"], second["fixed"]) == ("A", 10, True)
    assert factory.job_status(7) == "launched"
    row = factory.order_row(order)
    assert (row.created_by, row.changed_by, row.quantity_before) == ("erp_writer", "erp_writer", 0)


@pytest.mark.parametrize("kind", FREE)
def test_R70_null_and_nothing_are_the_default_of_a_new_row(factory: Factory, kind: str) -> None:
    """The table says the default of every column."""
    furnish(factory)
    bare: dict[str, Any] = order_document(5)
    lists = {
        "production_order_phase": ("phases", {"phase": 10}),
        "production_order_material": ("materials", {"line": 1}),
    }
    required = {"item_code", "quantity", "unit_quantity", "lot_code", "line", "phase", "order_year", "order_number"}
    nothing = {
        column.name: None
        for column in sent_columns(FILE[kind])
        if column.name not in required and column.name != "delete"
    }
    if kind in lists:
        name, row = lists[kind]
        row = row | ({"item_code": "NUT", "unit_quantity": 1} if name == "materials" else {})
        documents = [bare | {name: [row]}, bare | {"order_number": 6, name: [row | nothing]}]
    elif kind == "production_order":
        documents = [bare, bare | {"order_number": 6} | nothing]
    else:
        pytest.skip("a lot commitment has no column with a default")
    rows = factory.put_orders(*documents)
    assert outcomes(rows) == ["created", "created"], rows
    shown = [
        {
            k: v
            for k, v in factory.table(kind, row.order_id)[0].items()
            if k not in ("production_order_id", "order_number")
        }
        for row in rows
    ]
    assert shown[0] == shown[1]
    defaults = factory.connection.execute(
        "select a.attname::text, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef as d"
        " join pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum where d.adrelid = %s::regclass",
        [f"erp.{kind}"],
    ).fetchall()
    for column, value in defaults:
        if column not in ("created_at", "created_by", "changed_at", "changed_by"):
            assert factory._one(f"select to_jsonb({value})", []) == shown[0][column], column


def test_R70_an_absent_key_leaves_the_column_and_null_is_its_default(factory: Factory) -> None:
    order = an_order(factory)
    before = factory.document(order)
    row = factory.put_order(
        order_key(before, priority=None, phases=[{"phase": 10, "description": None, "movable": None}])
    )
    assert row.outcome == "changed"
    after = factory.document(order)
    assert (after["priority"], after["quantity"], after["firm"]) == (None, 4, "F1")
    assert after["phases"] == [before["phases"][0] | {"description": ""}]


def test_R70_a_part_of_a_reference_is_read_with_the_part_that_is_there(factory: Factory) -> None:
    order = an_order(factory)
    lines = [{"line": 1, "reason_code": "ISB"}, {"line": 2}]
    assert factory.put_order(
        order_key(full_document(), job_number=8, load_reason_code="LOB", materials=lines)
    ).outcome == ("changed")
    shown = factory.document(order)
    first = shown["materials"][0]
    assert (shown["job_number"], shown["load_reason_code"]) == (8, "LOB")
    assert (first["warehouse_code"], first["reason_code"], first["location_code"]) == (MAIN, "ISB", "A")
    # a reason and a location are those of these codes in the other warehouse
    lines[0] = {"line": 1, "warehouse_code": "SIDE"}
    assert (
        factory.put_order(order_key(full_document(), load_warehouse_code="SIDE", materials=lines)).outcome == "changed"
    )
    shown = factory.document(order)
    first = shown["materials"][0]
    assert (shown["load_warehouse_code"], shown["load_reason_code"]) == ("SIDE", "LOB")
    assert (first["warehouse_code"], first["reason_code"], first["location_code"]) == ("SIDE", "ISB", "A")


def test_R71_rows_of_a_list_that_is_sent_are_patched_made_or_gone_and_an_absent_list_stays(factory: Factory) -> None:
    order = an_order(factory)
    before = factory.document(order)
    row = factory.put_order(
        order_key(
            before,
            materials=[
                {"line": 3, "item_code": "NUT", "unit_quantity": 5, "phase": 20, "sub_phase": 1},
                {"line": 1, "unit_quantity": 3},
            ],
        )
    )
    assert row.outcome == "changed"
    after = factory.document(order)
    assert after["phases"] == before["phases"]
    assert after["materials"][0] == before["materials"][0] | {"unit_quantity": 3}
    assert [m["line"] for m in after["materials"]] == [1, 3]
    lots = [{"lot_code": "W-2"}]
    factory.put_order(order_key(before, materials=[{"line": 1, "material_lots": lots}]))
    assert factory.document(order)["materials"] == [
        after["materials"][0] | {"material_lots": before["materials"][0]["material_lots"][1:]}
    ]
    assert factory.put_order(order_key(before, materials=[], phases=[])).outcome == "changed"
    emptied = factory.document(order)
    assert (emptied["materials"], emptied["phases"]) == ([], [])


def test_R71_the_lots_of_a_row_with_another_item_are_sent_with_it(factory: Factory) -> None:
    order = an_order(factory)
    factory.item("ROPE", by_lot=True)
    factory.lot("ROPE", "W-1")
    row = {"line": 1, "item_code": "ROPE", "variant_code": None}
    refused = factory.put_order(order_key(full_document(), materials=[row]))
    assert codes(refused) == ["lot_of_other_item"]
    done = factory.put_order(
        order_key(full_document(), materials=[row | {"material_lots": [{"lot_code": "W-1", "quantity": 2}]}])
    )
    assert done.outcome == "changed"
    assert factory.commitments(order) == {(1, "W-1"): 2}


def test_R70_a_change_of_rows_alone_is_a_change_of_the_order(factory: Factory) -> None:
    order = an_order(factory)
    with factory.maintenance():
        factory.change_order(order, changed_by="somebody", changed_at=day(0))
    factory.put_order(order_key(full_document(), materials=[{"line": 1, "priority": 2}, {"line": 2}]))
    assert factory.order_row(order).changed_by == "erp_writer"
    assert factory.order_row(order).changed_at.date() > day(0)


def test_R50_the_job_orders_of_before_and_after_follow(factory: Factory) -> None:
    an_order(factory)
    assert (factory.job_status(7), factory.job_status(8)) == ("launched", "scheduled")
    factory.put_order(order_key(full_document(), job_number=8))
    assert (factory.job_status(7), factory.job_status(8)) == ("scheduled", "launched")
    factory.put_order(order_key(full_document(), status="archived"))
    assert factory.job_status(8) == "scheduled"


# --- equal is unchanged ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
def test_R70_what_is_shown_can_be_put_and_is_unchanged_in_every_status(factory: Factory, status: str) -> None:
    order = an_order(factory, status)
    shown = factory.document(order)
    left_out = {"run", "run_place"}
    before = factory.snapshot(leaving_out=left_out)
    assert factory.put_order(shown).outcome == "unchanged"
    as_texts = json.loads(json.dumps(shown), parse_int=str, parse_float=str)
    assert factory.put_order(as_texts).outcome == "unchanged"
    assert factory.snapshot(leaving_out=left_out) == before


def test_R28_a_released_order_shows_and_compares_the_lots_of_before_the_release(factory: Factory) -> None:
    order = an_order(factory)
    factory.stock("NUT", 99)
    factory.stock("WIRE", 1, lot="W-1", variant="RED", location="A")
    factory.stock("WIRE", 5, lot="W-2", variant="RED", location="A")
    shown = factory.document(order)["materials"]
    assert outcomes(factory.release(order)) == ["released"]
    assert factory.commitments(order) == {}
    assert factory.document(order)["materials"] == shown
    assert factory.put_order(factory.document(order)).outcome == "unchanged"
    [reason] = factory.put_order(
        order_key(full_document(), materials=[shown[0] | {"material_lots": []}, {"line": 2}])
    ).reasons[:1]
    assert (reason["code"], reason["column"], reason["line"]) == ("order_released", "materials.material_lots", 1)


def test_R61_what_is_unchanged_has_no_row_in_the_history(factory: Factory) -> None:
    an_order(factory)
    rows = factory.put_orders(full_document(), order_document(2), order_document(3, quantity=-1))
    assert outcomes(rows) == ["unchanged", "created", "refused"]
    kept = factory.select("run_order_history", order_by="run_id, ordinal")
    assert [(r.ordinal, r.outcome, r.order_number, r.kind) for r in kept if r.run_id == rows[0].run_id] == [
        (2, "created", 2, "orders"),
        (3, "refused", 3, "orders"),
    ]
    assert [r.order_id for r in kept if r.run_id == rows[0].run_id] == [rows[1].order_id, None]


# --- status and column -------------------------------------------------------------------------------------------


def columns() -> Iterator[tuple[str, str]]:
    """Give every column of orders and their rows that is no key, by kind."""
    for kind in FREE:
        keys = {"line", "phase", "sub_phase", "lot_code"} if kind != "production_order_material" else {"line"}
        for column in sent_columns(FILE[kind]):
            if column.name not in (*keys, "order_year", "order_number", "order_lot", "delete", "status"):
                yield kind, column.name


def changed(kind: str, column: str) -> tuple[dict[str, Any], str]:
    """Return a document with another value in a column, and its path."""
    row = {column: OTHER[kind][column]} | WITH.get((kind, column), {})
    match kind:
        case "production_order":
            return order_key(full_document(), **row), column
        case "production_order_phase":
            phases = [{"phase": 10} | row, {"phase": 20}, {"phase": 20, "sub_phase": 1}]
            return order_key(full_document(), phases=phases), f"phases.{column}"
        case "production_order_material":
            return order_key(full_document(), materials=[{"line": 1} | row, {"line": 2}]), f"materials.{column}"
    lots = [{"lot_code": "W-1"} | row, {"lot_code": "W-2"}]
    document = order_key(full_document(), materials=[{"line": 1, "material_lots": lots}, {"line": 2}])
    return document, f"materials.1.material_lots.{column}"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("kind", "column"), list(columns()))
def test_R70_each_column_in_each_status_changes_or_is_refused(
    factory: Factory, status: str, kind: str, column: str
) -> None:
    order = an_order(factory, status)
    document, path = changed(kind, column)
    before = factory.snapshot()
    sentences = set()
    for language in ("en", "it"):
        factory._execute(f"set local erp.language = '{language}'")
        [row] = factory.preview_orders(document)
        sentences |= {reason["message"] for reason in row.reasons}
    row = factory.put_order(document)
    if status == "launched" or (status != "archived" and column in FREE[kind]):
        assert (row.outcome, row.reasons) == ("changed", [])
        assert factory.put_order(document).outcome == "unchanged"
        assert factory.snapshot() != before
    else:
        assert row.outcome == "refused"
        assert {reason["code"] for reason in row.reasons} == {FROZEN[status]}
        assert path in [
            reason["column"].replace("job_number", column if column == "job_year" else "job_number")
            for reason in row.reasons
        ]
        assert len(sentences) == 2 * len({reason["message"] for reason in row.reasons})
        assert factory.snapshot() == before
    assert factory.document(order)["status"] == status


NOT_NULL = {
    ("production_order_material", "item_code"): "value_required",
    ("production_order_material", "unit_quantity"): "value_required",
    ("production_order_material", "warehouse_code"): "rule_broken",
    ("production_order_material", "reason_code"): "rule_broken",
    ("material_lot", "quantity"): "value_required",
}
"""Columns of lists that cannot be null, or not alone, with the reason."""


@pytest.mark.parametrize(("kind", "column"), [pair for pair in columns() if pair[0] != "production_order"])
def test_R70_R71_null_in_a_list_is_another_value_until_the_default_is_there(
    factory: Factory, kind: str, column: str
) -> None:
    """Lists that count as equal are not merged: what they are compared by must be what a merge would write."""
    furnish(factory)
    phases = [{"phase": 10} | OTHER["production_order_phase"], {"phase": 20}, {"phase": 20, "sub_phase": 1}]
    wire = {"item_code": "WIRE", "variant_code": "RED", "unit_quantity": 1}
    materials = [
        wire | OTHER["production_order_material"] | {"line": 1, "item_code": "WIRE", "variant_code": "RED"},
        wire | {"line": 2, "material_lots": [{"lot_code": "W-1", "quantity": 1}]},
    ]
    made = factory.put_order(order_document(1, phases=phases, materials=materials))
    assert made.outcome == "created", made.reasons
    null = {column: None}
    document = order_key(
        order_document(1),
        **{
            "production_order_phase": {"phases": [{"phase": 10} | null, *phases[1:]]},
            "production_order_material": {"materials": [{"line": 1} | null, {"line": 2}]},
            "material_lot": {
                "materials": [{"line": 1}, {"line": 2, "material_lots": [{"lot_code": "W-1"} | null]}],
            },
        }[kind],
    )

    first, second = factory.put_order(document), factory.put_order(document)

    if reason := NOT_NULL.get((kind, column)):
        assert [(row.outcome, set(codes(row))) for row in (first, second)] == [("refused", {reason})] * 2
    else:
        assert [(row.outcome, codes(row)) for row in (first, second)] == [("changed", []), ("unchanged", [])]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"phases": [{"phase": 10}, {"phase": 20}]}, [("phases", None)]),
        ({"phases": [*full_document()["phases"], {"phase": 30}]}, [("phases.phase", 4)]),
        ({"materials": [{"line": 1}]}, [("materials", None)]),
        ({"materials": [{"line": 7, **NUTS}, {"line": 1}, {"line": 2}]}, [("materials.line", 1)]),
        (
            {"materials": [{"line": 2}, {"line": 1, "material_lots": [{"lot_code": "W-1"}]}]},
            [("materials.material_lots", 2)],
        ),
        (
            {"materials": [{"line": 2, "unit_quantity": 9}, {"line": 1, "phase": 20}], "quantity": 3, "priority": 9},
            [("quantity", None), ("materials.unit_quantity", 1), ("materials.phase", 2)],
        ),
    ],
)  # fmt: skip
def test_R71_rows_made_and_gone_are_refused_once_released_all_at_once(
    factory: Factory, status: str, change: dict[str, Any], paths: list[tuple[str, int | None]]
) -> None:
    order = an_order(factory, status)
    row = factory.put_order(order_key(full_document(), **change))
    if status == "launched":
        assert (row.outcome, row.reasons) == ("changed", [])
        assert factory.put_order(order_key(full_document(), **change)).outcome == "unchanged"
    else:
        expected = paths + ([("priority", None)] if status == "archived" and "priority" in change else [])
        assert sorted((r["column"], r["line"] or 0) for r in row.reasons) == sorted((c, n or 0) for c, n in expected)
        assert set(codes(row)) == {FROZEN[status]}
    assert factory.document(order)["order_id"] == order


@pytest.mark.parametrize(
    ("status", "new", "answer"),
    [
        ("launched", "archived", "changed"),
        ("launched", "executive", "status_by_run"),
        ("launched", "closed", "status_by_run"),
        ("executive", "launched", "order_released"),
        ("executive", "archived", "order_released"),
        ("closed", "archived", "changed"),
        ("closed", "executive", "order_closed"),
        ("archived", "launched", "order_archived"),
    ],
)
def test_R20_the_status_is_put_to_archived_alone(factory: Factory, status: str, new: str, answer: str) -> None:
    order = an_order(factory, status)
    row = factory.put_order(order_key(full_document(), status=new))
    assert (row.outcome if not row.reasons else codes(row)[0]) == answer
    assert factory.status(order) == (new if answer == "changed" else status)


def test_R20_a_new_order_is_launched(factory: Factory) -> None:
    row = factory.put_order(order_document(1, status="executive"))
    assert [(r["code"], r["column"]) for r in row.reasons] == [("status_by_run", "status")]


def test_R35_a_remainder_changes_and_then_stays_on_restore(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 3)
    order = factory.order(needs(nut, 1), quantity=5)
    [released] = factory.release(order, on_shortage="split")
    remainder = factory.document(released.remainder_order_id)
    refused = factory.put_order(order_key(remainder, delete=True))
    assert [(r["code"], r["column"]) for r in refused.reasons] == [("split_remainder", "delete")]
    assert factory.put_order(order_key(remainder, project="P9")).outcome == "changed"
    assert factory.put_order(order_key(remainder, project=None)).outcome == "changed"  # and back: as it was
    assert codes(factory.preview_restore(order)[0]) == []
    assert factory.put_order(order_key(remainder, quantity=1)).outcome == "changed"
    [restored] = factory.restore(order)
    assert codes(restored) == ["remainder_kept"]


# --- deleting ----------------------------------------------------------------------------------------------------


def test_R72_a_repeated_tombstone_is_harmless(factory: Factory) -> None:
    an_order(factory)
    gone = order_key(full_document(), delete=True)
    row = factory.put_order(gone)
    assert (row.outcome, row.order_number) == ("deleted", 1)
    assert factory.job_status(7) == "scheduled"
    assert factory.table("production_order") == []
    assert factory.table("production_order_material") == []
    again = factory.put_order(gone)
    assert (again.outcome, again.order_id) == ("unchanged", None)
    assert (
        factory.put_order(order_key(full_document(), delete=False, item_code="BIKE", quantity=1)).outcome == "created"
    )


@pytest.mark.parametrize("status", STATUSES[1:])
def test_R72_only_a_launched_order_is_deleted(factory: Factory, status: str) -> None:
    order = an_order(factory, status)
    row = factory.put_order(order_key(full_document(), delete=True))
    assert [(r["code"], r["column"]) for r in row.reasons] == [(FROZEN[status], "delete")]
    assert factory.status(order) == status


# --- faults ------------------------------------------------------------------------------------------------------


def test_R70_all_faults_of_a_document_are_told_at_once_with_their_places(factory: Factory) -> None:
    furnish(factory)
    row = factory.put_order(
        {
            "order_year": YEAR,
            "order_number": 1,
            "item_code": "CAR",
            "quantity": "many",
            "job_number": 7,
            "load_warehouse_code": "NOWHERE",
            "phases": [{"phase": 10, "machine_site_code": "S9"}, {"phase": 10}, {"sub_phase": 1}],
            "materials": [
                {"line": 1, "unit_quantity": 1, "fixed": "perhaps"},
                {"line": 2, "item_code": "NUT", "phase": 30, "warehouse_code": MAIN},
                {
                    **{"line": 3, "item_code": "WIRE", "unit_quantity": 1, "location_code": "A"},
                    "material_lots": [{"lot_code": "W-1"}, {"lot_code": "W-9", "quantity": 0}],
                },
                {"line": 3, "item_code": "NUT", "unit_quantity": 1},
                7,
            ],
        }
    )
    assert row.outcome == "refused"
    assert {(r["column"], r["line"], r["code"]) for r in row.reasons} == {
        ("item_code", None, "unknown_reference"),
        ("quantity", None, "bad_number"),
        ("job_number", None, "rule_broken"),
        ("load_warehouse_code", None, "unknown_reference"),
        ("phases.machine_site_code", 1, "unknown_reference"),
        ("phases.phase", 2, "duplicate_key"),
        ("phases.phase", 3, "value_required"),
        ("materials", None, "bad_list"),
        ("materials.item_code", 1, "value_required"),
        ("materials.fixed", 1, "bad_boolean"),
        ("materials.unit_quantity", 2, "value_required"),
        ("materials.phase", 2, "unknown_reference"),
        ("materials.warehouse_code", 2, "rule_broken"),
        ("materials.location_code", 3, "rule_broken"),
        ("materials.3.material_lots.quantity", 1, "value_required"),
        ("materials.3.material_lots.quantity", 2, "out_of_range"),
        ("materials.3.material_lots.lot_code", 1, "unknown_reference"),
        ("materials.3.material_lots.lot_code", 2, "unknown_reference"),
        ("materials.line", 4, "duplicate_key"),
    }
    assert factory.table("production_order") == []


def test_R73_of_two_documents_with_one_key_the_second_is_refused(factory: Factory) -> None:
    rows = factory.put_orders(order_document(1), order_document(2), order_document(1, order_lot=0, quantity=5))
    assert outcomes(rows) == ["created", "created", "refused"]
    assert [(r["code"], r["column"], r["line"]) for r in rows[2].reasons] == [("duplicate_key", "order_lot", None)]
    assert factory.order_row(rows[0].order_id).quantity == 1


def test_R73_a_key_with_a_fault_is_not_that_of_its_default(factory: Factory) -> None:
    phases = [{"phase": 10, "sub_phase": "x"}, {"phase": 10}, {"phase": 20}, {"phase": 20, "sub_phase": "y"}]
    rows = factory.put_orders(
        order_document(1, order_lot="x"),
        order_document(1),
        order_document(2),
        order_document(2, order_lot="y"),
        order_document(3, phases=phases),
    )
    assert outcomes(rows) == ["refused", "created", "created", "refused", "refused"]
    assert [[(r["code"], r["column"], r["line"]) for r in rows[n].reasons] for n in (0, 3, 4)] == [
        [("bad_integer", "order_lot", None)],
        [("bad_integer", "order_lot", None)],
        [("bad_integer", "phases.sub_phase", 1), ("bad_integer", "phases.sub_phase", 4)],
    ]


@pytest.mark.parametrize("column", read_only(FILE["production_order"]))
def test_R70_what_cannot_be_put_is_compared(factory: Factory, column: str) -> None:
    order = an_order(factory)
    shown = factory.document(order)
    value = {"changed_at": "2026-01-01T00:00:00Z"}.get(column, 987654321)
    assert factory.put_order(order_key(shown, **{column: shown[column]})).outcome == "unchanged"
    assert factory.put_order(order_key(shown, **{column: ""})).outcome == "unchanged"
    row = factory.put_order(order_key(shown, **{column: value}, quantity=9))
    assert [(r["code"], r["column"]) for r in row.reasons] == [("read_only_value", column)]
    assert factory.document(order) == shown


def test_R71_a_phase_that_a_row_names_does_not_go(factory: Factory) -> None:
    order = an_order(factory)
    row = factory.put_order(order_key(full_document(), phases=[{"phase": 20}, {"phase": 20, "sub_phase": 1}]))
    assert [(r["code"], r["column"]) for r in row.reasons] == [("phase_used", "phases")]
    row = factory.put_order(order_key(full_document(), phases=[{"phase": 20}], materials=[{"line": 1}, {"line": 2}]))
    assert [(r["code"], r["column"], r["line"]) for r in row.reasons] == [("unknown_reference", "materials.phase", 1)]
    row = factory.put_order(
        order_key(full_document(), phases=[{"phase": 20}], materials=[{"line": 1, "phase": None}, {"line": 2}])
    )
    assert row.outcome == "changed"
    assert factory.document(order)["materials"][0]["sub_phase"] is None


# --- the call ----------------------------------------------------------------------------------------------------


def test_R60_a_repeated_call_answers_the_same_and_changes_nothing(factory: Factory) -> None:
    an_order(factory)
    key = uuid.uuid4()
    documents = [full_document(), order_document(2), order_document(3, quantity=0), order_document(4, delete=True)]
    first = factory.put_orders(*documents, key=key, note="nightly")
    assert outcomes(first) == ["unchanged", "created", "refused", "unchanged"]
    before = factory.snapshot(leaving_out=set())
    assert factory.put_orders(*documents, key=key, note="nightly") == first
    assert factory.snapshot(leaving_out=set()) == before
    with pytest.raises(RequestKeyReused):
        factory.put_orders(*documents[1:], key=key, note="nightly")
    assert outcomes(factory.put_orders(*documents)) == ["unchanged", "unchanged", "refused", "unchanged"]


def test_R74_a_run_keeps_the_digest_and_the_counts_of_what_was_sent(factory: Factory) -> None:
    an_order(factory)
    [run] = factory.select("run_history", order_by="run_id")
    text = factory._one("select %s::jsonb::text", [json.dumps([full_document()])])
    assert run.arguments == {
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "orders": 1,
        "phases": 3,
        "materials": 2,
        "material_lots": 2,
        "all_or_none": False,
    }


def test_R8_all_or_none_one_refusal_refuses_all(factory: Factory) -> None:
    an_order(factory)
    before = factory.snapshot()
    documents = full_document(), order_document(2), order_document(3, item_code="CAR")
    rows = factory.put_orders(*documents, all_or_none=True)
    assert outcomes(rows) == ["refused"] * 3
    assert [codes(row) for row in rows] == [["all_or_none"], ["all_or_none"], ["unknown_reference"]]
    assert factory.snapshot() == before
    assert outcomes(factory.put_orders(*documents)) == ["unchanged", "created", "refused"]
    assert outcomes(factory.put_orders(*documents[:2], all_or_none=True)) == ["unchanged", "unchanged"]


def test_a_preview_works_in_a_read_only_transaction_and_changes_nothing(factory: Factory) -> None:
    an_order(factory)
    before = factory.snapshot(leaving_out=set())
    with factory.connection.transaction():
        factory._execute("set local transaction_read_only = on")
        factory._execute("set local role erp_writer")
        rows = factory.connection.execute(
            "select outcome, order_id is null from erp_api.preview_production_orders(%s, %s)",
            [factory.company_id, json.dumps([order_key(full_document(), quantity=2), order_document(2)])],
        ).fetchall()
        raise_later = rows
        factory.connection.execute("reset role")
    assert raise_later == [("changed", False), ("created", True)]
    assert factory.snapshot(leaving_out=set()) == before


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (None, "null, empty or no JSON array"),
        ({}, "null, empty or no JSON array"),
        ([], "null, empty or no JSON array"),
        ([order_document(1), 5], "Element 2 of p_orders is no object"),
        ([order_document(1, colour="red")], "Element 1 of p_orders has the unknown key colour"),
        ([order_document(1, phases=[{"phase": 10, "colour": 1}])], "unknown key phases.colour"),
        (
            [order_document(1, materials=[{"line": 1, "material_lots": [{"lot": "A"}]}])],
            "unknown key materials.1.material_lots.lot",
        ),
    ],
)
@pytest.mark.parametrize("function", ["put_production_orders", "preview_production_orders"])
def test_a_wrong_call_is_an_error(factory: Factory, function: str, sent: Any, message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        factory.write_call(
            f"select * from erp_api.{function}(%s, %s)".encode(),
            [factory.company_id, None if sent is None else json.dumps(sent)],
        )


def test_a_call_takes_so_many_orders_and_rows_and_no_more(factory: Factory) -> None:
    query = (
        "select count(*) from erp_api.preview_production_orders(%s, (select jsonb_agg({}) from generate_series(1, %s)))"
    )
    with pytest.raises(InvalidParameterValue, match="200001 elements"):
        factory.write_call(query.format("'{}'::jsonb").encode(), [factory.company_id, 200_001])
    phases = "jsonb_build_object('phases', (select jsonb_agg('{}'::jsonb) from generate_series(1, 200001)))"
    with pytest.raises(InvalidParameterValue, match="2000010 phases, materials and lots"):
        factory.write_call(query.format(phases).encode(), [factory.company_id, 10])


def test_R43_codes_of_another_company_name_nothing(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER", member=None)
    other.item("CAR")
    assert codes(factory.put_order(order_document(1, item_code="CAR"))) == ["unknown_reference"]
    with pytest.raises(InsufficientPrivilege):
        factory.call("select * from erp_api.put_production_orders(%s, '[{}]')", [factory.company_id])
    factory.operator = "erp_writer"
    with pytest.raises(NotAMember):
        factory.call("select * from erp_api.put_production_orders(%s, '[{}]')", [other.company_id])


def test_R74_a_put_order_is_released_like_any_other(factory: Factory) -> None:
    factory.item("NUT")
    factory.stock("NUT", 10)
    row = factory.put_order(
        order_document(
            1, quantity=3, phases=[{"phase": 10}], materials=[{"line": 1, "item_code": "NUT", "unit_quantity": 2}]
        )
    )
    assert outcomes(factory.release(row.order_id)) == ["released"]
    assert factory.balance("NUT") == 4
    assert outcomes(factory.declare(row.order_id, report("opening"))) == ["declared"]
    assert factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []
