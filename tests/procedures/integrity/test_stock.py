"""The stock agrees with its movements and its rules; where it does not, it is found (R15 to R17, R25)."""

import pytest

from tests.factory import MAIN, day
from tests.procedures.integrity.busy import Busy, check, corrupt, found


def test_R15_a_balance_that_is_not_the_sum_of_its_movements(busy: Busy) -> None:
    corrupt(busy, "update erp.stock_balance set on_hand = on_hand + 0.5 where lot_id is null and location_id is null"
            " and item_id = %s and warehouse_id = %s", busy.id("item", "GLUE"), busy.id("warehouse", MAIN))  # fmt: skip
    on_hand = busy.balance("GLUE")
    assert found(busy) == {
        "balance_differs": [
            {
                "warehouse_code": MAIN,
                "item_code": "GLUE",
                "on_hand": float(on_hand),
                "moved": float(on_hand) - 0.5,
            }
        ]
    }


def test_R15_a_balance_without_movements_and_movements_without_a_balance(busy: Busy) -> None:
    corrupt(busy, "update erp.stock_balance set location_id = %s where lot_id = %s",
            busy.id("location", MAIN, "CAGE"), busy.id("lot", "POWDER", "RED", "C"))  # fmt: skip
    shared = {"warehouse_code": MAIN, "item_code": "POWDER", "variant_code": "RED", "lot_code": "C"}
    assert found(busy) == {
        "balance_differs": [
            {**shared, "on_hand": 0, "moved": 60},
            {**shared, "location_code": "CAGE", "on_hand": 60, "moved": 0},
        ]
    }


def test_R15_R16_a_lot_below_zero_on_a_day_although_it_is_not_now(busy: Busy) -> None:
    busy.stock("POWDER", 1, lot="D", on=day(5))
    busy.stock("POWDER", 2, lot="D", on=day(9))
    assert found(busy) == {}
    busy.stock("POWDER", -3, lot="D", on=day(4))
    assert found(busy) == {
        "lot_negative": [
            {"warehouse_code": MAIN, "item_code": "POWDER", "lot_code": "D", "record_date": "2026-03-05", "balance": -3}
        ]
    }


def test_R15_a_lot_is_below_zero_in_one_location_whatever_lies_in_another_or_is_allowed(busy: Busy) -> None:
    busy.parameters(allow_negative_stock=True)
    busy.change_warehouse(MAIN, allow_negative_stock=True)
    busy.stock("POWDER", 1, lot="D", on=day(5), location="SHELF")
    busy.stock("POWDER", 2, lot="D", on=day(4))
    busy.stock("POWDER", -1, lot="D", on=day(4), location="SHELF")
    assert [one["location_code"] for one in found(busy)["lot_negative"]] == ["SHELF"]


def test_R15_R16_stock_below_zero_now_or_on_a_day(busy: Busy) -> None:
    busy.stock("DUST", -6, on=day(8))
    busy.stock("DUST", 6, on=day(9))
    busy.stock("GLUE", -500, on=day(8))
    examples = found(busy)["stock_negative"]
    assert [(one["item_code"], one["record_date"]) for one in examples] == [
        ("GLUE", "2026-03-09"),
        ("DUST", "2026-03-09"),
    ]
    assert examples[1] == {"warehouse_code": MAIN, "item_code": "DUST", "record_date": "2026-03-09", "balance": -1}
    assert found(busy).keys() == {"stock_negative"}


@pytest.mark.parametrize(("company", "warehouse"), [(True, True), (True, False), (False, True)])
def test_R15_stock_below_zero_is_found_unless_company_and_warehouse_allow_it(
    busy: Busy, company: bool, warehouse: bool
) -> None:
    busy.stock("DUST", -6)
    busy.parameters(allow_negative_stock=company)
    busy.change_warehouse(MAIN, allow_negative_stock=warehouse)
    assert ("stock_negative" in found(busy)) == (not (company and warehouse))


def test_R17_stock_is_below_zero_by_warehouse_or_by_location_where_it_checks_so(busy: Busy) -> None:
    busy.stock("DUST", -2, location="SHELF", on=day(1))  # 5 lie in no location
    assert found(busy) == {}
    busy.stock("NUT", -1, warehouse="BAYS")
    assert found(busy) == {
        "stock_negative": [{"warehouse_code": "BAYS", "item_code": "NUT", "record_date": "2020-01-02", "balance": -1}]
    }
    busy.change_warehouse("BAYS", check_location=False)
    assert found(busy) == {}
    busy.change_warehouse(MAIN, check_location=True)
    assert {one.get("location_code") for one in found(busy)["stock_negative"] if one["item_code"] == "DUST"} == {
        "SHELF"
    }


def test_R17_blocked_locations_cover_nothing_and_are_looked_at_by_themselves(busy: Busy) -> None:
    busy.stock("SCREW", 4, location="CAGE")
    busy.stock("SCREW", -4, on=day(7))
    busy.stock("DUST", 1)
    busy.stock("DUST", -1, location="CAGE", on=day(6))
    assert found(busy) == {
        "stock_negative": [
            {"warehouse_code": MAIN, "item_code": "SCREW", "record_date": "2026-03-08", "balance": -4},
            {
                "warehouse_code": MAIN,
                "item_code": "DUST",
                "location_code": "CAGE",
                "record_date": "2026-03-07",
                "balance": -1,
            },
        ]
    }


def test_R25_movements_of_lot_items_without_a_lot_and_of_others_with_one(busy: Busy) -> None:
    with busy.maintenance():
        busy.stock("POWDER", 1)
        busy.stock("POWDER", 1, on=day(1))
        busy.stock("NUT", 1, lot="X")
    assert found(busy) == {
        "lot_missing": [{"warehouse_code": MAIN, "item_code": "POWDER", "movement_count": 2}],
        "lot_unexpected": [{"warehouse_code": MAIN, "item_code": "NUT", "lot_code": "X", "movement_count": 1}],
    }
    assert {row.severity for row in check(busy)} == {"warning"}


def test_R25_movements_with_a_lot_of_another_variant(busy: Busy) -> None:
    busy.lot("POWDER", "C", variant="RED", item_variant_id=None)
    assert found(busy) == {
        "lot_variant_differs": [
            {
                "warehouse_code": MAIN,
                "item_code": "POWDER",
                "variant_code": "RED",
                "lot_code": "C",
                "movement_count": 1,
            }
        ]
    }


def test_R25_lots_of_items_that_are_not_lot_items(busy: Busy) -> None:
    busy.lot("NUT", "X")
    assert found(busy) == {"lot_unexpected": [{"item_code": "NUT", "lot_code": "X", "movement_count": 0}]}
