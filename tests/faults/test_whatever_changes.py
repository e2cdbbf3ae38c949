"""Whatever is changed while an order runs, by hand or in maintenance: the way back ends where it began (R3, R34)."""

import pytest
from psycopg import IntegrityError

from rilascio.errors import RecordProtected
from tests.factory import needs, outcomes, report
from tests.faults.outside import REGISTERED, Outside, phase

OF_ROWS = {
    "more scrap": "update erp.production_order_material set scrap_percent = 50",
    "twice as much": "update erp.production_order_material set unit_quantity = unit_quantity * 2",
    "nothing": "update erp.production_order_material set unit_quantity = 0",
    "the other way round": "update erp.production_order_material set unit_quantity = -unit_quantity",
    "fixed": "update erp.production_order_material set fixed = not fixed",
    "picked": "update erp.production_order_material set picked_quantity = 7",
    "not movable": "update erp.production_order_material set movable = false",
    "linked to the phase": "update erp.production_order_material set phase = 10, sub_phase = 0",
    "linked to none": "update erp.production_order_material set phase = null, sub_phase = null",
    "gone": "delete from erp.production_order_material",
    "no commitments": "delete from erp.material_lot",
    "half the commitments": "update erp.material_lot set quantity = quantity / 2",
}
OF_ORDERS = {
    "half the quantity": "update erp.production_order set quantity = quantity / 2",
    "twice the quantity": "update erp.production_order set quantity = quantity * 2",
    "a part of another whole": "update erp.production_order set quantity_before = 3",
    "semi-finished": "update erp.production_order set level = 2",
    "header's warehouse": "update erp.production_order set load_warehouse_id = (select max(w.warehouse_id)"
    " from erp.warehouse as w where w.company_id = %(company)s)",
    "a phase after": "insert into erp.production_order_phase (company_id, production_order_id, phase)"
    " select company_id, production_order_id, 20 from erp.production_order as o",
    "a phase before": "insert into erp.production_order_phase (company_id, production_order_id, phase)"
    " select company_id, production_order_id, 5 from erp.production_order as o",
    "phases not movable": "update erp.production_order_phase set movable = not movable",
    "phases not productive": "update erp.production_order_phase set productive = not productive",
    "machine elsewhere": "update erp.production_order_phase set machine_site_id = (select max(s.site_id)"
    " from erp.site as s where s.company_id = %(company)s)",
    "no phases": "delete from erp.production_order_phase",
}
OF_ITEMS = {
    "fewer decimals": "update erp.item set quantity_decimals = 0",
    "more decimals": "update erp.item set quantity_decimals = 6",
    "phantoms": "update erp.item set phantom = true",
    "manual policy": "update erp.item set lot_policy = 'manual', expiry_block_days = 9999",
    "another unit": "update erp.item set uom = 'KG'",
    "manual": "update erp.item_mrp_parameter set picking_type = 'manual'",
    "automatic": "update erp.item_mrp_parameter set picking_type = 'automatic'",
    "with list": "update erp.item_mrp_parameter set picking_type = 'with_list'",
    "produced": "update erp.item_mrp_parameter set procurement_type = 'production'",
    "no parameters": "delete from erp.item_mrp_parameter",
    "lots that may not be used": "update erp.lot set closed = true, sellable = false, state = 'unavailable'",
}
OF_SETTINGS = {
    "no WIP management": "update erp.production_parameter set wip_management = false",
    "no transfers": "update erp.production_parameter set transfer_manual_to_wip = false",
    "below zero, splits": "update erp.production_parameter set allow_negative_stock = true, split_on_shortage = true",
    "no rules": "delete from erp.warehouse_rule",
    "other rules": "update erp.warehouse_rule set warehouse_id = (select max(w.warehouse_id) from erp.warehouse as w"
    " where w.company_id = %(company)s), issue_movement_reason_id = null, load_movement_reason_id = null,"
    " semi_finished_issue_movement_reason_id = null",
    "warehouses that have expired": "update erp.warehouse set valid_until = '2020-01-01'",
    "checks by location": "update erp.warehouse set check_location = true",
    "reasons not for production": "update erp.movement_reason set usable_in_production = false",
    "locations blocked": "update erp.location set blocked = true",
}
CHANGES = OF_ROWS | OF_ORDERS | OF_ITEMS | OF_SETTINGS


@pytest.fixture
def order(changed: Outside) -> int:
    """Give an order with rows of every kind: issued, transferred, left to a registration, by list, and a by-product."""
    changed.site("PLANT")
    for code in ("WIP", "ELSEWHERE"):
        changed.warehouse(code)
    changed.rule("wip", "WIP", semi_finished_issue="ISS")
    changed.parameters(wip_management=True, transfer_manual_to_wip=True)
    changed.location("BIN")
    changed.keep("A", "BIN")
    changed.stock("A", 50, warehouse="WIP")
    changed.item("LOTTED", by_lot=True)
    changed.item("TRANSFERRED", "manual", by_lot=True)
    changed.item("MANUAL", "manual", decimals=1)
    changed.item("LISTED", "with_list")
    changed.item("CHIPS")
    for item in ("LOTTED", "TRANSFERRED"):
        for warehouse in ("MAIN", "WIP"):
            changed.stock(item, 60, warehouse=warehouse, lot="L")
    for item in ("MANUAL", "LISTED"):
        changed.stock(item, 60)
    return changed.order(
        needs("A", 2),
        needs("LOTTED", lots={"L": 4}),
        needs("TRANSFERRED", 1, lots={"L": 20}),
        needs("MANUAL", "0.33", phase=10),
        needs("LISTED"),
        needs("CHIPS", "-0.5"),
        quantity=10,
        phases=[phase(10)],
    )


@pytest.mark.parametrize("change", CHANGES)
def test_R3_R34_R54_whatever_is_changed_the_way_back_ends_where_it_began(
    changed: Outside, order: int, change: str
) -> None:
    stocks = changed.stocks()
    changed.released(order)
    declarations = changed.declared(order, report("opening"), report("progress", good=4))
    changed.registered(*declarations)

    try:
        with changed.connection.transaction():
            manual_change = CHANGES[change] + " where company_id = %(company)s"
            mode = "maintenance" if changed.in_maintenance else ""
            changed.connection.execute("select erp_internal.set_write_mode(%s)", [mode])
            changed.connection.execute(manual_change.encode(), {"company": changed.company_id})
            changed.connection.execute("select erp_internal.set_write_mode('')")
    except (RecordProtected, IntegrityError):
        pass
    rows = changed.declare(order, report("closing", good=6))
    more = [row.declaration_id for row in rows if row.outcome == "declared"]
    done = set(declarations)
    if more:
        done |= {row.declaration_id for row in changed.register(*more, on=REGISTERED) if row.outcome == "registered"}

    assert set(outcomes(changed.roll_back(*done))) == {"rolled_back"}
    assert set(outcomes(changed.undeclare(*declarations, *more))) == {"deleted"}
    changed.restored(order)
    assert changed.state(order) == ("launched", 0)
    assert changed.stocks() == stocks
    assert changed.findings() == set()
