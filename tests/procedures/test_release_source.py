"""Where a material comes from: levels, sections, reasons, counterparts, transfers and locations (R9 to R14)."""

from typing import Any

import pytest

from tests.factory import LONG_AGO, MAIN, Factory, codes, needs, outcomes, phase

LEVELS = ["material", "site", "item", "machine", "company"]


def source(factory: Factory, order: int) -> list[tuple[str, str, str]]:
    """Return warehouse, reason and level of the order's movements, counterparts left out."""
    return [(m.warehouse_code, m.reason_code, m.resolved_by) for m in factory.movements(order) if not m.counterpart]


def test_R10_a_level_without_the_section_wanted_does_not_count(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    factory.warehouse("ITEMS")
    for section in ("semi_finished", "finished", "scrap", "wip"):
        factory.rule(section, "ITEMS", item=nut)
    order = factory.order(needs(nut))
    factory.release(order)
    assert source(factory, order) == [(MAIN, "ISS", "company")]


@pytest.fixture
def by_machine(factory: Factory) -> str:
    """Give an item of which sites A and B have stock in warehouses A and B, the company none; A and B are sites."""
    nut = factory.item("NUT")
    factory.warehouse("NONE")
    factory.rule("raw_material", "NONE")
    for code in ("A", "B"):
        factory.site(code)
        factory.warehouse(code)
        factory.rule("raw_material", code, site=code)
        factory.stock(nut, 10, warehouse=code)
    factory.stock(nut, 10, warehouse="NONE")
    return nut


@pytest.mark.parametrize(
    ("phases", "of_material", "expected"),
    [
        ([phase(10, site="A"), phase(20, site="B")], {"phase": 10}, ("A", "machine")),
        ([phase(10, site="A"), phase(20, site="B")], {}, ("B", "machine")),
        ([phase(20, site="B"), phase(10, site="A")], {}, ("B", "machine")),
        ([phase(10, site="A"), phase(10, sub_phase=5, site="B")], {}, ("B", "machine")),
        ([phase(10, site="A"), phase(20, site="B", productive=False)], {}, ("A", "machine")),
        ([phase(10, site="A"), phase(20, site="B", movable=False)], {}, ("A", "machine")),
        ([phase(10), phase(20, site="B")], {"phase": 10}, ("B", "machine")),
        ([phase(10, site="A", productive=False, movable=False), phase(20, site="B")], {"phase": 10}, ("A", "machine")),
        ([phase(10, site="A"), phase(20)], {}, ("NONE", "company")),
        ([], {}, ("NONE", "company")),
    ],
)
def test_R10_level_4_asks_the_machine_of_the_materials_phase_or_of_the_last_productive_and_movable_one(
    factory: Factory,
    by_machine: str,
    phases: list[dict[str, Any]],
    of_material: dict[str, Any],
    expected: tuple[str, str],
) -> None:
    order = factory.order(needs(by_machine, **of_material), phases=phases)
    factory.release(order)
    assert [(warehouse, level) for warehouse, _, level in source(factory, order)] == [expected]


def test_R10_level_4_asks_one_site_only(factory: Factory, by_machine: str) -> None:
    factory.site("EMPTY")
    order = factory.order(needs(by_machine, phase=10), phases=[phase(10, site="EMPTY"), phase(20, site="B")])
    factory.release(order)
    assert source(factory, order) == [("NONE", "ISS", "company")]


def test_R11_a_wip_section_without_a_semi_finished_reason_refuses_a_produced_item(line_side: Factory) -> None:
    frame = line_side.item("FRAME", procurement="production")
    line_side.rule("wip", "LINE", issue="MAT", semi_finished_issue=None)
    line_side.stock(frame, 1, warehouse="LINE")
    [row] = line_side.release(line_side.order(needs(frame)))
    assert codes(row) == ["reason_unusable"]


def test_R11_a_levels_semi_finished_section_is_no_fallback_under_WIP_management(line_side: Factory) -> None:
    frame = line_side.item("FRAME", procurement="production")
    line_side.warehouse("ITEMS")
    line_side.rule("semi_finished", "ITEMS", item=frame)
    line_side.stock(frame, 1, warehouse="LINE")
    order = line_side.order(needs(frame))
    line_side.release(order)
    assert source(line_side, order) == [("LINE", "SEM", "company")]


def test_R11_R5_under_WIP_management_a_by_product_is_loaded_into_the_wip_section(line_side: Factory) -> None:
    chips = line_side.item("CHIPS")
    order = line_side.order(needs(chips, -2))
    line_side.release(order)
    assert line_side.moved(order) == [("LINE", "LOA", chips, None, None, 2)]


@pytest.mark.parametrize("wrong", [{"direction": "load"}, {"direction": "issue", "usable_in_production": False}])
def test_R12_a_reason_of_the_wrong_direction_or_not_for_production_is_refused(
    factory: Factory, wrong: dict[str, Any]
) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    factory.reason(MAIN, "ODD", **wrong)
    factory.rule("raw_material", MAIN, issue="ODD")
    by_rule, of_row = factory.order(needs(nut)), factory.order(needs(nut, warehouse=MAIN, reason="ODD"))
    rows = factory.release(by_rule, of_row)
    assert [codes(row) for row in rows] == [["reason_unusable"]] * 2
    assert factory.balance(nut) == 10


def test_R12_a_by_product_asks_for_a_load_reason_of_its_section(factory: Factory) -> None:
    chips = factory.item("CHIPS")
    factory.rule("raw_material", MAIN, load=None)
    [row] = factory.release(factory.order(needs(chips, -1)))
    assert [(r["code"], r["warehouse_code"]) for r in row.reasons] == [("reason_unusable", MAIN)]


def test_R13_a_reason_with_a_counterpart_makes_a_counterpart_record(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4), needs(nut, 1))

    [row] = factory.release(order)

    assert (row.outcome, row.record_count, row.movement_count) == ("released", 2, 4)
    assert [(m.warehouse_code, m.reason_code, m.line, m.quantity, m.counterpart) for m in factory.movements(order)] == [
        (MAIN, "ISS", 1, -4, False),
        ("LINE", "LOA", 1, 4, True),
        (MAIN, "ISS", 2, -1, False),
        ("LINE", "LOA", 2, 1, True),
    ]
    assert {m.resolved_by for m in factory.movements(order)} == {"company"}
    assert (factory.balance(nut), factory.balance(nut, "LINE")) == (5, 5)


def test_R13_a_counterpart_has_the_lots_of_its_first_side(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 3, lot="A")
    factory.stock(nut, 3, lot="B")
    order = factory.order(needs(nut, 4))
    factory.release(order)
    assert factory.moved(order) == [
        (MAIN, "ISS", nut, "A", None, -3),
        (MAIN, "ISS", nut, "B", None, -1),
        ("LINE", "LOA", nut, "A", None, 3),
        ("LINE", "LOA", nut, "B", None, 1),
    ]


def test_R13_a_counterpart_that_issues_is_checked_for_stock(factory: Factory) -> None:
    chips = factory.item("CHIPS")
    factory.warehouse("LINE")
    factory.reason(MAIN, "LOA", "load", counterpart=("LINE", "ISS"))
    factory.stock(chips, 5, warehouse="LINE")
    fits, short = factory.order(needs(chips, -3)), factory.order(needs(chips, -4))

    rows = factory.release(fits, short)

    assert outcomes(rows) == ["released", "refused"]
    assert factory.moved(fits) == [(MAIN, "LOA", chips, None, None, 3), ("LINE", "ISS", chips, None, None, -3)]
    [reason] = rows[1].reasons
    assert (reason["code"], reason["warehouse_code"], reason["required"], reason["available"]) == (
        "insufficient_stock",
        "LINE",
        4,
        2,
    )


def test_R13_R26_a_counterpart_that_issues_does_not_ask_whether_the_lot_is_usable(factory: Factory) -> None:
    chips = factory.item("CHIPS", by_lot=True)
    factory.warehouse("LINE")
    factory.reason(MAIN, "LOA", "load", counterpart=("LINE", "ISS"))
    factory.lot(chips, "A", state="unavailable", closed=True, expiry_date=LONG_AGO)
    factory.stock(chips, 5, lot="A", warehouse="LINE")
    order = factory.order(needs(chips, -3, lots={"A": 3}))
    assert outcomes(factory.release(order)) == ["released"]
    assert factory.balance(chips, "LINE", lot="A") == 2


def test_R13_R15_a_lot_short_in_the_counterpart_refuses(factory: Factory) -> None:
    chips = factory.item("CHIPS", by_lot=True)
    factory.parameters(allow_negative_stock=True)
    factory.warehouse("LINE", allow_negative_stock=True)
    factory.reason(MAIN, "LOA", "load", counterpart=("LINE", "ISS"))
    factory.stock(chips, 2, lot="A", warehouse="LINE")
    [row] = factory.release(factory.order(needs(chips, -3, lots={"A": 3})))
    [reason] = row.reasons
    assert (reason["code"], reason["warehouse_code"], reason["lot_code"], reason["available"]) == (
        "lot_unavailable",
        "LINE",
        "A",
        2,
    )


@pytest.mark.parametrize("wrong", [{"direction": "issue"}, {"direction": "load", "usable_in_production": False}])
def test_R12_R13_an_unusable_reason_of_the_counterpart_is_refused(factory: Factory, wrong: dict[str, Any]) -> None:
    nut = factory.item("NUT")
    factory.warehouse("LINE")
    factory.reason("LINE", "ODD", **wrong)
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "ODD"))
    factory.stock(nut, 10)
    [row] = factory.release(factory.order(needs(nut)))
    assert [(r["code"], r["warehouse_code"]) for r in row.reasons] == [("reason_unusable", "LINE")]


def test_R12_R13_an_expired_warehouse_of_the_counterpart_is_refused(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("LINE", valid_until=LONG_AGO)
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 10)
    [row] = factory.release(factory.order(needs(nut)))
    assert [(r["code"], r["warehouse_code"]) for r in row.reasons] == [("warehouse_expired", "LINE")]


def test_R13_R19_a_counterpart_within_the_same_warehouse_is_a_record_of_its_own_reason(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.location("A")
    factory.keep(nut, "A")
    factory.reason(MAIN, "ISS", "issue", counterpart=(MAIN, "LOA"))
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4, warehouse=MAIN))
    [row] = factory.release(order)
    assert (row.record_count, row.movement_count) == (2, 2)
    assert factory.balance(nut) == 10


# --- transfer of manual materials (R9) -------------------------------------------------------------------------------


@pytest.fixture
def transferring(line_side: Factory) -> Factory:
    """Give the factory under WIP management with transfers of manual materials on."""
    line_side.parameters(transfer_manual_to_wip=True)
    return line_side


def test_R9_the_source_is_resolved_as_if_WIP_management_were_off(transferring: Factory) -> None:
    frame = transferring.item("FRAME", "manual", "production")
    transferring.warehouse("SEMI")
    transferring.rule("semi_finished", "SEMI", item=frame)
    transferring.stock(frame, 10, warehouse="SEMI")
    order = transferring.order(needs(frame, 4))
    transferring.release(order)
    assert [(m.warehouse_code, m.quantity, m.resolved_by) for m in transferring.movements(order)] == [
        ("SEMI", -4, "item"),
        ("LINE", 4, "item"),
    ]


def test_R9_the_target_is_the_first_level_that_really_has_a_wip_section(transferring: Factory) -> None:
    pipe = transferring.item("PIPE", "manual")
    home = transferring.site("HOME")
    transferring.warehouse("OF_ITEM")
    transferring.rule("raw_material", MAIN, site=home)  # no fallback of R11 for the target
    transferring.rule("wip", "OF_ITEM", item=pipe)
    transferring.stock(pipe, 10)
    order = transferring.order(needs(pipe, 4), job=transferring.job(1, site=home))
    transferring.release(order)
    assert [(m.warehouse_code, m.quantity) for m in transferring.movements(order)] == [(MAIN, -4), ("OF_ITEM", 4)]


def test_R9_R13_the_counterpart_of_the_source_reason_is_ignored_in_a_transfer(transferring: Factory) -> None:
    pipe = transferring.item("PIPE", "manual")
    transferring.warehouse("FAR")
    transferring.reason(MAIN, "ISS", "issue", counterpart=("FAR", "LOA"))
    transferring.stock(pipe, 10)
    order = transferring.order(needs(pipe, 4))
    transferring.release(order)
    assert [m.warehouse_code for m in transferring.movements(order)] == [MAIN, "LINE"]


def test_R9_a_transfer_is_checked_for_stock_and_undone_by_restore(transferring: Factory) -> None:
    pipe = transferring.item("PIPE", "manual")
    transferring.stock(pipe, 5)
    order, short = transferring.order(needs(pipe, 4)), transferring.order(needs(pipe, 2))
    before = transferring.snapshot()

    rows = transferring.release(order, short)
    assert outcomes(rows) == ["released", "refused"]
    assert codes(rows[1]) == ["insufficient_stock"]
    assert outcomes(transferring.restore(order)) == ["restored"]

    assert transferring.snapshot() == before


def test_R9_R25_a_manual_lot_item_is_transferred_by_its_lots(transferring: Factory) -> None:
    pipe = transferring.item("PIPE", "manual", by_lot=True)
    transferring.stock(pipe, 3, lot="A")
    transferring.stock(pipe, 3, lot="B")
    order = transferring.order(needs(pipe, 4, lots={"B": 2}))
    transferring.release(order)
    assert sorted(transferring.moved(order)) == [
        ("LINE", "LOA", pipe, "A", None, 2),
        ("LINE", "LOA", pipe, "B", None, 2),
        (MAIN, "ISS", pipe, "A", None, -2),
        (MAIN, "ISS", pipe, "B", None, -2),
    ]


# --- locations (R14) -------------------------------------------------------------------------------------------------


def test_R14_locations_of_one_priority_are_taken_by_code(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    for place in ("b", "B", "a"):
        factory.location(place)
        factory.keep(nut, place)
    order = factory.order(needs(nut))
    factory.release(order)
    assert [m.location_code for m in factory.movements(order)] == ["B"]


def test_R14_the_counterpart_side_starts_at_the_map(factory: Factory) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.location("OWN")
    factory.warehouse("LINE")
    for place in ("MAP", "DEFAULT"):
        factory.location(place, warehouse="LINE")
    factory.reason("LINE", "LOA", "load", location="DEFAULT")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.keep(nut, "MAP", warehouse="LINE")
    factory.stock(nut, 10)
    factory.stock(bolt, 10)
    order = factory.order(needs(nut, 1, warehouse=MAIN, location="OWN"), needs(bolt, 1, warehouse=MAIN, location="OWN"))
    factory.release(order)
    assert [(m.warehouse_code, m.location_code) for m in factory.movements(order)] == [
        (MAIN, "OWN"),
        ("LINE", "MAP"),
        (MAIN, "OWN"),
        ("LINE", "DEFAULT"),
    ]


def test_R14_a_row_of_a_lot_item_that_names_a_location_takes_from_there_alone(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    for place in ("A", "B"):
        factory.location(place)
        factory.stock(nut, 3, lot="L", location=place)
    fits = factory.order(needs(nut, 2, warehouse=MAIN, location="B"))
    short = factory.order(needs(nut, 2, warehouse=MAIN, location="B"))

    rows = factory.release(fits, short)

    assert factory.moved(fits) == [(MAIN, "ISS", nut, "L", "B", -2)]
    assert [(r["code"], r["required"], r["available"]) for r in rows[1].reasons] == [("lot_unavailable", 2, 1)]


def test_R14_R26_a_lot_row_that_names_a_blocked_location_finds_nothing(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.location("SHUT", blocked=True)
    factory.stock(nut, 3, lot="L", location="SHUT")
    factory.stock(nut, 3, lot="L")
    [row] = factory.release(factory.order(needs(nut, 2, warehouse=MAIN, location="SHUT")))
    assert [(r["code"], r["available"]) for r in row.reasons] == [("lot_unavailable", 0)]
