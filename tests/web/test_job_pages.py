"""From the confirmation to the result: what was confirmed is done once, as it was when it was confirmed."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg.conninfo import conninfo_to_dict

from rilascio import language
from rilascio.web.jobs import JobRequest
from tests.clients.conftest import rilascio_database  # noqa: F401
from tests.clients.test_cli_orders import WORKSHOP
from tests.web.conftest import CODE, HOME, OURS, stranger
from tests.web.test_grid import ids

LOADED = ("workshop", WORKSHOP)


@pytest.fixture
def urls(rilascio_database: str, rilascio_login: Callable[..., str]) -> tuple[str, str]:  # noqa: F811
    """Give the URLs of a superuser and of an operator of a workshop of their own."""
    return rilascio_database, rilascio_login()


def post(client: FlaskClient, address: str, **data: object) -> str:
    answer = client.post(address, data=data, headers=OURS, base_url=HOME)
    assert answer.status_code == 200, answer.text
    return answer.text


def hidden(page: str, form: str) -> dict[str, str]:
    """Return what a form of a page sends."""
    [inner] = re.findall(rf'action="[^"]*{form}">(.*?)</form>', page, re.DOTALL)
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', inner)
    return {name: html.unescape(value) for name, value in fields}


def result(client: FlaskClient, address: str) -> str:
    """Return the page of a job when it has ended."""
    for _ in range(600):
        page = client.get(address, base_url=HOME).text
        if "data-poll" not in page:
            return page
        time.sleep(0.1)
    raise AssertionError("the job has not ended")


def test_R7_what_was_confirmed_is_released_once_and_leads_to_a_pick_list(
    client: FlaskClient, urls: tuple[str, str]
) -> None:
    found = client.get("/release?sort=order:desc", base_url=HOME)
    page = post(client, "/release/confirm", which="found", query="sort=order:desc", note="<b>", all_or_none="")
    sent = hidden(page, "/start")
    assert sent["order"] == ",".join(map(str, ids(found.text)))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", sent["record_date"])
    assert "Release 4 orders" in page

    answers = [client.post("/release/start", data=sent, headers=OURS, base_url=HOME) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    [address] = {answer.location for answer in answers}
    page = result(client, address)
    assert re.findall(r'<th scope="row">(2026[^<]*)</th><td><span class="(\w+)">', page) == [
        ("2026/3", "refused"),
        ("2026/2", "released"),
        ("2026/1/1", "released"),
        ("2026/1", "released"),
    ]
    assert "100 PC of item WHEEL" in page
    with psycopg.connect(urls[1]) as connection:
        query = "select caller_role = current_user, note from erp_api.run_history where kind = 'release'"
        assert connection.execute(query).fetchall() == [(True, "<b>")]
    picks = client.get(f"{address}/picks", base_url=HOME).text
    assert re.findall(r"<td>(WHEEL|GREASE)</td>", picks) == ["GREASE", "WHEEL", "WHEEL", "WHEEL"]

    shown = ids(client.get("/restore", base_url=HOME).text)
    movements = client.get(f"/restore/movements?order={shown[0]}", base_url=HOME).text
    assert "Movements of order 2026/1" in movements
    page = post(client, "/restore/confirm", order=",".join(map(str, shown)))
    assert "Restore 3 orders?" in page
    address = client.post("/restore/start", data=hidden(page, "/start"), headers=OURS, base_url=HOME).location
    assert result(client, address).count('class="restored"') == 3
    assert "Pick list" not in result(client, address)


def test_R8_all_or_none_refuses_all_and_splitting_is_chosen(client: FlaskClient) -> None:
    orders = ",".join(map(str, ids(client.get("/release", base_url=HOME).text)))
    page = post(client, "/release/confirm", order=orders, all_or_none="on")
    address = client.post("/release/start", data=hidden(page, "/start"), headers=OURS, base_url=HOME).location
    assert result(client, address).count('class="refused"') == 4
    page = post(client, "/release/preview", order=orders, on_shortage="split")
    assert "1 split" in page
    assert "What stock lacks" not in page


@pytest.mark.parametrize(
    "data",
    [
        {"job_id": "1"},
        {"order": ""},
        {"order": "1,x"},
        {"record_date": "yesterday"},
    ],
)
def test_what_no_page_of_ours_sends_starts_nothing(client: FlaskClient, data: dict[str, str]) -> None:
    [order, *_rest] = ids(client.get("/release", base_url=HOME).text)
    sent = hidden(post(client, "/release/confirm", order=order), "/start")
    answer = client.post("/release/start", data=sent | data, headers=OURS, base_url=HOME)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
    assert order in ids(client.get("/release", base_url=HOME).text)


def test_R63_the_form_and_the_database_speak_the_language_that_was_chosen(
    urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("language", "translations"):
        monkeypatch.setattr(language._Spoken, name, getattr(language._Spoken, name))
    language.speak("it")
    client = stranger(urls, tmp_path)
    client.post("/enter", data={"code": CODE}, headers=OURS, base_url=HOME)
    page = client.get("/release?more=true", base_url=HOME).text
    assert '<html lang="it">' in page
    assert "Trovati: 4 ordini" in page
    page = post(client, "/release/confirm", which="found")
    assert "servono 100 PC dell'articolo WHEEL" in html.unescape(page)
    address = client.post("/release/start", data=hidden(page, "/start"), headers=OURS, base_url=HOME).location
    page = html.unescape(result(client, address))
    assert "3 rilasci, 1 rifiuto" in page
    assert "servono 100 PC dell'articolo WHEEL" in page


def test_R40_a_job_of_another_company_is_not_known_here(client: FlaskClient) -> None:
    job_id = UUID("00000000-0000-0000-0000-000000000002")
    client.application.config["JOBS"].start(JobRequest(job_id, "release", 987, [1]))
    assert "not known here" in client.get(f"/job/{job_id}", base_url=HOME).text
    assert "Last job" not in client.get("/release", base_url=HOME).text


def test_a_job_that_nobody_knows_is_told(client: FlaskClient) -> None:
    answer = client.get("/job/00000000-0000-0000-0000-000000000000", base_url=HOME)
    assert (answer.status_code, "not known here" in answer.text) == (400, True)


def test_who_may_only_read_is_offered_nothing_and_starts_nothing(
    rilascio_database: str,  # noqa: F811
    rilascio_login: Callable[..., str],
    tmp_path: Path,
) -> None:
    reader = rilascio_login("erp_reader")
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("insert into erp.company_member values (1, %s)", [conninfo_to_dict(reader)["user"]])
    client = stranger((rilascio_database, reader), tmp_path)
    client.post("/enter", data={"code": CODE}, headers=OURS, base_url=HOME)
    page = client.get("/release", base_url=HOME).text
    assert len(ids(page)) == 4
    assert "Preview" not in page
    sent = {"job_id": "00000000-0000-0000-0000-000000000001", "order": str(ids(page)[0])}
    client.post("/release/start", data=sent, headers=OURS, base_url=HOME)
    assert "permission denied" in result(client, f"/job/{sent['job_id']}")
    assert ids(client.get("/release", base_url=HOME).text) == ids(page)
