"""The form for a workshop whose operator is a member of one company, beside another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from rilascio.loading import load
from rilascio.web.jobs import Jobs
from rilascio.web.server import create_app
from rilascio.web.sessions import Sessions
from tests.clients.conftest import loaded_template, shared_database  # noqa: F401
from tests.clients.test_cli_orders import WORKSHOP
from tests.clients.test_cli_pages import production_orders

PORT = 8765
CODE = "12345678"
HOME = f"http://127.0.0.1:{PORT}"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def urls(
    loaded_template: Callable[..., Any],  # noqa: F811
    shared_database: Callable[..., Any],  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, str]]:
    """Give the URLs of a superuser and of the operator."""
    files = WORKSHOP | {"production_order": production_orders()}
    del files["production_order_material"]
    with shared_database(loaded_template("pages", files, "erp_releaser")) as (superuser, operator):
        folder: Path = tmp_path_factory.mktemp("other")
        for name, text in WORKSHOP.items():
            (folder / f"{name}.csv").write_text(text.replace("SHOP,Cycle", "OTHER,Other"), encoding="utf-8")
        with psycopg.connect(superuser) as connection:
            connection.execute(
                "insert into erp.company_member select company_id, %s from erp.company", ["erp_operator"]
            )
        load(superuser, folder)
        yield superuser, operator


@pytest.fixture
def client(urls: tuple[str, str], tmp_path: Path) -> FlaskClient:
    """Give a browser that has entered the code."""
    browser = stranger(urls, tmp_path)
    assert browser.post("/enter", data={"code": CODE}, headers=OURS, base_url=HOME).status_code == 303
    return browser


def stranger(urls: tuple[str, str], journals: Path = Path("unused")) -> FlaskClient:
    """Return a browser that comes to a form of its own for the first time."""
    jobs = Jobs(urls[1], journals)
    return create_app(Sessions(urls[1], None), jobs, PORT, CODE).test_client()
