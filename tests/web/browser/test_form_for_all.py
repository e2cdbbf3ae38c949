"""The form for everybody: whatever language, screen, light, assistive technology, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.dev.web_form import Form, Served, serving
from tests.web.browser.conftest import AWKWARD, barriers, expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pages(form: Form) -> Iterator[str]:
    """Show one page of the form after the other, and say which."""
    form.open(parameters="order=2026/<32")
    form.choose(form.order_ids())
    form.preview()
    form.page.get_by_text("Columns", exact=True).click()
    yield "launched orders, chosen, with what would be done with them, and the columns"
    form.page.goto(f"{form.url}release?item_code=nothing+like+it")
    yield "nothing found"
    form.page.goto(f"{form.url}release/groups")
    yield "load by day"
    form.page.goto(f"{form.url}release?order=nonsense")
    form.complaints.clear()  # that it was answered so
    yield "a failure"
    form.open("restore", "unreleased=true")
    form.rows.first.focus()
    yield "released orders"


def test_no_page_has_a_barrier_or_is_wider_than_a_narrow_window(form: Form) -> None:
    form.page.set_viewport_size({"width": 800, "height": 700})
    for name in pages(form):
        assert (name, barriers(form.page)) == (name, [])
        assert (name, form.page.evaluate("document.documentElement.scrollWidth")) == (name, 800)


def test_the_page_that_asks_for_the_code_has_no_barrier(browser: Browser, served: Served) -> None:
    page = browser.new_page()
    page.goto(served.url)
    assert barriers(page) == []
    page.context.close()


def test_R63_the_form_speaks_Italian(browser: Browser, database: tuple[str, str], tmp_path: Path) -> None:
    with serving(database[1], tmp_path, language="it") as served:
        form = Form(browser.new_page(), served.url)
        form.log_in(served.code)
        assert form.page.locator("html").get_attribute("lang") == "it"
        expect(form.page.get_by_role("heading", level=1)).to_have_text("Ordini lanciati")
        form.search(order="2026/126")
        expect(form.page.locator("#count")).to_have_text("Trovati: 1 ordine")
        form.choose(form.order_ids())
        form.preview()
        expect(form.pane).to_contain_text("Ordine 2026/126/0")
        form.page.context.close()
        assert form.complaints == []


def test_what_stands_in_names_runs_nowhere(form: Form) -> None:
    form.search(item_code="EM-2010")
    expect(form.rows.first).to_contain_text(AWKWARD)
    form.choose(form.order_ids())
    form.preview()
    assert "ran" not in form.page.title()


def test_without_scripts_orders_are_found_sorted_and_previewed(form_without_scripts: Form) -> None:
    form = form_without_scripts
    page = form.page
    form.search(order="2026/>120")
    with form.turning():
        form.grid.get_by_role("link", name="Item code").click()
    with form.turning():
        page.get_by_role("link", name="Next page").click()
    form.search(order="2026/126")
    page.get_by_role("link", name="How many").click()
    expect(page.locator("#count")).to_have_text("1 order found")
    form.rows.first.get_by_role("checkbox").check()
    with form.turning():
        page.get_by_role("button", name="Preview the chosen ones").click()
    expect(form.pane).to_contain_text("TD-0700")
