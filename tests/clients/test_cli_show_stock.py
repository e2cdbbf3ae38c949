"""`rilascio show`, `stock` and `feasibility`: an order, an item and what stock covers, as an operator sees them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.clients.test_cli_orders import WORKSHOP, answers, rilascio

TODAY = date.today()

LOADED = (
    "planned_workshop",
    WORKSHOP
    | {
        "warehouse": "warehouse_code\nMAIN\nYARD\n",
        "location": "warehouse_code,location_code,blocked\nMAIN,A1,false\nMAIN,B1,true\n",
        "movement_reason": (
            "warehouse_code,reason_code,direction\nMAIN,IN,load\nMAIN,OUT,issue\nYARD,IN,load\nYARD,OUT,issue\n"
        ),
        "item": (
            "item_code,description,uom,quantity_decimals,tracking\n"
            'BIKE,"City bike ""Ä"", 28 inch",PC,0,none\nTRIKE,Tricycle,PC,0,none\nWHEEL,Wheel,PC,0,none\n'
            "GREASE,Grease,KG,3,none\nPAINT,Red paint,L,1,lot\n"
        ),
        "lot": "item_code,lot_code,state\nPAINT,P-1,available\nPAINT,P-2,unavailable\n",
        "opening_stock": (
            "warehouse_code,item_code,quantity,record_date,reason_code,location_code,lot_code\n"
            "MAIN,WHEEL,20,2026-01-05,IN,A1,\nMAIN,WHEEL,3,2026-01-05,IN,B1,\nYARD,WHEEL,7,2026-01-05,IN,,\n"
            f"YARD,WHEEL,5,{TODAY + timedelta(days=9)},IN,,\n"
            "MAIN,GREASE,2,2026-01-05,IN,,\nMAIN,PAINT,1.5,2026-01-05,IN,,P-1\nMAIN,PAINT,2,2026-01-05,IN,,P-2\n"
        ),
        "production_order": WORKSHOP["production_order"].replace(
            "2026,4,0,BIKE,1,executive,,,\n", "2026,4,0,WHEEL,12,executive,2098-01-15,,\n2026,5,0,BIKE,1,closed,,,\n"
        ),
        "production_order_material": (
            "order_year,order_number,order_lot,line,item_code,unit_quantity,picked_quantity\n"
            "2026,1,0,1,WHEEL,2,1\n2026,1,0,2,GREASE,0.125,0\n2026,1,1,1,WHEEL,2,0\n2026,2,0,1,WHEEL,3,0\n"
            "2026,3,0,1,WHEEL,2,0\n2026,5,0,1,WHEEL,2,0\n"
        ),
        "production_order_phase": (
            "order_year,order_number,order_lot,phase,description,department\n2026,1,0,10,Assembly,Hall 2\n"
        ),
    },
)


@pytest.fixture(autouse=True)
def operator(rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the workshop's database in RILASCIO_DSN as a member of erp_operator, on a terminal of 80 columns."""
    monkeypatch.setenv("RILASCIO_DSN", rilascio_login())
    monkeypatch.setenv("COLUMNS", "80")


def shown(*arguments: str) -> str:
    """Return what a command prints, which fits a terminal of 80 columns."""
    result = rilascio(*arguments)
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 80
    return result.stdout


def whole(*arguments: str) -> dict[str, list[dict[str, Any]]]:
    """Return the object that a command gives as JSON."""
    answer = json.loads(rilascio(*arguments, "--format", "json").stdout, parse_float=Decimal)
    assert isinstance(answer, dict)
    return answer


def table(text: str, title: str) -> list[list[str]]:
    """Return the words of each line of the table under a title."""
    lines = text.partition(f"{title}\n")[2].split("\n\n")[0].splitlines()
    rule = next(number for number, line in enumerate(lines) if line.startswith("──"))
    return [line.split() for line in lines[rule + 1 :]]


def issue_later(dsn: str, warehouse: str, item: str, quantity: int) -> None:
    """Enter, by hand, an issue that is dated three days from now."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            """
            with record as (
                insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)
                select r.company_id, current_date + 3, r.warehouse_id, r.movement_reason_id
                from erp.movement_reason as r inner join erp.warehouse as w using (company_id, warehouse_id)
                where w.warehouse_code = %s and r.reason_code = 'OUT'
                returning *
            )
            insert into erp.stock_movement (
                company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity
            )
            select r.company_id, r.record_date, r.stock_record_id, 1, r.warehouse_id, i.item_id, -%s::numeric
            from record as r inner join erp.item as i on i.company_id = r.company_id and i.item_code = %s
            """,
            [warehouse, quantity, item],
        )


# --- show ------------------------------------------------------------------------------------------------------------


def test_show_tells_the_order_its_phases_and_its_materials_with_their_warehouse() -> None:
    text = shown("show", "2026/1")
    assert text.startswith('order      2026/1, launched\nitem       BIKE City bike "Ä", 28 inch\nquantity   2 PC\n')
    assert "job order  2026/1, Bréa & O'Neil\n" in text
    assert "end        2026-01-31, late\n" in text
    assert table(text, "Phases") == [["10", "Assembly", "Hall", "2"]]
    assert table(text, "Materials") == [
        ["1", "WHEEL", "Wheel", "automatic", "4", "1", "3", "PC", "MAIN"],
        ["2", "GREASE", "Grease", "automatic", "0.250", "0", "0.250", "KG", "MAIN"],
    ]
    assert "Release today\nStock covers all of it.\n" in text
    assert "Movements" not in text
    assert "Runs" not in text


def test_show_tells_what_a_launched_order_lacks() -> None:
    text = shown("show", "2026/3")
    assert "Release today\nStock covers 10 PC of it.\n" in text
    assert "Order 2026/3/0: 100 PC of item WHEEL required from\n" in text
    assert "--on-shortage split" in text


def test_show_tells_what_moved_for_a_released_order_and_which_runs_asked_for_it() -> None:
    rilascio("release", "2026/1", "--note", "early bird")
    text = shown("show", "2026/1")
    assert text.startswith("order      2026/1, executive\n")
    assert [row[1:] for row in table(text, "Materials")] == [
        ["WHEEL", "Wheel", "automatic", "4", "1", "3", "0", "PC"],
        ["GREASE", "Grease", "automatic", "0.250", "0", "0.250", "0", "KG"],
    ]
    assert [row[-2] for row in table(text, "Movements in force")] == ["-3", "-0.250"]
    [run] = table(text, "Runs")
    assert run[-2:] == ["early", "bird"]
    assert "Release today" not in text
    rilascio("restore", "2026/1")
    assert "Movements" not in shown("show", "2026/1")


def test_show_knows_orders_of_every_status() -> None:
    assert "order     2026/5, closed\n" in shown("show", "2026/5")
    [material] = whole("show", "2026/5")["materials"]
    assert (material["required_quantity"], material["open_quantity"], material["warehouse_code"]) == (2, 0, None)


def test_show_gives_machines_all_of_it_and_spreadsheets_the_materials() -> None:
    rilascio("release", "2026/1")
    answer = whole("show", "2026/1")
    assert list(answer) == ["order", "phases", "materials", "feasibility", "preview", "movements", "runs"]
    assert [(row["status"], row["customer"]) for row in answer["order"]] == [("executive", "Bréa & O'Neil")]
    assert (answer["feasibility"], answer["preview"]) == ([], [])
    assert [str(row["quantity"]) for row in answer["movements"]] == ["-3", "-0.250"]
    assert [row["outcome"] for row in answer["runs"]] == ["released"]
    rows = list(csv.DictReader(io.StringIO(rilascio("show", "2026/1", "--format", "csv").stdout)))
    assert [(row["item_code"], row["issued_quantity"], row["movable"]) for row in rows] == [
        ("WHEEL", "3", "true"),
        ("GREASE", "0.250", "true"),
    ]


@pytest.mark.parametrize(
    ("reference", "code", "sentence"),
    [
        ("2026/99", 1, "Error: Company SHOP has no order 2026/99.\nHint: "),
        ("99", 2, "Error: '99' is no order reference.\nHint: "),
    ],
)
def test_show_of_no_order_is_a_sentence(reference: str, code: int, sentence: str) -> None:
    result = rilascio("show", reference)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(sentence)


# --- stock -----------------------------------------------------------------------------------------------------------


def test_R16_stock_tells_today_and_the_least_of_later_days_of_each_place(rilascio_database: str) -> None:
    issue_later(rilascio_database, "YARD", "WHEEL", 4)
    text = shown("stock", "WHEEL")
    assert text.startswith("item         WHEEL Wheel\nuom          PC\n")
    assert table(text, "Where it lies") == [
        ["MAIN", "A1", "20", "20", "PC"],
        ["MAIN", "B1", "3", "3", "PC", "location", "blocked"],
        ["YARD", "7", "3", "PC"],
    ]
    assert "In all 30 PC, 26 of it on every later day.\n" in text


def test_stock_that_only_later_records_move_is_told_too(rilascio_database: str) -> None:
    issue_later(rilascio_database, "MAIN", "GREASE", 2)
    [place] = whole("stock", "GREASE")["places"]
    assert (place["quantity"], place["lowest_quantity"]) == (2, 0)


def test_stock_tells_who_waits_the_most_urgent_first() -> None:
    assert table(shown("stock", "WHEEL"), "Who waits for it") == [
        ["2026-01-31", "2026/1", "launched", "BIKE", "3", "PC", "automatic"],
        ["2026-02-28", "2026/1/1", "launched", "BIKE", "2", "PC", "automatic"],
        ["2026-03-31", "2026/2", "launched", "TRIKE", "12", "PC", "automatic"],
        ["2098-12-31", "2026/3", "launched", "BIKE", "100", "PC", "automatic"],
    ]
    rilascio("release", "2026/1", "2026/1/1")
    assert [row["order_number"] for row in whole("stock", "WHEEL")["needs"]] == [2, 3]


def test_stock_tells_when_more_is_expected() -> None:
    nine_days = str(TODAY + timedelta(days=9))
    assert table(shown("stock", "WHEEL"), "When more is expected") == [
        [nine_days, "5", "PC", "record", "YARD"],
        ["2098-01-15", "12", "PC", "production", "2026/4", "executive"],
    ]


def test_R26_stock_says_what_keeps_a_lot_from_being_taken() -> None:
    text = shown("stock", "PAINT")
    assert table(text, "Where it lies") == [
        ["MAIN", "P-1", "1.5", "1.5", "L"],
        ["MAIN", "P-2", "2", "2", "L", "lot", "unavailable"],
    ]
    assert "Who waits for it\nNobody.\n" in text
    assert "When more is expected\nNot that anybody knows.\n" in text


def test_stock_gives_machines_all_of_it_and_spreadsheets_the_places() -> None:
    answer = whole("stock", "WHEEL")
    assert list(answer) == ["item", "places", "needs", "receipts"]
    assert [row["procurement_type"] for row in answer["item"]] == ["purchase"]
    rows = list(csv.DictReader(io.StringIO(rilascio("stock", "WHEEL", "--format", "csv").stdout)))
    assert [(row["location_code"], row["location_blocked"], row["quantity"]) for row in rows] == [
        ("A1", "false", "20"),
        ("B1", "true", "3"),
        ("", "", "7"),
    ]


def test_stock_of_no_item_names_those_that_are_called_so() -> None:
    result = rilascio("stock", "paint")
    assert result.exit_code == 1
    assert result.stderr == "Error: Company SHOP has no item 'paint'.\nHint: Did you mean PAINT?\n"
    assert rilascio("stock", "zzz").stderr == "Error: Company SHOP has no item 'zzz'.\n"


# --- feasibility -----------------------------------------------------------------------------------------------------


def test_R41_feasibility_tells_what_stock_covers_of_launched_orders_by_their_end() -> None:
    result = rilascio("feasibility")
    assert max(map(len, result.stdout.splitlines())) <= 80
    rows = [line.split() for line in result.stdout.splitlines()[3:]]
    assert [(row[0], row[-2], row[-1]) for row in rows] == [
        ("2026/1", "all", "2"),
        ("2026/1/1", "all", "1"),
        ("2026/2", "all", "4"),
        ("2026/3", "partly", "10"),
    ]
    assert result.stderr == "4 orders: 3 all, 1 partly.\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--only", "partly"], [3]),
        (["--only", "all", "--only", "partly", "--sort", "quantity:desc"], [3, 2, 1, 1]),
        (["--where", "customer~velo"], [2]),
        (["--limit", "2"], [1, 1]),
        (["--only", "not_needed"], []),
        (["--where", "order_number=77"], []),
    ],
)
def test_R41_feasibility_is_filtered_and_sorted(arguments: list[str], expected: list[int]) -> None:
    assert [row["order_number"] for row in answers("feasibility", *arguments)] == expected


def test_R41_feasibility_in_csv_has_the_columns_of_the_grid_besides() -> None:
    rows = list(csv.DictReader(io.StringIO(rilascio("feasibility", "--only", "partly", "--format", "csv").stdout)))
    assert [(row["late"], row["feasibility"], row["feasible_quantity"]) for row in rows] == [("false", "partly", "10")]


# --- the material grid -----------------------------------------------------------------------------------------------


def test_R40_the_materials_of_an_order_are_a_grid() -> None:
    result = rilascio("grid", "materials", "2026/1")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert result.stderr == "2 rows.\n"
    rows = answers("grid", "materials", "--where", "item_code=WHEEL", "--where", "order_status=launched")
    assert [(row["order_number"], row["open_quantity"]) for row in rows] == [(1, 3), (1, 2), (2, 12), (3, 100)]
