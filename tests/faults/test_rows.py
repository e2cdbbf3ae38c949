"""Rows changed past the API, on launched, released and archived orders (R20)."""

import pytest
from psycopg.errors import ForeignKeyViolation

from rilascio.errors import RecordProtected
from tests.factory import codes, needs, outcomes, phase
from tests.faults.outside import Outside


def test_R20_a_row_does_not_change_its_item_while_a_lot_of_that_is_written_on_it(changed: Outside) -> None:
    for code in ("LOTTED", "SUBSTITUTE"):
        changed.item(code, by_lot=True)
    order = changed.order(needs("LOTTED", -2, lots={"L1": 20}), quantity=10)
    other = changed.order(needs("A"), quantity=1)
    substitute = "update erp.production_order_material set item_id = %s where production_order_id = %s"

    with pytest.raises(ForeignKeyViolation, match="material_lot"), changed.connection.transaction():
        changed.change(substitute, changed.id("item", "SUBSTITUTE"), order)

    changed.change("delete from erp.material_lot where production_order_id = %s", order)
    changed.change(substitute, changed.id("item", "SUBSTITUTE"), order)
    plan = changed.preview(order, other)
    rows = changed.release(order, other)
    assert [(row.order_id, row.outcome) for row in plan] == [(order, "refused"), (other, "released")]
    assert [(row.order_id, row.outcome) for row in rows] == [(order, "refused"), (other, "released")]
    assert codes(rows[0]) == ["lot_required"]
    changed.restored(other)
    assert changed.stocks() == {"MAIN A": 100}
    assert changed.findings() == set()


def test_R20_an_archived_order_that_was_never_released_may_be_launched_again(changed: Outside) -> None:
    order = changed.order(needs("A"))
    assert changed.change("update erp.production_order set status = 'archived' where production_order_id = %s", order)
    assert outcomes(changed.release(order)) == ["refused"]

    assert changed.change("update erp.production_order set status = 'launched' where production_order_id = %s", order)

    changed.released(order)
    changed.restored(order)
    assert changed.stocks() == {"MAIN A": 100}
    assert changed.findings() == set()


def test_R20_a_released_order_is_not_deleted_by_hand(outside: Outside) -> None:
    order = outside.order(needs("A"), quantity=10)
    empty = outside.order()
    outside.released(order, empty)
    for one in (order, empty):
        with pytest.raises(RecordProtected), outside.connection.transaction():
            outside.connection.execute("delete from erp.production_order where production_order_id = %s", [one])
    outside.restored(order, empty)
    assert outside.stocks() == {"MAIN A": 100}
    assert outside.findings() == set()


def test_R20_what_a_released_order_stands_on_does_not_change_by_hand(outside: Outside) -> None:
    outside.item("B")
    outside.stock("B", 100)
    order = outside.order(needs("A"), quantity=10, phases=[phase(10)])
    outside.released(order)

    added = outside.change(
        "insert into erp.production_order_material (company_id, production_order_id, line, item_id, unit_quantity)"
        " values (%s, %s, 2, %s, 1)",
        outside.company_id,
        order,
        outside.id("item", "B"),
    )
    enlarged = outside.change("update erp.production_order set quantity = 15 where production_order_id = %s", order)

    assert (added, enlarged) == (False, False)
    declarations = outside.produced(order)
    assert outside.stocks() == {"MAIN A": 90, "MAIN B": 100, "MAIN BIKE": 10}
    outside.taken_back(*declarations)
    outside.restored(order)
    assert outside.stocks() == {"MAIN A": 100, "MAIN B": 100}
    assert outside.findings() == set()


def test_R20_in_maintenance_it_does_and_is_found(outside: Outside) -> None:
    outside.in_maintenance = True
    outside.item("B")
    outside.stock("B", 100)
    order = outside.order(needs("A"), quantity=10, phases=[phase(10)])
    outside.released(order)
    outside.change("update erp.production_order set quantity = 15 where production_order_id = %s", order)
    outside.change(
        "insert into erp.production_order_material (company_id, production_order_id, line, item_id, unit_quantity)"
        " values (%s, %s, 2, %s, 1)",
        outside.company_id,
        order,
        outside.id("item", "B"),
    )
    assert "issued_differs" in outside.findings()
    declarations = outside.produced(order, 15)
    assert "issued_differs" in outside.findings()
    outside.taken_back(*declarations)
    outside.restored(order)
    assert outside.stocks() == {"MAIN A": 100, "MAIN B": 100}
    assert outside.findings() == set()
