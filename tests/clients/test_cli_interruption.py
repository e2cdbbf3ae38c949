"""Ctrl-C, `kill`, a closed terminal, a closed pipe, a server that goes: each ends in order and in one sentence."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rilascio import postgres
from rilascio.deployment import deploy, status
from tests.factory import Factory, needs
from tests.sessions import no_session_remains, wait_until_command_blocked

RILASCIO = [sys.executable, "-c", "from rilascio.cli import main; main()"]
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def owner(rilascio_database: str) -> str:
    """Give a database with the order 2026/1, which wants ten bolts."""
    with psycopg.connect(rilascio_database) as connection:
        factory = Factory(connection, "erp_operator")
        factory.item("BOLT")
        factory.stock("BOLT", 100)
        factory.order(needs("BOLT", 1), number=1)
        factory.order(needs("BOLT", 1), number=2)
    return rilascio_database


@pytest.fixture
def operator(owner: str, rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    dsn = rilascio_login()
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    return dsn


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a command as a process of its own, with the signals as a shell's foreground has them."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options

    def listen() -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    with subprocess.Popen([*RILASCIO, *arguments], text=True, preexec_fn=listen, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, stderr = process.communicate(timeout=60)
    return process.returncode, stderr


def statuses(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("select status from erp.production_order order by order_number").fetchall()
        return [row[0] for row in rows]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_release_that_is_told_to_end_is_taken_back(owner: str, operator: str, number: signal.Signals) -> None:
    with psycopg.connect(owner) as holder:
        holder.execute("select from erp.production_order for update")
        with started("release", "2026/1") as process:
            wait_until_command_blocked(owner)
            process.send_signal(number)
            code, stderr = ended(process)
        assert no_session_remains(owner)
    by = "" if number == signal.SIGINT else f" by {number.name}"
    assert code == 128 + number
    assert stderr.startswith(f"Error: Interrupted{by}. The call for 2026/1 changed nothing (request key ")
    assert len(stderr.splitlines()) == 2
    assert statuses(owner) == ["launched", "launched"]


def test_a_dying_terminal_may_send_more_than_one_signal(owner: str, operator: str) -> None:
    with psycopg.connect(owner) as holder:
        holder.execute("select from erp.production_order for update")
        with started("release", "2026/1") as process:
            wait_until_command_blocked(owner)
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP):
                process.send_signal(number)
            code, stderr = ended(process)
        assert no_session_remains(owner)
    assert code in (128 + signal.SIGHUP, 128 + signal.SIGTERM)  # two that arrive at once come in any order
    assert "The call for 2026/1 changed nothing" in stderr
    assert statuses(owner) == ["launched", "launched"]


@pytest.mark.parametrize("command", [("release", "2026/1"), ("release", "--all", "--yes", "--format", "json")])
def test_a_closed_terminal_takes_the_call_with_it(owner: str, operator: str, command: tuple[str, ...]) -> None:
    with psycopg.connect(owner) as holder:
        holder.execute("select from erp.production_order for update")
        child, terminal = pty.fork()
        if child == 0:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            os.execv(sys.executable, [*RILASCIO, *command])
        try:
            wait_until_command_blocked(owner)
            os.close(terminal)
            _, code = os.waitpid(child, 0)
            child = 0
        finally:
            if child:
                os.kill(child, signal.SIGKILL)
        assert no_session_remains(owner)
    assert os.waitstatus_to_exitcode(code) == 128 + signal.SIGHUP
    assert statuses(owner) == ["launched", "launched"]


def test_a_signal_that_comes_while_python_tidies_up_is_not_lost() -> None:
    program = """
import os, signal, time
from rilascio.interruption import Interrupted, cancelling_on_signals

class Tidied:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

with cancelling_on_signals() as ending:
    try:
        thing = Tidied()
        del thing
        time.sleep(30)
        print("lost")
    except Interrupted:
        print(ending.exit_code)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("143\n", "")


def test_who_is_started_with_nohup_outlives_the_terminal(owner: str, operator: str) -> None:
    def deaf() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with psycopg.connect(owner) as holder:
        holder.execute("select from erp.production_order for update")
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen([*RILASCIO, "release", "2026/1"], text=True, preexec_fn=deaf, **pipes) as process:
            wait_until_command_blocked(owner)
            process.send_signal(signal.SIGHUP)
            holder.rollback()
            code, _ = ended(process)
    assert code == 0
    assert statuses(owner) == ["executive", "launched"]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_deployment_that_is_told_to_end_is_rolled_back(owner: str, number: signal.Signals) -> None:
    with psycopg.connect(owner) as connection:
        connection.execute("comment on view erp_api.release_grid is 'Changed by hand.'")
    before = status(owner)
    with psycopg.connect(owner) as holder:
        holder.execute("lock table erp_api.release_grid in access share mode")
        with started("deploy", "--lock-timeout", "60s", "--dsn", owner) as process:
            wait_until_command_blocked(owner)
            process.send_signal(number)
            code, stderr = ended(process)
        assert no_session_remains(owner)
    assert code == 128 + number
    assert stderr.splitlines()[-2].endswith("What was not finished is rolled back.")
    assert "Traceback" not in stderr
    assert status(owner) == before
    assert before.state == "drifted"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_load_that_is_told_to_end_loads_nothing(owner: str, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "company.csv").write_text("company_code,period_start,period_end\nNEW,2026-01-01,2026-12-31\n")
    (tmp_path / "item.csv").write_text("item_code\nA\nB\n")
    with psycopg.connect(owner) as holder:
        holder.execute("lock table erp.item in share mode")
        with started("load", str(tmp_path), "--dsn", owner) as process:
            wait_until_command_blocked(owner)
            process.send_signal(number)
            code, stderr = ended(process)
        assert no_session_remains(owner)
    by = "" if number == signal.SIGINT else f" by {number.name}"
    assert (code, stderr) == (128 + number, f"Error: Interrupted{by}. Nothing was loaded.\n")


@pytest.mark.parametrize("command", [("check",), ("grid", "release", "--format", "csv"), ("doctor",)])
def test_a_question_that_is_told_to_end_leaves_no_session(owner: str, operator: str, command: tuple[str, ...]) -> None:
    with psycopg.connect(owner) as holder:
        holder.execute("lock table erp.production_order in access exclusive mode")
        with started(*command) as process:
            wait_until_command_blocked(owner)
            process.send_signal(signal.SIGTERM)
            code, stderr = ended(process)
        assert no_session_remains(owner)
    assert (code, stderr) == (128 + signal.SIGTERM, "Error: Interrupted by SIGTERM.\n")


# --- answers that nobody reads --------------------------------------------------------------------------------------


def closed_pipe() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def test_an_action_that_cannot_even_begin_its_answer_does_nothing(owner: str, operator: str) -> None:
    pipe = closed_pipe()
    with started("release", "2026/1", "2026/2", "--format", "json", stdout=pipe) as process:
        code, stderr = ended(process)
    os.close(pipe)
    assert code == 1
    assert stderr.startswith("Error: The answers could not be written: Broken pipe. 2 orders were not begun.\n")
    assert statuses(owner) == ["launched", "launched"]


@pytest.mark.parametrize("output_format", ["table", "csv"])
def test_an_action_whose_answer_nobody_reads_says_that_it_is_done(
    owner: str, operator: str, output_format: str
) -> None:
    pipe = closed_pipe()
    with started("release", "2026/1", "2026/2", "--format", output_format, stdout=pipe) as process:
        code, stderr = ended(process)
    os.close(pipe)
    assert code == 1
    sentence, hint = stderr.splitlines()[-2:]
    assert sentence.startswith("Error: The answers could not be written: ")
    assert "Of 2 orders, 2 are done" in sentence
    assert hint.startswith("Hint: Run the same command with --request-key ")
    assert "Traceback" not in stderr
    assert "Exception" not in stderr
    assert statuses(owner) == ["executive", "executive"]


@pytest.mark.parametrize("output_format", ["table", "json", "csv"])
def test_a_question_whose_answer_nobody_reads_ends_in_silence(owner: str, operator: str, output_format: str) -> None:
    pipe = closed_pipe()
    with started("grid", "release", "--format", output_format, stdout=pipe) as process:
        assert ended(process) == (1, "")
    os.close(pipe)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "command", [("grid", "release"), ("grid", "release", "--format", "csv"), ("locks",), ("--help",)]
)
def test_a_full_disk_is_one_sentence(owner: str, operator: str, command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full, started(*command, stdout=full) as process:
        code, stderr = ended(process)
    assert (code, stderr) == (1, "Error: No space left on device.\n")


def test_a_connection_that_breaks_off_in_the_middle_is_one_sentence(owner: str, operator: str) -> None:
    with psycopg.connect(owner) as holder:
        holder.execute("lock table erp.production_order in access exclusive mode")
        with started("check") as process:
            wait_until_command_blocked(owner)
            with psycopg.connect(owner) as killer:
                killer.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'rilascio' and datname = current_database()"
                )
            code, stderr = ended(process)
    assert code == 1
    assert stderr.startswith("Error: terminating connection due to administrator command.\nHint: ")
    assert len(stderr.splitlines()) == 2


def test_a_server_that_goes_down_in_the_middle_is_one_sentence_of_every_command(tmp_path: Path) -> None:
    (tmp_path / "company.csv").write_text("company_code,period_start,period_end\nNEW,2026-01-01,2026-12-31\n")
    (tmp_path / "item.csv").write_text("item_code\nA\n")
    in_the_call = [("release", "2026/1"), ("release", "--all", "--yes", "--format", "json")]
    commands = [*in_the_call, ("restore", "2026/1"), ("check",), ("load", str(tmp_path))]
    commands += [("grid", "movements", "2026/1", "--format", output_format) for output_format in ("json", "csv")]
    with postgres.throwaway() as running, ExitStack() as stack:
        superuser = postgres.url(running.host, running.port, "postgres", running.user, running.password)
        deploy(superuser)
        with psycopg.connect(superuser) as connection:
            factory = Factory(connection, "erp_operator", member="erp_owner")
            factory.item("BOLT")
            factory.stock("BOLT", 100)
            factory.order(needs("BOLT", 1), number=1)
            connection.execute("reset role")
            connection.execute(
                "insert into erp.company_member (company_id, member_role) values (%s, %s)",
                [factory.company_id, running.user],
            )
        holder = stack.enter_context(closing(psycopg.connect(superuser)))
        holder.execute("lock table erp.stock_record in access exclusive mode; lock table erp.item in share mode")
        at_work = [stack.enter_context(started(*command, "--dsn", superuser)) for command in commands]
        with psycopg.connect(superuser, autocommit=True) as observer:
            waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            for _ in range(3000):
                count = observer.execute(waiting).fetchone()
                if count == (len(commands),):
                    break
                time.sleep(0.01)
            assert count == (len(commands),)
        postgres.stop(running)
        for command, process in zip(commands, at_work, strict=True):
            stdout, stderr = process.communicate(timeout=60)
            assert (process.returncode, len(stderr.splitlines())) == (1, 2), (command, stderr)
            assert stderr.startswith("Error: "), command
            assert "\nHint: " in stderr, command
            assert stdout in ("", "[]\n"), command
            if command in in_the_call:
                assert "The call for 2026/1 may have been carried out or not (request key " in stderr
            if command[0] == "load":
                assert stderr.startswith("Error: Nothing was loaded: ")
