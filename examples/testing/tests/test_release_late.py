from collections import Counter

from rilascio.testing import assert_movements, assert_stock


def release_late(world):
    return world.call("select * from shop.release_late(%s)", [world.company_id])


def test_a_late_order_is_released_and_its_material_issued_today(shop):
    shop.stock("SCREW", 100)
    late = shop.order(quantity=10, materials={"SCREW": 4}, end_date="2026-02-27")
    in_time = shop.order(quantity=10, materials={"SCREW": 4}, end_date="2026-03-02")

    assert [row.outcome for row in release_late(shop)] == ["released"]

    assert_movements(shop, late, [("SCREW", -40)])
    assert_movements(shop, in_time, [])
    assert_stock(shop, {"SCREW": 60})
    assert str(shop.movements(late)[0].record_date) == "2026-03-02"


def test_the_oldest_gets_what_is_scarce_and_the_others_say_what_is_missing(shop):
    shop.item("STEEL", tracking="lot", uom="kg")
    shop.stock("STEEL", "7.5", lot="H-1")
    younger = shop.order(quantity=5, materials={"STEEL": "1.5"}, end_date="2026-02-27")
    oldest = shop.order(quantity=5, materials={"STEEL": "1.5"}, end_date="2026-02-20")

    answers = release_late(shop)

    assert [(row.order_number, row.outcome) for row in answers] == [(2, "released"), (1, "refused")]
    assert "STEEL" in answers[1].missing
    assert_movements(shop, oldest, [("STEEL", "H-1", "-7.5")], columns=("item_code", "lot_code", "quantity"))
    assert shop.order_row(younger).status == "launched"


def test_a_day_later_another_order_is_late(shop):
    shop.order(end_date="2026-03-02")

    assert release_late(shop) == []
    shop.freeze("2026-03-03")
    assert [row.outcome for row in release_late(shop)] == ["released"]


def test_of_the_demo_factory_the_late_orders_are_released_as_far_as_stock_goes(demo):
    answers = release_late(demo)

    assert Counter(row.outcome for row in answers) == {"released": 65, "refused": 2}
    assert all((row.missing is None) == (row.outcome == "released") for row in answers)
