"""`rilascio check`, on the demo factory, as a member of erp_operator."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.sql import SQL

from rilascio.cli import main


@pytest.fixture(autouse=True)
def superuser(demo_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Name the factory's database in RILASCIO_DSN, for the operator; give the URL of a superuser."""
    superuser, operator = demo_urls
    monkeypatch.setenv("RILASCIO_DSN", operator)
    return superuser


@pytest.fixture
def violated(superuser: str) -> Iterator[None]:
    """Let the balance lie, and a job order."""
    lie = (
        "update erp.stock_balance set on_hand = on_hand + {0} where ctid = (select b.ctid from erp.stock_balance as b"
        " where b.lot_id is null order by b.item_id, b.warehouse_id, b.item_variant_id, b.location_id limit 1)"
    )
    with psycopg.connect(superuser, autocommit=True) as connection:
        was = connection.execute("select job_order_id, status from erp.job_order order by 1 limit 1").fetchone()
        assert was is not None
        statement = "update erp.job_order set status = %s where job_order_id = %s"
        connection.execute("set session_replication_role = replica")
        connection.execute(SQL(lie).format(1))
        connection.execute(statement, ["executive" if was[1] != "executive" else "launched", was[0]])
        yield
        connection.execute(SQL(lie).format(-1))
        connection.execute(statement, [was[1], was[0]])


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


def test_check_finds_nothing_in_a_factory_that_works() -> None:
    rilascio("release", "2026/176")
    rilascio("declare", "2026/176", "opening", "closing", "--phase", "10", "--good", "10")
    rilascio("register", "2026/176")
    result = rilascio("check")
    assert (result.exit_code, result.stdout) == (0, "Nothing is found.\n")
    result = rilascio("check", "--company", "DEMO", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_check_tells_what_it_finds_and_exits_with_3(violated: None) -> None:
    result = rilascio("check")
    assert result.exit_code == 3
    assert result.stdout.startswith(
        "error balance_differs (1)\n  Balances are not the sum of their movements. In write mode maintenance,"
    )
    assert "\nwarning job_status_differs (1)\n" in result.stdout
    assert result.stdout.endswith("\n1 error, 1 warning.\n")


def test_check_answers_machines_with_all_there_is(violated: None) -> None:
    result = rilascio("check", "--format", "json")
    assert result.exit_code == 3
    findings = json.loads(result.stdout)
    assert list(findings[0]) == ["code", "severity", "finding_count", "examples", "message", "hint"]
    assert [(one["code"], one["finding_count"]) for one in findings] == [
        ("balance_differs", 1),
        ("job_status_differs", 1),
    ]
    [example] = findings[0]["examples"]
    assert example["on_hand"] == example["moved"] + 1


def test_check_of_an_unknown_company_fails_with_a_sentence() -> None:
    result = rilascio("check", "--company", "ELSE")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: You are a member of no company 'ELSE'.\nHint: Your companies: DEMO.")


def test_the_exit_codes_of_check_and_an_example_stand_in_its_help() -> None:
    text = " ".join(rilascio("check", "--help").stdout.split())
    assert "Exits with 3 if anything is found, with 0 if nothing is." in text
    assert "rilascio check --company ACME --format json" in text
