"""Searching, sorting, paging and selecting in the form, with mouse and keys, in a browser."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from harness.dev.web_form import Form, Served
from tests.web.browser.conftest import AWKWARD, expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = 50


def ids_where(owner: psycopg.Connection[Any], condition: str, view: str = "release_grid") -> list[int]:
    query = f"select order_id from erp_api.{view} where {condition} order by order_year, order_number, order_lot"
    return [order_id for (order_id,) in owner.execute(query)]


def movements_of(owner: psycopg.Connection[Any], order_id: int) -> int:
    query = "select count(*) from erp_api.restore_movement_grid where order_id = %s"
    [[count]] = owner.execute(query, [order_id]).fetchall()
    return int(count)


def test_the_code_of_the_terminal_lets_in_and_a_wrong_one_does_not(browser: Browser, served: Served) -> None:
    context = browser.new_context()
    form = Form(context.new_page(), served.url)
    form.page.goto(f"{served.url}release?customer=bar")
    form.page.locator("[name=code]").fill("wrong")
    form.page.locator("[name=code]").press("Enter")
    expect(form.page.get_by_role("alert")).to_contain_text("not the code")
    form.log_in(served.code)
    [cookie] = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert served.code not in form.page.url
    context.close()


def test_the_header_names_role_server_and_company(form: Form, database: tuple[str, str]) -> None:
    address = conninfo_to_dict(database[1])
    header = form.page.get_by_role("banner")
    for told in (address["user"], address["port"], "Officine Valmora"):
        expect(header).to_contain_text(str(told))


def test_R40_a_search_finds_what_the_database_finds(form: Form, owner: psycopg.Connection[Any]) -> None:
    for column, typed, condition in (
        ("item_code", "gr-", "item_code ilike '%gr-%'"),
        ("item_code", "=GR-0640", "item_code = 'GR-0640'"),
        ("item_code", "!=GR-0640", "item_code <> 'GR-0640'"),
        ("quantity", ">100", "quantity > 100"),
        ("end_date", "<2026-10-15", "end_date < '2026-10-15'"),
        ("order", "2026/>120", "order_year = 2026 and order_number > 120"),
        ("customer", "document.title", "customer ilike '%document.title%'"),
    ):
        wanted = ids_where(owner, condition)
        form.search(**{column: typed})
        assert form.order_ids() == wanted[:PAGE]
        expect(form.page.locator("#count")).to_have_text(f"{len(wanted)} orders found")
        expect(form.field(column)).to_have_value(typed)
        form.field(column).fill("")


def test_loading_the_page_again_searches_again(form: Form) -> None:
    form.search(item_code="GR-")
    found = form.order_ids()
    form.page.reload()
    assert form.order_ids() == found
    expect(form.field("item_code")).to_have_value("GR-")


def test_every_stored_column_sorts_both_ways_and_the_focus_stays(form: Form) -> None:
    links = form.grid.locator("th a").evaluate_all("links => links.map(link => link.dataset.focus)")
    assert len(links) >= 9
    directions = []
    for link in [*links, links[-1]]:
        form.grid.locator(f"[data-focus='{link}']").focus()
        with form.turning():
            form.page.keyboard.press("Enter")
        sorted_by = form.grid.locator("th[aria-sort]:not([aria-sort=none])")
        expect(sorted_by.locator(f"[data-focus='{link}']")).to_be_focused()
        directions.append(sorted_by.get_attribute("aria-sort"))
    # by the number they were sorted already
    assert directions == ["descending", *["ascending"] * (len(links) - 1), "descending"]


def test_pages_go_forward_to_the_end_and_back(form: Form, owner: psycopg.Connection[Any]) -> None:
    wanted = ids_where(owner, "true")
    found = [form.order_ids()]
    following, previous = (form.page.get_by_role("link", name=f"{which} page") for which in ("Next", "Previous"))
    while following.is_visible():
        with form.turning():
            following.click()
        found.append(form.order_ids())
    assert [order_id for shown in found for order_id in shown] == wanted
    for page_before in reversed(found[:-1]):
        with form.turning():
            previous.click()
        assert form.order_ids() == page_before


def test_rows_are_selected_as_people_are_used_to_and_stay_selected_over_pages(form: Form) -> None:
    shown, page = form.order_ids(), form.page
    selected = page.locator("#selected")
    form.row(shown[1]).click()
    form.row(shown[4]).click(modifiers=["Shift"])
    assert form.selected_ids() == shown[1:5]
    form.row(shown[2]).click(modifiers=["Control"])
    form.row(shown[8]).click(modifiers=["Control"])
    assert form.selected_ids() == [shown[1], shown[3], shown[4], shown[8]]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert form.selected_ids() == [shown[1], shown[3], shown[4], shown[8], shown[9]]
    expect(selected).to_contain_text("5")
    with form.turning():
        page.keyboard.press("PageDown")
    assert form.selected_ids() == []
    expect(selected).to_contain_text("5")
    page.keyboard.press("Control+a")
    expect(selected).to_contain_text("55")
    with form.turning():
        page.keyboard.press("PageUp")
    assert form.selected_ids() == [shown[1], shown[3], shown[4], shown[8], shown[9]]


def test_the_grid_is_one_tab_stop_and_arrows_walk_in_it(form: Form) -> None:
    page, shown = form.page, form.order_ids()
    stops = "grid => [...grid.querySelectorAll('a, button, input, [tabindex]')].filter(e => e.tabIndex >= 0).length"
    assert form.grid.evaluate(stops) == 1
    form.row(shown[0]).focus()
    for key, position in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("End", len(shown) - 1), ("Home", 0)):
        page.keyboard.press(key)
        expect(form.row(shown[position])).to_be_focused()
    page.keyboard.press("Tab")
    assert form.grid.evaluate("grid => !grid.contains(document.activeElement)")


def test_F8_searches_from_where_one_types_and_the_focus_stays(form: Form) -> None:
    field = form.field("item_code")
    field.fill("EM-2010")
    with form.turning():
        field.press("F8")
    expect(field).to_be_focused()
    assert 0 < len(form.order_ids()) < PAGE


def test_what_could_not_be_fetched_is_told_and_what_was_there_stays(form: Form) -> None:
    form.covered()  # what comes by itself has come
    form.choose(form.order_ids()[:1])
    form.preview()
    heading, failed = form.pane.get_by_role("heading"), form.page.locator("#failed")
    expect(heading).to_be_visible()
    page_of_somebody_else = "<section id=pane class=later>Something else</section>"
    for fail in (
        lambda route: route.abort(),
        lambda route: route.fulfill(status=502, content_type="text/html", body=page_of_somebody_else),
        lambda route: route.fulfill(status=200, content_type="text/html", body=page_of_somebody_else),
    ):
        form.page.route("**/preview", fail)
        form.page.keyboard.press("F9")
        expect(failed).to_be_visible()
        expect(heading).to_be_visible()
        form.page.unroute_all()
        form.preview()
        expect(failed).to_be_hidden()
    form.complaints.clear()  # the browser tells of the first two as well


def test_what_was_asked_for_last_is_what_the_pane_shows(form: Form) -> None:
    form.open("restore", "unreleased=true")
    form.page.route("**/restore/movements?*", lambda route: None)  # no answer comes
    with form.page.expect_request("**/restore/movements?*"):
        form.choose(form.order_ids()[:1])
    with form.page.expect_event("requestfailed", lambda request: "movements" in request.url):
        form.preview()
    expect(form.pane.get_by_role("heading")).to_be_visible()
    form.page.unroute_all(behavior="ignoreErrors")


def test_the_load_by_day_leads_to_the_orders_of_the_day(form: Form, owner: psycopg.Connection[Any]) -> None:
    form.page.get_by_role("link", name="Load by day").click()
    first = form.page.get_by_role("main").get_by_role("row").nth(1)
    day, count = owner.execute(
        "select end_date::text, count(*) from erp_api.release_grid group by end_date order by end_date limit 1"
    ).fetchone() or ("", 0)
    expect(first).to_contain_text(day)
    first.get_by_role("link").click()
    assert form.order_ids() == ids_where(owner, f"end_date = '{day}'")
    assert len(form.order_ids()) == count


def test_a_spreadsheet_gets_all_that_was_found(form: Form, owner: psycopg.Connection[Any], tmp_path: Path) -> None:
    form.search(item_code="EM-2010")
    with form.page.expect_download() as download:
        form.page.get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "orders.csv")
    with (tmp_path / "orders.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(ids_where(owner, "item_code = 'EM-2010'"))
    assert {row["item_description"] for row in rows} == {AWKWARD}


def test_chosen_columns_are_remembered(form: Form) -> None:
    page = form.page
    page.locator("summary", has_text="Columns").click()
    page.get_by_role("checkbox", name="Department").check()
    page.get_by_role("checkbox", name="Customer").uncheck()
    page.get_by_role("button", name="Show them").click()
    form.grid.wait_for()
    for _ in range(2):
        expect(form.grid.get_by_role("columnheader", name="Department")).to_be_visible()
        expect(form.grid.get_by_role("columnheader", name="Customer")).to_have_count(0)
        form.open()


def test_R30_the_restore_tab_shows_the_movements_of_the_focused_order(
    form: Form, owner: psycopg.Connection[Any], database: tuple[str, str]
) -> None:
    with psycopg.connect(database[1]) as connection:
        connection.execute("select erp_api.release_production_orders(1, array[26, 48], '2026-11-23')")
    form.open("restore")
    assert form.order_ids() == [26, 48]
    form.row(26).focus()
    expect(form.pane).to_contain_text("2026/24")
    form.page.keyboard.press("ArrowDown")
    expect(form.pane).to_contain_text("2026/46")
    expect(form.pane.get_by_role("row")).to_have_count(1 + movements_of(owner, 48))
    form.page.get_by_label("Also orders without a release").check()
    form.search()
    assert len(form.order_ids()) == 6
