"""Grids, preview, release and restore from the command line, on a small workshop, as a member of erp_operator."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.sql import SQL

from rilascio.cli import main
from rilascio.commands import actions
from rilascio.commands.answers import ActionSummary
from rilascio.commands.load import loading
from rilascio.commands.release import RELEASE, elements_of
from rilascio.orders import Order, Reference, find_company

WORKSHOP = {
    "company": "company_code,description,period_start,period_end\nSHOP,Cycle workshop,2020-01-01,2099-12-31\n",
    "warehouse": "warehouse_code\nMAIN\n",
    "movement_reason": "warehouse_code,reason_code,direction\nMAIN,IN,load\nMAIN,OUT,issue\n",
    "warehouse_rule": (
        "level,section,warehouse_code,issue_reason_code,load_reason_code\n"
        "company,raw_material,MAIN,OUT,IN\ncompany,semi_finished,MAIN,OUT,IN\n"
    ),
    "item": (
        "item_code,description,uom,quantity_decimals\n"
        'BIKE,"City bike ""Ä"", 28 inch",PC,0\nTRIKE,Tricycle,PC,0\nWHEEL,Wheel,PC,0\nGREASE,Grease,KG,3\n'
    ),
    "item_mrp_parameter": (
        "item_code,picking_type,procurement_type\nBIKE,automatic,production\nTRIKE,automatic,production\n"
        "WHEEL,automatic,purchase\nGREASE,automatic,purchase\n"
    ),
    "opening_stock": (
        "warehouse_code,item_code,quantity,record_date,reason_code\nMAIN,WHEEL,20,2026-01-05,IN\n"
        "MAIN,GREASE,1234567890.125,2026-01-05,IN\n"
    ),
    "job_order": "job_year,job_number,customer\n2026,1,Bréa & O'Neil\n2026,2,Velo 100%\n",
    "production_order": (
        "order_year,order_number,order_lot,item_code,quantity,status,end_date,job_year,job_number\n"
        "2026,1,0,BIKE,2,launched,2026-01-31,2026,1\n"
        "2026,1,1,BIKE,1,launched,2026-02-28,2026,1\n"
        "2026,2,0,TRIKE,4,launched,2026-03-31,2026,2\n"
        "2026,3,0,BIKE,50,launched,2098-12-31,,\n"
        "2026,4,0,BIKE,1,executive,,,\n"
    ),
    "production_order_material": (
        "order_year,order_number,order_lot,line,item_code,unit_quantity\n"
        "2026,1,0,1,WHEEL,2\n2026,1,0,2,GREASE,0.125\n2026,1,1,1,WHEEL,2\n2026,2,0,1,WHEEL,3\n2026,3,0,1,WHEEL,2\n"
    ),
}

LOADED = ("workshop", WORKSHOP)


@pytest.fixture
def operator(rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Name the workshop's database in RILASCIO_DSN as a member of erp_operator, and give the URL."""
    dsn = rilascio_login()
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    monkeypatch.delenv("COLUMNS", raising=False)
    return dsn


@pytest.fixture(scope="module")
def _one_workshop(loaded_template: Callable[..., Any], shared_database: Callable[..., Any]) -> Iterator[str]:
    with shared_database(loaded_template(*LOADED)) as (_, dsn):
        yield dsn


@pytest.fixture
def reader(_one_workshop: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """As `operator`, on a workshop that tests share: for those that change nothing."""
    monkeypatch.setenv("RILASCIO_DSN", _one_workshop)
    monkeypatch.delenv("COLUMNS", raising=False)
    return _one_workshop


def rilascio(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, prog_name="rilascio")


def answers(*arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """Run a command with --format json and return its rows."""
    result = rilascio(*arguments, "--format", "json")
    assert result.exit_code == code, result.output
    rows = json.loads(result.stdout, parse_float=Decimal)
    assert isinstance(rows, list)
    return rows


def numbers(*arguments: str) -> list[str]:
    """Return the references of the orders that a grid shows."""
    return [f"{row['order_year']}/{row['order_number']}/{row['order_lot']}" for row in answers("grid", *arguments)]


def launched() -> list[str]:
    return numbers("release")


EVERY_LAUNCHED = ["2026/1/0", "2026/1/1", "2026/2/0", "2026/3/0"]


# --- grids -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], EVERY_LAUNCHED),
        (["order_number=1"], ["2026/1/0", "2026/1/1"]),
        (["order_number!=1"], ["2026/2/0", "2026/3/0"]),
        (["order_number>=2", "order_number<3"], ["2026/2/0"]),
        (["quantity>2"], ["2026/2/0", "2026/3/0"]),
        (["quantity<=2.0"], ["2026/1/0", "2026/1/1"]),
        (['item_description~BIKE "ä'], ["2026/1/0", "2026/1/1", "2026/3/0"]),
        (["item_description~%"], []),
        (["customer=Bréa & O'Neil"], ["2026/1/0", "2026/1/1"]),
        (["customer~100%"], ["2026/2/0"]),
        (["customer!=Velo 100%"], ["2026/1/0", "2026/1/1", "2026/3/0"]),
        (["customer="], ["2026/3/0"]),
        (["customer!="], ["2026/1/0", "2026/1/1", "2026/2/0"]),
        (["late=true"], ["2026/1/0", "2026/1/1", "2026/2/0"]),
        (["end_date>today"], ["2026/3/0"]),
        (["end_date=2026-01-31"], ["2026/1/0"]),
        (["customer=' or true --"], []),
        (["customer = Velo 100% "], ["2026/2/0"]),
        (["item_description~', 28'"], ["2026/1/0", "2026/1/1", "2026/3/0"]),
        (['customer~"x, quantity=1"'], []),
    ],
)
def test_R40_a_grid_is_filtered_by_any_column(reader: str, filters: list[str], expected: list[str]) -> None:
    assert numbers("release", *(part for text in filters for part in ("--where", text))) == expected


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_R40_today_in_a_filter_is_the_day_that_it_is_in_the_company(
    rilascio_database: str, operator: str, zone: str
) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        connection.execute("update erp.production_parameter set time_zone = %s", [zone])
        connection.execute(
            "update erp.production_order set end_date = (now() at time zone %s)::date where order_number = 3", [zone]
        )
    assert numbers("release", "--where", "end_date=today") == ["2026/3/0"]
    assert numbers("release", "--where", "late=false") == ["2026/3/0"]


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        (["--sort", "end_date:desc"], ["2026/3/0", "2026/2/0", "2026/1/1", "2026/1/0"]),
        (["--sort", "item_code,quantity:desc"], ["2026/3/0", "2026/1/0", "2026/1/1", "2026/2/0"]),
        (["--sort", "item_code:desc", "--sort", "quantity"], ["2026/2/0", "2026/1/1", "2026/1/0", "2026/3/0"]),
        (["--sort", "quantity", "--limit", "2"], ["2026/1/1", "2026/1/0"]),
        (["--limit", "0"], EVERY_LAUNCHED),
    ],
)
def test_a_grid_is_sorted_and_limited(reader: str, sorts: list[str], expected: list[str]) -> None:
    assert numbers("release", *sorts) == expected


def test_json_keeps_every_digit_and_dates_are_iso(operator: str) -> None:
    assert answers("release", "2026/1")[0]["outcome"] == "released"
    (order,) = answers("grid", "restore", "--where", "order_number=1", "--where", "order_lot=0")
    assert order["end_date"] == "2026-01-31"
    assert (order["late"], order["project"]) == (True, None)
    rows = answers("grid", "movements", "2026/1")
    assert [str(row["quantity"]) for row in rows if row["item_code"] == "GREASE"] == ["-0.250"]
    planned = answers("preview", "2026/1/1")
    assert [str(row["available_quantity"]) for row in planned] == ["16"]


def test_csv_has_a_header_and_all_columns_but_the_computed_one(reader: str) -> None:
    result = rilascio("grid", "release", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["item_description"] for row in rows][:1] == ['City bike "Ä", 28 inch']
    assert [row["late"] for row in rows] == ["true", "true", "true", "false"]
    assert "feasibility" not in rows[0]
    assert list(rows[0])[:5] == ["company_id", "order_id", "order_year", "order_number", "order_lot"]


def test_moments_in_csv_are_iso_8601_as_in_json(operator: str) -> None:
    rilascio("release", "2026/1")
    for command in (("grid", "restore", "--where", "order_number=1"), ("runs",), ("history", "2026/1")):
        rows = list(csv.DictReader(io.StringIO(rilascio(*command, "--format", "csv").stdout)))
        moment = "released_at" if command[0] == "grid" else "started_at"
        assert rows
        assert [row[moment] for row in rows] == [row[moment] for row in answers(*command)]
        assert all("T" in row[moment] and datetime.fromisoformat(row[moment]).tzinfo for row in rows)


def test_R41_feasibility_comes_when_it_is_named(operator: str) -> None:
    rows = answers("grid", "release", "--columns", "order,feasibility")
    assert rows[0] == {"order": "2026/1", "feasibility": "all"}
    assert [
        list(row.values())
        for row in answers(
            "grid",
            "release",
            "--columns",
            "feasible_quantity,automatic_material_count,order",
            "--sort",
            "quantity:desc",
            "--limit",
            "2",
        )
    ] == [[10, 1, "2026/3"], [4, 1, "2026/2"]]
    assert answers("grid", "release", "--columns", "order,feasibility", "--where", "quantity=77") == []
    assert "feasibility" not in answers("grid", "release", "--columns", "all")[0]


def test_a_table_shows_chosen_columns_and_the_count(reader: str) -> None:
    result = rilascio("grid", "release", "--columns", "quantity,order", "--limit", "3")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines == [["quantity", "order"], lines[1], ["2", "2026/1"], ["1", "2026/1/1"], ["4", "2026/2"]]
    assert result.stderr == "3 of 4 rows; --limit 0 shows all.\nThe next ones: --after '[2026, 2, 0]'\n"


@pytest.mark.parametrize("which", ["release", "restore", "movements"])
@pytest.mark.parametrize("width", [80, 120])
def test_every_grid_fits_the_terminal(operator: str, which: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rilascio("release", "2026/1", "2026/2")
    monkeypatch.setenv("COLUMNS", str(width))
    lines = rilascio("grid", which).stdout.splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= width
    assert "──" in next(line for line in lines if "─" in line)
    assert not lines[0].startswith("── 1")


@pytest.mark.parametrize(
    ("arguments", "sentence", "hint"),
    [
        (["--where", "quantty=1"], "release_grid has no column 'quantty'.", "Did you mean quantity"),
        (["--columns", "order,custmer"], "release_grid has no column 'custmer'.", "Did you mean customer"),
        (["--sort", "orderyear"], "release_grid has no column 'orderyear'.", "Did you mean order_year"),
        (["--where", "customer~x,quantity<2"], "customer~x,quantity<2 is more than one condition.", "'quantity<2'"),
        (["--where", "late=true and Quantty>1"], "late=true and Quantty>1 is more than one condition.", "'late=true'"),
        (["--where", "quantity>many"], "'many' is no value for quantity, which is of type numeric.", "quantity>12.5"),
        (["--where", "end_date=31/12"], "'31/12' is no value for end_date, which is of type date.", "2026-11-30"),
        (["--where", "late=perhaps"], "'perhaps' is no value for late, which is of type boolean.", "true or false"),
    ],
)
def test_a_wrong_column_or_value_is_told_with_a_hint(
    reader: str, arguments: list[str], sentence: str, hint: str
) -> None:
    result = rilascio("grid", "release", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {sentence}\nHint: ")
    assert hint in result.stderr


def test_R30_the_movements_of_one_order_are_shown_and_no_others(operator: str) -> None:
    rilascio("release", "2026/1", "2026/2")
    rows = answers("grid", "movements", "2026/1")
    assert [(row["item_code"], row["quantity"]) for row in rows] == [("WHEEL", -4), ("GREASE", Decimal("-0.250"))]
    every = rilascio("grid", "movements", "--format", "csv", "--columns", "order,item_code")
    assert every.stdout.splitlines() == ["order,item_code", "2026/1,WHEEL", "2026/1,GREASE", "2026/2,WHEEL"]
    assert answers("grid", "movements", "2026/3") == []


# --- companies -------------------------------------------------------------------------------------------------------


def another_company(dsn: str, folder: Path) -> None:
    folder.mkdir()
    (folder / "company.csv").write_text("company_code,period_start,period_end\nOTHER,2026-01-01,2026-12-31\n")
    loading.load(dsn, folder, members=["erp_operator"])


def test_a_member_of_two_companies_names_one(rilascio_database: str, operator: str, tmp_path: Path) -> None:
    another_company(rilascio_database, tmp_path / "other")
    result = rilascio("grid", "release")
    assert result.exit_code == 2
    assert result.stderr == "Error: You are a member of 2 companies.\nHint: Name one with --company: OTHER, SHOP.\n"
    assert numbers("release", "--company", "SHOP") == EVERY_LAUNCHED
    assert numbers("release", "--company", "OTHER") == []


def test_a_company_that_is_not_yours_is_refused(reader: str) -> None:
    result = rilascio("release", "2026/1", "--company", "ACME")
    assert result.exit_code == 1
    assert result.stderr == "Error: You are a member of no company 'ACME'.\nHint: Your companies: SHOP.\n"


def test_a_member_of_no_company_is_told_how_to_become_one(
    rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        connection.execute("delete from erp.company_member where member_role = 'erp_operator'")
        connection.execute("create role stranger_of_cli nologin in role erp_operator")
    try:
        monkeypatch.setenv("RILASCIO_DSN", rilascio_database)
        result = rilascio(
            "grid",
            "release",
            "--dsn",
            f"{rilascio_database}{'&' if '?' in rilascio_database else '?'}options=-crole%3Dstranger_of_cli",
        )
        assert result.exit_code == 1
        assert " is a member of no company.\nHint: Have the DBA make it one" in result.stderr
    finally:
        with psycopg.connect(rilascio_database, autocommit=True) as connection:
            connection.execute("drop role stranger_of_cli")


# --- a chosen quantity ------------------------------------------------------------------------------------------------


def test_R77_so_much_of_an_order_is_released_and_the_rest_stays_launched(operator: str) -> None:
    assert [(row["ordinal"], row["outcome"]) for row in answers("release", "2026/2=1", "2026/1")] == [
        (1, "split"),
        (2, "released"),
    ]
    assert launched() == ["2026/1/1", "2026/2/1", "2026/3/0"]
    assert [row["quantity"] for row in answers("grid", "movements", "2026/2")] == [-3]
    assert answers("restore", "2026/2")[0]["outcome"] == "restored"
    assert launched() == ["2026/1/1", "2026/2/0", "2026/3/0"]


def test_R77_a_preview_shows_the_movements_of_so_much(reader: str) -> None:
    rows = answers("preview", "2026/2=1", "2026/1/1")
    assert [(row["outcome"], row["feasible_quantity"], row["quantity"]) for row in rows] == [
        ("split", 1, -3),
        ("released", 1, -2),
    ]
    assert "2026/2 would be split" in rilascio("preview", "2026/2=1").stdout


def test_R77_a_quantity_that_is_no_part_of_the_order_is_refused_with_the_reason(operator: str) -> None:
    result = rilascio("release", "2026/2=5", "2026/1=-1", "2026/1/1")
    assert result.exit_code == 3
    assert "Order 2026/2/0, of 4, cannot be released in a quantity of 5." in result.output
    assert "Order 2026/1/0, of 2, cannot be released in a quantity of -1." in result.output
    assert launched() == ["2026/1/0", "2026/2/0", "2026/3/0"]


def test_R77_quantities_are_read_from_standard_input_with_their_orders(operator: str) -> None:
    assert rilascio("release", "-", stdin="2026/1\n2026/2=1\n").exit_code == 0
    assert launched() == ["2026/1/1", "2026/2/1", "2026/3/0"]


def test_R77_in_several_transactions_each_order_keeps_its_quantity(
    operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rilascio.commands.actions.CHUNK", 1)
    rows = answers("release", "2026/1", "2026/2=3", "2026/1/1=1")
    assert [row["outcome"] for row in rows] == ["released", "split", "released"]
    assert [row["quantity"] for row in answers("grid", "movements", "2026/2")] == [-9]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("release", "2026/2=2,5"), "'2,5' in '2026/2=2,5' is no quantity.\nHint: Write 2026/2=20 or 2026/2=2.5"),
        (("release", "2026/2="), "'' in '2026/2=' is no quantity."),
        (("preview", "2026/2/1=many"), "'many' in '2026/2/1=many' is no quantity.\nHint: Write 2026/2/1=20"),
        (("release", "2026=20"), "'2026' is no order reference."),
        (("release", "2026/2=1", "2026/2/0=2"), "Order 2026/2 is named with different quantities."),
        (("preview", "2026/2", "2026/2=2"), "Order 2026/2 is named with different quantities."),
        (("restore", "2026/2=1"), "A quantity is named for order 2026/2.\nHint: Only a release and its preview"),
        (("preview", "--restore", "2026/2=1"), "A quantity is named for order 2026/2."),
        (("close", "2026/2=1"), "A quantity is named for order 2026/2."),
    ],
)
def test_R77_a_quantity_out_of_place_is_told_before_anything_is_done(
    reader: str, arguments: tuple[str, ...], said: str
) -> None:
    result = rilascio(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {said}")


# --- preview ---------------------------------------------------------------------------------------------------------


def test_a_preview_shows_the_movements_and_the_reasons_and_changes_nothing(reader: str) -> None:
    result = rilascio("preview", "2026/1", "2026/3")
    assert result.exit_code == 0
    assert "2026/1 would be released.\n2026/3 would be refused.\n" in result.stdout
    assert "insufficient_stock" in result.stdout
    assert launched() == EVERY_LAUNCHED


SPLIT_HINT = "Hint: With --on-shortage split, what stock covers of an order is released.\n"


def test_R23_a_split_is_offered_to_a_shortage_alone_and_not_where_it_was_tried(
    rilascio_database: str, operator: str
) -> None:
    assert rilascio("preview", "2026/3").stdout.endswith(f"Hint: Try again when stock has come in.\n{SPLIT_HINT}")
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        connection.execute("update erp.production_order_material set picked_quantity = 1")
    for action in ("preview", "release"):
        tried = rilascio(action, "2026/3", "--on-shortage", "split").stdout
        assert "split_not_possible" in tried
        assert "Try again when stock has come in." in tried
        assert "--on-shortage" not in tried
    closed = rilascio("preview", "2026/3", "--record-date", "2019-12-31").stdout
    assert "period_closed" in closed
    assert "--on-shortage" not in closed


def test_a_preview_of_many_orders_is_told_in_sum(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rilascio.commands.answers.DETAIL_LIMIT", 1)
    result = rilascio("preview", "--all", "--where", "order_number>1")
    assert "Of 2 orders there would be 1 released, 1 refused; " in result.stdout


def test_a_preview_as_csv_names_the_order_on_every_row(reader: str) -> None:
    rows = list(csv.DictReader(io.StringIO(rilascio("preview", "2026/2", "2026/1", "--format", "csv").stdout)))
    assert [(row["order_number"], row["item_code"]) for row in rows] == [
        ("2", "WHEEL"),
        ("1", "WHEEL"),
        ("1", "GREASE"),
    ]
    assert [row["reasons"] for row in rows] == ["[]"] * 3


def test_a_preview_of_a_restore(operator: str) -> None:
    rilascio("release", "2026/1")
    rows = answers("preview", "--restore", "2026/1", "2026/2")
    assert [(row["order_number"], row["outcome"]) for row in rows] == [(1, "restored"), (2, "refused")]


# --- release and restore ---------------------------------------------------------------------------------------------


def test_R2_named_orders_are_released_and_shown(operator: str) -> None:
    result = rilascio("release", "2026/1", "2026/1/1")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["2026/1", "released", "1", "2"] in lines
    assert ["2026/1/1", "released", "1", "1"] in lines
    (run, load) = answers("runs")
    assert load["kind"] == "load"
    assert result.stdout.splitlines()[-1] == f"2 released: 3 movements in 2 records. Run {run['run_id']}."
    assert launched() == ["2026/2/0", "2026/3/0"]


def test_R8_a_refused_order_makes_the_exit_code_3_and_shows_its_reasons(operator: str) -> None:
    result = rilascio("release", "2026/3", "2026/1")
    assert result.exit_code == 3
    assert "1 released, 1 refused: 2 movements in 1 record." in result.stdout
    (refusal,) = [line for line in result.stdout.splitlines() if "insufficient_stock" in line]
    assert refusal.split()[0] == "2026/3"
    assert "Order 2026/3" in refusal
    assert "\nHint: " in result.stdout


def test_no_lot_means_lot_0_alone(operator: str) -> None:
    rilascio("release", "2026/1")
    assert launched() == ["2026/1/1", "2026/2/0", "2026/3/0"]


def test_orders_may_come_from_standard_input(operator: str) -> None:
    result = rilascio("release", "-", stdin="2026/2\n2026/1/1\n")
    assert result.exit_code == 0
    assert launched() == ["2026/1/0", "2026/3/0"]


def test_an_unknown_order_stops_the_command_before_anything_is_done(reader: str) -> None:
    result = rilascio("release", "2026/1", "2026/99", "2027/1/3")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Company SHOP has no launched or released order 2026/99, 2027/1/3.\nHint: ")
    assert launched() == EVERY_LAUNCHED


def test_a_released_order_is_refused_by_the_database_not_by_the_command(operator: str) -> None:
    rilascio("release", "2026/1")
    (row,) = answers("release", "2026/1", code=3)
    assert [reason["code"] for reason in row["reasons"]] == ["order_not_launched"]


def test_R31_a_restore_takes_a_release_back(operator: str) -> None:
    rilascio("release", "2026/1")
    result = rilascio("restore", "2026/1", "--note", "wrong week")
    assert result.exit_code == 0
    assert "1 restored: 2 movements in 1 record." in result.stdout
    assert launched() == EVERY_LAUNCHED


def test_options_reach_the_function(rilascio_database: str, operator: str) -> None:
    rilascio("release", "2026/1", "--record-date", "2026-06-30", "--on-shortage", "refuse", "--note", "it's early")
    (row,) = answers("grid", "movements", "2026/1", "--where", "item_code=WHEEL")
    assert row["record_date"] == "2026-06-30"
    with psycopg.connect(rilascio_database) as connection:
        ((note, arguments),) = connection.execute(
            "select note, arguments from erp.run where kind = 'release'"
        ).fetchall()
    assert (note, arguments["on_shortage"]) == ("it's early", "refuse")


def test_all_or_none_lets_one_refusal_refuse_all(operator: str) -> None:
    rows = answers("release", "--all", "--yes", "--all-or-none", code=3)
    assert {row["outcome"] for row in rows} == {"refused"}
    assert len({row["run_id"] for row in rows}) == 1
    assert launched() == EVERY_LAUNCHED


def test_R60_a_request_key_makes_the_same_command_harmless(operator: str) -> None:
    key = str(uuid.uuid4())
    first = answers("release", "2026/1", "--request-key", key)
    assert answers("release", "2026/1", "--request-key", key) == first
    result = rilascio("release", "2026/1", "--request-key", key, "--note", "other")
    assert result.exit_code == 1
    assert key in result.stderr
    assert "Hint: " in result.stderr


# --- mass actions ----------------------------------------------------------------------------------------------------


def test_a_mass_action_asks_with_the_count_first(operator: str) -> None:
    result = rilascio("release", "--all", "--where", "order_number=1", stdin="n\n")
    assert result.exit_code == 1
    assert "Release 2 orders of company SHOP? [y/N]" in result.stderr
    assert result.stderr.endswith("Error: Nothing was done.\n")
    assert launched() == EVERY_LAUNCHED

    assert rilascio("release", "--all", "--where", "order_number=1", stdin="y\n").exit_code == 0
    assert launched() == ["2026/2/0", "2026/3/0"]


def test_where_nobody_answers_nothing_is_done(reader: str) -> None:
    result = rilascio("release", "--all", stdin="")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "Error: Nobody answered, so nothing was done.\nHint: Add --yes where nobody is asked.\n"
    )
    assert launched() == EVERY_LAUNCHED


def test_a_mass_action_that_finds_nothing_does_nothing(reader: str) -> None:
    result = rilascio("restore", "--all", "--where", "order_number=77")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No order matches.\n")
    assert answers("restore", "--all", "--where", "order_number=77") == []


def test_a_mass_action_runs_in_chunks_each_a_run_of_its_own(
    operator: str, rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "CHUNK", 2)
    result = rilascio("release", "--all", "--sort", "quantity", stdin="y\n")
    assert "Release 4 orders of company SHOP, in 2 transactions?" in result.stderr
    assert "3 released, 1 refused" in result.stdout
    with psycopg.connect(rilascio_database) as connection:
        keys = connection.execute("select request_key from erp.run order by run_id").fetchall()
        served = connection.execute(
            "select order_number, order_lot from erp.run_order order by run_id, ordinal"
        ).fetchall()
    assert len({key for (key,) in keys if key}) == 2
    assert served == [(1, 1), (1, 0), (2, 0), (3, 0)]

    restored = answers("restore", "--all", "--yes", "--where", "order_number<4")
    assert [row["outcome"] for row in restored] == ["restored"] * 3
    assert [row["ordinal"] for row in restored] == [1, 2, 1]


def test_one_request_key_cannot_stand_for_several_requests(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "CHUNK", 2)
    result = rilascio("release", "--all", "--yes", "--request-key", str(uuid.uuid4()))
    assert result.exit_code == 2
    assert "One request key cannot stand for 4 orders" in result.stderr
    assert launched() == EVERY_LAUNCHED


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give a function that lets the second of two chunks of 2 orders end in SQL like `1 / 0`, or be interrupted."""
    monkeypatch.setattr(actions, "CHUNK", 2)
    call = actions._call

    def make(how: str) -> None:
        calls: list[str] = []

        def second_fails(*arguments: Any) -> Any:
            text, parameters = call(*arguments)
            calls.append(how)
            if len(calls) == 2 and how == "interrupt":
                raise KeyboardInterrupt
            if len(calls) == 2:
                text = SQL("(select f.* from {} as f where ({}) is null)").format(text, SQL(how))
            return text, parameters

        monkeypatch.setattr(actions, "_call", second_fails)

    return make


def test_an_interrupted_mass_action_says_what_is_done_and_what_not(
    operator: str, breaking: Callable[[str], None]
) -> None:
    breaking("interrupt")
    result = rilascio("release", "--all", "--yes")
    assert result.exit_code == 130
    assert result.stderr.startswith("Error: Interrupted. Of 4 orders, 2 are done (2 released). ")
    assert "Hint: Run the same command again" in result.stderr
    assert launched() == ["2026/2/0", "2026/3/0"]


def test_an_error_in_the_middle_says_what_is_done_and_what_not(operator: str, breaking: Callable[[str], None]) -> None:
    breaking("1 / (f.ordinal - f.ordinal)")
    result = rilascio("release", "--all", "--yes", "--format", "json")
    assert result.exit_code == 1
    assert [row["outcome"] for row in json.loads(result.stdout)] == ["released", "released"]
    assert "division by zero. Of 4 orders, 2 are done (2 released)." in result.stderr
    assert "The call for 2 orders, 2026/2 to 2026/3, changed nothing " in result.stderr
    assert launched() == ["2026/2/0", "2026/3/0"]


def test_a_session_that_the_server_ends_has_changed_nothing(operator: str, breaking: Callable[[str], None]) -> None:
    breaking("pg_terminate_backend(pg_backend_pid()) and pg_sleep(9) is null")
    result = rilascio("release", "--all", "--yes")
    assert result.exit_code == 1
    assert "Of 4 orders, 2 are done (2 released). The call for 2 orders, 2026/2 to 2026/3, changed" in result.stderr
    assert launched() == ["2026/2/0", "2026/3/0"]


@pytest.mark.parametrize(
    ("committed", "ending"), [(True, "was carried out"), (False, "may have been carried out or not")]
)
def test_after_a_lost_connection_the_request_key_tells_what_became_of_the_call(
    operator: str, committed: bool, ending: str
) -> None:
    key = uuid.uuid4()
    if committed:
        rilascio("release", "2026/1", "--request-key", str(key))
    lost = psycopg.connect(operator)
    company = find_company(lost, "SHOP")
    lost.close()
    asked = elements_of([Order(1, Reference(2026, 1))])
    calls = actions.Calls(lost, operator, RELEASE, company, asked, {}, 1, None, begun=1, key=key)
    failure = calls.failure(
        ActionSummary(RELEASE, 1), psycopg.OperationalError("server closed the connection unexpectedly")
    )
    assert f"The call for 2026/1 {ending}" in failure.message
    assert str(failure.hint).startswith(f"Run the same command with --request-key {key}: ")

    calls.by_filters = True
    told = calls.failure(ActionSummary(RELEASE, 1), psycopg.OperationalError("server closed the connection"))
    assert told.hint == f"rilascio runs --where request_key={key} shows the run if it was carried out."
    assert len(answers("runs", "--where", f"request_key={key}")) == committed


def test_ctrl_c_during_a_call_leaves_no_traceback(rilascio_database: str, operator: str) -> None:
    with psycopg.connect(rilascio_database) as blocker:
        blocker.execute("lock table erp.production_order in exclusive mode")
        command = [sys.executable, "-c", "from rilascio.cli import main; main()", "release", "2026/1"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
        ) as process:
            wait_for_a_blocked_session(rilascio_database)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stderr.startswith("Error: Interrupted. The call for 2026/1 changed nothing")
    assert "Traceback" not in stderr
    assert launched() == EVERY_LAUNCHED


def wait_for_a_blocked_session(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for _ in range(3000):
            if (
                connection.execute(
                    "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
                ).fetchone()
                is not None
            ):
                return
            connection.execute("select pg_sleep(0.01)")
    pytest.fail("Nobody waits for a lock.")
