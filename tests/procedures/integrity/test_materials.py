"""What moved for material rows is what they need; where it is not, it is found (R2, R3, R5, R6, R9, R29, R51)."""

from typing import Any

import pytest

from tests.factory import MAIN, Factory, day, needs, outcomes, phase, report
from tests.procedures.integrity.busy import Busy, check, corrupt, found


def in_maintenance(factory: Factory, manual_change: str, *arguments: Any) -> None:
    """Write as the owner, in write mode maintenance: the triggers that keep the balance are at work."""
    factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
    assert factory.connection.execute(manual_change.encode(), arguments or None).rowcount > 0
    factory.connection.execute("select erp_internal.set_write_mode('')")


def row(busy: Busy, order: int, line: int, item: str, **figures: float) -> dict[str, Any]:
    """Return an example."""
    return {"order": busy.label(order), "line": line, "item_code": item, **figures}


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        ("unit_quantity = 3", 30),
        ("unit_quantity = -2", -20),
        ("unit_quantity = 0", 0),
        ("fixed = true", 2),
        ("scrap_percent = 50", 30),
        ("picked_quantity = 1", 19),
        ("picked_quantity = 99", 0),
    ],
)
def test_R20_R21_a_row_that_was_changed_after_its_release(busy: Busy, change: str, needed: int) -> None:
    in_maintenance(
        busy, f"update erp.production_order_material set {change} where production_order_id = %s and line = 1",
        busy.released,
    )  # fmt: skip
    assert found(busy) == {"issued_differs": [row(busy, busy.released, 1, "NUT", issued=20, needed=needed)]}
    assert {one.severity for one in check(busy)} == {"error"}


def test_R20_an_order_whose_quantity_was_changed_after_its_release(busy: Busy) -> None:
    in_maintenance(busy, "update erp.production_order set quantity = 12 where production_order_id = %s", busy.released)
    examples = found(busy)["issued_differs"]
    assert [(one["line"], one["issued"], one["needed"]) for one in examples] == [
        (1, 20, 24), (2, 10, 12), (3, 10, 12), (4, -5, -6)
    ]  # fmt: skip
    assert found(busy).keys() == {"issued_differs"}


def test_R20_a_row_that_came_after_the_release_and_one_that_is_gone(busy: Busy) -> None:
    in_maintenance(
        busy,
        "insert into erp.production_order_material (company_id, production_order_id, line, item_id, unit_quantity)"
        " values (%s, %s, 9, %s, 1)",
        busy.company_id, busy.released, busy.id("item", "GLUE"),
    )  # fmt: skip
    in_maintenance(
        busy, "delete from erp.production_order_material where production_order_id = %s and line = 3", busy.released
    )
    assert found(busy) == {
        "issued_differs": [
            row(busy, busy.released, 3, "NUT", issued=10, needed=0),
            row(busy, busy.released, 9, "GLUE", issued=0, needed=10),
        ]
    }


def test_R20_a_row_that_names_another_item_by_now(busy: Busy) -> None:
    in_maintenance(
        busy, "update erp.production_order_material set item_id = %s where production_order_id = %s and line = 1",
        busy.id("item", "DUST"), busy.released,
    )  # fmt: skip
    assert sorted(found(busy)["issued_differs"], key=str) == sorted(
        [
            row(busy, busy.released, 1, "DUST", issued=0, needed=20),
            row(busy, busy.released, 1, "NUT", issued=20, needed=0),
        ],
        key=str,
    )


def test_R2_a_movement_of_a_release_that_was_changed(busy: Busy) -> None:
    record = busy.record(busy.split)
    in_maintenance(
        busy, "update erp.stock_movement set quantity = quantity + 2 where stock_record_id = %s and line = 1",
        record["stock_record_id"],
    )  # fmt: skip
    assert found(busy) == {"issued_differs": [row(busy, busy.split, 1, "SCREW", issued=5, needed=7)]}


def test_R3_a_row_that_was_not_to_be_issued(busy: Busy) -> None:
    corrupt(busy, "insert into erp.released_material"
            " (company_id, production_order_id, line, movable, picking_type, procurement_type)"
            " values (%s, %s, 1, true, 'with_list', 'purchase')", busy.company_id, busy.released)  # fmt: skip
    assert found(busy) == {"issued_differs": [row(busy, busy.released, 1, "NUT", issued=20, needed=0)]}


@pytest.fixture
def line(factory: Factory) -> Factory:
    """Give a factory that transfers its manual materials to the line."""
    for section in ("finished", "scrap"):
        factory.rule(section, MAIN)
    factory.warehouse("LINE")
    factory.rule("wip", "LINE", semi_finished_issue="ISS")
    factory.parameters(wip_management=True, transfer_manual_to_wip=True)
    factory.stock(factory.item("GLUE", "manual"), 100)
    return factory


@pytest.mark.parametrize(("counterpart", "code"), [(False, "issued_differs"), (True, "counterpart_differs")])
def test_R9_a_transfer_of_another_quantity(line: Factory, counterpart: bool, code: str) -> None:
    order = line.order(needs("GLUE", 2), quantity=5)
    assert outcomes(line.release(order)) == ["released"]
    assert check(line) == []
    in_maintenance(line, "update erp.stock_movement set quantity = quantity * 1.5 where counterpart = %s"
                    " and material_line = 1", counterpart)  # fmt: skip
    assert code in found(line)


@pytest.mark.parametrize(("then", "now", "issued", "needed"), [(0, 1, 2, 1.6), (1, 0, 1.6, 2)])
def test_R21_decimals_that_are_others_by_now_are_a_warning(
    line: Factory, then: int, now: int, issued: float, needed: float
) -> None:
    line.item("SHEET", decimals=then)
    line.item("FOIL", "manual", decimals=then)
    line.stock("SHEET", 10, warehouse="LINE")
    line.stock("FOIL", 10)
    order = line.order(needs("SHEET", "0.4"), needs("FOIL", "0.4"), quantity=4, phases=[phase(10)])
    assert outcomes(line.release(order)) == ["released"]
    done = line.declared(order, report("opening"), report("closing", good=4))
    assert set(outcomes(line.register(*done))) == {"registered"}
    assert check(line) == []

    in_maintenance(line, "update erp.item set quantity_decimals = %s where item_code in ('SHEET', 'FOIL')", now)

    [finding] = check(line)
    assert (finding.code, finding.severity) == ("issued_at_other_decimals", "warning")
    assert [(one["item_code"], one["issued"], one["needed"]) for one in finding.examples] == [
        ("SHEET", issued, needed), ("FOIL", issued, needed)
    ]  # fmt: skip


def test_R3_R51_a_registration_of_more_than_a_row_needs(busy: Busy) -> None:
    of_glue = (busy.progress, busy.id("item", "GLUE"))
    moved = (
        "update erp.stock_movement as m set quantity = %s from erp.stock_record as r"
        " where r.stock_record_id = m.stock_record_id and r.production_declaration_id = %s and m.item_id = %s"
    )
    in_maintenance(busy, moved, -10, *of_glue)
    assert found(busy) == {}  # as much as the whole order needs
    in_maintenance(busy, moved, "-10.001", *of_glue)
    assert found(busy) == {"issued_twice": [row(busy, busy.open, 2, "GLUE", issued=0, registered=10.001)]}
    in_maintenance(busy, moved, 1, *of_glue)
    assert found(busy)["issued_twice"] == [row(busy, busy.open, 2, "GLUE", issued=0, registered=-1)]


def test_R3_R51_a_registration_of_a_row_that_is_gone(busy: Busy) -> None:
    in_maintenance(
        busy, "delete from erp.production_order_material where production_order_id = %s and line = 2", busy.open
    )
    assert found(busy) == {"issued_twice": [row(busy, busy.open, 2, "GLUE", issued=0, registered=4)]}


def test_R3_a_registration_of_what_the_release_issued(busy: Busy) -> None:
    corrupt(busy, "update erp.stock_movement as m set item_id = %s, material_line = 1 from erp.stock_record as r"
            " where r.stock_record_id = m.stock_record_id and r.production_declaration_id = %s and m.item_id = %s",
            busy.id("item", "NUT"), busy.progress, busy.id("item", "GLUE"))  # fmt: skip
    assert found(busy)["issued_twice"] == [row(busy, busy.open, 1, "NUT", issued=10, registered=4)]


@pytest.mark.parametrize(("movable", "picking"), [(True, "automatic"), (True, "with_list"), (False, "manual")])
def test_R3_a_registration_of_what_was_not_due(busy: Busy, movable: bool, picking: str) -> None:
    corrupt(busy, "update erp.released_material set movable = %s, picking_type = %s where production_order_id = %s"
            " and line = 2", movable, picking, busy.open)  # fmt: skip
    assert found(busy)["issued_twice"] == [row(busy, busy.open, 2, "GLUE", issued=0, registered=4)]


def test_R39_without_a_release_a_registration_moves_no_more_than_a_row_needs(busy: Busy) -> None:
    order = busy.order(needs("GLUE"), quantity=3, status="executive", phases=[phase(10)])
    done = busy.declared(order, report("opening"), report("closing", good=3))
    assert set(outcomes(busy.register(*done, on=day(5)))) == {"registered"}
    assert check(busy) == []
    in_maintenance(
        busy, "update erp.stock_movement as m set quantity = -6 from erp.stock_record as r where r.stock_record_id ="
        " m.stock_record_id and r.production_declaration_id = %s and m.material_line = 1", done[1],
    )  # fmt: skip
    assert found(busy) == {"issued_twice": [row(busy, order, 1, "GLUE", issued=0, registered=6)]}


def test_R34_what_is_remembered_of_a_release_that_is_not(busy: Busy) -> None:
    corrupt(busy, "insert into erp.released_material (company_id, production_order_id, line, movable)"
            " values (%s, %s, 1, true)", busy.company_id, busy.restored)  # fmt: skip
    assert found(busy) == {"decision_left": [{"order": busy.label(busy.restored), "status": "launched"}]}
