"""Where no URL is given, the environment names the database as it does to psql; what cannot be reached is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import conninfo_to_dict

from rilascio.cli import main

VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


@pytest.fixture
def named(demo_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Let the variables of libpq name the demo factory, to its operator; return what they say."""
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    parameters = {name: str(value) for name, value in conninfo_to_dict(demo_urls[1]).items()}
    for name, value in parameters.items():
        monkeypatch.setenv(VARIABLES[name], value)
    return parameters


def test_the_variables_of_libpq_name_the_database(named: dict[str, str]) -> None:
    result = rilascio("grid", "release", "--limit", "1", "--format", "json")
    assert (result.exit_code, "order_number" in result.stdout) == (0, True)


def test_a_service_names_the_database(named: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable)
    services = tmp_path / "services"
    services.write_text("[shop]\n" + "".join(f"{name}={value}\n" for name, value in named.items()))
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGSERVICE", "shop")
    assert rilascio("grid", "release", "--limit", "1").exit_code == 0
    monkeypatch.setenv("PGSERVICE", "mill")
    result = rilascio("grid", "release")
    assert (result.exit_code, 'service "mill" not found' in result.stderr) == (1, True)


def test_a_url_comes_before_the_variables(named: dict[str, str], demo_urls: tuple[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGDATABASE", "nowhere")
        assert rilascio("grid", "release", "--limit", "1", "--dsn", demo_urls[1]).exit_code == 0


@pytest.mark.parametrize("command", [["grid", "release"], ["status"]])
def test_what_was_tried_is_told(named: dict[str, str], command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATABASE", "nowhere")
    result = rilascio(*command)
    assert result.exit_code == 1
    assert 'database "nowhere" does not exist' in result.stderr
    assert named["host"] in result.stderr
    assert "PGHOST, PGDATABASE, PGUSER" in result.stderr
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "1")
    assert 'connection to server at "127.0.0.1", port 1 failed' in rilascio(*command).stderr
