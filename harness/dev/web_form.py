"""The form of `rilascio web` in headless Chromium, step by step: for its tests, and its pictures in the documents."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

START_SECONDS = 60
STEP_MILLISECONDS = 30_000

FRAGMENT = "rilascio-fragment"
"""The header of what the script of the form fetches."""

_CODE = re.compile(r"\b\d{8}\b")
_URL = re.compile(r"http://127\.0\.0\.1:\d+/")


@dataclass(frozen=True)
class Served:
    """A running `rilascio web`: where it is, and the code that the terminal shows."""

    url: str
    code: str
    process: subprocess.Popen[bytes]


def missing() -> str | None:
    """Say what is not installed of what the form is driven with, or nothing."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "Playwright is not installed (it comes with the extra dev)"
    return None if _chromium() else "Chromium is not installed (Debian: chromium)"


def _chromium() -> str | None:
    return shutil.which("chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.getuid() == 0 else []  # with its sandbox it refuses root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=arguments)
        yield browser
        browser.close()


@contextmanager
def serving(dsn: str, state: Path, *, language: str = "en") -> Iterator[Served]:
    """Run `rilascio web` as a process of its own; what it keeps of its jobs goes into the folder `state`."""
    command = [sys.executable, "-c", "from rilascio.cli import main; main()", "web", "--port", "0", "--no-browser"]
    environment = os.environ | {"RILASCIO_DSN": dsn, "RILASCIO_LANGUAGE": language, "XDG_STATE_HOME": str(state)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield _announced(process)
        finally:
            process.terminate()


def _announced(process: subprocess.Popen[bytes]) -> Served:
    assert process.stdout is not None
    said, deadline = "", time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 1)[0]:
            more = os.read(process.stdout.fileno(), 4096).decode()
            said += more
            url, code = _URL.search(said), _CODE.search(said)
            if url and code:
                return Served(url[0], code[0], process)
            if not more:
                break
    raise RuntimeError(f"rilascio web did not say where it is, but: {said}")


class Form:
    """The form in a page of the browser, and what the browser complained of meanwhile."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(STEP_MILLISECONDS)
        # what the content security policy forbids is an error of the console too
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def log_in(self, code: str) -> None:
        """Come with the code that the terminal shows."""
        self.page.goto(self.url)
        self.page.locator("[name=code]").fill(code)
        self.page.locator("[name=code]").press("Enter")
        self.grid.wait_for()

    def open(self, tab: Literal["release", "restore"] = "release", parameters: str = "") -> None:
        """Go to a tab."""
        self.page.goto(f"{self.url}{tab}?{parameters}")
        self.grid.wait_for()

    @property
    def grid(self) -> Locator:
        """The orders of the tab."""
        return self.page.locator("table[role=grid]").first

    @property
    def rows(self) -> Locator:
        """The orders that are shown."""
        return self.grid.locator("tr[data-order-id]")

    def order_ids(self) -> list[int]:
        """Return the orders that are shown."""
        return [int(key) for key in self.rows.evaluate_all("rows => rows.map(row => row.dataset.orderId)")]

    def selected_ids(self) -> list[int]:
        """Return those of the orders shown that are selected."""
        shown = "rows => rows.filter(row => row.ariaSelected === 'true').map(row => row.dataset.orderId)"
        return [int(key) for key in self.rows.evaluate_all(shown)]

    def row(self, order_id: int) -> Locator:
        """Return the row of an order."""
        return self.grid.locator(f"tr[data-order-id='{order_id}']")

    @contextmanager
    def turning(self) -> Iterator[None]:
        """Do something that leads to another page, and wait for it."""
        with self.page.expect_navigation():
            yield

    @contextmanager
    def fetching(self) -> Iterator[None]:
        """Do something for which the script fetches a part of the page, and wait for it."""
        with self.page.expect_response(lambda response: FRAGMENT in response.headers):
            yield

    def search(self, **criteria: str) -> None:
        """Fill fields of the filter and search."""
        for name, typed in criteria.items():
            self.field(name).fill(typed)
        with self.turning():
            self.page.get_by_role("search").get_by_role("button").click()

    def field(self, name: str) -> Locator:
        """Return a field of the filter."""
        return self.page.get_by_role("search").locator(f"[name={name}]")

    def covered(self) -> None:
        """Wait until it is shown how many orders there are, and what stock covers of them."""
        self.page.locator("#count", has_not=self.page.get_by_role("link")).wait_for()

    def choose(self, order_ids: Sequence[int]) -> None:
        """Choose orders that are shown, and nothing else, by clicking at them."""
        for index, order_id in enumerate(order_ids):
            self.row(order_id).click(modifiers=["Control"] if index else [])

    @property
    def pane(self) -> Locator:
        """What would be done with the orders chosen, or what was done with the focused one."""
        return self.page.locator("#pane")

    def preview(self) -> None:
        """Ask what would be done with the orders chosen."""
        with self.fetching():
            self.page.keyboard.press("F9")

    def confirm(self, note: str = "") -> None:
        """Go from the preview to the page that asks whether it is to be done."""
        self.pane.get_by_label("Note").fill(note)
        with self.turning():
            self.pane.get_by_role("button", name="…").click()

    def begin(self) -> None:
        """Confirm."""
        with self.turning():
            self.page.get_by_role("main").get_by_role("button").click()

    @property
    def result(self) -> Locator:
        """What became of each order."""
        return self.page.get_by_role("table", name="Result")
