"""Where a material comes from: levels, sections, reasons, counterparts, transfers and locations (R9 to R14)."""

from datetime import date
from typing import Any

import pytest

from tests.factory import LONG_AGO, MAIN, Factory, codes, day, needs, outcomes, phase

LEVELS = ["material", "site", "item", "machine", "company"]


def source(factory: Factory, order: int) -> list[tuple[str, str, str]]:
    """Return warehouse, reason and level of the order's movements, counterparts left out."""
    return [(m.warehouse_code, m.reason_code, m.resolved_by) for m in factory.movements(order) if not m.counterpart]


@pytest.mark.parametrize("first", range(5))
def test_R10_the_first_level_that_holds_the_section_wins(factory: Factory, first: int) -> None:
    nut = factory.item("NUT")
    home, machine_site = factory.site("HOME"), factory.site("MACHINE")
    for level in LEVELS:
        factory.warehouse(f"OF_{level}")
        factory.stock(nut, 1, warehouse=f"OF_{level}")
    there = set(LEVELS[first:])
    if "site" in there:
        factory.rule("raw_material", "OF_site", site=home)
    if "item" in there:
        factory.rule("raw_material", "OF_item", item=nut)
    if "machine" in there:
        factory.rule("raw_material", "OF_machine", site=machine_site)
    factory.rule("raw_material", "OF_company")
    own: dict[str, Any] = {"warehouse": "OF_material"} if "material" in there else {}
    order = factory.order(
        needs(nut, phase=10, **own), job=factory.job(1, site=home), phases=[phase(10, site=machine_site)]
    )

    assert outcomes(factory.release(order)) == ["released"]

    assert source(factory, order) == [(f"OF_{LEVELS[first]}", "ISS", LEVELS[first])]
    assert [line.resolved_by for line in factory.select("movement_history", order)] == [LEVELS[first]]


def test_R10_no_level_at_all_refuses_the_row(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.no_rule("raw_material")
    [row] = factory.release(factory.order(needs(nut)))
    assert codes(row) == ["warehouse_unresolved"]


def test_R10_a_section_without_the_reason_wanted_refuses_and_no_further_level_is_tried(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    factory.warehouse("ITEMS")
    factory.rule("raw_material", "ITEMS", item=nut, issue=None)
    [row] = factory.release(factory.order(needs(nut)))
    assert [(r["code"], r["warehouse_code"]) for r in row.reasons] == [
        ("reason_unusable", "ITEMS"),
        ("insufficient_stock", "ITEMS"),
    ]


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


@pytest.mark.parametrize(
    ("procurement", "expected"), [("purchase", "RAW"), ("production", "SEMI"), ("subcontract", "SEMI")]
)
def test_R11_without_WIP_management_the_procurement_type_decides_the_section(
    factory: Factory, procurement: str, expected: str
) -> None:
    nut = factory.item("NUT", procurement=procurement)
    for code in ("RAW", "SEMI", "LINE"):
        factory.warehouse(code)
        factory.stock(nut, 1, warehouse=code)
    factory.rule("raw_material", "RAW")
    factory.rule("semi_finished", "SEMI")
    factory.rule("wip", "LINE", semi_finished_issue="ISS")
    order = factory.order(needs(nut))
    factory.release(order)
    assert source(factory, order) == [(expected, "ISS", "company")]


@pytest.fixture
def line_side(factory: Factory) -> Factory:
    """Give a factory under WIP management with the warehouse LINE, where MAT issues materials and SEM the others."""
    factory.parameters(wip_management=True)
    factory.warehouse("LINE")
    factory.reason("LINE", "MAT", "issue")
    factory.reason("LINE", "SEM", "issue")
    factory.rule("wip", "LINE", issue="MAT", semi_finished_issue="SEM")
    return factory


@pytest.mark.parametrize(
    ("procurement", "reason"), [("purchase", "MAT"), ("production", "SEM"), ("subcontract", "SEM")]
)
def test_R11_under_WIP_management_materials_leave_the_wip_section_with_the_reason_of_their_kind(
    line_side: Factory, procurement: str, reason: str
) -> None:
    nut = line_side.item("NUT", procurement=procurement)
    line_side.stock(nut, 1, warehouse="LINE")
    order = line_side.order(needs(nut))
    line_side.release(order)
    assert source(line_side, order) == [("LINE", reason, "company")]


def test_R11_a_wip_section_without_a_semi_finished_reason_refuses_a_produced_item(line_side: Factory) -> None:
    frame = line_side.item("FRAME", procurement="production")
    line_side.rule("wip", "LINE", issue="MAT", semi_finished_issue=None)
    line_side.stock(frame, 1, warehouse="LINE")
    [row] = line_side.release(line_side.order(needs(frame)))
    assert codes(row) == ["reason_unusable"]


@pytest.mark.parametrize("procurement", ["purchase", "production"])
def test_R11_a_level_whose_wip_section_is_empty_gives_its_raw_material(line_side: Factory, procurement: str) -> None:
    nut = line_side.item("NUT", procurement=procurement)
    line_side.warehouse("ITEMS")
    line_side.rule("raw_material", "ITEMS", item=nut)
    line_side.stock(nut, 1, warehouse="ITEMS")
    order = line_side.order(needs(nut))
    line_side.release(order)
    assert source(line_side, order) == [("ITEMS", "ISS", "item")]


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


def test_R12_a_warehouse_is_refused_after_its_validity_date(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    factory.change_warehouse(MAIN, valid_until=day(5))
    last, after = factory.order(needs(nut)), factory.order(needs(nut))

    assert outcomes(factory.release(last, on=day(5))) == ["released"]
    [row] = factory.release(after, on=day(6))

    assert [(r["code"], r["warehouse_code"]) for r in row.reasons] == [("warehouse_expired", MAIN)]


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


def test_R13_a_counterpart_has_none_itself(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("LINE")
    factory.warehouse("FAR")
    factory.reason("LINE", "LOA", "load", counterpart=("FAR", "ISS"))
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4))
    factory.release(order)
    assert [move[0] for move in factory.moved(order)] == [MAIN, "LINE"]


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


def test_R9_a_manual_material_is_transferred_to_the_wip_section(transferring: Factory) -> None:
    pipe = transferring.item("PIPE", "manual")
    transferring.stock(pipe, 10)
    order = transferring.order(needs(pipe, 4))

    [row] = transferring.release(order)

    assert (row.outcome, row.record_count, row.movement_count) == ("released", 2, 2)
    assert [
        (m.warehouse_code, m.reason_code, m.quantity, m.counterpart, m.resolved_by)
        for m in transferring.movements(order)
    ] == [(MAIN, "ISS", -4, False, "company"), ("LINE", "LOA", 4, True, "company")]
    assert {line.picking_type for line in transferring.select("movement_history", order)} == {"manual"}


@pytest.mark.parametrize("off", [{"transfer_manual_to_wip": False}, {"wip_management": False}])
def test_R9_without_the_parameter_or_without_WIP_management_nothing_is_transferred(
    transferring: Factory, off: dict[str, bool]
) -> None:
    transferring.parameters(**off)
    pipe = transferring.item("PIPE", "manual")
    transferring.stock(pipe, 10)
    [row] = transferring.release(transferring.order(needs(pipe, 4)))
    assert (row.outcome, row.movement_count) == ("released", 0)


def test_R9_only_positive_manual_materials_are_transferred(transferring: Factory) -> None:
    by_list, chips = transferring.item("LIST", "with_list"), transferring.item("CHIPS", "manual")
    transferring.stock(by_list, 10)
    transferring.stock(chips, 10)
    [row] = transferring.release(transferring.order(needs(by_list, 4), needs(chips, -4)))
    assert (row.outcome, row.movement_count) == ("released", 0)


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


def test_R9_the_row_may_name_the_source_but_never_the_target(transferring: Factory) -> None:
    pipe = transferring.item("PIPE", "manual")
    transferring.warehouse("OWN")
    transferring.stock(pipe, 10, warehouse="OWN")
    order = transferring.order(needs(pipe, 4, warehouse="OWN"))
    transferring.release(order)
    assert [(m.warehouse_code, m.quantity) for m in transferring.movements(order)] == [("OWN", -4), ("LINE", 4)]


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


def test_R9_without_any_wip_section_a_transfer_is_refused(transferring: Factory) -> None:
    pipe = transferring.item("PIPE", "manual")
    transferring.stock(pipe, 10)
    transferring.no_rule("wip")
    [row] = transferring.release(transferring.order(needs(pipe)))
    assert codes(row) == ["warehouse_unresolved"]


def test_R9_a_wip_section_without_a_load_reason_refuses_the_transfer(transferring: Factory) -> None:
    pipe = transferring.item("PIPE", "manual")
    transferring.stock(pipe, 10)
    transferring.rule("wip", "LINE", issue="MAT", load=None)
    [row] = transferring.release(transferring.order(needs(pipe)))
    assert [(r["code"], r["warehouse_code"]) for r in row.reasons] == [("reason_unusable", "LINE")]


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


@pytest.mark.parametrize("blocked", range(5))
def test_R14_the_location_is_the_rows_own_then_the_maps_then_the_reasons_then_none(
    factory: Factory, blocked: int
) -> None:
    """The first `blocked` places are blocked, so the next one is taken."""
    places = ["OWN", "MAP_B", "MAP_A2", "DEFAULT"]
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    for number, place in enumerate(places):
        factory.location(place, blocked=number < blocked)
    factory.keep(nut, "MAP_A2", priority=2)
    factory.keep(nut, "MAP_B", priority=1)
    factory.reason(MAIN, "ISS", "issue", location="DEFAULT")
    order = factory.order(needs(nut, warehouse=MAIN, location="OWN"))
    factory.release(order)
    assert [m.location_code for m in factory.movements(order)] == [[*places, None][blocked]]


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


def test_R14_a_lot_item_is_issued_from_where_its_lots_lie_in_code_order_none_first(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    for place in ("B", "A", "SHUT"):
        factory.location(place, blocked=place == "SHUT")
        factory.keep(nut, place)
        factory.stock(nut, 2, lot="L", location=place)
    factory.stock(nut, 1, lot="L")
    order = factory.order(needs(nut, 4))
    factory.release(order)
    assert factory.moved(order) == [
        (MAIN, "ISS", nut, "L", None, -1),
        (MAIN, "ISS", nut, "L", "A", -2),
        (MAIN, "ISS", nut, "L", "B", -1),
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


def test_R12_the_record_date_decides_about_validity_not_today(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    factory.change_warehouse(MAIN, valid_until=date(2021, 6, 30))
    order = factory.order(needs(nut))
    assert outcomes(factory.release(order, on=date(2021, 6, 30))) == ["released"]
