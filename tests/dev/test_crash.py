"""After a crash in the middle of anything, each call counts exactly once."""

from __future__ import annotations

import os
import signal
import time

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from harness.dev import crash as crashing
from harness.dev.cli import main
from harness.dev.crash import Worker, crash, kill
from harness.dev.soak.run import log_defects, read_log
from rilascio import postgres

#: About 0.4 s each.
CRASHES = int(os.environ.get("RILASCIO_CRASHES", "50"))


def test_R60_after_every_kill_each_call_counts_exactly_once() -> None:
    done = crash(CRASHES, clients=4, seed=1)
    assert done.defects == []
    assert done.crashes == CRASHES
    assert done.unanswered > CRASHES / 2, "kills should meet calls that are under way"
    assert done.answered >= done.repeated > 0


def test_an_answer_that_a_crash_takes_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(dsn: str, clients: int, seed: int) -> list[Worker]:
        return workers(make_conninfo(dsn, options="-c synchronous_commit=off"), clients, seed)

    workers = crashing._workers
    monkeypatch.setattr(crashing, "_workers", careless)
    done = crash(CRASHES, clients=4, seed=1)
    assert done.defects
    assert done.crashes < CRASHES, "the first loss ends it"


def test_a_killed_server_says_no_farewell_and_starts_again() -> None:
    with postgres.throwaway() as running, psycopg.connect(running.dsn()) as connection:
        kill(running)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select")
        assert "shutdown request" not in read_log(running)
        again = postgres.restart(running)
        with psycopg.connect(again.dsn()) as connection:
            connection.execute("select")
        assert "was not properly shut down" in read_log(again)


def test_a_backend_that_dies_is_found_in_the_log() -> None:
    with postgres.throwaway() as running:
        with psycopg.connect(running.dsn()) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while not (found := log_defects(read_log(running))):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.01)
        assert "was terminated by signal 9" in found[0]


def test_the_command_tells_what_it_did_and_fails_where_something_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(crashes: int, clients: int, seed: int) -> crashing.CrashReport:
        return crashing.CrashReport(crashes=crashes, answered=clients, defects=["Two runs of one key."][:seed])

    monkeypatch.setattr("harness.dev.cli.crash_servers", crash)
    sound = CliRunner().invoke(main, ["crash", "--crashes", "7", "--seed", "0"])
    assert sound.exit_code == 0, sound.output
    assert sound.stdout.split()[-7:-5] == ["7", "4"]
    failed = CliRunner().invoke(main, ["crash", "--seed", "1"])
    assert failed.exit_code == 1
    assert "Broken: Two runs of one key." in failed.stdout
