"""`rilascio explain` and `rilascio doctor`, on the demo factory, as a member of erp_operator."""

from __future__ import annotations

import csv
import io
import json
import secrets
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from rilascio import testing
from rilascio.cli import main
from rilascio.commands import diagnosis

LEVELS = ["material", "site", "item", "machine", "company"]


@pytest.fixture(autouse=True)
def operator(demo_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Name the factory's database in RILASCIO_DSN, for the operator; give the URL of a superuser."""
    superuser, operator = demo_urls
    monkeypatch.setenv("RILASCIO_DSN", operator)
    monkeypatch.delenv("COLUMNS", raising=False)
    return superuser


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


# --- explain ---------------------------------------------------------------------------------------------------------


def test_R10_explain_shows_the_five_levels_and_the_one_that_wins() -> None:
    result = rilascio("explain", "2026/46", "1")
    assert result.exit_code == 0
    heading, _, *lines = result.stdout.splitlines()
    assert heading.split() == ["level", "site", "wins", "explanation"]
    assert [line.split()[0] for line in lines] == LEVELS
    assert lines[3].split()[:3] == ["machine", "BS", "yes"]
    assert "Section raw_material gives warehouse BS-RM and reason SCP." in lines[3]
    assert lines[3].endswith("It is the first level that counts, so it wins.")


def test_explain_answers_machines_as_the_function_does() -> None:
    rows = json.loads(rilascio("explain", "2026/46/0", "1", "--company", "DEMO", "--format", "json").stdout)
    assert [(row["precedence"], row["level"]) for row in rows] == list(enumerate(LEVELS, 1))
    assert [row["warehouse_code"] for row in rows if row["wins"]] == ["BS-RM"]
    table = list(csv.DictReader(io.StringIO(rilascio("explain", "2026/46", "1", "--format", "csv").stdout)))
    assert [{name: value or None for name, value in row.items()} for row in table] == [
        {
            name: str(value).lower() if isinstance(value, bool) else str(value) if value else None
            for name, value in row.items()
        }
        for row in rows
    ]


def test_R10_explain_without_a_line_shows_the_level_that_wins_of_every_material() -> None:
    result = rilascio("explain", "2026/46")
    assert result.exit_code == 0
    heading, _, *lines = result.stdout.splitlines()
    assert heading.split() == ["line", "item", "level", "explanation"]
    assert [line.split()[:3] for line in lines] == [
        ["1", "BR-0510", "machine"],
        ["2", "SP-5800", "machine"],
        ["3", "BT-0001", "item"],
    ]
    assert result.stderr == "rilascio explain 2026/46 LINE shows the five levels of a line.\n"


def test_explain_without_a_line_answers_machines_with_every_level_of_every_line() -> None:
    rows = json.loads(rilascio("explain", "2026/46", "--format", "json").stdout)
    assert [(row["material_line"], row["level"]) for row in rows] == [(n, level) for n in (1, 2, 3) for level in LEVELS]
    of_all = ("material_line", "item_code", "variant_code")
    second = [{name: row[name] for name in row if name not in of_all} for row in rows if row["material_line"] == 2]
    assert second == json.loads(rilascio("explain", "2026/46", "2", "--format", "json").stdout)


@pytest.mark.parametrize("line", [[], ["1"]])
def test_explain_is_read_on_a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch, line: list[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = rilascio("explain", "2026/46", *line).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 12


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        (["2026/46", "99"], 1, "Order 2026/46/0 has no material line 99.", "Its material lines are 1, 2, 3."),
        (["2026/999", "1"], 1, "Company DEMO has no launched or released order 2026/999.", "rilascio grid release"),
        (["2026", "1"], 2, "'2026' is no order reference.", "Write YEAR/NUMBER"),
        (["2026/46", "1", "--company", "ELSE"], 1, "You are a member of no company 'ELSE'.", "Your companies: DEMO."),
    ],
)
def test_explain_fails_with_a_sentence_and_a_hint(arguments: list[str], code: int, message: str, hint: str) -> None:
    result = rilascio("explain", *arguments)
    assert result.exit_code == code
    assert result.stderr.startswith(f"Error: {message}\nHint: {hint}")
    assert result.stdout == ""


# --- doctor ----------------------------------------------------------------------------------------------------------


def test_doctor_tells_what_releases_will_fail_on_and_exits_with_3() -> None:
    result = rilascio("doctor", "--record-date", "2026-11-23")
    assert result.exit_code == diagnosis.FOUND == 3
    assert result.stdout.startswith(
        "error mrp_parameters_missing (1)\n"
        "  Items have no MRP parameters. Enter their picking type and procurement type.\n"
        "  - item PS-0900, order 2026/118/0, line 12\n\n"
    )
    assert result.stdout.endswith("\n5 errors, 2 warnings.\n")
    assert "  - item MN-0300, warehouse MI-OLD, valid until 2026-06-30, order 2026/124/0, line 6\n" in result.stdout


def test_doctor_answers_machines_with_all_there_is() -> None:
    result = rilascio("doctor", "--record-date", "2028-01-01", "--format", "json")
    assert result.exit_code == 3
    findings = json.loads(result.stdout)
    assert list(findings[0]) == ["code", "severity", "finding_count", "examples", "message", "hint"]
    assert findings[0]["code"] == "period_closed"
    assert findings[0]["examples"] == [
        {"record_date": "2028-01-01", "period_start": "2026-01-01", "period_end": "2027-12-31"}
    ]


def test_doctor_exits_with_0_if_there_are_warnings_alone_or_nothing(operator: str) -> None:
    with psycopg.connect(operator, autocommit=True) as connection:
        connection.execute(
            "insert into erp.company (company_code) values ('BARE');"
            "insert into erp.production_parameter (company_id, period_start, period_end)"
            " select company_id, '2026-01-01', '2026-12-31' from erp.company where company_code = 'BARE';"
            "insert into erp.company_member"
            " select company_id, 'erp_operator' from erp.company where company_code = 'BARE'"
        )
        try:
            bare = ("doctor", "--company", "BARE", "--record-date")
            nothing, warned = rilascio(*bare, "2026-06-01"), rilascio(*bare, "2026-12-20")
            empty = rilascio(*bare, "2026-06-01", "--format", "json")
        finally:
            connection.execute(
                "delete from erp.company_member where company_id <> 1;"
                "delete from erp.production_parameter where company_id <> 1;"
                "delete from erp.company where company_id <> 1"
            )
    assert (nothing.exit_code, nothing.stdout) == (0, "Nothing is found.\n")
    assert (empty.exit_code, json.loads(empty.stdout)) == (0, [])
    assert warned.exit_code == 0
    assert warned.stdout.endswith("\n0 errors, 1 warning.\n")


def test_the_exit_codes_of_doctor_stand_in_its_help() -> None:
    assert "Exits with 3 if there are errors, with 0 if there are none." in " ".join(
        rilascio("doctor", "--help").stdout.split()
    )


def test_a_reader_may_not_run_them(operator: str, rilascio_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is with every function of erp_api: readers select the views."""
    password = secrets.token_hex(8)
    with psycopg.connect(operator, autocommit=True) as connection:
        role = testing.make_role(connection, "erp_reader", password=password)
        connection.execute("insert into erp.company_member values (1, %s)", [role])
        try:
            monkeypatch.setenv(
                "RILASCIO_DSN", rilascio_server.dsn(conninfo_to_dict(operator)["dbname"], role, password)
            )
            results = rilascio("doctor"), rilascio("explain", "2026/46", "1")
        finally:
            connection.execute("delete from erp.company_member where member_role = %s", [role])
            connection.execute(SQL("drop owned by {0}; drop role {0}").format(Identifier(role)))
    for result in results:
        assert result.exit_code == 1
        assert "permission denied" in result.stderr
