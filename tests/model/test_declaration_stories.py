"""Stories told to the model and the database: what declarations and their registration do (R51-R53)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from .both import Both, Tell
from .changes import Drop
from .declaration import DeclarationRow, Element
from .orders import Reason
from .stock import Movement
from .stories import D, codes, counterpart, day, item, key, lot, needs, on_hand, order, rule, stock, warehouse
from .world import JobOrder, Location, MovementReason, ProductionOrderPhase, Site, WarehouseRule


def phase(number: int, phase: int, **values: Any) -> ProductionOrderPhase:
    return ProductionOrderPhase(order_year=2026, order_number=number, phase=phase, **values)


def say(kind: str, good: object = 0, scrap: object = 0, **values: Any) -> Element:
    columns: dict[str, Any] = {"order": key(1), "phase": 10, "sub_phase": 0, **values}
    return Element(kind=kind, good_quantity=D(str(good)), scrap_quantity=D(str(scrap)), **columns)


@pytest.fixture
def works(shop: Tell) -> Tell:
    """A shop whose order 1, of 10 bikes, is executive and has the phase 10; BIKE goes to FIN, scrap to SCR, and GLUE
    is picked by hand from RAW, where there are 100 unless it has lots. An order 1 among the rows comes without that
    material."""

    def tell(*rows: object, **of_company: Any) -> Both:
        firsts = [row[0] for row in rows if isinstance(row, list)]
        own_order = any(getattr(row, "order_number", None) == 1 for row in firsts)
        by_lot = any(getattr(row, "item_code", None) == "GLUE" and row.tracking == "lot" for row in firsts)
        base = [
            warehouse("FIN"),
            warehouse("SCR"),
            rule("finished", "FIN"),
            rule("scrap", "SCR"),
            item("GLUE", "manual", quantity_decimals=1),
            phase(1, 10),
            *([] if by_lot else [stock("RAW", "GLUE", 100)]),
            *([] if own_order else [order(1, 10, needs("GLUE"), status="executive")]),
        ]
        return shop(*base, *rows, **of_company)

    return tell


def took(movements: Iterable[Movement]) -> list[tuple[str, str, str | None, Decimal]]:
    return [(row.warehouse_code, row.item_code, row.lot_code, row.quantity) for row in movements]


def registered(model: Both, *elements: Element) -> list[DeclarationRow]:
    """Declare and register all at once."""
    first = model.production.asked + 1
    assert {row.outcome for row in model.declare(elements)} == {"declared"}
    return model.register(range(first, first + len(elements)))


# Declaring -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "status", "code"),
    [
        (say("opening", order=key(7)), "executive", "order_not_found"),
        (say("opening", phase=99), "closed", "order_closed"),
        (say("opening", phase=99), "launched", "order_not_executive"),
        (say("opening", phase=99), "archived", "order_not_executive"),
        (say("closing", phase=99), "executive", "phase_unknown"),
        (say("closing", phase=10, sub_phase=5), "executive", "phase_unknown"),
        (say("closing", phase=20), "executive", "phase_not_productive"),
    ],
)
def test_the_reasons_of_order_and_phase_stand_alone(works: Tell, element: Element, status: str, code: str) -> None:
    model = works(order(1, 10, status=status), phase(1, 20, productive=False))
    (row,) = model.declare([element])
    assert (row.outcome, row.handle, codes(row.reasons)) == ("refused", None, [code])


@pytest.mark.parametrize(
    ("kinds", "outcomes"),
    [
        ("opening progress progress closing", "DDDD"),
        ("opening opening", "DR"),
        ("progress", "R"),
        ("opening progress resume", "DDR"),
        ("closing opening closing", "RDD"),
        ("opening suspension progress closing suspension resume", "DDRRRD"),
        ("opening resume suspension resume resume", "DRDDR"),
        ("opening closing progress closing opening resume", "DDRRRR"),
    ],
)
def test_the_sequence_of_a_phase(works: Tell, kinds: str, outcomes: str) -> None:
    rows = works().declare([say(kind) for kind in kinds.split()])
    assert "".join(row.outcome[0].upper() for row in rows) == outcomes
    assert {code for row in rows for code in codes(row.reasons)} <= {"sequence_broken"}


def test_a_row_is_declared_at_the_last_ones_moment_or_later(works: Tell) -> None:
    noon = datetime(2026, 1, 1, 12)
    moments = [noon, noon, noon - timedelta(seconds=1), noon + timedelta(1), None, noon + timedelta(2)]
    model = works()
    rows = model.declare([say("progress" if place else "opening", declared_at=at) for place, at in enumerate(moments)])
    assert [row.outcome for row in rows] == ["declared", "declared", "refused", "declared", "declared", "refused"]


def test_phases_do_not_wait_for_each_other(works: Tell) -> None:
    model = works(phase(1, 20), phase(1, 20, sub_phase=5))
    rows = model.declare([say("opening", phase=20, sub_phase=5), say("opening", phase=20), say("opening")])
    assert [row.outcome for row in rows] == ["declared"] * 3


def test_over_production_is_asked_per_phase_of_all_that_was_declared(works: Tell) -> None:
    model = works(phase(1, 20), over_production_percent=D(10))
    rows = model.declare(
        [say("opening"), say("progress", 8, 5), say("progress", "3.5"), say("progress", 3), say("suspension")]
    )
    assert [row.outcome for row in rows] == ["declared", "declared", "refused", "declared", "declared"]
    assert rows[2].reasons == (Reason("over_production", "BIKE", required=D("11.5"), available=D(11)),)
    (row,) = model.declare([say("progress", 1)])
    assert codes(row.reasons) == ["sequence_broken", "over_production"]
    assert [row.outcome for row in model.declare([say("opening", phase=20), say("closing", 11, phase=20)])] == [
        "declared",
        "declared",
    ]


# What a registration moves -------------------------------------------------------------------------------------------


def test_R51_scrap_then_good_then_the_manual_materials(works: Tell) -> None:
    model = works()
    opening, progress = registered(model, say("opening"), say("progress", 4, 1))
    assert (opening.outcome, opening.record_count, opening.movement_count) == ("registered", 0, 0)
    assert (progress.outcome, progress.record_count, progress.movement_count) == ("registered", 3, 3)
    assert took(progress.movements) == [("SCR", "BIKE", None, 1), ("FIN", "BIKE", None, 4), ("RAW", "GLUE", None, -5)]
    assert [row.material_line for row in progress.movements] == [None, None, 1]
    assert [row.picking_type for row in progress.movements] == [None, None, "manual"]
    assert (model.orders[key(1)].status, model.orders[key(1)].produced_quantity) == ("executive", 4)


def test_R51_the_good_quantity_goes_where_the_header_says_first(works: Tell) -> None:
    header = {"status": "executive", "load_warehouse_code": "RAW"}
    model = works(order(1, 10, load_reason_code="LOA", **header))
    _, row = registered(model, say("opening"), say("closing", 10, 1))
    assert took(row.movements) == [("SCR", "BIKE", None, 1), ("RAW", "BIKE", None, 10)]
    assert [one.resolved_by for one in row.movements] == ["company", "order"]
    model = works(order(1, 10, **header))
    _, row = registered(model, say("opening"), say("closing", 10))
    assert row.reasons == (Reason("reason_unusable", "BIKE", warehouse_code="RAW"),)


@pytest.mark.parametrize(
    ("level", "rules", "where"),
    [
        (1, [], ("FIN", "company")),
        (2, [], ("RAW", "company")),
        (1, [rule("finished", "SCR", "item", item_code="BIKE")], ("SCR", "item")),
        (1, [rule("finished", "SCR", "site", site_code="N")], ("SCR", "machine")),
        (
            1,
            [rule("finished", "SCR", "item", item_code="BIKE"), rule("finished", "RAW", "site", site_code="S")],
            ("RAW", "site"),
        ),
        (1, [rule("semi_finished", "SCR", "item", item_code="BIKE")], ("FIN", "company")),
        (2, [rule("semi_finished", "SCR", "item", item_code="BIKE")], ("SCR", "item")),
    ],
)
def test_R51_then_site_item_machine_and_company_give_the_section(
    works: Tell, level: int, rules: list[WarehouseRule], where: tuple[str, str]
) -> None:
    model = works(
        Site(site_code="N"),
        Site(site_code="S"),
        JobOrder(job_year=2026, job_number=1, site_code="S"),
        order(1, 10, status="executive", level=level, job_year=2026, job_number=1),
        phase(1, 10, machine_site_code="N"),
        *rules,
    )
    _, row = registered(model, say("opening"), say("progress", 1))
    assert [(one.warehouse_code, one.resolved_by) for one in row.movements] == [where]


def test_a_section_that_is_nowhere_refuses_what_goes_there_alone(works: Tell) -> None:
    model = works()
    model.change(Drop(rule("scrap", "SCR")))
    _, row = registered(model, say("opening"), say("progress", 1, 1))
    assert row.reasons == (Reason("warehouse_unresolved", "BIKE"),)
    model.delete([2])
    (row,) = registered(model, say("progress", 1))
    assert row.outcome == "registered"


def test_R52_good_is_loaded_at_the_last_productive_and_movable_phase_and_scrap_at_every_movable_one(
    works: Tell,
) -> None:
    model = works(
        phase(1, 20), phase(1, 30, movable=False), phase(1, 40, productive=False), order(1, 10, status="executive")
    )
    for number, moved in (
        (10, [("SCR", "BIKE", None, 1)]),
        (20, [("SCR", "BIKE", None, 1), ("FIN", "BIKE", None, 5)]),
        (30, []),
    ):
        _, row = registered(model, say("opening", phase=number), say("progress", 5, 1, phase=number))
        assert took(row.movements) == moved
    assert model.orders[key(1)].produced_quantity == 5


def test_materials_move_at_their_phase_and_those_of_none_at_the_producing_phase(works: Tell) -> None:
    model = works(
        phase(1, 20),
        phase(1, 30, movable=False),
        order(
            1,
            10,
            needs("GLUE", phase=10, sub_phase=0),
            needs("GLUE", 2, phase=20, sub_phase=0),
            needs("GLUE", 3, phase=30, sub_phase=0),
            needs("GLUE", 4),
            status="executive",
        ),
    )
    for number, lines in ((10, [1]), (20, [2, 4]), (30, [])):
        _, row = registered(model, say("opening", phase=number), say("progress", 5, phase=number))
        assert [one.material_line for one in row.movements if one.item_code == "GLUE"] == lines


def test_R2_only_manual_materials_move(works: Tell) -> None:
    model = works(item("BELL", "with_list"), order(1, 10, needs("NUT"), needs("BELL"), status="executive"))
    _, row = registered(model, say("opening"), say("closing", 10))
    assert took(row.movements) == [("FIN", "BIKE", None, 10)]


def test_R4_what_does_not_move_needs_no_parameters_but_what_moves_does(works: Tell) -> None:
    model = works(order(1, 10, needs("GLUE"), needs("GLUE", 1, movable=False), status="executive"))
    model.change(*map(Drop, model.parameters()))
    rows = registered(model, say("opening"), say("progress", 1))
    assert [codes(row.reasons) for row in rows] == [[], ["mrp_parameters_missing"]]


def issued(model: Both) -> list[Decimal]:
    return [-row.quantity for row in model.movements if row.item_code == "GLUE" and row.material_line == 1]


@pytest.mark.parametrize(
    ("material", "goods", "parts"),
    [
        (needs("GLUE", "0.25"), (1, 1, 1, 1), ["0.3", "0.2", "0.3", "0.2"]),
        (needs("GLUE", 1, scrap_percent=D(5)), (5, 5), ["5.3", "5.2"]),
        (needs("GLUE", 1, picked_quantity=D(3)), (2, 2, 2, 4), [1, 2, 4]),
        (needs("GLUE", 6, fixed=True), (5, 3, 2), [3, "1.8", "1.2"]),
        (needs("GLUE", 1, fixed=True), (3, 3, 3, 1), ["0.3", "0.3", "0.3", "0.1"]),
        (needs("GLUE", 6, fixed=True), (10, 5), [6]),
        (needs("GLUE", 6, fixed=True, picked_quantity=D(2)), (2, 3, 3, 2), [1, "1.8", "1.2"]),
        (needs("GLUE", -6, fixed=True, picked_quantity=D(2)), (5, 5), [-1, -3]),
        (needs("GLUE", "-0.5", picked_quantity=D(2)), (2, 4, 4), [-1, -2]),
    ],
)
def test_the_parts_issued_add_up_to_the_whole(
    works: Tell, material: dict[str, Any], goods: tuple[int, ...], parts: list[Any]
) -> None:
    model = works(order(1, 10, material, status="executive"), over_production_percent=D(100))
    registered(model, say("opening"), *(say("progress", good) for good in goods))
    assert issued(model) == [D(str(part)) for part in parts]


def test_a_fixed_quantity_is_rounded_where_it_is_a_half(works: Tell) -> None:
    """2.25 for 6 pieces are 0.375 for one: half away from zero, whatever is divided first."""
    model = works(
        item("GLUE", "manual", quantity_decimals=2),
        order(1, 6, needs("GLUE", 2, fixed=True, scrap_percent=D("12.5")), status="executive"),
    )
    registered(model, say("opening"), say("progress", 1))
    assert issued(model) == [D("0.38")]


def test_R11_R13_materials_come_from_wip_and_have_counterparts(works: Tell) -> None:
    model = works(
        warehouse("WIP"),
        warehouse("BIN"),
        rule("wip", "WIP"),
        stock("WIP", "GLUE", 10),
        counterpart("WIP", "ISS", "BIN"),
        wip_management=True,
    )
    _, row = registered(model, say("opening"), say("progress", 4))
    assert took(row.movements)[1:] == [("WIP", "GLUE", None, -4), ("BIN", "GLUE", None, 4)]


@pytest.fixture
def transferring(works: Tell) -> Tell:
    """A shop in which the release of order 1 transfers GLUE from RAW to WIP; there is nothing of it in BIN."""

    def tell(*rows: object, **of_company: Any) -> Both:
        return works(
            warehouse("WIP"),
            warehouse("BIN"),
            rule("wip", "WIP", semi_finished_issue_reason_code="SEM"),
            MovementReason(warehouse_code="WIP", reason_code="SEM", direction="issue"),
            *rows,
            wip_management=True,
            transfer_manual_to_wip=True,
            **of_company,
        )

    return tell


def at_wip(model: Both, good: object = 4) -> DeclarationRow:
    """What a registration answers after the release, if there is one."""
    if model.orders[key(1)].status == "launched":
        assert [row.outcome for row in model.release([key(1)])] == ["released"]
    return registered(model, say("opening"), say("progress", good))[1]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [order(1, 10, needs("GLUE", warehouse_code="RAW", reason_code="ISS"))],
        [order(1, 10, needs("GLUE", warehouse_code="RAW", reason_code="ISS", location_code="A"))],
        [order(1, 10, needs("GLUE")), rule("raw_material", "RAW", "item", item_code="GLUE")],
        [order(1, 10, needs("GLUE")), rule("raw_material", "BIN", "item", item_code="GLUE"), stock("BIN", "GLUE", 50)],
    ],
)
def test_R9_what_was_transferred_is_issued_from_the_first_level_that_really_has_a_wip_section(
    transferring: Tell, rows: list[object]
) -> None:
    locations = [Location(warehouse_code=code, location_code="A") for code in ("RAW", "WIP")]
    model = transferring(order(1, 10, needs("GLUE")), *locations, *rows)
    row = at_wip(model)
    assert took(row.movements)[1:] == [("WIP", "GLUE", None, -4)]
    assert [(one.reason_code, one.resolved_by, one.location_code) for one in row.movements[1:]] == [
        ("ISS", "company", None)
    ]


def test_R9_what_is_made_is_issued_from_wip_with_the_reason_for_semi_finished(transferring: Tell) -> None:
    model = transferring(item("GLUE", "manual", "production"), order(1, 10, needs("GLUE")))
    assert [one.reason_code for one in at_wip(model).movements[1:]] == ["SEM"]


def test_R9_R39_an_order_that_nothing_was_transferred_for_is_served_from_where_its_row_lies(transferring: Tell) -> None:
    model = transferring(
        order(1, 10, needs("GLUE", warehouse_code="RAW", reason_code="ISS"), status="executive"),
        stock("WIP", "GLUE", 3),
    )
    assert took(at_wip(model).movements)[1:] == [("RAW", "GLUE", None, -4)]


def test_R9_what_was_transferred_needs_no_wip_section_any_more(transferring: Tell) -> None:
    model = transferring(order(1, 10, needs("GLUE", warehouse_code="RAW", reason_code="ISS")))
    model.release([key(1)])
    model.change(Drop(rule("wip", "WIP")))
    assert took(at_wip(model).movements)[1:] == [("WIP", "GLUE", None, -4)]


def test_R9_a_by_product_keeps_its_own_warehouse(transferring: Tell) -> None:
    model = transferring(order(1, 10, needs("GLUE", -1, warehouse_code="BIN", reason_code="LOA")))
    assert took(at_wip(model).movements)[1:] == [("BIN", "GLUE", None, 4)]


def test_R9_the_lots_transferred_count_as_committed_beside_what_is_left(transferring: Tell) -> None:
    """12 of A and 3 of B were committed, 10 of A were transferred: there are 10 and 2 left of A."""
    model = transferring(
        item("GLUE", "manual", tracking="lot", lot_policy="manual"),
        lot("GLUE", "A"),
        lot("GLUE", "B"),
        stock("RAW", "GLUE", 50, lot_code="A"),
        stock("WIP", "GLUE", 1, lot_code="A"),
        stock("WIP", "GLUE", 50, lot_code="B"),
        order(1, 10, needs("GLUE", lots={"A": 12, "B": 3})),
        over_production_percent=D(100),
    )
    assert took(at_wip(model, 8).movements)[1:] == [("WIP", "GLUE", "A", -8)]
    assert model.orders[key(1)].commitments == {(1, "A"): 2, (1, "B"): 3}
    (short,) = registered(model, say("progress", 5))
    assert short.reasons == (
        Reason("lot_unavailable", "GLUE", warehouse_code="WIP", lot_code="A", required=D(4), available=D(3)),
    )
    model.delete([3])
    (row,) = registered(model, say("progress", 3))
    assert took(row.movements)[1:] == [("WIP", "GLUE", "A", -3)]
    model.roll_back([4])
    model.book(stock("WIP", "GLUE", 9, lot_code="A"))
    model.delete([4])
    (row,) = registered(model, say("progress", 7))
    assert took(row.movements)[1:] == [("WIP", "GLUE", "A", -4), ("WIP", "GLUE", "B", -3)]
    (row,) = registered(model, say("progress", 1))
    assert row.reasons == (Reason("lot_required", "GLUE", warehouse_code="WIP", required=D(1), available=D(0)),)


def test_R15_what_is_short_refuses_the_row_and_is_told(works: Tell) -> None:
    model = works(order(1, 10, needs("GLUE", 9), needs("GLUE", 9), status="executive"))
    _, first, second = registered(model, say("opening"), say("progress", 5), say("progress", 5))
    assert first.outcome == "registered"
    assert second.reasons == (
        Reason("insufficient_stock", "GLUE", warehouse_code="RAW", required=D(45), available=D(10)),
        Reason("insufficient_stock", "GLUE", warehouse_code="RAW", required=D(45), available=D(0)),
    )


def test_R15_what_a_row_loads_serves_the_next_row_and_not_itself(works: Tell) -> None:
    own = {"warehouse_code": "FIN", "reason_code": "ISS"}
    model = works(
        item("BIKE", "manual", quantity_decimals=0), order(1, 10, needs("BIKE", 1, **own), status="executive")
    )
    rows = registered(model, say("opening"), say("progress", 5))
    assert codes(rows[1].reasons) == ["insufficient_stock"]
    model = works(
        item("BIKE", "manual", quantity_decimals=0),
        order(1, 10, needs("BIKE", 1, fixed=True, picked_quantity=D("0.5"), **own), status="executive"),
    )
    rows = registered(model, say("opening"), say("progress", 4), say("progress", 6))
    assert [row.outcome for row in rows] == ["registered"] * 3


# Lots ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def by_lot(works: Tell) -> Tell:
    def tell(*rows: object, **of_company: Any) -> Both:
        return works(item("BIKE", "manual", quantity_decimals=0, tracking="lot"), *rows, **of_company)

    return tell


def lots_of(model: Both) -> list[str]:
    return [lot.lot_code for lot in model.production.made_lots]


def test_without_a_lot_it_is_lot_required_on_both_sides(by_lot: Tell) -> None:
    model = by_lot()
    _, row = registered(model, say("opening"), say("progress", 4, 1))
    assert row.reasons == (
        Reason("lot_required", "BIKE", warehouse_code="SCR", required=D(1), available=D(0)),
        Reason("lot_required", "BIKE", warehouse_code="FIN", required=D(4), available=D(0)),
    )


def test_the_lot_of_an_item_without_lots_says_nothing(works: Tell) -> None:
    model = works()
    _, row = registered(model, say("opening"), say("progress", 4, lot_code="A"))
    assert (row.outcome, row.movements[0].lot_code, lots_of(model)) == ("registered", None, [])


def test_a_lot_that_the_call_made_is_not_issued_by_it(by_lot: Tell) -> None:
    model = by_lot(
        order(1, 10, status="executive"),
        order(2, 4, needs("BIKE", 1, warehouse_code="FIN", reason_code="ISS"), status="executive", item_code="CART"),
        item("CART"),
        phase(2, 10),
    )
    model.declare([say("opening"), say("progress", 4, lot_code="N")])
    model.declare([say("opening", order=key(2)), say("progress", 4, order=key(2))])
    rows = model.register([1, 2, 3, 4])
    assert [row.outcome for row in rows] == ["registered"] * 3 + ["refused"]
    assert rows[3].reasons == (Reason("lot_unavailable", "BIKE", warehouse_code="FIN", required=D(4), available=D(0)),)
    assert [row.outcome for row in model.register([4])] == ["registered"]
    assert on_hand(model, "FIN", "BIKE") == 0
    (back,) = model.roll_back([2])
    assert back.reasons == (Reason("counterpart_stock_used", "BIKE", None, "FIN", "N", required=D(4), available=D(0)),)


def test_the_counterpart_of_a_load_finds_nothing_of_a_new_lot(by_lot: Tell) -> None:
    model = by_lot(
        counterpart("FIN", "LOA", "RAW"),
        order(1, 10, status="executive"),
    )
    _, row = registered(model, say("opening"), say("progress", 4, lot_code="N"))
    assert row.reasons == (
        Reason("lot_unavailable", "BIKE", warehouse_code="RAW", lot_code="N", required=D(4), available=D(0)),
    )


def test_a_lot_made_leaves_with_its_last_movement(by_lot: Tell) -> None:
    model = by_lot(order(1, 10, status="executive"), order(2, 10, status="executive"), phase(2, 10))
    for number in (1, 2):
        of = {"order": key(number)}
        registered(model, say("opening", **of), say("progress", 4, lot_code="N", **of))
    assert lots_of(model) == ["N"]
    model.roll_back([2])
    assert lots_of(model) == ["N"]
    model.roll_back([4])
    assert lots_of(model) == []


def test_lot_commitments_stay_and_what_was_issued_no_longer_counts(works: Tell) -> None:
    model = works(
        item("GLUE", "manual", tracking="lot", lot_policy="fifo"),
        lot("GLUE", "A", start_date=day(-9)),
        lot("GLUE", "B", start_date=day(-5)),
        stock("RAW", "GLUE", 100, lot_code="A"),
        stock("RAW", "GLUE", 100, lot_code="B"),
        order(1, 10, needs("GLUE", lots={"B": 5}), status="executive"),
    )
    rows = registered(model, say("opening"), *(say("progress", 3) for _ in range(3)))
    assert [[(one.lot_code, -one.quantity) for one in row.movements if one.lot_code] for row in rows[1:]] == [
        [("B", 3)],
        [("A", 1), ("B", 2)],
        [("A", 3)],
    ]
    assert model.orders[key(1)].commitments == {(1, "B"): 5}
    model.roll_back([4, 3])
    (row,) = model.register([3])
    assert [(one.lot_code, -one.quantity) for one in row.movements if one.lot_code] == [("A", 1), ("B", 2)]


# Order of service, closing, going back ------------------------------------------------------------------------------


def test_any_selection_is_served_in_the_sequence_of_its_order_the_closing_last(works: Tell) -> None:
    noon = datetime(2026, 1, 1, 12)
    model = works(phase(1, 20), order(1, 10, status="executive"))
    at = [noon + timedelta(hours=hour) for hour in range(6)]
    model.declare(
        [
            say("opening", phase=20, declared_at=at[0]),
            say("closing", 10, phase=20, declared_at=at[1]),
            say("opening", declared_at=at[2]),
            say("closing", 10, declared_at=at[3]),
        ]
    )
    rows = model.register([2, 4, 9, 1, 4, 3])
    assert [(row.ordinal, row.handle, row.outcome) for row in rows] == [
        (1, 2, "registered"),
        (2, 4, "registered"),
        (3, 9, "refused"),
        (4, 1, "registered"),
        (5, 3, "registered"),
    ]
    assert (rows[2].key, codes(rows[2].reasons)) == (None, ["declaration_not_found"])
    assert (model.orders[key(1)].status, model.orders[key(1)].produced_quantity) == ("closed", 10)
    assert {row.outcome for row in model.roll_back([1, 3, 2, 4])} == {"rolled_back"}
    assert {row.outcome for row in model.delete([1, 3, 2, 4])} == {"deleted"}
    assert model.orders[key(1)].status == "executive"


def test_the_reasons_of_state_stand_alone(works: Tell) -> None:
    model = works(phase(1, 20), order(1, 10, status="executive"))
    model.declare([say("opening"), say("progress", 1), say("closing", 1)])
    model.declare([say("opening", phase=20), say("closing", 1, phase=20)])
    assert codes(model.register([2])[0].reasons) == ["sequence_broken"]
    assert codes(model.roll_back([1])[0].reasons) == ["not_registered"]
    assert codes(model.delete([1])[0].reasons) == ["sequence_broken"]
    assert {row.outcome for row in model.register([4, 5, 1])} == {"registered"}
    assert codes(model.register([1])[0].reasons) == ["already_registered"]
    assert codes(model.register([3])[0].reasons) == ["order_closed"]
    assert codes(model.roll_back([4])[0].reasons) == ["order_closed"]
    assert codes(model.delete([5])[0].reasons) == ["already_registered"]
    assert codes(model.restore([key(1)])[0].reasons) == ["order_closed"]
    assert {row.outcome for row in model.roll_back([5])} == {"rolled_back"}
    assert model.orders[key(1)].status == "executive"
