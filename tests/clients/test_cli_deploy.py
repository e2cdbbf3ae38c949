"""Deploying, loading and the demo from the command line."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.sql import SQL

from rilascio import postgres
from rilascio.cli import main


def rilascio(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, prog_name="rilascio")


@pytest.fixture
def empty_database(rilascio_server: Any, rilascio_template: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name an empty database in RILASCIO_DSN and give its URL; roles are those of the deployed template."""
    with rilascio_server.database(f"rilascio_cli_{secrets.token_hex(4)}") as dsn:
        monkeypatch.setenv("RILASCIO_DSN", dsn)
        yield dsn


def state() -> tuple[int, str]:
    result = rilascio("status", "--format", "json")
    return result.exit_code, json.loads(result.stdout)["state"]


# --- deploy and status -----------------------------------------------------------------------------------------------


def test_a_database_goes_from_empty_to_current_and_back(empty_database: str) -> None:
    assert state() == (3, "empty")
    assert rilascio("status").stdout.startswith("The database holds no rilascio. ")

    planned = rilascio("deploy", "--dry-run")
    assert planned.exit_code == 0
    assert planned.stdout.startswith("To be deployed, release ")
    assert "0001_create_schemas" in planned.stdout
    assert state() == (3, "empty")

    deployed = rilascio("deploy")
    assert deployed.exit_code == 0
    assert deployed.stdout.startswith("Deployed release ")
    assert state() == (0, "current")
    assert rilascio("status").stdout.startswith("The database is current. ")
    assert rilascio("deploy").stdout.startswith("Nothing to do: ")
    assert json.loads(rilascio("deploy", "--format", "json").stdout)["changed"] is False

    assert rilascio("mark", "0001_create_schemas").stdout == "0001_create_schemas was marked already.\n"
    assert rilascio("mark", "9999_nothing").exit_code == 2

    kept = rilascio("revert", "--steps", "1", stdin="n\n")
    assert (kept.exit_code, state()) == (1, (0, "current"))
    undone = rilascio("revert", "--to", "0000", "--yes")
    assert undone.exit_code == 0
    assert "; 0 remain." in undone.stdout
    assert state() == (3, "empty")


def test_status_names_what_was_done_to_a_table_and_the_way_back(rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("alter table erp.item alter column uom drop not null")
        connection.execute("drop index erp.stock_record_run")
        connection.execute("create table erp.notes (note text)")
        connection.execute("alter type erp_internal.planned_movement add attribute more text")
    result = rilascio("status", "--dsn", rilascio_database)
    assert result.exit_code == 3
    assert result.stdout.startswith("Somebody changed something in the database by hand. ")
    shown = result.stdout[result.stdout.index("  tables that") :].splitlines()
    assert shown[:2] == ["  tables that are not as the migrations made them:", "    table erp.notes was added: table"]
    assert shown[2].startswith("    type erp_internal.planned_movement is (")
    assert shown[3].startswith("    column uom of erp.item is text")
    assert shown[4].startswith("    index erp.stock_record_run on erp.stock_record is missing: CREATE INDEX ")
    assert shown[5:] == [
        "  no deployment changes them; as erp_owner, or a superuser, once their data is looked after:",
        "    alter table erp.notes set schema public;",
        "    alter table erp.item alter column uom set not null;",
        f"    {shown[4].partition(': ')[2]};",
        "  what has no statement here is put back from a backup, or after a look at the migrations",
    ]
    answer = json.loads(rilascio("status", "--format", "json", "--dsn", rilascio_database).stdout)
    assert [(one["object"], one["problem"]) for one in answer["tables"]] == [
        ("table erp.notes", "added"),
        ("type erp_internal.planned_movement", "changed"),
        ("column uom of erp.item", "changed"),
        ("index erp.stock_record_run on erp.stock_record", "missing"),
    ]


def test_schemas_of_our_names_that_are_not_ours_are_refused(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("create schema erp")
    result = rilascio("deploy")
    assert result.exit_code == 1
    assert "erp" in result.stderr
    assert "Hint: " in result.stderr
    assert state() == (3, "foreign")


def test_an_operator_is_told_that_deploying_is_for_the_owner(
    rilascio_database: str, rilascio_login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = rilascio("status", "--dsn", rilascio_login())
    assert result.exit_code == 1
    assert "Hint: Connect as a superuser or as a member of erp_monitor or erp_owner." in result.stderr
    result = rilascio("deploy", "--dsn", rilascio_login())
    assert result.exit_code == 1
    assert "Have a superuser run: grant erp_owner to " in result.stderr


@pytest.mark.parametrize(
    "command", [("grid", "release"), ("preview", "2026/1"), ("release", "2026/1"), ("restore", "--all")]
)
def test_a_database_without_the_product_is_told_so(empty_database: str, command: tuple[str, ...]) -> None:
    result = rilascio(*command)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The database holds no rilascio")
    assert "Run rilascio deploy" in result.stderr


# --- load ------------------------------------------------------------------------------------------------------------

COMPANY = "company_code,period_start,period_end\nNEW,2026-01-01,2026-12-31\n"


def test_a_folder_is_loaded_and_its_rows_told(
    rilascio_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RILASCIO_DSN", rilascio_database)
    (tmp_path / "company.csv").write_text(COMPANY)
    (tmp_path / "item.csv").write_text("item_code\nA\nB\n")
    result = rilascio("load", str(tmp_path), "--member", "erp_operator")
    assert result.exit_code == 0
    assert "Loaded company NEW: 3 rows in " in result.stdout

    again = rilascio("load", str(tmp_path), "--format", "json")
    assert again.exit_code == 1
    shown = json.loads(again.stdout)
    assert (shown["loaded"], shown["count"], shown["rows"][0]["code"]) == (False, 1, "company_exists")


def test_every_bad_row_is_told_with_its_place(
    rilascio_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RILASCIO_DSN", rilascio_database)
    (tmp_path / "company.csv").write_text(COMPANY)
    (tmp_path / "item.csv").write_text("item_code,quantity_decimals\nA,many\n,3\n")
    result = rilascio("load", str(tmp_path))
    assert result.exit_code == 1
    assert "item.csv:2:quantity_decimals: " in result.stderr
    assert "item.csv:3:item_code: " in result.stderr
    assert "it has 2 bad rows." in result.stderr


def test_a_folder_that_is_not_there_is_one_sentence(rilascio_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result = rilascio("load", "/nowhere/at/all", "--dsn", rilascio_database)
    assert result.exit_code == 1
    assert "Error: " in result.stderr
    assert "Traceback" not in result.output


# --- demo ------------------------------------------------------------------------------------------------------------

WALK = [
    "$ rilascio grid release ",
    "$ rilascio preview ",
    "$ rilascio release --all --yes",
    "$ rilascio grid restore",
    "$ rilascio grid movements ",
    "$ rilascio restore ",
    "$ rilascio restore --all",
    "stock balances are where they began",
    "$ rilascio release 2026/176",
    "$ rilascio declare 2026/176 opening closing --phase 10",
    "$ rilascio declare 2026/176 closing --phase 20",
    "$ rilascio grid declarations 2026/176",
    "$ rilascio register 2026/176 --dry-run",
    "$ rilascio register 2026/176\n",
    "1 order more than before closed",
    "$ rilascio grid declaration-movements 2026/176",
    "$ rilascio rollback 2026/176",
    "$ rilascio undeclare 2026/176",
    "$ rilascio restore 2026/176",
    "What is left of it all",
]


@pytest.mark.parametrize("width", [80, 120])
def test_the_demo_walks_through_the_job_and_leaves_nothing(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    before = postgres.kept_servers()
    result = rilascio("demo")
    assert result.exit_code == 0, result.output
    places = [result.stdout.find(step) for step in WALK]
    assert -1 not in places
    assert places == sorted(places)
    assert " refused: " in result.stdout
    assert "insufficient_stock" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= width
    assert "── 1 ──" not in result.stdout
    assert postgres.kept_servers() == before


def test_a_kept_demo_goes_on_by_hand_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    result = rilascio("demo", "--keep")
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.stdout.splitlines() if "export RILASCIO_DSN=" in line]
    name = result.stdout.splitlines()[-1].split()[-1]
    try:
        dsn = line.split("=", 1)[1]
        assert rilascio("release", "2026/24", "--dsn", dsn).exit_code == 0
    finally:
        stopped = rilascio("demo", "--stop", name)
    assert (stopped.exit_code, stopped.stdout) == (0, f"Stopped {name}.\n")
    assert rilascio("demo", "--stop", name).exit_code == 1


def test_on_an_external_server_the_demo_works_in_a_database_of_its_own(
    rilascio_server: Any, rilascio_template: Any
) -> None:
    with psycopg.connect(rilascio_server.dsn(), autocommit=True) as connection:
        count = SQL("select count(*) from pg_database where datname like 'rilascio_demo%'")
        before = connection.execute(count).fetchone()
        result = rilascio("demo", "--dsn", rilascio_server.dsn())
        assert result.exit_code == 0, result.output
        assert "stock balances are where they began" in result.stdout
        assert connection.execute(count).fetchone() == before
