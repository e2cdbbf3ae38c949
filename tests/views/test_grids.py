"""The grids: columns, what stands in them, and that SELECT is all a client needs (R1, R30, R40, R41)."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.factory import MAIN, Factory, day, needs, outcomes, phase, report

ORDER_COLUMNS = (
    "company_id, order_id, order_year, order_number, order_lot, order_type, status, item_code, item_class,"
    " variant_code, item_description, quantity, produced_quantity, uom, level, start_date, end_date, late, job_year,"
    " job_number, job_type, customer, project, site_code, department, work_center, machine, firm, priority,"
    " created_at, created_by, changed_at, changed_by"
)

COLUMNS = {
    "release_grid": ORDER_COLUMNS,
    "restore_grid": (
        f"{ORDER_COLUMNS}, run_id, released_at, released_by, record_count, movement_count, restorable, blockers"
    ),
    "restore_movement_grid": (
        "company_id, order_id, run_id, stock_record_id, warehouse_code, record_date, record_number, reason_code, line,"
        " item_code, variant_code, lot_code, location_code, quantity, uom, material_line, resolved_by, counterpart"
    ),
}


@pytest.mark.parametrize("view", COLUMNS)
def test_R1_R30_a_grid_has_its_columns_in_their_order(factory: Factory, view: str) -> None:
    """Columns may be appended, never moved."""
    assert ", ".join(factory.columns(view)).startswith(COLUMNS[view])


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
}


BESIDES = {"company_id", "order_id", "status", "late", "created_at", "created_by", "changed_at", "changed_by"}
"""Columns of both grids of orders that other tests look at."""

OF_WHAT_IS_LAUNCHED: set[str] = set()
"""Columns of the release grid alone."""

OF_THE_RELEASE = {"run_id", "released_at", "released_by", "record_count", "movement_count", "restorable", "blockers"}
"""Columns of the restore grid alone."""

COMPUTED_FOR_A_PAGE = {"variant_code", "released_by", "record_count", "movement_count"}
"""Columns of the restore grid that a subquery of its select list computes."""


def shown(row: Any) -> dict[str, Any]:
    """Return the columns of a grid's row that are expected."""
    return {name: getattr(row, name) for name in EXPECTED}


def test_R1_the_release_grid_shows_a_launched_order_with_everything_about_it(factory: Factory) -> None:
    order = full_order(factory)
    [row] = factory.select("release_grid")
    assert shown(row) == EXPECTED
    assert set(row._fields) == EXPECTED.keys() | BESIDES | OF_WHAT_IS_LAUNCHED
    assert (row.company_id, row.order_id, row.status) == (factory.company_id, order, "launched")


def test_R30_the_restore_grid_shows_a_released_order_with_its_release(factory: Factory) -> None:
    order = full_order(factory)
    factory.stock("NUT", 100)
    [released] = factory.release(order)
    [row] = factory.select("restore_grid")
    assert shown(row) == EXPECTED
    assert set(row._fields) == EXPECTED.keys() | BESIDES | OF_THE_RELEASE
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
    assert f"{sixth} (" not in said["declarations_exist"]
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
    assert (issue.quantity, issue.uom, issue.counterpart) == (-4, "KG", False)
    assert (load.warehouse_code, load.reason_code, load.quantity, load.counterpart) == ("LINE", "LOA", 4, True)
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


def asked(factory: Factory, *orders: int) -> list[tuple[Any, ...]]:
    """Ask for the feasibility of orders."""
    rows = factory.call("select * from erp_api.order_feasibility(%s, %s)", [factory.company_id, list(orders)])
    return [tuple(row) for row in rows]


def feasibility(factory: Factory, *orders: int) -> list[str]:
    """Return the feasibility of orders in one word each."""
    return [row[2] for row in asked(factory, *orders)]


def test_R41_feasibility_tells_what_stock_covers_of_each_order_alone(factory: Factory) -> None:
    nut, paint = factory.item("NUT"), factory.item("PAINT", "manual")
    factory.stock(nut, 10)
    orders = [
        factory.order(needs(nut), quantity=10),
        factory.order(needs(nut), quantity=10),  # each alone, so the second one finds all of it too
        factory.order(needs(nut), needs(nut), needs(nut, movable=False), quantity=11),
        factory.order(needs(nut, 11), quantity=1),
        factory.order(needs(paint), quantity=11),
        factory.order(),
    ]
    executive = factory.order(status="executive")
    assert asked(factory, *orders, executive, orders[0], 777) == [
        (1, orders[0], "all", 10, 1),
        (2, orders[1], "all", 10, 1),
        (3, orders[2], "partly", 5, 2),
        (4, orders[3], "none", 0, 1),
        (5, orders[4], "not needed", 11, 0),
        (6, orders[5], "not needed", 1, 0),
        (7, executive, None, None, None),
        (8, 777, None, None, None),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_R41_feasibility_is_what_a_preview_of_the_order_alone_says(factory: Factory, seed: int) -> None:
    """Whatever contends: lots, locations, counterparts that bring what others take, by-products, fixed quantities."""
    random = Random(seed)
    factory.warehouse("LINE", check_location=True)
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    items = [factory.item("NUT"), factory.item("GLUE", by_lot=True), factory.item("PIN"), factory.item("WAX", "manual")]
    factory.rule("raw_material", "LINE", item="PIN")
    for item in items:
        for lot in ("L1", "L2") if item == "GLUE" else (None,):
            factory.stock(item, random.randint(0, 30), lot=lot)
    orders = [
        factory.order(
            *(
                needs(random.choice(items), random.choice([1, 2, 3, -1]), fixed=random.random() < 0.2)
                for _ in range(random.randint(0, 3))
            ),
            quantity=random.randint(1, 12),
        )
        for _ in range(12)
    ]
    random.shuffle(orders)
    expected = []
    for order in orders:
        previewed = factory.preview(order, on_shortage="split")
        word = {"released": "all", "split": "partly", "refused": "none"}[previewed[0].outcome]
        nothing = word == "all" and previewed[0].material_line is None
        expected.append(("not needed" if nothing else word, previewed[0].feasible_quantity))
    assert [row[2:4] for row in asked(factory, *orders)] == expected
    assert len({word for word, _ in expected}) > 1


def test_R41_feasibility_is_asked_in_a_read_only_transaction(factory: Factory) -> None:
    order = factory.order()
    with factory.connection.transaction(force_rollback=True):
        factory.connection.execute("set transaction read only")
        assert feasibility(factory, order) == ["not needed"]


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


# --- a page costs what the page costs (R42) --------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["order_year, order_number, order_lot", "end_date desc, order_number"])
def test_R42_nothing_is_checked_or_counted_for_orders_that_are_not_shown(factory: Factory, order: str) -> None:
    for _ in range(30):
        factory.order(status="executive")
    [(plan,)] = factory.call(
        "explain (analyze, format json, verbose, timing off) select * from erp_api.restore_grid"
        f" where company_id = {factory.company_id} order by {order} limit 5"
    )
    nodes = list(_nodes(plan[0]["Plan"]))
    [checked] = [
        node
        for node in nodes
        if any("order_blockers" in text for text in node.get("Output", ()))
        and not any("order_blockers" in text for child in node.get("Plans", ()) for text in child["Output"])
    ]
    assert checked["Actual Rows"] == 5
    counted = [node for node in nodes if node.get("Parent Relationship") == "SubPlan"]
    assert len(counted) == len(COMPUTED_FOR_A_PAGE)
    assert {node["Actual Loops"] for node in counted} == {5}


def test_R42_a_page_in_the_order_of_the_orders_is_read_in_that_order(factory: Factory) -> None:
    for _ in range(300):
        factory.order()
    factory.connection.execute("analyze erp.production_order")
    [(plan,)] = factory.call(
        "explain (analyze, format json, timing off) select * from erp_api.release_grid"
        f" where company_id = {factory.company_id} order by order_year, order_number, order_lot limit 5"
    )
    nodes = list(_nodes(plan[0]["Plan"]))
    assert not [
        node
        for node in nodes
        if "Sort" in node["Node Type"] and node.get("Parent Relationship") == "Outer" and node["Actual Rows"] > 5
    ]
    [orders] = [node for node in nodes if node.get("Relation Name") == "production_order"]
    assert (orders["Node Type"], orders["Actual Rows"]) == ("Index Scan", 5)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def test_R42_what_day_it_is_is_asked_once_whatever_the_number_of_orders(factory: Factory) -> None:
    for _ in range(300):
        factory.order(end_date=day(0))
    factory.connection.execute("analyze erp.production_order")
    [(plan,)] = factory.call(
        "explain (analyze, format json, verbose, timing off) select * from erp_api.release_grid"
        f" where company_id = {factory.company_id} and late"
    )
    asked = [
        node for node in _nodes(plan[0]["Plan"]) if any("company_today" in text for text in node.get("Output", ()))
    ]
    assert {(node["Actual Rows"], node["Actual Loops"]) for node in asked} == {(1, 1)}
    rows = factory.call("explain (verbose, costs off) select order_id, end_date from erp_api.release_grid")
    assert "production_parameter" not in "\n".join(str(row[0]) for row in rows)


def test_R42_the_blockers_are_computed_only_where_they_are_asked_for(factory: Factory) -> None:
    rows = factory.call("explain (verbose, costs off) select order_id, movement_count from erp_api.restore_grid")
    assert "order_blockers" not in "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize("view", ["release_grid", "restore_grid"])
def test_R42_workers_help_to_count_a_grid(factory: Factory, view: str) -> None:
    for setting in ("min_parallel_index_scan_size", "min_parallel_table_scan_size", "parallel_setup_cost"):
        factory.connection.execute(f"set local {setting} = 0".encode())
    factory.connection.execute("set local parallel_tuple_cost = 0")
    for _ in range(300):
        factory.order(status="launched" if view == "release_grid" else "executive")
    factory.connection.execute("analyze erp.production_order")
    query = f"select count(*) from erp_api.{view} where company_id = {factory.company_id}"
    assert "Gather" in str(factory.call(f"explain (costs off) {query}"))
    assert factory.call(query) == [(300,)]


def test_R32_R42_what_stands_against_a_restore_is_told_beside_workers_too(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    orders = [factory.order(needs(nut), needs(factory.item(f"CHIPS{n}"), -1)) for n in range(2)]
    factory.release(*orders, on=day(0))
    factory.parameters(period_start=day(1))
    expected = factory.call("select order_id, restorable, blockers from erp_api.restore_grid order by order_id")
    assert len(expected) == 2
    assert not any(restorable for _, restorable, _ in expected)
    newer = factory.connection.info.server_version >= 160000
    factory.connection.execute(f"set local {'debug_parallel_query' if newer else 'force_parallel_mode'} = on".encode())
    factory.connection.execute("set local parallel_setup_cost = 0; set local parallel_tuple_cost = 0")
    for size in ("min_parallel_index_scan_size", "min_parallel_table_scan_size"):
        factory.connection.execute(f"set local {size} = 0".encode())
    query = "select order_id, restorable, blockers from erp_api.restore_grid order by order_id"
    assert "Gather" in str(factory.call(f"explain (costs off) {query}"))
    assert factory.call(query) == expected
