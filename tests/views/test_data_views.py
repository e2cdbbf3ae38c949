"""The data as it is put: what the views of erp_data show is what the load format takes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import psycopg

from harness.dev import data_readers, data_views
from harness.dev.sql_text import ROOM, VIEWS
from rilascio.folders import demo_folder
from rilascio.loading import load
from rilascio.loading.files import FILE, FILES
from rilascio.testing import acting_as
from tests.factory import Factory, needs


def shown(connection: psycopg.Connection[Any], kind: str, company_id: int) -> list[tuple[Any, ...]]:
    """Return what a view shows of a company, in the columns of the kind's file, sorted."""
    columns = ", ".join(column.name for column in FILE[kind].columns if column.name != "company_code")
    query = f"select {columns} from erp_data.{kind} where company_id = %s order by {columns}"
    return connection.execute(query.encode(), [company_id]).fetchall()


def test_the_committed_views_are_those_that_the_load_format_describes(rilascio: psycopg.Connection) -> None:
    texts = data_views.views(rilascio)
    assert texts.keys() | {"opening_stock"} == {file.name for file in FILES}
    for kind, text in texts.items():
        written = (VIEWS / f"{kind}.sql").read_text("utf-8")
        assert written == text, f"sql/views/data/{kind}.sql is old: run make docs"


def test_the_committed_readers_are_those_that_the_load_format_describes() -> None:
    texts = data_readers.functions()
    assert {path.stem for path in ROOM.glob("*.sql")} >= texts.keys()
    for name, text in texts.items():
        assert (ROOM / f"{name}.sql").read_text("utf-8") == text, f"{name}.sql is old: run make docs"


def test_the_types_of_sent_rows_have_the_values_that_the_load_format_describes(rilascio: psycopg.Connection) -> None:
    query = """
        select a.attname::text, format_type(a.atttypid, null)
        from pg_attribute as a
        where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
        order by a.attnum
    """
    position = [("ordinal", "integer"), ("parent", "integer"), ("place", "integer"), ("cells", "jsonb")]
    for file in data_readers.kinds():
        found = rilascio.execute(query, [f"erp_internal.{file.name}_row"]).fetchall()
        assert found == position + data_readers.attributes(file)


def test_what_is_selected_of_a_company_makes_another_that_shows_the_same(
    rilascio_database: str, tmp_path: Path
) -> None:
    load(rilascio_database, demo_folder(), members=["erp_reader"])
    with psycopg.connect(rilascio_database) as connection, acting_as(connection, "erp_reader"):
        before = {kind: shown(connection, kind, 1) for kind in data_views.TITLES}
        for kind, rows in before.items():
            with (tmp_path / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
                names = [column.name for column in FILE[kind].columns if column.name != "company_code"]
                writer = csv.writer(file)
                writer.writerow([*names, "company_code"] if kind == "company" else names)
                writer.writerows(
                    [
                        str(v).lower() if isinstance(v, bool) else v
                        for v in ([*row, "COPY"] if kind == "company" else row)
                    ]
                    for row in rows
                )
    assert all(before.values())
    load(rilascio_database, tmp_path, members=["erp_reader"])
    with psycopg.connect(rilascio_database) as connection, acting_as(connection, "erp_reader"):
        assert {kind: shown(connection, kind, 2) for kind in data_views.TITLES} == before


def test_R28_a_commitment_is_shown_as_it_was_before_the_release(
    rilascio: psycopg.Connection, rilascio_operator: str
) -> None:
    factory = Factory(rilascio, rilascio_operator)
    wire = factory.item("WIRE", by_lot=True)
    lot = factory.lot(wire, "W-1")
    factory.stock(wire, 10, lot=lot)
    order = factory.order(needs(wire, 6, lots={lot: 4}))
    before = factory.call("select * from erp_data.material_lot", [])
    assert [(row.lot_code, row.quantity) for row in before] == [("W-1", 4)]
    assert factory.release(order)[0].outcome == "released"
    assert factory.call("select * from erp_data.material_lot", []) == before


def test_R43_stock_and_movements_are_those_of_the_readers_companies(
    rilascio: psycopg.Connection, rilascio_operator: str
) -> None:
    factory = Factory(rilascio, rilascio_operator)
    nut = factory.item("NUT")
    factory.stock(nut, 9)
    factory.release(factory.order(needs(nut, 2)))
    [balance] = factory.call("select * from erp_data.stock_balance", [])
    assert (balance.item_code, balance.quantity) == ("NUT", 7)
    moved = factory.call("select quantity, run_id is null as by_hand from erp_data.stock_movement order by 1", [])
    assert [(row.quantity, row.by_hand) for row in moved] == [(-2, False), (9, True)]
    rilascio.execute("delete from erp.company_member")
    for view in ("stock_balance", "stock_movement", "item", "production_order", "company"):
        assert factory.call(f"select * from erp_data.{view}", []) == []
