"""The form answers a browser on this computer that knows the code, and nobody else."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import CODE, HOME, OURS, PORT, stranger


@pytest.mark.parametrize("address", ["/", "/release", "/restore/movements?order=1", "/release/csv"])
def test_without_a_session_every_page_asks_for_the_code(urls: tuple[str, str], address: str) -> None:
    browser = stranger(urls)
    answer = browser.get(address, base_url=HOME)
    assert (answer.status_code, answer.location) == (302, "/enter")
    fragment = browser.get(address, base_url=HOME, headers={"Rilascio-Fragment": "1"})
    assert (fragment.status_code, 'role="alert"' in fragment.text) == (401, True)
    assert browser.post("/release/preview", base_url=HOME, headers=OURS).status_code == 401


def test_a_made_up_cookie_opens_nothing(urls: tuple[str, str]) -> None:
    browser = stranger(urls)
    browser.set_cookie(f"rilascio_{PORT}", "à" * 43, domain="127.0.0.1")
    assert browser.get("/release", base_url=HOME).location == "/enter"


def test_after_five_wrong_codes_the_right_one_opens_nothing_either(urls: tuple[str, str]) -> None:
    browser = stranger(urls)
    for _ in range(5):
        answer = browser.post("/enter", data={"code": "00000000"}, headers=OURS, base_url=HOME)
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers
    assert browser.post("/enter", data={"code": CODE}, headers=OURS, base_url=HOME).status_code == 403
    assert "start it again" in browser.get("/enter", base_url=HOME).text


def test_four_wrong_codes_are_forgiven(urls: tuple[str, str]) -> None:
    browser = stranger(urls)
    for code in ("", "1", "12345679", "codeé", CODE):
        answer = browser.post("/enter", data={"code": code}, headers=OURS, base_url=HOME)
    assert answer.status_code == 303


def test_the_cookie_is_for_this_port_and_for_no_script_and_no_other_site(urls: tuple[str, str]) -> None:
    answer = stranger(urls).post("/enter", data={"code": CODE}, headers=OURS, base_url=HOME)
    name, _equals, rest = answer.headers["Set-Cookie"].partition("=")
    assert name == f"rilascio_{PORT}"
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in rest.split(";")}


@pytest.mark.parametrize(
    "home", ["http://evil.example", "http://127.0.0.1:9999", "http://evil.example:8765", "http://[::1]:8765"]
)
def test_another_host_or_port_in_the_address_is_refused(client: FlaskClient, home: str) -> None:
    """A name of another site that leads here (DNS rebinding) would bring its scripts along."""
    assert client.get("/release", base_url=home).status_code == 421
    assert client.get("/static/form.css", base_url=home).status_code == 421


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": HOME}, True),
        ({}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HOME}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://127.0.0.1:9999"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_only_our_own_pages_may_send_a_form(client: FlaskClient, headers: dict[str, str], allowed: bool) -> None:
    answer = client.post("/release/columns", headers=headers, base_url=HOME)
    assert answer.status_code == (303 if allowed else 403)


@pytest.mark.parametrize("address", ["/enter", "/release", "/static/form.js", "/nowhere", "/release?sort=late"])
def test_every_answer_says_what_its_page_may_do_and_is_kept_nowhere(client: FlaskClient, address: str) -> None:
    answer = client.get(address, base_url=HOME)
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", ["/enter", "/release", "/release/groups", "/restore", "/nowhere"])
def test_no_page_has_scripts_styles_or_handlers_of_its_own(client: FlaskClient, address: str) -> None:
    page = client.get(address, base_url=HOME).text
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)
    assert page.count("<script") == page.count('<script type="module" src="/static/form.js">')
