"""`rilascio follow`: no run is passed over, whatever fails in between."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from threading import Timer
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from rilascio.link import feed
from tests.link.conftest import rilascio

FOLLOW = [str(Path(sys.executable).with_name("rilascio")), "follow"]

ADAPTER = """
import json, os, pathlib, signal, sys
import psycopg
kept, heard, fates = (pathlib.Path(sys.argv[1]) / name for name in ("kept", "heard", "fates"))
if sys.argv[2] == "cursor":
    if len(sys.argv) > 3:
        kept.write_text(" ".join(sys.argv[3:]))
    print(kept.read_text() if kept.exists() else 0)
    sys.exit()
for line in sys.stdin:
    run = json.loads(line)
    fate, _, later = fates.read_text().partition("\\n") if fates.exists() else ("", "", "")
    if fates.exists():
        fates.write_text(later)
    if fate == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if fate == "cut off":
        with psycopg.connect(os.environ["SUPERUSER"], autocommit=True) as connection:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname ="
                               " current_database() and application_name = 'rilascio'")
    elif fate:
        sys.exit(int(fate))
    with heard.open("a") as stream:
        stream.write(f"{run['place']}\\n")
    kept.write_text(f"{run['place']} {run['run_id']}")
"""


class Shop:
    """A company with two orders of bikes, and a program that follows what is done there."""

    def __init__(self, connection: psycopg.Connection[Any], folder: Path) -> None:
        self.connection = connection
        self.folder = folder
        (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
        self.program = f"{sys.executable} {folder / 'adapter.py'} {folder}"
        self.cursor = folder / "cursor"

    def call(self, action: str, *orders: str) -> int:
        """Release or restore orders; return the number of the run."""
        query = (
            f"select run_id from erp_api.{action}_production_orders(1,"
            " array(select order_id from erp_api.order_ids(1, %s)))"
        )
        row = self.connection.execute(query.encode(), [list(orders)]).fetchone()
        assert row is not None
        return int(row[0])

    def follow(self, *options: str, fates: str = "") -> Any:
        """Follow once with the program, whose first lines meet fates: an exit code, killed, cut off, or nothing."""
        (self.folder / "fates").write_text(fates, encoding="utf-8")
        return rilascio("follow", "--once", "--exec", self.program, *(options or ("--cursor", str(self.cursor))))

    def heard(self) -> list[int]:
        """Return the places that the program has acted on, and forget them."""
        heard = self.folder / "heard"
        places = [int(line) for line in heard.read_text().split()] if heard.exists() else []
        heard.unlink(missing_ok=True)
        return places

    def place(self) -> int:
        """Return where the cursor stands."""
        return int(json.loads(self.cursor.read_text())["place"])


@pytest.fixture
def shop(
    writer: str,
    rilascio_database: str,
    rilascio_login: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    """Give the shop, which has been loaded (place 1), as its operator; its reader is named in RILASCIO_DSN."""
    operator, reader = rilascio_login("erp_operator"), rilascio_login("erp_reader")
    with psycopg.connect(rilascio_database) as connection:
        for dsn in (operator, reader):
            connection.execute("insert into erp.company_member values (1, %s)", [conninfo_to_dict(dsn)["user"]])
    monkeypatch.setenv("RILASCIO_DSN", reader)
    monkeypatch.setenv("SUPERUSER", rilascio_database)
    with psycopg.connect(operator, autocommit=True) as connection:
        yield Shop(connection, tmp_path)


def lines(*options: str) -> list[dict[str, Any]]:
    """Return the runs that follow prints."""
    result = rilascio("follow", "--once", *options)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_R75_a_line_tells_what_a_run_did(shop: Shop) -> None:
    released = shop.call("release", "2026/1")
    restored = shop.call("restore", "2026/1")
    load, release, restore = lines("--after", "0")
    assert [load["kind"], release["kind"], restore["kind"]] == ["load", "release", "restore"]
    assert [run["place"] for run in (load, release, restore)] == [1, 2, 3]
    assert (release["run_id"], restore["run_id"], release["company"]) == (released, restored, "SHOP")
    assert [
        (o["order_year"], o["order_number"], o["order_lot"], o["outcome"], o["status"]) for o in release["orders"]
    ] == [(2026, 1, 0, "released", "launched")], "the status is that of now"
    moved = [(m["item_code"], m["quantity"], m["material_line"], m["order_number"]) for m in release["movements"]]
    assert moved == [("WHEEL", "-5", 1, 1)]
    assert restore["removed"] == release["movements"]
    assert (release["removed"], restore["movements"], release["rows"]) == ([], [], [])
    assert [row["kind"] for row in load["rows"]] == ["opening_stock"]


def test_R76_what_was_changed_by_hand_is_told(shop: Shop, rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("set role erp_owner")
        connection.execute("update erp.production_order set priority = 3 where order_number = 2")
    [run] = lines("--after", "1")
    assert run["kind"] == "hand"
    assert [(o["order_number"], o["outcome"]) for o in run["orders"]] == [(2, "changed")]


def test_R75_the_cursor_in_a_file_goes_on_where_the_last_call_ended(shop: Shop) -> None:
    assert [run["place"] for run in lines("--cursor", str(shop.cursor))] == [1]
    assert lines("--cursor", str(shop.cursor)) == []
    run_id = shop.call("release", "2026/1")
    assert [run["run_id"] for run in lines("--cursor", str(shop.cursor))] == [run_id]
    kept = json.loads(shop.cursor.read_text())
    assert (kept["company"], kept["place"], kept["run_id"]) == ("SHOP", 2, run_id)


@pytest.mark.parametrize("cursor", ["file", "host"])
def test_R75_a_program_acts_on_runs_batch_by_batch(shop: Shop, cursor: str) -> None:
    for action in ("release", "restore", "release"):
        shop.call(action, "2026/1")
    options = ["--cursor", str(shop.cursor) if cursor == "file" else "host", "--batch", "2"]
    assert shop.follow(*options).exit_code == 0
    assert shop.heard() == [1, 2, 3, 4]
    assert shop.follow(*options).exit_code == 0
    assert shop.heard() == []


def test_R75_what_a_program_fails_at_is_given_again(shop: Shop) -> None:
    shop.call("release", "2026/1")
    result = shop.follow(fates="\n3")
    assert result.exit_code == 1
    assert "The program ended with exit code 3 when it was given places 1 to 2" in result.stderr
    assert (shop.heard(), shop.place()) == ([1], 0)
    assert shop.follow().exit_code == 0
    assert (shop.heard(), shop.place()) == ([1, 2], 2), "the first again too: the program knows it by its place"


@pytest.mark.parametrize("fate", ["75", "killed", "cut off"])
def test_R75_what_may_go_well_later_is_tried_again(shop: Shop, fate: str) -> None:
    shop.call("release", "2026/1")
    result = shop.follow("--cursor", "host", fates=f"\n{fate}\n")
    assert result.exit_code == 0, result.output
    assert "Trying again" in result.stderr
    assert shop.heard() == [1, 2], "the host has kept the first one"
    assert shop.follow("--cursor", "host", "--batch", "1", fates="75").exit_code == 0


def test_R75_a_connection_that_breaks_off_costs_no_run(shop: Shop) -> None:
    shop.call("release", "2026/1")
    result = shop.follow("--cursor", str(shop.cursor), "--batch", "1", fates="cut off")
    assert result.exit_code == 0, result.output
    assert "Trying again" in result.stderr
    assert (shop.heard(), shop.place()) == ([1, 2], 2)


def test_R75_who_follows_once_gives_up_after_five_tries(shop: Shop) -> None:
    result = shop.follow(fates="75\n" * 9)
    assert result.exit_code == 1
    assert "That was try 5, and the last." in result.stderr
    assert (shop.heard(), shop.place()) == ([], 0)


def test_R75_a_cursor_from_the_future_stops_until_it_is_set(shop: Shop) -> None:
    lines("--cursor", str(shop.cursor))
    kept = json.loads(shop.cursor.read_text())
    for future in ({"place": 99}, {"run_id": 77_777}):
        shop.cursor.write_text(json.dumps(kept | future))
        result = shop.follow()
        assert result.exit_code == 1
        assert "restored from a backup" in result.stderr
        assert "--resync" in result.stderr
    shop.call("release", "2026/1")
    result = shop.follow("--cursor", str(shop.cursor), "--resync")
    assert (result.exit_code, shop.place(), shop.heard()) == (0, 2, [])
    assert "stands at place 2" in result.stderr
    result = shop.follow("--cursor", "host", "--resync")
    assert (result.exit_code, (shop.folder / "kept").read_text().split()[0]) == (0, "2")


@pytest.mark.parametrize("runs", [4, 5])
def test_R75_a_cursor_is_set_to_the_last_run_however_many_calls_lead_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, runs: int
) -> None:
    monkeypatch.setattr(feed, "_RUNS_PER_CALL", 2)
    for number in range(1, runs):
        shop.call(("restore", "release")[number % 2], "2026/1")
    assert rilascio("follow", "--cursor", str(shop.cursor), "--resync").exit_code == 0
    assert shop.place() == runs


def test_R75_a_program_that_cannot_set_its_cursor_now_is_told(shop: Shop) -> None:
    later = shop.folder / "later"
    later.write_text("#!/bin/sh\nexit 75\n")
    later.chmod(0o755)
    result = rilascio("follow", "--cursor", "host", "--exec", str(later), "--resync")
    assert result.exit_code == 1
    assert "did not set its cursor: it ended with exit code 75" in result.stderr


def test_two_do_not_follow_with_one_cursor(shop: Shop) -> None:
    with (shop.folder / "cursor.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = shop.follow()
    assert result.exit_code == 1
    assert "Another rilascio follow has the cursor" in result.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is no cursor of rilascio follow"),
        ('{"company": "SHOP", "place": -1, "run_id": null, "started_at": null}', "is no cursor"),
        ('{"company": "MILL", "place": 0, "run_id": null, "started_at": null}', "is of company MILL, not of SHOP"),
    ],
)
def test_a_file_that_is_no_cursor_of_the_company_is_told(shop: Shop, content: str, sentence: str) -> None:
    shop.cursor.write_text(content)
    result = shop.follow()
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert shop.cursor.read_text() == content


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "either --cursor or --after"),
        (["--cursor", "x", "--after", "0"], "either --cursor or --after"),
        (["--cursor", "host"], "belongs to --exec"),
        (["--after", "0", "--resync"], "does not go with --after"),
        (["--after", "0", "--exec", "no-such-program"], "no program 'no-such-program'"),
        (["--after", "0", "--exec", "'"], "is not understood"),
    ],
)
def test_a_wrong_call_is_told(shop: Shop, options: list[str], sentence: str) -> None:
    result = rilascio("follow", *options)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_cursor_that_no_program_tells_is_told(shop: Shop) -> None:
    result = rilascio("follow", "--once", "--cursor", "host", "--exec", "echo")
    assert result.exit_code == 1
    assert "answers 'cursor' to `cursor`, which is no place" in result.stderr


def test_R75_whoever_reads_no_further_is_given_the_rest_the_next_time(shop: Shop) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    call = [*FOLLOW, "--once", "--cursor", str(shop.cursor)]
    done = subprocess.run(call, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr, shop.place()) == (1, b"", 0)
    assert [run["place"] for run in lines("--cursor", str(shop.cursor))] == [1]


def test_R75_who_waits_is_given_what_comes_until_it_is_told_to_end(shop: Shop) -> None:
    with subprocess.Popen(
        [*FOLLOW, "--cursor", str(shop.cursor), "--every", "0.05"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["kind"] == "load"
        run_id = shop.call("release", "2026/1")
        assert json.loads(following.stdout.readline())["run_id"] == run_id
        following.send_signal(signal.SIGTERM)
        _, complaint = following.communicate(timeout=30)
    assert following.returncode == 128 + signal.SIGTERM
    assert complaint == "Error: Interrupted by SIGTERM.\n"


def test_R75_who_waits_is_woken_where_the_company_tells_of_its_runs(shop: Shop, rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("set role erp_owner")
        connection.execute("update erp.production_parameter set notify_runs = true")
    with subprocess.Popen(
        [*FOLLOW, "--cursor", str(shop.cursor), "--every", "3600"], stdout=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        in_vain = Timer(60, following.kill)
        in_vain.start()
        assert json.loads(following.stdout.readline())["kind"] == "load"
        run_id = shop.call("release", "2026/1")
        assert run_id in [json.loads(line)["run_id"] for line in islice(following.stdout, 2)]
        in_vain.cancel()
        following.terminate()
