"""The fixtures that tests stand on: isolated, as the roles of the product, on our server or on a given one."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from rilascio.testing import DatabaseServer, acting_as


def one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return row[0]


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_does_is_rolled_back(rilascio: psycopg.Connection, time: str) -> None:
    assert one(rilascio, "select to_regclass('public.trace')") is None
    rilascio.execute("create table public.trace ()")


def test_a_test_acts_as_an_operator_who_touches_no_table(
    rilascio: psycopg.Connection, rilascio_operator: str, rilascio_reader: str
) -> None:
    for role in (rilascio_operator, rilascio_reader):
        with acting_as(rilascio, role):
            assert one(rilascio, "select current_user") == role
            assert one(rilascio, "select rolsuper from pg_roles where rolname = current_user") is False
        with pytest.raises(psycopg.errors.InsufficientPrivilege), acting_as(rilascio, role):
            rilascio.execute("select from erp.production_order")
        assert one(rilascio, "select current_user = session_user") is True


def test_a_fresh_database_is_deployed_and_its_logins_are_operators(
    rilascio_database: str, rilascio_login: Callable[..., str]
) -> None:
    with psycopg.connect(rilascio_database) as owner:
        assert one(owner, "select to_regclass('erp.production_order')") is not None
    with psycopg.connect(rilascio_login()) as operator:
        assert one(operator, "select pg_has_role('erp_operator', 'member')") is True
        assert one(operator, "select pg_has_role('erp_owner', 'member')") is False
    with psycopg.connect(rilascio_login("erp_reader")) as reader:
        assert one(reader, "select pg_has_role('erp_reader', 'member')") is True


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_server_given_by_its_url_is_used(
    rilascio_server: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    (tmp_path / "test_inner.py").write_text(
        "import pytest\n@pytest.mark.parametrize('n', [1, 2])\n"
        f"def test_port(rilascio_server, n):\n    assert rilascio_server.port == {rilascio_server.port}\n"
    )
    monkeypatch.setenv("RILASCIO_DSN", rilascio_server.dsn())
    inner = pytest_in(tmp_path, "-n", workers)
    assert inner.returncode == 0, inner.stdout


def test_workers_share_the_server_of_their_controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    (tmp_path / "pytest.ini").write_text("[pytest]\nrilascio_shared_server = true\n")
    (tmp_path / "test_inner.py").write_text(
        "import os, pathlib, pytest\n"
        "@pytest.mark.parametrize('n', range(4))\n"
        "def test_note(rilascio_server, n):\n"
        "    worker = os.environ['PYTEST_XDIST_WORKER']\n"
        f"    pathlib.Path({str(tmp_path)!r}, f'{{worker}}-{{n}}.note').write_text(rilascio_server.host)\n"
    )
    inner = pytest_in(tmp_path, "-n", "2", "--dist", "each")
    assert inner.returncode == 0, inner.stdout
    notes = list(tmp_path.glob("*.note"))
    assert {note.name[:3] for note in notes} == {"gw0", "gw1"}
    hosts = {note.read_text() for note in notes}
    assert len(hosts) == 1
    assert not Path(hosts.pop()).exists(), "the controller stopped it"


def test_a_project_with_packages_of_the_names_of_our_folders_uses_the_fixtures(
    rilascio_server: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("harness", "dev", "tests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "engine.py").write_text(f"OWNER = 'the {name} of the project'\n")
    (tmp_path / "tests" / "test_inner.py").write_text(
        "import dev.engine, harness.engine, tests.engine\n"
        "def test_release(rilascio):\n"
        "    owners = [package.engine.OWNER for package in (harness, dev, tests)]\n"
        "    assert owners == ['the harness of the project', 'the dev of the project', 'the tests of the project']\n"
        "    query = 'select count(*) from erp_api.release_grid'\n"
        "    assert rilascio.execute(query).fetchone() == (0,)\n"
    )
    monkeypatch.setenv("RILASCIO_DSN", rilascio_server.dsn())
    inner = pytest_in(tmp_path)
    assert inner.returncode == 0, inner.stdout
    assert "1 passed" in inner.stdout


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
