"""The form of `rilascio web` in Chromium, on the demo factory; the browser must have nothing to complain of."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from harness.dev.web_form import STEP_MILLISECONDS, Form, Served, chromium, missing, serving
from rilascio.folders import demo_folder
from rilascio.testing import DEMO_DAY, freeze_day

try:
    from playwright.sync_api import expect

    expect.set_options(timeout=STEP_MILLISECONDS)
except ImportError:  # the fixture `browser` says so, and skips
    expect = None

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

__all__ = ["AWKWARD", "barriers", "expect"]

AWKWARD = """<script>document.title = 'ran'</script>"'&<img src=x onerror="document.title = 'ran'">"""

SCREEN: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give one Chromium for all tests."""
    if reason := missing():
        reason = f"The form is not tried in a browser: {reason}."
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def database(
    browser: Browser, loaded_template: Callable[..., Any], shared_database: Callable[..., Any]
) -> Iterator[tuple[str, str]]:
    """Give the URLs, of a superuser and of an operator, of the demo factory on its day, with an awkward item."""
    with shared_database(loaded_template("demo", demo_folder())) as urls:
        with psycopg.connect(urls[0]) as connection:
            freeze_day(connection, DEMO_DAY)
            connection.execute("update erp.item set description = %s where item_code = 'EM-2010'", [AWKWARD])
            connection.execute("update erp.job_order set customer = %s where customer ilike '%%bar%%'", [AWKWARD])
        yield urls


@pytest.fixture(scope="module")
def owner(database: tuple[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection of a superuser, to see what there is."""
    with psycopg.connect(database[0], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def served(database: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a running `rilascio web`."""
    with serving(database[1], tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.fixture(scope="module")
def logged_in(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """Give what several tests work in, one after the other: a browser that has come in by the code."""
    context = browser.new_context(viewport=SCREEN)
    form = Form(context.new_page(), served.url)
    form.log_in(served.code)
    form.page.close()
    yield context
    context.close()


@pytest.fixture
def form(logged_in: BrowserContext, served: Served) -> Iterator[Form]:
    """Give the form with the launched orders, in a tab of the browser of its own."""
    form = Form(logged_in.new_page(), served.url)
    form.open()
    yield form
    form.page.close()
    logged_in.clear_cookies(name=re.compile("columns"))
    assert form.complaints == []


@pytest.fixture
def form_without_scripts(browser: Browser, logged_in: BrowserContext, served: Served) -> Iterator[Form]:
    """Give the same to a browser that runs no scripts."""
    context = browser.new_context(storage_state=logged_in.storage_state(), java_script_enabled=False)
    form = Form(context.new_page(), served.url)
    form.open()
    yield form
    context.close()
    assert form.complaints == []


_BARRIERS = """
async rules => (await axe.run(rules ? { runOnly: rules } : {})).violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)
)
"""


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds that keeps people from using a page, in light and in dark."""
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        warnings.warn("The form is not examined for barriers: axe-playwright-python is not installed.", stacklevel=1)
        return []
    page.evaluate(Path(spec.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(_BARRIERS)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {barrier}" for barrier in page.evaluate(_BARRIERS, ["color-contrast"])]
    page.emulate_media(color_scheme="light")
    return list(found)
