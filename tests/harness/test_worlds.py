"""The worlds that others test in: what a builder makes, what an assertion says, and which day it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import psycopg
import pytest

from rilascio.testing import (
    DEMO_DAY,
    PRODUCT,
    Refused,
    World,
    acting_as,
    assert_movements,
    assert_stock,
    build_world,
    freeze_day,
)
from rilascio.testing.server import DatabaseServer


def outcomes(rows: list) -> list[str]:
    return [row.outcome for row in rows]


# --- builders --------------------------------------------------------------------------------------------------------


def test_a_world_needs_no_word_about_what_a_test_is_not_about(rilascio_world: World) -> None:
    order = rilascio_world.order(quantity=10, materials={"SCREW": 4, "NUT": "0.5"})
    rilascio_world.stock("SCREW", 100)
    rilascio_world.stock("NUT", 5)

    assert outcomes(rilascio_world.release(order)) == ["released"]

    assert_movements(rilascio_world, order, [("NUT", -5), ("SCREW", -40)])
    assert_stock(rilascio_world, {"SCREW": 60, "NUT": 0})
    assert rilascio_world.order_row(order).status == "executive"
    assert outcomes(rilascio_world.restore(order)) == ["restored"]
    assert_movements(rilascio_world, order, [])
    assert rilascio_world.balance("SCREW") == 100


def test_whatever_a_builder_takes_for_granted_can_be_said(rilascio: psycopg.Connection) -> None:
    world = build_world(rilascio, "OTHER", split_on_shortage=True, description="Another")
    world.item("STEEL", tracking="lot", quantity_decimals=1, uom="kg")
    world.item("OIL", picking="manual")
    world.warehouse("BACK", check_location=True)
    world.make(location=[{"warehouse_code": "BACK", "location_code": "A01"}])
    world.stock("STEEL", "2.5", warehouse="BACK", lot="H-1", location_code="A01", on="2026-03-01")
    world.stock("STEEL", "-0.5", warehouse="BACK", lot="H-1", location_code="A01", on=date(2026, 3, 2), reason="ISS")
    world.stock("OIL", 3)
    order = world.order(
        "FRAME",
        3,
        materials=[
            {"item_code": "STEEL", "unit_quantity": 1, "phase": 10, "warehouse_code": "BACK", "reason_code": "ISS"},
            {"item_code": "OIL", "unit_quantity": 1},
        ],
        phases=[10, {"phase": 20, "machine": "M-1"}],
        order_year=2025,
        order_number=77,
        end_date="2026-03-05",
    )

    assert outcomes(world.release(order, on=date(2026, 3, 3))) == ["split"]

    assert_movements(
        world,
        order,
        [("BACK", "STEEL", "H-1", "A01", "-2")],
        columns=("warehouse_code", "item_code", "lot_code", "location_code", "quantity"),
    )
    assert_stock(world, {("OIL", None): 3, ("STEEL", "H-1"): 0}, by=("item_code", "lot_code"))
    row = world.order_row(order)
    assert (row.order_year, row.order_number, row.item_code, row.quantity) == (2025, 77, "FRAME", 2)


def test_the_company_is_changed_as_its_erp_changes_it(rilascio_world: World) -> None:
    world = rilascio_world
    world.stock("SCREW", 1)
    order = world.order(quantity=3, materials={"SCREW": 1})
    assert outcomes(world.release(order)) == ["refused"]
    world.parameters(split_on_shortage=True)
    assert outcomes(world.release(order)) == ["split"]


def test_orders_are_numbered_on_and_items_that_are_there_stay_as_they_are(rilascio_world: World) -> None:
    world = rilascio_world
    world.item("PUMP", picking="manual", procurement="production")
    first, second = world.order("PUMP", materials={"PUMP": 1}), world.order(materials={"PUMP": 1})
    assert [world.order_row(order).order_number for order in (first, second)] == [1, 2]
    assert world.order_row(second).item_code == PRODUCT
    parameters = {row["item_code"]: row for row in world.data("item_mrp_parameter")}
    assert (parameters["PUMP"]["picking_type"], parameters["PUMP"]["procurement_type"]) == ("manual", "production")
    assert parameters[PRODUCT]["procurement_type"] == "production"


def test_what_is_registered_and_posted_for_an_order_is_among_its_movements(rilascio_world: World) -> None:
    world = rilascio_world
    world.item("PAINT", picking="manual")
    world.stock("PAINT", 10)
    order = world.order(quantity=2, materials={"PAINT": 3}, phases=[10])
    world.release(order)
    work = [{"kind": kind, "phase": 10, "good_quantity": good} for kind, good in (("opening", 0), ("closing", 2))]

    assert set(outcomes(world.register(*world.declared(order, *work)))) == {"registered"}

    assert_movements(world, order, [("PAINT", -6), (PRODUCT, 2)])


def test_what_a_builder_cannot_make_is_told_in_the_words_of_the_product(rilascio_world: World) -> None:
    with pytest.raises(Refused, match="WAREHOUSE-X"):
        rilascio_world.make(location=[{"warehouse_code": "WAREHOUSE-X", "location_code": "A01"}])
    with pytest.raises(Refused, match="SCREW"):
        rilascio_world.stock("SCREW", -1)
    with pytest.raises(Refused, match="no reason with the direction load"):
        rilascio_world.stock("SCREW", 1, warehouse="NOWHERE")
    with pytest.raises(Refused):
        rilascio_world.order(quantity=0)
    with pytest.raises(Refused, match="period_end"):
        build_world(rilascio_world.connection, "LATE", period_end="2019-01-01")


def test_only_members_see_a_world(rilascio: psycopg.Connection, rilascio_reader: str, rilascio_operator: str) -> None:
    world = build_world(rilascio, members=["erp_operator", "erp_writer"])
    world.order()
    seen = []
    for role in (rilascio_operator, rilascio_reader):
        with acting_as(rilascio, role):
            seen.append(rilascio.execute("select count(*) from erp_api.release_grid").fetchone())
    assert seen == [(1,), (0,)]


def test_a_world_can_be_committed(rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        made = build_world(connection)
        made.stock("SCREW", 5)
    with psycopg.connect(rilascio_database) as connection:
        world = World(connection, made.company_id)
        world.stock("SCREW", 5)
        assert_stock(world, {"SCREW": 10})


@pytest.mark.parametrize("time", ["first", "second"])
def test_the_demo_factory_is_as_it_was_before_every_test(rilascio_demo: World, time: str) -> None:
    [order] = rilascio_demo.call("select order_id from erp_api.order_ids(%s, '{2026/24}')", [rilascio_demo.company_id])
    [launched] = rilascio_demo.call("select count(*), count(*) filter (where late) as late from erp_api.release_grid")
    assert (launched.count, launched.late) == (303, 67)
    rilascio_demo.stock("BR-0510", 5, warehouse="BS-RM", lot="H-2603")

    assert outcomes(rilascio_demo.release(order.order_id)) == ["released"]

    assert {row.record_date for row in rilascio_demo.movements(order.order_id)} == {DEMO_DAY}


# --- assertions ------------------------------------------------------------------------------------------------------


def test_a_wrong_movement_is_told_line_by_line(rilascio_world: World) -> None:
    world = rilascio_world
    order = world.order(quantity=10, materials={"SCREW": 4, "NUT": 8, "PIN": "0.5"})
    for item in ("SCREW", "NUT", "PIN"):
        world.stock(item, 100)
    world.release(order)
    with pytest.raises(AssertionError) as error:
        assert_movements(world, order, [("SCREW", -4), ("NUT", -80), ("NUT", -80)])
    assert (
        str(error.value)
        == """\
Movements of order 2026/1/0: 2 missing, 2 too many.

          item_code  quantity
missing   SCREW            -4
missing   NUT             -80
          NUT             -80
too many  SCREW           -40
too many  PIN              -5"""
    )
    with pytest.raises(AssertionError, match="0 missing, 1 too many"):
        assert_movements(world, order, [("SCREW", -40), ("NUT", -80)])


def test_wrong_stock_is_told_beside_what_is_right(rilascio_world: World) -> None:
    world = rilascio_world
    world.stock("STEEL", 5, lot="H-1")
    world.stock("STEEL", "2.50", lot="H-2")
    world.stock("SCREW", 7)
    assert_stock(world, {"STEEL": Decimal("7.5")})
    with pytest.raises(AssertionError) as error:
        assert_stock(world, {("STEEL", "H-1"): 5, ("STEEL", "H-3"): 1}, by=("item_code", "lot_code"))
    assert (
        str(error.value)
        == """\
Stock: 2 of 3 lines are wrong.

       item_code  lot_code  expected  found
       STEEL      H-1              5      5
wrong  STEEL      H-3              1      0
wrong  STEEL      H-2              0    2.5"""
    )


# --- the day ---------------------------------------------------------------------------------------------------------

AHEAD, BEHIND = "Pacific/Kiritimati", "Etc/GMT+12"
"""Zones that are never on the same day."""


@pytest.mark.parametrize("zone", [AHEAD, BEHIND, None])
def test_all_that_goes_by_today_follows_a_frozen_day(rilascio: psycopg.Connection, zone: str | None) -> None:
    world = build_world(rilascio, time_zone=zone)
    world.stock("SCREW", 1, on="2026-03-05")
    order = world.order(materials={"SCREW": 1}, end_date="2026-03-05")
    seen = []
    for day in ("2026-03-04", "2026-03-05", "2026-03-06"):
        world.freeze(day)
        [company] = world.call("select today from erp_api.my_companies")
        [page] = world.call("select * from erp_api.order_feasibility(%s, %s)", [world.company_id, [order]])
        [released] = world.release(order)
        dates = [row.record_date.isoformat() for row in world.movements(order)]
        seen.append((company.today.isoformat(), page.feasibility, released.outcome, dates))
        world.restore(order)
        [late] = world.call("select late from erp_api.release_grid")
        assert late.late is (day > "2026-03-05")
    assert seen == [
        ("2026-03-04", "none", "refused", []),
        ("2026-03-05", "all", "released", ["2026-03-05"]),
        ("2026-03-06", "all", "released", ["2026-03-06"]),
    ]


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_frozen_day_is_forgotten_with_the_test(rilascio_world: World, time: str) -> None:
    [before] = rilascio_world.call("select today from erp_api.my_companies")
    rilascio_world.freeze("1999-12-31")
    [after] = rilascio_world.call("select today from erp_api.my_companies")
    assert (before.today.year > 2000, after.today) == (True, date(1999, 12, 31))


def test_freezing_changes_nothing_of_the_function_but_what_it_answers(rilascio: psycopg.Connection) -> None:
    query = (
        "select to_jsonb(p) - 'prosrc' from pg_catalog.pg_proc as p"
        " where p.oid = 'erp_internal.company_today(integer)'::regprocedure"
    )
    before = rilascio.execute(query).fetchone()
    freeze_day(rilascio, date(2026, 3, 1))
    assert rilascio.execute(query).fetchone() == before


def test_the_day_of_another_database_is_not_frozen(rilascio_server: DatabaseServer) -> None:
    with (
        psycopg.connect(rilascio_server.dsn()) as connection,
        pytest.raises(ValueError, match="databases of the fixtures alone"),
    ):
        freeze_day(connection, "2026-03-01")
