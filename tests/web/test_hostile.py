"""Other users of the computer, pages of other sites and texts that are no texts get nothing out of the form."""

from __future__ import annotations

import csv
import io
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
import waitress
from flask.testing import FlaskClient

from rilascio.web.security import of_this_user
from tests.web.conftest import HOME, OURS
from tests.web.test_job_pages import result

NOBODY = 65534
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[int, list[str]]]:
    """Give the port of a server for our user alone, which serves one request after the other, and what it was asked."""
    asked: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b"secret"]

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = waitress.create_server(of_this_user(app, port), sockets=[listening], threads=1)
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        yield port, asked
        server.close()


def status_of(port: int, path: str = "/") -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    return connection.getresponse().status


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_another_user_of_this_computer_is_refused_whatever_cookie_he_has(guarded: tuple[int, list[str]]) -> None:
    port, asked = guarded
    asked.clear()
    os.seteuid(NOBODY)  # a socket belongs to who makes it
    other = socket.socket()
    os.seteuid(0)
    with other:
        other.connect(("127.0.0.1", port))
        other.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert (other.recv(12), asked) == (b"HTTP/1.0 403", [])


def test_our_own_user_is_answered_over_either_kind_of_socket(guarded: tuple[int, list[str]]) -> None:
    port, _asked = guarded
    assert status_of(port) == 200
    with socket.socket(socket.AF_INET6) as mapped:
        try:
            mapped.connect(("::ffff:127.0.0.1", port))
        except OSError:
            pytest.skip("this system has no IPv6")
        mapped.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert mapped.recv(12) == b"HTTP/1.0 200"


def test_who_hangs_up_before_being_looked_at_is_not_served(guarded: tuple[int, list[str]]) -> None:
    """The system says of such a connection that it is root's."""
    port, asked = guarded
    asked.clear()
    with socket.create_connection(("127.0.0.1", port)) as hasty:
        hasty.sendall(b"GET /hasty HTTP/1.0\r\n\r\n")
    assert status_of(port, "/patient") == 200
    assert "/patient" in asked
    assert "/hasty" not in asked or not Path("/proc/self/net/tcp").exists()


# --- what stands in the database, and in addresses -------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile_urls(urls: tuple[str, str]) -> tuple[str, str]:
    """Give the form's database, where texts that others write are scripts and formulas."""
    with psycopg.connect(urls[0]) as connection:
        connection.execute("update erp.item set description = %s, item_class = %s", [SCRIPT, "\n=1+1"])
        connection.execute("update erp.item set item_code = %s || item_code", ["<script>alert(3)</script>"])
        connection.execute("update erp.company set description = %s", [SCRIPT])
    return urls


ADDRESSES = [
    "/release",
    "/restore",
    "/release/groups?by=item_class",
    f"/release?item_description={quote(SCRIPT)}",
    f"/release?sort={quote(SCRIPT)}",
    f"/release?order={quote(SCRIPT)}",
    f"/release?after={quote(SCRIPT)}",
    f"/release/groups?by={quote(SCRIPT)}",
    f"/restore/movements?order={quote(SCRIPT)}",
    f"/{quote(SCRIPT, safe='')}",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_others_wrote_is_text_on_every_page(
    hostile_urls: tuple[str, str], client: FlaskClient, address: str
) -> None:
    page = client.get(address, base_url=HOME)
    assert page.status_code in (200, 400, 404)
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


def test_what_is_sent_comes_back_as_text(hostile_urls: tuple[str, str], client: FlaskClient) -> None:
    sent = {"which": "found", "note": SCRIPT, "query": f"item_description={SCRIPT[:8]}"}
    page = client.post("/release/preview", data=sent, headers=OURS, base_url=HOME)
    assert page.status_code == 200, page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>alert" not in page.text


def test_the_page_of_a_job_says_nothing_of_its_own(hostile_urls: tuple[str, str], client: FlaskClient) -> None:
    sent = {"job_id": str(uuid4()), "order": "999999,1", "note": SCRIPT, "on_shortage": SCRIPT}
    address = client.post("/release/start", data=sent, headers=OURS, base_url=HOME).location
    page = result(client, address)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_no_cell_of_the_file_for_spreadsheets_is_a_formula(hostile_urls: tuple[str, str], client: FlaskClient) -> None:
    client.post("/release/columns", data={"column": ["item_class", "quantity"]}, headers=OURS, base_url=HOME)
    text = client.get("/release/csv", base_url=HOME).text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["item_class"] for row in rows} == {"' =1+1"}


def test_what_makes_no_sense_is_the_sender_s_fault(client: FlaskClient) -> None:
    texts = ["%00", "9" * 30, "%FF%FE", "[" * 5000, "1e999999", "NaN", "%C2%B2", "-1"]
    columns = ["item_code", "order", "quantity", "end_date", "after", "before", "sort"]
    pages = [client.get(f"/release?{column}={text}", base_url=HOME) for column in columns for text in texts]
    form = {"Content-Type": "application/x-www-form-urlencoded", **OURS}
    for ids in ["1" * 30, "%C2%B2", "-1", "%00", ",".join(map(str, range(200_001)))]:
        pages.append(client.post("/release/preview", data=f"order={ids}", headers=form, base_url=HOME))
        assert pages[-1].status_code == 400
    assert {page.status_code for page in pages} == {200, 400}
    assert not any("Something unforeseen" in page.text for page in pages)


@pytest.mark.parametrize("referrer", ["http://evil.example/", "javascript:alert(1)", f"{HOME}.evil.example/", ""])
def test_the_way_back_leads_to_our_own_pages(client: FlaskClient, referrer: str) -> None:
    assert ">Back<" not in client.get("/nowhere", headers={"Referer": referrer}, base_url=HOME).text
    back = client.get("/nowhere", headers={"Referer": f"{HOME}/release?order=2026/"}, base_url=HOME).text
    assert f'<a href="{HOME}/release?order=2026/">Back</a>' in back


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py"])
def test_no_path_leads_out_of_the_static_files(client: FlaskClient, path: str) -> None:
    assert client.get(path, base_url=HOME).status_code == 404


# --- the program itself ----------------------------------------------------------------------------------------------


def test_a_flood_is_refused_before_it_is_received(urls: tuple[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from rilascio.cli import main; main()", "web", "--port", "0", "--no-browser"]
    command += ["--company", "SHOP", "--dsn", urls[1]]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout
            port = int(re.findall(r":(\d+)/", program.stdout.readline())[0])
            with socket.create_connection(("127.0.0.1", port), timeout=60) as flood:
                flood.sendall(f"POST /enter HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode())
                flood.sendall(b"Content-Length: 999999999\r\n\r\n")
                assert flood.recv(12) == b"HTTP/1.1 413"
        finally:
            program.terminate()
