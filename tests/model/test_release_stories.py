"""Stories told to the model and the database: what release moves, from where, and when it refuses (R1-R22)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from .both import Both, Tell
from .changes import Drop, Put
from .orders import Reason
from .stories import (
    TODAY,
    D,
    codes,
    company,
    counterpart,
    day,
    item,
    key,
    lot,
    moved,
    needs,
    order,
    rule,
    stock,
    warehouse,
)
from .world import (
    ItemLocation,
    JobOrder,
    Location,
    MovementReason,
    ProductionOrderPhase,
    Site,
    Warehouse,
    World,
    write_csv,
)


def test_R2_R9_materials_picked_by_hand_or_by_list_stay_where_they_are(shop: Tell) -> None:
    model = shop(item("GLUE", "manual"), item("BELL", "with_list"), order(1, 1, needs("GLUE"), needs("BELL")))
    (row,) = model.release([key(1)])
    assert (row.outcome, row.record_count, row.movement_count) == ("released", 0, 0)


def test_R4_what_never_moves_needs_no_parameters_and_no_warehouse(shop: Tell) -> None:
    model = shop(
        item("GHOST", phantom=True),
        order(
            1,
            2,
            needs("GHOST", 3),
            needs("NUT", 1, movable=False),
            needs("NUT", 0),
            needs("NUT", "0.001"),
            needs("NUT", 1, picked_quantity=D(2)),
            needs("NUT", -1, picked_quantity=D(2)),
        ),
    )
    model.change(*(Drop(row) for row in (*model.rules(), *model.parameters())))
    (row,) = model.release([key(1)])
    assert (row.outcome, row.movements) == ("released", ())


def test_R5_a_by_product_is_loaded_with_the_load_reason_of_the_section(shop: Tell) -> None:
    model = shop(order(1, 4, needs("NUT", "-0.5", picked_quantity=D("0.5"))))
    (row,) = model.release([key(1)])
    assert moved(row.movements) == [("RAW", "LOA", "NUT", None, None, D("1.5"))]


def test_R5_a_by_products_own_reason_must_load(shop: Tell) -> None:
    model = shop(
        *(
            order(number, 1, needs("NUT", -1, warehouse_code="RAW", reason_code=reason))
            for number, reason in ((1, "ISS"), (2, "LOA"))
        )
    )
    issuing, loading = model.release([key(1), key(2)])
    assert issuing.reasons == (Reason("reason_unusable", "NUT", warehouse_code="RAW"),)
    assert moved(loading.movements) == [("RAW", "LOA", "NUT", None, None, D(1))]


def test_R6_what_is_already_picked_is_not_issued_again(shop: Tell) -> None:
    model = shop(order(1, 10, needs("NUT", 1, picked_quantity=D(4))), stock("RAW", "NUT", 50))
    (row,) = model.release([key(1)])
    assert [movement.quantity for movement in row.movements] == [-6]


def test_R7_R8_orders_are_served_in_the_order_asked_and_each_stands_alone(shop: Tell) -> None:
    model = shop(*(order(number, 6, needs("NUT")) for number in (1, 2, 3)), stock("RAW", "NUT", 12))
    rows = model.release([key(3), key(1), key(3), key(2)])
    assert [(row.ordinal, row.key, row.outcome) for row in rows] == [
        (1, key(3), "released"),
        (2, key(1), "released"),
        (3, key(2), "refused"),
    ]
    assert rows[2].reasons == (
        Reason("insufficient_stock", "NUT", warehouse_code="RAW", required=D(6), available=D(0)),
    )
    assert model.orders[key(2)].status == "launched"


def test_R8_all_or_none_refuses_every_order_and_changes_nothing(shop: Tell) -> None:
    model = shop(*(order(number, 6, needs("NUT")) for number in (1, 2)), stock("RAW", "NUT", 10))
    before = model.snapshot()
    rows = model.release([key(1), key(2)], all_or_none=True)
    assert [codes(row.reasons) for row in rows] == [["all_or_none"], ["insufficient_stock"]]
    assert model.snapshot() == before
    (row,) = model.release([key(1)])
    assert {movement.record_number for movement in row.movements} == {1}


def test_a_missing_order_or_a_wrong_status_is_the_only_reason_given(shop: Tell) -> None:
    model = shop(
        order(1, 1, needs("NUT"), status="executive"),
        order(2, 1, needs("NUT"), status="closed"),
        order(3, 1, needs("NUT"), status="archived"),
    )
    rows = model.release([key(1), key(2), key(3), key(4)], record_date=date(2030, 1, 1))
    assert [codes(row.reasons) for row in rows] == [["order_not_launched"]] * 3 + [["order_not_found"]]


# R9: manual materials to WIP ----------------------------------------------------------------------------------------


@pytest.fixture
def wip_shop(shop: Tell) -> Tell:
    def tell(*rows: object, **of_company: Any) -> Both:
        columns: dict[str, Any] = {"wip_management": True, "transfer_manual_to_wip": True, **of_company}
        return shop(item("GLUE", "manual"), stock("RAW", "GLUE", 10), *rows, **columns)

    return tell


def test_R9_a_manual_material_is_transferred_to_wip(wip_shop: Tell) -> None:
    model = wip_shop(warehouse("WIP"), rule("wip", "WIP"), order(1, 2, needs("GLUE", 3)))
    (row,) = model.release([key(1)])
    assert moved(row.movements) == [
        ("RAW", "ISS", "GLUE", None, None, D(-6)),
        ("WIP", "LOA", "GLUE", None, None, D(6)),
    ]
    assert [(movement.counterpart, movement.resolved_by) for movement in row.movements] == [
        (False, "company"),
        (True, "company"),
    ]
    assert row.record_count == 2


@pytest.mark.parametrize("off", ["wip_management", "transfer_manual_to_wip"])
def test_R9_not_transferred_unless_both_parameters_are_on(wip_shop: Tell, off: str) -> None:
    model = wip_shop(warehouse("WIP"), rule("wip", "WIP"), order(1, 2, needs("GLUE", 3)), **{off: False})
    (row,) = model.release([key(1)])
    assert (row.outcome, row.movements) == ("released", ())


def test_R9_only_positive_manual_materials_are_transferred(wip_shop: Tell) -> None:
    model = wip_shop(item("BELL", "with_list"), stock("RAW", "BELL", 9), order(1, 2, needs("GLUE", -3), needs("BELL")))
    (row,) = model.release([key(1)])
    assert (row.outcome, row.movements) == ("released", ())


def test_R9_without_a_wip_section_anywhere_the_transfer_is_refused(wip_shop: Tell) -> None:
    model = wip_shop(order(1, 2, needs("GLUE", 3)))
    (row,) = model.release([key(1)])
    assert row.reasons == (Reason("warehouse_unresolved", "GLUE"),)


def test_R9_the_source_reasons_own_counterpart_is_ignored_and_both_sides_are_checked(wip_shop: Tell) -> None:
    model = wip_shop(
        warehouse("WIP", valid_until=day(-1)),
        warehouse("ELSE"),
        counterpart("RAW", "ISS", "ELSE"),
        rule("wip", "WIP", load_reason_code=None),
        order(1, 2, needs("GLUE", 3)),
    )
    (row,) = model.release([key(1)])
    assert row.reasons == (
        Reason("reason_unusable", "GLUE", warehouse_code="WIP"),
        Reason("warehouse_expired", "GLUE", warehouse_code="WIP"),
    )


def test_R9_the_rows_own_warehouse_is_the_source_but_never_the_target(wip_shop: Tell) -> None:
    model = wip_shop(
        warehouse("WIP"),
        warehouse("OWN"),
        stock("OWN", "GLUE", 5),
        rule("wip", "WIP", level="item", item_code="GLUE"),
        order(1, 1, needs("GLUE", 3, warehouse_code="OWN", reason_code="ISS")),
    )
    (row,) = model.release([key(1)])
    assert [(m.warehouse_code, m.resolved_by) for m in row.movements] == [("OWN", "material"), ("WIP", "material")]


# R10-R12: from where ------------------------------------------------------------------------------------------------


def five_levels(*wanted: str, phases: tuple[ProductionOrderPhase, ...] = ()) -> list[object]:
    """Rules at these levels, each with a warehouse of its own, and an order that could use all of them."""
    rows: list[object] = [Site(site_code="NORTH"), Site(site_code="SOUTH")]
    rows += [JobOrder(job_year=2026, job_number=1, site_code="NORTH")]
    rows += [warehouse(code) for code in ("MAT", "SITE", "ITEM", "MACH")]
    rows += [stock(code, "NUT", 10) for code in ("RAW", "MAT", "SITE", "ITEM", "MACH")]
    own = {"warehouse_code": "MAT", "reason_code": "ISS"} if "material" in wanted else {}
    if "site" in wanted:
        rows.append(rule("raw_material", "SITE", level="site", site_code="NORTH"))
    if "item" in wanted:
        rows.append(rule("raw_material", "ITEM", level="item", item_code="NUT"))
    if "machine" in wanted:
        rows.append(rule("raw_material", "MACH", level="site", site_code="SOUTH"))
    rows += [order(1, 1, needs("NUT", phase=10, sub_phase=0, **own), job_year=2026, job_number=1)]
    return [*rows, *phases]


def phase(number: int, site: str | None = None, **values: Any) -> ProductionOrderPhase:
    return ProductionOrderPhase(order_year=2026, order_number=1, phase=number, machine_site_code=site, **values)


@pytest.mark.parametrize(
    ("wanted", "winner", "from_warehouse"),
    [
        (("material", "site", "item", "machine"), "material", "MAT"),
        (("site", "item", "machine"), "site", "SITE"),
        (("item", "machine"), "item", "ITEM"),
        (("machine",), "machine", "MACH"),
        ((), "company", "RAW"),
    ],
)
def test_R10_the_first_level_that_holds_the_section_wins(
    shop: Tell, wanted: tuple[str, ...], winner: str, from_warehouse: str
) -> None:
    model = shop(five_levels(*wanted, phases=(phase(10, "SOUTH"),)))
    (row,) = model.release([key(1)])
    assert [(m.warehouse_code, m.resolved_by) for m in row.movements] == [(from_warehouse, winner)]


def test_R10_a_section_without_the_reason_refuses_and_no_further_level_is_tried(shop: Tell) -> None:
    model = shop(
        order(1, 1, needs("NUT")),
        stock("RAW", "NUT", 5),
        rule("raw_material", "RAW", level="item", item_code="NUT", issue_reason_code=None),
    )
    (row,) = model.release([key(1)])
    assert row.reasons == (Reason("reason_unusable", "NUT", warehouse_code="RAW"),)


def test_R10_no_level_at_all_is_warehouse_unresolved_and_stock_is_not_asked(shop: Tell) -> None:
    model = shop(order(1, 1, needs("NUT")))
    model.change(*map(Drop, model.rules()))
    (row,) = model.release([key(1)])
    assert row.reasons == (Reason("warehouse_unresolved", "NUT"),)


def test_R11_the_section_follows_the_procurement_type(shop: Tell) -> None:
    model = shop(
        warehouse("SEMI"),
        warehouse("WIP"),
        rule("semi_finished", "SEMI"),
        rule("wip", "WIP"),
        item("FRAME", procurement="production"),
        item("PAINTED", procurement="subcontract"),
        stock("SEMI", "FRAME", 1),
        stock("SEMI", "PAINTED", 1),
        stock("RAW", "NUT", 1),
        order(1, 1, needs("NUT"), needs("FRAME"), needs("PAINTED")),
    )
    (row,) = model.release([key(1)])
    assert [m.warehouse_code for m in row.movements] == ["RAW", "SEMI", "SEMI"]


def test_R11_under_wip_management_the_wip_section_with_a_reason_each_for_bought_and_made(shop: Tell) -> None:
    model = shop(
        warehouse("WIP"),
        MovementReason(warehouse_code="WIP", reason_code="ISF", direction="issue"),
        rule("wip", "WIP", semi_finished_issue_reason_code="ISF"),
        item("FRAME", procurement="production"),
        item("PAINTED", procurement="subcontract"),
        *(stock("WIP", code, 1) for code in ("NUT", "FRAME", "PAINTED")),
        order(1, 1, needs("NUT"), needs("FRAME"), needs("PAINTED")),
        wip_management=True,
    )
    (row,) = model.release([key(1)])
    assert [(m.warehouse_code, m.reason_code) for m in row.movements] == [
        ("WIP", "ISS"),
        ("WIP", "ISF"),
        ("WIP", "ISF"),
    ]
    assert row.record_count == 2


def test_R11_a_level_without_wip_section_falls_back_to_its_raw_material_before_the_next_level(shop: Tell) -> None:
    model = shop(
        warehouse("WIP"),
        warehouse("MINE"),
        rule("wip", "WIP"),
        item("FRAME", procurement="production"),
        *(rule("raw_material", "MINE", level="item", item_code=code) for code in ("NUT", "FRAME")),
        *(stock("MINE", code, 1) for code in ("NUT", "FRAME")),
        order(1, 1, needs("NUT"), needs("FRAME")),
        wip_management=True,
    )
    (row,) = model.release([key(1)])
    assert [(m.warehouse_code, m.reason_code, m.resolved_by) for m in row.movements] == [
        ("MINE", "ISS", "item"),
        ("MINE", "ISS", "item"),
    ]


def test_R12_a_warehouse_is_good_until_its_validity_date_and_the_record_date_counts(shop: Tell) -> None:
    model = shop(warehouse("RAW", valid_until=day(-1)), order(1, 1, needs("NUT")), stock("RAW", "NUT", 1))
    (row,) = model.preview_release([key(1)])
    assert row.reasons == (Reason("warehouse_expired", "NUT", warehouse_code="RAW"),)
    assert model.release([key(1)], record_date=day(-1))[0].outcome == "released"


# R13, R14: counterparts and locations --------------------------------------------------------------------------------


def test_R13_a_counterpart_has_none_itself(shop: Tell) -> None:
    model = shop(
        [warehouse("LINE"), counterpart("RAW", "ISS", "LINE")],
        counterpart("LINE", "LOA", "RAW"),
        order(1, 3, needs("NUT")),
        stock("RAW", "NUT", 3),
    )
    assert model.release([key(1)])[0].movement_count == 2


def test_R14_own_location_then_the_map_then_the_default_then_none_blocked_ones_skipped(shop: Tell) -> None:
    places = [Location(warehouse_code="RAW", location_code=code) for code in "ABCDE"]
    default = MovementReason(warehouse_code="RAW", reason_code="ISS", direction="issue", default_location_code="D")
    mapped = [
        ItemLocation(item_code="NUT", warehouse_code="RAW", location_code="C", priority=1),
        ItemLocation(item_code="NUT", warehouse_code="RAW", location_code="E", priority=2),
        ItemLocation(item_code="NUT", warehouse_code="RAW", location_code="B", priority=2),
    ]
    own = {"warehouse_code": "RAW", "reason_code": "ISS", "location_code": "A"}
    model = shop(*places, default, *mapped, order(1, 1, needs("NUT", **own)), stock("RAW", "NUT", 5))

    found = []
    for _ in range(6):
        (row,) = model.preview_release([key(1)])
        found.append(row.movements[0].location_code)
        if found[-1]:
            model.change(Put(Location(warehouse_code="RAW", location_code=found[-1], blocked=True)))
    assert found == ["A", "C", "B", "E", "D", None]


def test_R19_records_stand_in_the_order_of_the_first_line_they_hold_source_before_counterpart(shop: Tell) -> None:
    model = shop(
        [warehouse("LINE"), counterpart("RAW", "ISS", "LINE")],
        order(1, 1, needs("NUT"), needs("NUT", 1, warehouse_code="LINE", reason_code="ISS"), needs("NUT")),
        stock("RAW", "NUT", 2),
        stock("LINE", "NUT", 1),
    )
    (row,) = model.release([key(1)])
    assert [(m.warehouse_code, m.reason_code, m.record_number, m.line, m.material_line) for m in row.movements] == [
        ("RAW", "ISS", 1, 1, 1),
        ("RAW", "ISS", 1, 2, 3),
        ("LINE", "LOA", 1, 1, 1),
        ("LINE", "LOA", 1, 2, 3),
        ("LINE", "ISS", 2, 1, 2),
    ]


# R15-R18: stock ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by_company", "by_warehouse", "outcome"),
    [(True, True, "released"), (True, False, "refused"), (False, True, "refused"), (False, False, "refused")],
)
def test_R15_below_zero_only_if_company_and_warehouse_allow_it(
    shop: Tell, by_company: bool, by_warehouse: bool, outcome: str
) -> None:
    model = shop(
        company(allow_negative_stock=by_company),
        warehouse("RAW", allow_negative_stock=by_warehouse),
        order(1, 3, needs("NUT")),
        stock("RAW", "NUT", 2),
    )
    assert model.release([key(1)])[0].outcome == outcome


def test_R15_a_lot_never_goes_below_zero_whatever_the_flags(shop: Tell) -> None:
    model = shop(
        company(allow_negative_stock=True),
        warehouse("RAW", allow_negative_stock=True),
        item("OIL", tracking="lot"),
        lot("OIL", "L1"),
        stock("RAW", "OIL", 2, lot_code="L1"),
        order(1, 3, needs("OIL")),
    )
    assert codes(model.release([key(1)])[0].reasons) == ["lot_unavailable"]


def test_R15_a_short_row_counts_in_full_for_the_rows_after_it(shop: Tell) -> None:
    model = shop(order(1, 1, needs("NUT", 4), needs("NUT", 8), needs("NUT", 1)), stock("RAW", "NUT", 10))
    (row,) = model.release([key(1)])
    assert [(reason.required, reason.available) for reason in row.reasons] == [(8, 6), (1, 0)]


def test_R15_what_an_order_loads_serves_later_orders_but_not_itself(shop: Tell) -> None:
    by_product = needs("NUT", -5)
    model = shop(order(1, 1, by_product, needs("NUT", 2)), order(2, 1, by_product), order(3, 1, needs("NUT", 2)))
    rows = model.release([key(1), key(2), key(3)])
    assert [row.outcome for row in rows] == ["refused", "released", "released"]


def test_R16_a_backdated_issue_must_not_make_a_later_day_negative(shop: Tell) -> None:
    model = shop(
        company(allow_negative_stock=True),
        order(1, 8, needs("NUT"), status="launched"),
        order(2, 5, needs("NUT")),
        stock("RAW", "NUT", 10),
    )
    assert model.release([key(1)])[0].outcome == "released"
    (row,) = model.release([key(2)], record_date=day(-30))
    assert row.reasons == (Reason("later_stock_negative", "NUT", warehouse_code="RAW", required=D(5), available=D(2)),)


def test_R16_stock_that_comes_later_does_not_help_today(shop: Tell) -> None:
    model = shop(order(1, 5, needs("NUT")), stock("RAW", "NUT", 2), stock("RAW", "NUT", 9, record_date=day(1)))
    (row,) = model.preview_release([key(1)])
    assert row.reasons == (Reason("insufficient_stock", "NUT", warehouse_code="RAW", required=D(5), available=D(2)),)
    assert model.release([key(1)], record_date=day(1))[0].outcome == "released"


def test_R17_checked_by_location_only_where_the_warehouse_asks_for_it(shop: Tell) -> None:
    shelf = Location(warehouse_code="RAW", location_code="A")
    rows = [shelf, stock("RAW", "NUT", 5, location_code="A"), order(1, 5, needs("NUT"))]
    as_a_whole = shop(*rows)
    assert as_a_whole.release([key(1)])[0].outcome == "released"
    assert sorted(as_a_whole.balances().values()) == [-5, 5]
    by_location = shop(*rows, warehouse("RAW", check_location=True))
    assert codes(by_location.release([key(1)])[0].reasons) == ["insufficient_stock"]


def test_R18_a_closed_period_refuses_even_an_order_of_which_nothing_would_move(shop: Tell) -> None:
    model = shop(order(1, 1))
    assert codes(model.release([key(1)], record_date=date(2025, 12, 31))[0].reasons) == ["period_closed"]
    assert model.release([key(1)], record_date=date(2026, 1, 1))[0].outcome == "released"


# R19-R22 -------------------------------------------------------------------------------------------------------------


def test_R19_a_record_per_order_warehouse_and_reason_numbered_per_warehouse_and_day(shop: Tell) -> None:
    model = shop(
        warehouse("SEMI"),
        rule("semi_finished", "SEMI"),
        item("FRAME", procurement="production"),
        stock("RAW", "NUT", 99),
        stock("SEMI", "FRAME", 99),
        stock("RAW", "NUT", 1, record_date=TODAY),
        order(1, 1, needs("FRAME"), needs("NUT"), needs("NUT", -1), needs("NUT")),
        order(2, 1, needs("NUT")),
        order(3, 1, needs("NUT", 1000)),
        order(4, 1, needs("NUT")),
    )
    rows = model.release([key(2), key(3), key(1), key(4)])
    assert [(m.warehouse_code, m.reason_code, m.record_number, m.line, m.material_line) for m in rows[2].movements] == [
        ("SEMI", "ISS", 1, 1, 1),
        ("RAW", "ISS", 3, 1, 2),
        ("RAW", "ISS", 3, 2, 4),
        ("RAW", "LOA", 4, 1, 3),
    ]
    assert rows[2].record_count == 3
    assert [row.movements[0].record_number for row in (rows[0], rows[3])] == [2, 5]


def test_R19_numbers_given_up_by_a_restore_are_not_used_again(shop: Tell) -> None:
    model = shop(order(1, 1, needs("NUT")), stock("RAW", "NUT", 5))
    model.release([key(1)])
    model.restore([key(1)])
    assert model.release([key(1)])[0].movements[0].record_number == 2


def test_R22_the_same_item_in_several_rows_makes_several_lines(shop: Tell) -> None:
    model = shop(order(1, 1, needs("NUT", 1), needs("NUT", 2)), stock("RAW", "NUT", 3))
    assert [m.quantity for m in model.release([key(1)])[0].movements] == [-1, -2]


def test_the_world_is_written_as_the_folder_that_load_reads(tmp_path: Path) -> None:
    world = World.of(company(), Warehouse(warehouse_code="RAW", valid_until=TODAY), stock("RAW", "NUT", "1.50"))
    write_csv(world, tmp_path)
    with (tmp_path / "warehouse.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.DictReader(stream)) == [
            {
                "warehouse_code": "RAW",
                "description": "",
                "site_code": "",
                "allow_negative_stock": "false",
                "check_location": "false",
                "valid_until": "2026-11-22",
            }
        ]
    with (tmp_path / "opening_stock.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["quantity"] for row in csv.DictReader(stream)] == ["1.50"]
    assert (tmp_path / "lot.csv").read_text(encoding="utf-8").count("\n") == 1
