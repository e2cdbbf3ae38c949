"""The grids: columns, what stands in them, and that SELECT is all a client needs (R1, R30, R40, R41)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.factory import MAIN, Factory, day, needs, outcomes, phase, report

ORDER_COLUMNS = (
    "company_id, order_id, order_year, order_number, order_lot, order_type, status, item_code, item_class,"
    " variant_code, item_description, quantity, produced_quantity, uom, level, start_date, end_date, late, job_year,"
    " job_number, job_type, customer, project, site_code, department, work_center, machine, firm, priority,"
    " automatic_material_count, created_at, created_by, changed_at, changed_by"
)

COLUMNS = {
    "release_grid": f"{ORDER_COLUMNS}, feasibility",
    "restore_grid": (
        f"{ORDER_COLUMNS}, run_id, released_at, released_by, record_count, movement_count, restorable, blockers"
    ),
    "restore_movement_grid": (
        "company_id, order_id, run_id, stock_record_id, warehouse_code, record_date, record_number, reason_code, line,"
        " item_code, variant_code, lot_code, location_code, quantity, uom, material_line, resolved_by, mirror"
    ),
}


@pytest.mark.parametrize("view", COLUMNS)
def test_R1_R30_a_grid_has_its_columns_in_their_order(factory: Factory, view: str) -> None:
    """Columns may be appended, never moved."""
    names = [
        row.column_name
        for row in factory.call(
            "select a.attname::text as column_name from pg_catalog.pg_attribute as a"
            " where a.attrelid = %s::regclass and a.attnum > 0 order by a.attnum",
            [f"erp_api.{view}"],
        )
    ]
    assert ", ".join(names).startswith(COLUMNS[view])


def full_order(factory: Factory) -> int:
    """Make an order with a value in every column of the grids."""
    factory.site("TURIN")
    product = factory.item("RACER", item_class="BIKES", description="Racing bike", uom="PC", decimals=2)
    factory.variant(product, "RED")
    nut, paint = factory.item("NUT"), factory.item("PAINT", "manual")
    phantom, new = factory.item("PHANTOM", phantom=True), factory.item("NEW", None)
    return factory.order(
        needs(nut),
        needs(nut),
        needs(paint),
        needs(phantom),
        needs(new, movable=False),
        needs(nut, movable=False),
        quantity="2.5",
        item=product,
        variant="RED",
        number=42,
        order_lot=3,
        job=factory.job(7, site="TURIN", job_type="export", customer="Velo & Co."),
        phases=[
            phase(20, department="late", machine="M9"),
            phase(10, sub_phase=1, department="later"),
            phase(10, department="weld", work_center="W1", machine="M1"),
        ],
        order_type="special",
        level=2,
        start_date=day(1),
        end_date=day(9),
        project="Tour",
        firm="Rossi",
        priority=5,
    )


EXPECTED: dict[str, Any] = {
    "order_year": 2026,
    "order_number": 42,
    "order_lot": 3,
    "order_type": "special",
    "item_code": "RACER",
    "item_class": "BIKES",
    "variant_code": "RED",
    "item_description": "Racing bike",
    "quantity": Decimal("2.5"),
    "produced_quantity": 0,
    "uom": "PC",
    "level": 2,
    "start_date": day(1),
    "end_date": day(9),
    "job_year": 2026,
    "job_number": 7,
    "job_type": "export",
    "customer": "Velo & Co.",
    "project": "Tour",
    "site_code": "TURIN",
    "department": "weld",
    "work_center": "W1",
    "machine": "M1",
    "firm": "Rossi",
    "priority": 5,
    "automatic_material_count": 2,
}


def shown(row: Any) -> dict[str, Any]:
    """Return the columns of a grid's row that are expected."""
    return {name: getattr(row, name) for name in EXPECTED}


def test_R1_the_release_grid_shows_a_launched_order_with_everything_about_it(factory: Factory) -> None:
    order = full_order(factory)
    [row] = factory.select("release_grid")
    assert shown(row) == EXPECTED
    assert (row.company_id, row.order_id, row.status) == (factory.company_id, order, "launched")


def test_R30_the_restore_grid_shows_a_released_order_with_its_release(factory: Factory) -> None:
    order = full_order(factory)
    factory.stock("NUT", 100)
    [released] = factory.release(order)
    [row] = factory.select("restore_grid")
    assert shown(row) == EXPECTED
    assert (row.order_id, row.status, row.run_id) == (order, "executive", released.run_id)
    assert (row.record_count, row.movement_count) == (released.record_count, released.movement_count) == (1, 2)
    assert (row.restorable, row.blockers) == (True, [])
    assert (row.released_by, row.changed_by) == (factory.operator, factory.operator)
    assert row.released_at == row.changed_at


@pytest.mark.parametrize(
    ("status", "grid"),
    [("launched", "release_grid"), ("executive", "restore_grid"), ("closed", None), ("archived", None)],
)
def test_R1_R30_every_order_stands_in_the_grid_of_its_status(factory: Factory, status: str, grid: str | None) -> None:
    factory.order(status=status)
    assert [view for view in ("release_grid", "restore_grid") if factory.select(view)] == ([grid] if grid else [])


@pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False), (1, False), (None, False)])
def test_R1_an_order_is_late_whose_end_lies_before_today(factory: Factory, days: int | None, late: bool) -> None:
    [now] = factory.call("select current_date as today")
    today: date = now.today
    factory.order(end_date=None if days is None else today + timedelta(days=days))
    assert [row.late for row in factory.select("release_grid")] == [late]


def test_R30_the_restore_grid_shows_an_order_executive_without_a_release(factory: Factory) -> None:
    factory.order(status="executive")
    [row] = factory.select("restore_grid")
    assert (row.run_id, row.released_at, row.released_by) == (None, None, None)
    assert (row.record_count, row.movement_count, row.restorable, row.blockers) == (0, 0, True, [])


@pytest.mark.parametrize("loads", [False, True])
def test_R30_R32_the_restore_grid_names_what_stands_against_a_restore(factory: Factory, loads: bool) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut), needs(factory.item("CHIPS"), -1 if loads else 0), phases=[phase(10)])
    factory.release(order, on=day(0))
    declarations = factory.declared(order, *([report("opening")] + [report("progress")] * 5))
    factory.parameters(period_start=day(1))
    [row] = factory.select("restore_grid")
    assert row.restorable is False
    assert row.blockers == factory.preview_restore(order)[0].reasons
    said = {reason["code"]: reason["message"] for reason in row.blockers}
    assert sorted(said) == ["declarations_exist", "period_closed"]
    first, second, *_, fifth, sixth = declarations
    assert f": {first} (opening, 10), {second} (progress, 10), " in said["declarations_exist"]
    assert said["declarations_exist"].endswith(f"{fifth} (progress, 10), ... (6).")
    assert str(sixth) not in said["declarations_exist"]
    factory.connection.execute("set local client_encoding = 'latin1'")
    assert factory.preview_restore(order)[0].reasons == row.blockers


def test_R30_the_restore_movement_grid_shows_what_the_release_in_force_made(factory: Factory) -> None:
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    nut = factory.item("NUT", by_lot=True, uom="KG")
    factory.variant(nut, "RED")
    factory.location("A")
    factory.stock(nut, 10, lot="L1", location="A", variant="RED")
    order, other = factory.order(needs(nut, 4, variant="RED")), factory.order(needs(nut, 1, variant="RED"))
    factory.release(order, on=day(0))
    factory.restore(order)
    [released] = factory.release(order, on=day(1))
    factory.release(other)

    issue, load = factory.movements(order)

    assert (issue.company_id, issue.order_id, issue.run_id) == (factory.company_id, order, released.run_id)
    assert (issue.warehouse_code, issue.record_date, issue.record_number) == (MAIN, day(1), 1)
    assert (issue.reason_code, issue.line, issue.material_line, issue.resolved_by) == ("ISS", 1, 1, "company")
    assert (issue.item_code, issue.variant_code, issue.lot_code, issue.location_code) == (nut, "RED", "L1", "A")
    assert (issue.quantity, issue.uom, issue.mirror) == (-4, "KG", False)
    assert (load.warehouse_code, load.reason_code, load.quantity, load.mirror) == ("LINE", "LOA", 4, True)
    assert (load.lot_code, load.location_code) == ("L1", None)


def test_R30_the_restore_movement_grid_forgets_what_was_restored(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut))
    factory.release(order)
    factory.restore(order)
    assert factory.movements(order) == []


def test_R40_filter_select_and_act_need_nothing_but_the_views_and_the_functions(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    for priority in (3, 1, 2, 1):
        factory.order(needs(nut), priority=priority)
    rows = factory.call(
        "select r.outcome from erp_api.release_production_orders(%s, array("
        "select g.order_id from erp_api.release_grid as g"
        " where g.company_id = %s and g.priority = 1 and not g.late order by g.order_number desc limit 1)) as r",
        [factory.company_id, factory.company_id],
    )
    assert outcomes(rows) == ["released"]
    assert [row.order_number for row in factory.select("restore_grid")] == [4]


# --- feasibility (R41) -----------------------------------------------------------------------------------------------


def feasibility(factory: Factory, *orders: int) -> list[str]:
    """Return the feasibility of orders."""
    found = {row.order_id: row.feasibility for row in factory.select("release_grid", *orders)}
    return [found[order] for order in orders]


def test_R41_feasibility_tells_what_stock_covers_of_each_order_alone(factory: Factory) -> None:
    nut, paint = factory.item("NUT"), factory.item("PAINT", "manual")
    factory.stock(nut, 10)
    orders = [
        factory.order(needs(nut), quantity=10),
        factory.order(needs(nut), quantity=10),  # each alone, so the second one finds all of it too
        factory.order(needs(nut), quantity=11),
        factory.order(needs(nut, 11), quantity=1),
        factory.order(needs(paint), quantity=11),
        factory.order(),
    ]
    assert feasibility(factory, *orders) == ["all", "all", "partly", "none", "not needed", "not needed"]


def test_R41_stock_of_today_counts(factory: Factory) -> None:
    nut = factory.item("NUT")
    [now] = factory.call("select current_date as today")
    factory.stock(nut, 10, on=now.today + timedelta(days=1))
    order = factory.order(needs(nut), quantity=5)
    assert feasibility(factory, order) == ["none"]
    factory.stock(nut, 5, on=now.today)
    assert feasibility(factory, order) == ["all"]


@pytest.mark.parametrize("against", ["no parameters", "no warehouse", "period closed", "work begun"])
def test_R41_whatever_else_stands_against_an_order_makes_it_none(factory: Factory, against: str) -> None:
    nut, made = factory.item("NUT"), factory.item("MADE", procurement="production")
    factory.stock(nut, 5)
    factory.no_rule("semi_finished")
    picked, material = 0, needs(nut, movable=False)
    if against == "no parameters":
        material = needs(factory.item("NEW", None))
    elif against == "no warehouse":
        material = needs(made)
    elif against == "period closed":
        factory.parameters(period_end=day(-300))
    else:
        picked = 1
    order = factory.order(needs(nut, picked_quantity=picked), material, quantity=10)
    assert feasibility(factory, order) == ["none"]


def test_R41_the_companys_parameter_for_splits_is_no_matter(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 5)
    order = factory.order(needs(nut), quantity=10)
    for splits in (False, True):
        factory.parameters(split_on_shortage=splits)
        assert feasibility(factory, order) == ["partly"]


def test_R41_R42_feasibility_is_computed_only_where_it_is_asked_for(factory: Factory) -> None:
    factory.order()

    def plan(columns: str) -> str:
        rows = factory.call(f"explain (verbose, costs off) select {columns} from erp_api.release_grid")
        return "\n".join(str(row[0]) for row in rows)

    assert "order_feasibility" not in plan("order_id, order_number, automatic_material_count")
    assert "order_feasibility" in plan("order_id, feasibility")


def test_R41_the_blockers_are_computed_only_where_they_are_asked_for(factory: Factory) -> None:
    rows = factory.call("explain (verbose, costs off) select order_id, movement_count from erp_api.restore_grid")
    assert "order_blockers" not in "\n".join(str(row[0]) for row in rows)
