"""The grids in the browser: pages, filters, rows for spreadsheets, and the rows of one company alone."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.sql import SQL, Identifier

from rilascio.web import criteria
from rilascio.web.criteria import COMPUTED, TABS, Criteria, Tab, read_page
from rilascio.web.grid import harmless
from rilascio.web.sessions import Session, session
from tests.web.conftest import HOME, OURS

TAB = pytest.mark.parametrize("tab", TABS.values(), ids=TABS)


@pytest.fixture
def form(client: FlaskClient) -> Iterator[Flask]:
    """Give the form while it answers."""
    with client.application.test_request_context(base_url=HOME):
        yield client.application


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-order-id="(\d+)"', page)]


def followed(tab: Tab, address: str | None) -> Criteria | None:
    return Criteria.read(tab, dict(parse_qsl(urlsplit(address).query))) if address else None


def columns_of(tab: Tab, one: Session) -> list[str]:
    rows = one.connection.execute(
        "select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum",
        [f"erp_api.{tab.grid.view}"],
    )
    return [name for (name,) in rows]


@TAB
def test_the_form_offers_every_column_of_its_view(form: Flask, tab: Tab) -> None:
    named_otherwise = {"company_id", "order_id", "status", "order_year", "order_number", "order_lot"}
    with session() as one:
        offered = {*tab.grid.columns} - {"order", *tab.grid.feasibility_columns}
        assert set(columns_of(tab, one)) - named_otherwise == offered


@TAB
def test_R40_R42_pages_by_any_stored_column_both_ways_are_one_ordered_select(
    form: Flask, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forwards from the first page and backwards from the last, with ties and rows without a value, which come last."""
    monkeypatch.setattr(criteria, "ROWS", 5)
    number = ("order_year", "order_number", "order_lot")
    with session() as one:
        for column in ("order", *tab.grid.columns[1:]):
            if column in COMPUTED:
                continue
            for direction in ("", ":desc"):
                keys = number if column == "order" else (column, *number)
                order = SQL(", ").join(SQL("{} {} nulls last").format(Identifier(k), SQL(direction[1:])) for k in keys)
                query = SQL("select order_id from erp_api.{} where company_id = %s order by {}")
                whole = [
                    row["order_id"]
                    for row in one.rows(query.format(Identifier(tab.grid.view), order), [one.company.company_id])
                ]
                assert len(whole) > 5, "more than a page"
                wanted = [whole[start : start + 5] for start in range(0, len(whole), 5)]
                begin = Criteria(tab, {}, f"{column}{direction}", unreleased=True)
                seen, last = [], begin
                at: Criteria | None = begin
                while at:
                    page = read_page(one, at, ("order",))
                    seen.append([row["order_id"] for row in page.rows])
                    last, at = at, followed(tab, page.behind)
                assert seen == wanted, (column, direction)
                back, at = [], last
                while at:
                    page = read_page(one, at, ("order",))
                    back.append([row["order_id"] for row in page.rows])
                    at = followed(tab, page.before)
                assert back[::-1] == wanted, (column, direction)


@TAB
def test_R42_what_is_computed_is_neither_sorted_nor_filtered_by(client: FlaskClient, tab: Tab) -> None:
    for column in COMPUTED & {*tab.grid.columns}:
        for name, value in ((column, "1"), ("sort", column), ("sort", f"{column}:desc")):
            for page in ("", "/csv", "/groups"):
                answer = client.get(f"/{tab.name}{page}", query_string={name: value}, base_url=HOME)
                assert (answer.status_code, "of a page only" in answer.text) == (400, True), (column, page)
        assert client.get(f"/{tab.name}/groups?by={column}", base_url=HOME).status_code == 400


@TAB
def test_R42_what_is_not_called_computed_is_stored(form: Flask, tab: Tab) -> None:
    """What is sorted by costs no more than reading it: no function and no subquery for each row."""
    with session() as one:
        for column in {*columns_of(tab, one)} - COMPUTED:
            query = SQL("explain (verbose, costs off) select {} from erp_api.{} where company_id = 1")
            plan = one.rows(query.format(Identifier(column), Identifier(tab.grid.view)))
            assert "SubPlan" not in str(plan), column


@pytest.mark.parametrize(
    ("column", "typed", "condition"),
    [
        ("project", "a", "project ilike '%a%'"),
        ("project", "A'B", "project = 'A''B'"),
        ("project", '=a"b', "project = 'a\"b'"),
        ("project", "Ä", "project = 'Ä'"),
        ("project", "%", "false"),
        ("project", "=", "project is null"),
        ("project", "!=", "project is not null"),
        ("project", "!=Ä", "project is distinct from 'Ä'"),
        ("customer", "100%", "customer = 'Velo 100%'"),
        ("customer", "o'n", "customer like '%O''Neil'"),
        ("item_code", ">BIKE", "item_code = 'TRIKE'"),
        ("end_date", "2026-02", "end_date = '2026-02-28'"),
        ("end_date", "<= 2026-02-28", "end_date <= '2026-02-28'"),
        ("end_date", ">2026-02-28", "end_date > '2026-02-28'"),
        ("priority", "1", "priority = 1"),
        ("priority", "!= 1", "priority is distinct from 1"),
        ("quantity", ">1", "quantity > 1"),
        ("order", "2026/>5", "order_number > 5"),
        ("order", "2026/3", "order_number = 3"),
        ("order", "2026/3/1", "order_number = 3 and order_lot = 1"),
        ("order", "<=2", "order_number <= 2"),
        ("order", "2027/", "false"),
        ("order", " 2026 / 3 ", "order_number = 3"),
    ],
)
def test_a_cell_of_the_filter_means_what_is_typed(
    client: FlaskClient, urls: tuple[str, str], column: str, typed: str, condition: str
) -> None:
    answer = client.get("/release", query_string={column: typed}, base_url=HOME)
    with psycopg.connect(urls[1]) as connection:
        wanted = connection.execute(
            "select order_id from erp_api.release_grid where company_id = 1 and "
            + condition  # type: ignore[arg-type]
            + " order by order_year, order_number, order_lot"
        ).fetchall()
    assert answer.status_code == 200
    assert ids(answer.text) == [order_id for (order_id,) in wanted]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"end_date": ">soon"}, "no value for end_date"),
        ({"priority": "high"}, "no value for priority"),
        ({"order": "20/26/x"}, "names no orders"),
        ({"order": "2026/>"}, "names no orders"),
        ({"order": "2026/99999999999"}, "no value for order_number"),
        ({"sort": "nothing"}, "no column"),
        ({"sort": "end_date,late"}, "no column"),
        ({"sort": "end_date:sideways"}, "no direction"),
        ({"after": "[1]"}, "no key"),
        ({"before": "{}"}, "no key"),
        ({"sort": "end_date", "after": '["x", 2026, 1, 0]'}, "no value for end_date"),
    ],
)
def test_what_cannot_be_searched_for_is_told_in_a_sentence(
    client: FlaskClient, typed: dict[str, str], told: str
) -> None:
    answer = client.get("/release", query_string=typed, base_url=HOME)
    assert (answer.status_code, told in answer.text) == (400, True), answer.text


def test_how_many_there_are_and_what_stock_covers_is_asked_when_wanted(client: FlaskClient) -> None:
    assert "orders found" not in client.get("/release", base_url=HOME).text
    answer = client.get("/release?more=true", base_url=HOME, headers={"Rilascio-Fragment": "1"})
    assert answer.headers["Rilascio-Fragment"] == "1"
    assert "18 orders found" in answer.text
    assert answer.text.count('class="not-needed"') == 18
    assert "<html" not in answer.text


def test_what_is_asked_later_is_asked_of_the_page_that_is_shown(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(criteria, "ROWS", 5)
    page = client.get("/release?sort=priority", base_url=HOME).text
    for rel in ("next", "next", "prev"):
        [address] = re.findall(rf'rel="{rel}" href="([^"]*)"', page)
        page = client.get(html.unescape(address), base_url=HOME).text
        [later] = re.findall(r'href="([^"]*)" data-later', page)
        covered = re.findall(r'id="feasibility-(\d+)"', client.get(html.unescape(later), base_url=HOME).text)
        assert list(map(int, covered)) == ids(page)


def test_R39_orders_without_a_release_are_shown_when_asked_for(client: FlaskClient) -> None:
    assert ids(client.get("/restore", base_url=HOME).text) == []
    assert len(ids(client.get("/restore?unreleased=true", base_url=HOME).text)) == 6


def test_R40_another_company_is_seen_nowhere(client: FlaskClient, urls: tuple[str, str]) -> None:
    with psycopg.connect(urls[0]) as connection:
        others = {
            row[0]
            for row in connection.execute(
                "select production_order_id from erp.production_order as o"
                " inner join erp.company as c using (company_id) where company_code = 'OTHER'"
            )
        }
    assert len(others) == 5
    for address in ("/release", "/restore?unreleased=true"):
        assert not others & {*ids(client.get(address, base_url=HOME).text)}
    order = min(others)
    answer = client.post("/release/preview", data={"order": order}, headers=OURS, base_url=HOME)
    assert (answer.status_code, "No order is chosen" in answer.text) == (400, True)
    assert "moved nothing" in client.get(f"/restore/movements?order={order}", base_url=HOME).text


def test_the_load_by_day_counts_the_orders_of_each_day_and_leads_to_them(client: FlaskClient) -> None:
    page = client.get("/release/groups", base_url=HOME).text
    counts = re.findall(r'href="([^"]*)">([^<]*)</a></th>\s*<td class="number">(\d+)', page)
    assert sum(int(count) for *_rest, count in counts) == 18
    assert counts[-1][1] == "none"
    for address, _day, count in counts:
        assert len(ids(client.get(address, base_url=HOME).text)) == int(count)


def test_the_rows_for_a_spreadsheet_are_those_of_the_grid(client: FlaskClient) -> None:
    answer = client.get("/release/csv?sort=project:desc&item_code=BIKE", base_url=HOME)
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    page = client.get("/release?sort=project:desc&item_code=BIKE", base_url=HOME).text
    shown = re.findall(r'<th scope="row">([^<]*)</th>', page)
    numbers = [f"{row['order_year']}/{row['order_number']}" for row in rows]
    assert numbers == [re.sub(r"^(\d+/\d+).*", r"\1", text) for text in shown]
    assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_no_text_of_the_grid(text: str) -> None:
    assert harmless(text) == f"'{text}" or harmless(text)[0] not in "=+-@\t\r"
    assert harmless(-5) == "-5"


def test_columns_are_remembered(client: FlaskClient) -> None:
    client.post("/release/columns", data={"column": ["project", "nothing"]}, headers=OURS, base_url=HOME)
    page = client.get("/release", base_url=HOME).text
    assert re.findall(r'data-focus="sort:(\w+)"', page) == ["order", "project"]
    client.post("/release/columns", headers=OURS, base_url=HOME)
    assert "sort:end_date" in client.get("/release", base_url=HOME).text


def test_R7_chosen_orders_are_previewed_in_the_order_of_the_grid(client: FlaskClient) -> None:
    shown = ids(client.get("/release?sort=project:desc", base_url=HOME).text)
    chosen = {"order": f"{shown[5]},{shown[2]}", "query": "sort=project:desc"}
    page = client.post("/release/preview", data=chosen, headers=OURS, base_url=HOME).text
    assert f'name="order" value="{shown[2]},{shown[5]}"' in page
    page = client.post(
        "/release/preview", data={"which": "found", "query": "item_code=BIKE"}, headers=OURS, base_url=HOME
    ).text
    found = ids(client.get("/release?item_code=BIKE", base_url=HOME).text)
    assert f'name="order" value="{",".join(map(str, found))}"' in page


def test_a_preview_says_when_chosen_orders_are_gone(client: FlaskClient) -> None:
    [first, *_rest] = ids(client.get("/release", base_url=HOME).text)
    page = client.post("/release/preview", data={"order": f"{first},987654"}, headers=OURS, base_url=HOME).text
    assert "1 order of those chosen are in the grid no more" in page


def test_what_is_no_form_of_ours_is_refused_in_a_sentence(client: FlaskClient) -> None:
    for data in ({}, {"order": "1;2"}, {"order": "1", "record_date": "23.11.2026"}):
        answer = client.post("/release/preview", data=data, headers=OURS, base_url=HOME)
        assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
    assert client.get("/nothing", base_url=HOME).status_code == 404


def test_a_lost_connection_is_told_and_the_next_page_is_there_again(client: FlaskClient, urls: tuple[str, str]) -> None:
    assert client.get("/release", base_url=HOME).status_code == 200
    with psycopg.connect(urls[0], autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert client.get("/release", base_url=HOME).status_code == 200
