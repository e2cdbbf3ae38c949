"""The pictures of the form in the documents: what a browser shows on the way through the demo factory."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from PIL import Image
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from harness.dev.web_form import Form, chromium, missing, serving
from rilascio import postgres
from rilascio.deployment import deploy
from rilascio.errors import HarnessError
from rilascio.folders import demo_folder
from rilascio.loading import load
from rilascio.testing import DEMO_DAY, freeze_day

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "how-to"
PICTURES = ("web-release", "web-result", "web-restore", "web-load")
SCREEN: ViewportSize = {"width": 1160, "height": 400}
COLOURS = 256
"""A picture keeps so many: it is half its size then, and looks the same."""


def main() -> None:
    """Write the pictures of this checkout, made on a throwaway server, and say where they are."""
    if reason := missing():
        raise HarnessError(f"No pictures can be made: {reason}.")
    with (
        _demo_factory() as dsn,
        tempfile.TemporaryDirectory() as state,
        serving(dsn, Path(state)) as served,
        chromium() as browser,
    ):
        form = Form(browser.new_page(), served.url)
        form.log_in(served.code)
        take_pictures(form, FOLDER)
    for name in PICTURES:
        print(f"docs/how-to/{name}.png: written")


def take_pictures(form: Form, folder: Path) -> None:
    """Release orders of the demo factory, with pictures on the way."""

    def take(name: str) -> None:
        picture = form.page.screenshot(full_page=True, animations="disabled")
        Image.open(BytesIO(picture)).quantize(COLOURS).save(folder / f"{name}.png", optimize=True)

    release, result, restore, load_by_day = PICTURES
    form.page.set_viewport_size(SCREEN)
    form.open(parameters="end_date=<2026-10-06")
    form.page.get_by_role("link", name="Load by day").click()
    form.page.get_by_role("main").get_by_role("table").wait_for()
    take(load_by_day)

    form.open(parameters="order=2026/>100&item_code=EM-")
    chosen = [form.rows.filter(has_text=number) for number in ("2026/101", "2026/118", "2026/126")]
    chosen[0].click()
    for row in chosen[1:]:
        row.click(modifiers=["Control"])
    form.preview()
    form.covered()
    take(release)

    form.confirm("morning release")
    form.begin()
    form.result.wait_for()
    take(result)

    form.open("restore")
    form.rows.first.focus()
    form.pane.get_by_role("table").wait_for()
    take(restore)


@contextmanager
def _demo_factory() -> Iterator[str]:
    """Give the URL of anna, who may release and restore the orders of the demo factory, on its day."""
    password = secrets.token_hex(8)
    with postgres.throwaway() as running:
        database = "rilascio_test_pictures"  # a day is frozen in databases of tests alone
        with psycopg.connect(running.dsn(), autocommit=True) as connection:
            connection.execute(SQL("create database {}").format(Identifier(database)))
        deploy(running.dsn(database))
        with psycopg.connect(running.dsn(database)) as connection:
            connection.execute(SQL("create role anna login password {} in role erp_operator").format(password))
        load(running.dsn(database), demo_folder(), members=["anna"])
        with psycopg.connect(running.dsn(database)) as connection:
            freeze_day(connection, DEMO_DAY)
        # over TCP, whose address is as short as that of a company's server
        yield make_conninfo(running.dsn(database, "anna", password), host="127.0.0.1")
