"""Pages of the grids from the command line, by key: every row once, in the order of the whole, none without a value
before one that has one."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import psycopg
import pytest

from rilascio.commands.grid import filtered, page
from rilascio.commands.grid_columns import RELEASE, RESTORE, RUNS, Grid
from rilascio.commands.selection import GridOptions
from rilascio.filters import open_view
from rilascio.orders import find_company
from rilascio.paging import PAGE_KEY
from tests.clients.test_cli_orders import WORKSHOP, answers, rilascio

ORDERS = 24


def production_orders() -> str:
    """Return the file of orders of which many share their dates and priorities, or have none, and some the number."""
    random = Random(7)
    lines = [
        "order_year,order_number,order_lot,item_code,quantity,status,end_date,priority,project,job_year,job_number"
    ]
    for number in range(1, ORDERS + 1):
        end_date = random.choice(["", "2026-01-31", "2026-02-28", "2026-03-31"])
        job = random.choice([",", "2026,1", "2026,2"])
        project = random.choice(["", "A'B", 'a"b', "Ä"])
        status = "executive" if number % 4 == 0 else "launched"
        item, quantity, priority = random.choice(["BIKE", "TRIKE"]), random.randint(1, 3), random.choice(["", "1", "2"])
        project = '"' + project.replace('"', '""') + '"' if project else ""
        lines.append(
            f"2026,{(number + 1) // 2},{number % 2},{item},{quantity},{status},{end_date},{priority},{project},{job}"
        )
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def _workshop(loaded_template: Callable[..., Any], shared_database: Callable[..., Any]) -> Iterator[str]:
    files = WORKSHOP | {"production_order": production_orders()}
    del files["production_order_material"]
    with shared_database(loaded_template("pages", files, "erp_releaser"), "erp_releaser") as (_, dsn):
        yield dsn


@pytest.fixture
def workshop(_workshop: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name the workshop's database in RILASCIO_DSN as a member of erp_releaser, and give the URL."""
    monkeypatch.setenv("RILASCIO_DSN", _workshop)
    monkeypatch.delenv("COLUMNS", raising=False)
    return _workshop


def rows_of(
    connection: psycopg.Connection[Any], grid: Grid, sort: str, limit: int, after: str | None, column: str
) -> list[tuple[Any, str]]:
    """Return the values of a column in the rows of a page, and their keys, as the grid is asked for them."""
    view, company = open_view(connection, grid.view), find_company(connection, None)
    options = GridOptions(None, (), (sort,), limit, None, "table", None, after=after)
    where = filtered(connection, view, company, [])
    query, parameters = page(connection, grid, view, company, where, options, [column, PAGE_KEY])
    return connection.execute(query, parameters).fetchall()


def pages(connection: psycopg.Connection[Any], grid: Grid, sort: str, size: int, column: str) -> list[tuple[Any, str]]:
    """Return the rows of all pages, each asked for by the key of the last row before."""
    rows, after = [], None
    for _ in range(ORDERS + 1):
        one = rows_of(connection, grid, sort, size, after, column)
        if not one:
            break
        rows += one
        after = one[-1][1]
    return rows


@pytest.mark.parametrize("descending", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("grid", [RELEASE, RESTORE, RUNS], ids=lambda grid: grid.view)
def test_R40_R42_pages_by_any_column_give_every_row_once_and_those_without_a_value_last(
    workshop: str, grid: Grid, descending: bool
) -> None:
    with psycopg.connect(workshop, autocommit=True) as connection:
        for column in open_view(connection, grid.view).columns:
            sort = f"{column}:desc" if descending else column
            whole = rows_of(connection, grid, sort, 0, None, column)
            assert len({key for _, key in whole}) == len(whole), column
            without = [value is None for value, _ in whole]
            assert without == sorted(without), column
            assert pages(connection, grid, sort, 5, column) == whole, column
            assert rows_of(connection, grid, sort, 0, whole[0][1], column) == whole[1:], column


@pytest.mark.parametrize(
    "sort",
    [
        "end_date,priority",
        "end_date:desc,priority:desc",
        "priority:desc,end_date",
        "project,priority:desc,order_lot:desc",
        "order_year:desc,order_number",
        "order_lot:desc",
        "late:desc,project:desc",
    ],
)
@pytest.mark.parametrize("size", [1, 7])
def test_R40_R42_pages_by_several_columns_give_every_row_once(workshop: str, sort: str, size: int) -> None:
    with psycopg.connect(workshop, autocommit=True) as connection:
        whole = rows_of(connection, RELEASE, sort, 0, None, "order_id")
        assert len(whole) == ORDERS * 3 / 4
        assert pages(connection, RELEASE, sort, size, "order_id") == whole


def test_a_page_in_json_has_the_key_with_which_the_next_one_goes_on(workshop: str) -> None:
    sort = ["grid", "release", "--sort", "project:desc"]
    whole = answers(*sort)
    assert PAGE_KEY not in whole[0]
    some: list[dict[str, Any]] = []
    after: list[str] = []
    for _ in range(ORDERS):
        rows = answers(*sort, "--limit", "4", *after)
        if not rows:
            break
        some += rows
        after = ["--after", json.dumps(rows[-1][PAGE_KEY])]
    assert {None, "A'B", 'a"b', "Ä"} == {row["project"] for row in some}
    assert [{name: row[name] for name in whole[0]} for row in some] == whole


def test_a_table_ends_with_what_to_type_for_the_next_one(workshop: str) -> None:
    sort = ["grid", "release", "--columns", "order,feasibility", "--sort", "project", "--limit", "7"]
    whole = [line.split() for line in rilascio(*sort[:-1], "0").stdout.splitlines()[2:]]
    some: list[list[str]] = []
    after: list[str] = []
    for _ in range(ORDERS):
        result = rilascio(*sort, *after)
        assert result.exit_code == 0, result.output
        some += [line.split() for line in result.stdout.splitlines()[2:]]
        if "--after" not in result.stderr:
            break
        after = shlex.split(result.stderr.partition("The next ones: ")[2])
    assert some == whole
    assert len(some) == ORDERS * 3 / 4
    last = rilascio(*sort, "--after", "[null, 2026, 99, 0]")
    assert (last.exit_code, last.stderr) == (0, "No row matches behind that key.\n")


def test_csv_has_the_key_where_it_is_named(workshop: str) -> None:
    result = rilascio("grid", "release", "--format", "csv", "--limit", "2", "--columns", f"order_id,{PAGE_KEY}")
    first, second = csv.DictReader(io.StringIO(result.stdout))
    assert [row[PAGE_KEY] for row in (first, second)] == ["[2026, 1, 0]", "[2026, 1, 1]"]


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("2026/15", "--after '2026/15' is no key of rows that are sorted by end_date, order_year"),
        ("{}", "is no key of rows"),
        ('["2026-01-31", 2026, 1]', "is no key of rows"),
        ('["2026-01-31", 2026, null, 0]', "is no key of rows"),
        ('["soon", 2026, 1, 0]', "'soon' is no value for end_date, which is of type date."),
        ('["2026-01-31", 2026, 1.5, 0]', "'1.5' is no value for order_number, which is of type integer."),
    ],
)
def test_what_is_no_key_of_the_order_is_refused_with_a_hint(workshop: str, key: str, sentence: str) -> None:
    result = rilascio("grid", "release", "--sort", "end_date", "--after", key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_orders_that_are_equal_otherwise_go_by_number_the_way_of_the_last_column(workshop: str) -> None:
    shown = answers("grid", "release", "--sort", "priority:desc", "--where", "priority=1")
    numbers = [(row["order_number"], row["order_lot"]) for row in shown]
    assert len(numbers) > 2
    assert numbers == sorted(numbers, reverse=True)
