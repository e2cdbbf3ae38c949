"""Releasing and restoring in the form, in a browser: preview, confirmation, progress, interruption, result, papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pypdf import PdfReader

from harness.dev.web_form import Form
from tests.web.browser.conftest import barriers, expect


def statuses(owner: psycopg.Connection[Any], order_ids: Sequence[int]) -> list[str]:
    query = """
        select o.status from erp.production_order as o
        inner join unnest(%s::bigint[]) with ordinality as asked (order_id, ordinal)
            on asked.order_id = o.production_order_id
        order by asked.ordinal
    """
    return [status for (status,) in owner.execute(query, [list(order_ids)])]


@contextmanager
def held(owner_dsn: str, order_id: int) -> Iterator[None]:
    """Let calls that want an order wait."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("select from erp.production_order where production_order_id = %s for update", [order_id])
        yield
        connection.rollback()


def test_R2_R31_orders_are_previewed_confirmed_released_and_restored(
    form: Form, owner: psycopg.Connection[Any]
) -> None:
    served, short = chosen = 26, 129  # 2026/24, and 2026/126, which stock does not cover
    form.search(order="2026/24")
    form.choose([served])
    form.preview()
    expect(form.pane).to_contain_text("1 released")
    form.open(parameters="order=2026/>23")
    form.choose([served])
    while not form.row(short).is_visible():
        with form.turning():
            form.page.keyboard.press("PageDown")
    form.row(short).click(modifiers=["Control"])
    form.preview()
    expect(form.pane).to_contain_text("1 refused, 1 released")
    expect(form.pane.get_by_role("table", name="What stock lacks")).to_contain_text("TD-0700")
    assert statuses(owner, chosen) == ["launched", "launched"]
    form.confirm("morning release")
    expect(form.page.get_by_role("heading", level=1)).to_have_text("Release 2 orders?")
    assert barriers(form.page) == []
    form.begin()
    expect(form.result.get_by_role("row", name="2026/24")).to_contain_text("released")
    expect(form.result.get_by_role("row", name="2026/126")).to_contain_text("TD-0700")
    assert barriers(form.page) == []
    assert statuses(owner, chosen) == ["executive", "launched"]
    [[note]] = owner.execute("select note from erp_api.run_history order by run_id desc limit 1").fetchall()
    assert note == "morning release"

    form.page.get_by_role("link", name="Pick list").click()
    lines = form.page.get_by_role("main").get_by_role("row")
    expect(lines.filter(has_text="2026/24")).to_have_count(lines.count() - 1)

    form.open("restore")
    form.choose([served])
    form.preview()
    expect(form.pane).to_contain_text("1 restored")
    form.confirm()
    form.begin()
    expect(form.result.get_by_role("row", name="2026/24")).to_contain_text("restored")
    assert statuses(owner, chosen) == ["launched", "launched"]


def test_a_pick_list_is_printed_on_A4_without_what_is_for_the_screen(form: Form, tmp_path: Path) -> None:
    form.search(order="2026/5")
    form.choose(form.order_ids())
    form.preview()
    form.confirm()
    form.begin()
    form.page.get_by_role("link", name="Pick list").click()
    form.page.get_by_role("main").get_by_role("table").wait_for()
    assert barriers(form.page) == []
    form.page.pdf(path=tmp_path / "picks.pdf", prefer_css_page_size=True)
    [sheet] = PdfReader(tmp_path / "picks.pdf").pages
    assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == (595, 842)
    assert "EM-1000" not in sheet.extract_text()  # what is made, not what is picked
    assert sheet.extract_text().count("2026/5") == form.page.get_by_role("main").get_by_role("row").count() - 1
    assert "Back" not in sheet.extract_text()
    form.page.emulate_media(media="print")
    form.page.set_viewport_size({"width": 680, "height": 1000})  # A4 in dots of a screen, without its margins
    assert form.page.evaluate("document.documentElement.scrollWidth") == 680


def test_all_that_were_found_are_released_on_every_page(form: Form, owner: psycopg.Connection[Any]) -> None:
    form.search(order="2026/>200")
    with form.fetching():
        form.page.get_by_role("button", name="all that are found").click()
    [[count]] = owner.execute(
        "select count(*) from erp_api.release_grid where order_year = 2026 and order_number > 200"
    ).fetchall()
    assert count > len(form.order_ids())
    form.confirm()
    expect(form.page.get_by_role("heading", level=1)).to_have_text(f"Release {count} orders?")


def test_a_job_can_be_interrupted_and_takes_nothing(
    form: Form, owner: psycopg.Connection[Any], database: tuple[str, str]
) -> None:
    form.search(order="2026/6")
    [order_id] = form.order_ids()
    form.choose([order_id])
    form.preview()
    form.confirm()
    with held(database[0], order_id):
        form.begin()
        interrupt = form.page.get_by_role("button", name="Interrupt")
        interrupt.focus()
        for _ in range(3):  # how far it is
            with form.fetching():
                pass
        expect(form.page.get_by_role("progressbar")).to_be_visible()
        expect(interrupt).to_be_focused()
        interrupt.press("Enter")
        expect(form.page.get_by_text("Interrupted.")).to_be_visible()
    assert statuses(owner, [order_id]) == ["launched"]
    form.page.get_by_role("button", name="Go on").click()
    expect(form.result.get_by_role("row", name="2026/6")).to_contain_text("released")
    assert statuses(owner, [order_id]) == ["executive"]


def test_what_is_confirmed_twice_is_done_once(form: Form, owner: psycopg.Connection[Any]) -> None:
    form.search(order="2026/7")
    form.choose(form.order_ids())
    form.preview()
    form.confirm()
    [[runs]] = owner.execute("select count(*) from erp_api.run_history").fetchall()
    form.page.get_by_role("button", name="Release 1 order").dblclick()
    expect(form.result.get_by_role("row", name="2026/7")).to_contain_text("released")
    assert owner.execute("select count(*) from erp_api.run_history").fetchall() == [(runs + 1,)]


def test_without_scripts_an_order_is_released(form_without_scripts: Form, owner: psycopg.Connection[Any]) -> None:
    form = form_without_scripts
    form.search(order="2026/8")
    [order_id] = form.order_ids()
    form.row(order_id).get_by_role("checkbox").check()
    with form.turning():
        form.page.get_by_role("button", name="the chosen ones").click()
    form.confirm()
    form.begin()
    form.page.reload()
    expect(form.result.get_by_role("row", name="2026/8")).to_contain_text("released")
    assert statuses(owner, [order_id]) == ["executive"]
