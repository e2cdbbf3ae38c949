"""Whatever is a figure is checked from both sides: too much and too little are found alike (R61)."""

from __future__ import annotations

import pytest

from tests.factory import MAIN, day, outcomes
from tests.factory.stock_documents import document, line
from tests.procedures.integrity.busy import Busy, corrupt, found

OF_GLUE = "item_id = (select item_id from erp.item where item_code = 'GLUE')"
OF_RELEASE = "stock_record_id = (select min(stock_record_id) from erp.stock_record where run_id is not null)"
COUNTED = "erp.run_order set {} = {} {{}} where outcome = '{}' and record_count > 0"
FIGURES = [
    ("balance_differs", f"erp.stock_balance set on_hand = on_hand {{}} where {OF_GLUE} and on_hand > 1"),
    ("balance_differs", "erp.stock_balance set on_hand = on_hand {} where lot_id is not null and on_hand > 1"),
    ("issued_differs", f"erp.stock_movement set quantity = quantity {{}} where line = 1 and {OF_RELEASE}"),
    ("counterpart_differs", "erp.stock_movement set quantity = quantity {} where counterpart"),
    *(
        ("history_differs", COUNTED.format(column, column, outcome))
        for column in ("record_count", "movement_count")
        for outcome in ("released", "split", "restored", "registered", "rolled_back")
    ),
    ("produced_quantity_differs", "erp.production_order set produced_quantity = produced_quantity {}"
     " where status = 'closed' and produced_quantity > 1"),
    ("split_sum_differs", "erp.production_order as o set quantity = o.quantity {} from erp.production_order_split as s"
     " where s.production_order_id = o.production_order_id and o.quantity > 1"),
    ("issued_differs", "erp.production_order as o set quantity = o.quantity {} from erp.stock_record as r"
     " where r.production_order_id = o.production_order_id and o.status = 'executive' and o.quantity > 1"),
    ("picked_differs", "erp.production_order_material set picked_quantity = picked_quantity {}"
     " where picked_quantity > 1"),
]  # fmt: skip
"""What is found, and the change that brings it about, by one more or one less."""


def test_R61_one_too_many_is_found_as_one_too_few_is(busy: Busy) -> None:
    order = busy.order_row(busy.imported)
    picked = line(
        "NUT", 2, "ISS", order_year=order.order_year, order_number=order.order_number, order_lot=0, material_line=1
    )
    assert outcomes(busy.post(document("PICK", picked, on=day(5)))) == ["posted"]
    assert found(busy) == {}
    missed = []
    for code, change in FIGURES:
        for by in ("+ 1", "- 1"):
            with busy.connection.transaction(force_rollback=True):
                corrupt(busy, "update " + change.format(by))
                if code not in found(busy):
                    missed.append((code, change.format(by)))
    assert missed == []


def test_R6_what_documents_picked_of_an_item_is_no_pick_of_another_one(busy: Busy) -> None:
    order = busy.order_row(busy.imported)
    picked = line(
        "NUT", 2, "ISS", order_year=order.order_year, order_number=order.order_number, order_lot=0, material_line=1
    )
    busy.post(document("PICK", picked, on=day(5)))
    corrupt(
        busy,
        "update erp.production_order_material set item_id = %s where production_order_id = %s and line = 1",
        *(busy.id("item", "POWDER"), busy.imported),
    )
    [example] = found(busy)["picked_differs"]
    assert (example["item_code"], example["documented_quantity"], "picked_quantity" in example) == ("NUT", 2, False)


def test_R61_answers_whose_ordinals_have_a_gap(busy: Busy) -> None:
    """There are as many as were requested, but the last one stands behind what was requested."""
    rows = busy.release(busy.order(), busy.order())
    corrupt(busy, "update erp.run_order set ordinal = 3 where run_id = %s and ordinal = 2", rows[0].run_id)
    one = {"run_id": rows[0].run_id, "kind": "release", "requested_count": 2, "answer_count": 2, "unknown_count": 0}
    assert found(busy) == {"run_unanswered": [one]}


def test_R15_a_lot_of_an_item_that_has_no_lots_any_more_is_below_zero_on_a_day(busy: Busy) -> None:
    """It is not now; and what lies in lots is no stock of the warehouse, so that other lots do not cover it."""
    busy.stock("POWDER", 3, lot="D", on=day(9))
    busy.stock("POWDER", -3, lot="D", on=day(4))
    corrupt(busy, "update erp.item set tracking = 'none' where item_code = 'POWDER'")
    result = found(busy)
    assert result["lot_negative"] == [
        {"warehouse_code": MAIN, "item_code": "POWDER", "lot_code": "D", "record_date": "2026-03-05", "balance": -3}
    ]
    assert result.keys() == {"lot_negative", "lot_unexpected"}


@pytest.mark.parametrize("made_by", ["release", "registration"])
def test_R19_R62_a_record_of_a_run_whose_order_is_gone(busy: Busy, made_by: str) -> None:
    order = busy.released if made_by == "release" else busy.closed
    label = busy.label(order)
    corrupt(busy, "delete from erp.production_order where production_order_id = %s", order)
    examples = [one for one in found(busy)["record_not_in_force"] if one["order"] == label]
    assert examples
    assert {one.get("declaration_id") is None for one in examples} == {made_by == "release"}
