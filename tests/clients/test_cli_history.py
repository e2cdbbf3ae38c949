"""Who called what, why it was refused, and a run taken back: `runs`, `history`, `restore --run`, as an operator."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from rilascio.commands import actions, answers
from tests.clients.test_cli_orders import EVERY_LAUNCHED, WORKSHOP, another_company, launched, numbers, rilascio
from tests.clients.test_cli_orders import answers as rows_of

LOADED = ("workshop", WORKSHOP)


@pytest.fixture(autouse=True)
def operator(rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Name the workshop in RILASCIO_DSN as a member of erp_operator, and give the URL."""
    dsn = rilascio_login()
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    monkeypatch.delenv("COLUMNS", raising=False)
    return dsn


def run_of(*arguments: str, code: int = 0) -> str:
    """Carry out an action, and return the number of its run."""
    (number,) = {row["run_id"] for row in rows_of(*arguments, code=code)}
    return str(number)


def columns(row: dict[str, object], *names: str) -> tuple[object, ...]:
    return tuple(row[name] for name in names)


# --- runs ------------------------------------------------------------------------------------------------------------


def test_R61_the_last_runs_are_told_newest_first() -> None:
    first = run_of("release", "2026/3", "2026/1", "--note", "morning release", code=3)
    second = run_of("restore", "2026/1")
    lines = [line.split() for line in rilascio("runs").stdout.splitlines()]
    assert [line[0] for line in lines if line[0] in (first, second)] == [second, first]
    assert "1 released, 1 refused" in rilascio("runs").stdout
    told = rows_of("runs")
    assert [columns(row, "kind", "order_count", "released_count", "refused_count", "note") for row in told] == [
        ("restore", 1, 0, 0, None),
        ("release", 2, 1, 1, "morning release"),
        ("load", 0, 0, 0, None),
    ]
    asked = rilascio("runs", "--limit", "1").stderr
    assert asked == f"1 of 3 rows; --limit 0 shows all.\nThe next ones: --after '[{second}]'\n"
    assert [row["kind"] for row in rows_of("runs", "--limit", "1", "--after", f"[{second}]")] == ["release"]
    assert rilascio("runs", "--columns", "outcomes", "--format", "csv").stdout == (
        'outcomes\n1 restored\n"1 released, 1 refused"\n""\n'
    )


@pytest.mark.parametrize(
    ("filters", "kinds"),
    [
        (["kind=release"], ["release"]),
        (["started_at>=today"], ["restore", "release", "load"]),
        (["started_at<today"], []),
        (["caller_role~erp_operator"], ["restore", "release"]),
        (["caller_role=somebody"], []),
        (["note~morning"], ["release"]),
        (["refused_count>0"], ["release"]),
    ],
)
def test_runs_are_filtered_by_kind_day_role_and_whatever_else(filters: list[str], kinds: list[str]) -> None:
    rilascio("release", "2026/3", "2026/1", "--note", "morning release")
    rilascio("restore", "2026/1")
    assert [row["kind"] for row in rows_of("runs", "--where", *filters)] == kinds


def test_another_company_has_runs_of_its_own(rilascio_database: str, operator: str, tmp_path: Path) -> None:
    another_company(rilascio_database, tmp_path / "other")
    with psycopg.connect(operator) as connection:
        query = (
            "select f.run_id from erp_api.my_companies as c"
            " cross join lateral erp_api.restore_production_orders(c.company_id, array[999]) as f"
            " where c.company_code = 'OTHER'"
        )
        ((number,),) = connection.execute(query).fetchall()
    assert [row["kind"] for row in rows_of("runs", "--company", "SHOP")] == ["load"]
    assert "1 refused, 1 of them unknown" in rilascio("runs", "--company", "OTHER").stdout
    result = rilascio("history", "--run", str(number), "--company", "SHOP")
    assert result.exit_code == 1
    assert result.stderr == f"Error: Company SHOP has no run {number}.\nHint: rilascio runs shows the last ones.\n"
    assert "1 of them unknown" in rilascio("history", "--run", str(number), "--company", "OTHER").stdout


def test_a_run_has_no_order_of_its_own() -> None:
    result = rilascio("runs", "--columns", "run_id,order")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: run_history has no column 'order'.")


# --- history ---------------------------------------------------------------------------------------------------------


def test_R61_what_happened_to_an_order_is_told_with_the_reasons_in_words() -> None:
    first = run_of("release", "2026/3", code=3)
    second = run_of("release", "2026/3", "--on-shortage", "split")
    third = run_of("restore", "2026/3")
    rilascio("release", "2026/1")
    told = rows_of("history", "2026/3")
    assert [columns(row, "kind", "outcome") for row in told] == [
        ("restore", "restored"),
        ("release", "split"),
        ("release", "refused"),
    ]
    assert [str(row["run_id"]) for row in told] == [third, second, first]
    result = rilascio("history", "2026/3")
    assert "Order 2026/3/0: 100 PC of item WHEEL required from warehouse MAIN, 20 available." in result.stdout
    assert [first, "2026/3", "insufficient_stock"] in [line.split()[:3] for line in result.stdout.splitlines()]
    assert "\nHint: " in result.stdout
    assert result.stderr == "3 rows.\n"


def test_of_a_remainder_the_split_that_made_it_is_told() -> None:
    number = run_of("release", "2026/3", "--on-shortage", "split")
    assert [columns(row, "outcome", "order_lot") for row in rows_of("history", "2026/3/1")] == [("split", 0)]
    rilascio("release", "2026/3/1")
    assert [row["outcome"] for row in rows_of("history", "2026/3/1")] == ["refused", "split"]
    assert rows_of("history", "2026/3/1", "--run", number)[0]["outcome"] == "split"


def test_a_run_is_told_in_the_order_asked_with_who_called() -> None:
    number = run_of("release", "2026/3", "2026/1", "2026/1/1", "--note", "morning release", code=3)
    rilascio("restore", "2026/1")
    told = rows_of("history", "--run", number, "--columns", "order,outcome")
    assert told == [
        {"order": "2026/3", "outcome": "refused"},
        {"order": "2026/1", "outcome": "released"},
        {"order": "2026/1/1", "outcome": "released"},
    ]
    text = rilascio("history", "--run", number).stdout
    assert "2 released, 1 refused" in text.split("\n\n")[0]
    assert "morning release" in text.split("\n\n")[0]
    assert "insufficient_stock" in text.split("\n\n")[2]
    assert [row["order_number"] for row in rows_of("history", "--run", number, "--where", "outcome=refused")] == [3]


def test_why_was_it_refused_this_morning() -> None:
    rilascio("release", "--all", "--yes")
    told = rows_of("history", "--where", "started_at>=today", "--where", "outcome=refused")
    assert [(row["order_number"], row["reasons"][0]["code"]) for row in told] == [(3, "insufficient_stock")]


def test_R37_what_moved_for_an_order_is_told_when_it_is_taken_back_too() -> None:
    first = run_of("release", "2026/1")
    second = run_of("restore", "2026/1")
    third = run_of("release", "2026/1")
    rilascio("release", "2026/2")
    told = rows_of("history", "2026/1", "--movements", "--columns", "item_code,quantity,run_id,removal_run_id")
    assert [tuple(row.values()) for row in told] == [
        ("WHEEL", -4, int(third), None),
        ("GREASE", told[1]["quantity"], int(third), None),
        ("WHEEL", -4, int(first), int(second)),
        ("GREASE", told[1]["quantity"], int(first), int(second)),
    ]
    assert len(rows_of("history", "--run", second, "--movements")) == 2
    assert len(rows_of("history", "--run", first, "--movements")) == 2
    assert "removal" in rilascio("history", "2026/1", "--movements").stdout.splitlines()[0]


def test_an_order_that_no_run_asked_for_has_no_history() -> None:
    result = rilascio("history", "2026/4")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No row matches.\n")
    assert rows_of("history", "2026/4") == []
    unknown = rilascio("history", "2026/99")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


@pytest.mark.parametrize("command", [["runs"], ["history"], ["history", "2026/3"], ["history", "--movements"]])
@pytest.mark.parametrize("width", [80, 120])
def test_every_history_fits_the_terminal(command: list[str], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rilascio("release", "--all", "--yes", "--note", "a note that is rather longer than a terminal has room for")
    rilascio("restore", "--all", "--yes", "--where", "order_number<3")
    monkeypatch.setenv("COLUMNS", str(width))
    lines = rilascio(*command).stdout.splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= width
    assert not lines[0].startswith("── 1")


# --- after an action -------------------------------------------------------------------------------------------------


def test_an_action_says_its_run_in_every_format() -> None:
    said = rilascio("release", "2026/1")
    first = str(rows_of("runs")[0]["run_id"])
    assert said.stdout.endswith(f"\n1 released: 2 movements in 1 record. Run {first}.\n")
    said = rilascio("restore", "2026/1", "--format", "json")
    second = str(rows_of("runs")[0]["run_id"])
    assert said.stderr == f"1 restored: 2 movements in 1 record. Run {second}.\n"
    assert second != first


@pytest.mark.parametrize("chunk", [1000, 1])
def test_what_a_mass_action_did_not_serve_is_listed_and_told_again(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(answers, "DETAIL_LIMIT", 0)
    monkeypatch.setattr(actions, "CHUNK", chunk)
    result = rilascio("release", "--all", "--yes", "--record-date", "1999-12-31")
    lines = [line.split() for line in result.stdout.splitlines()]
    refused = ["period_closed,", "insufficient_stock"]
    assert all([order, *refused] in lines for order in ("2026/1", "2026/1/1", "2026/2", "2026/3"))
    (command,) = re.findall("^rilascio (history .*) tells it again.$", result.stdout, re.MULTILINE)
    told = rows_of(*shlex.split(command))
    assert [row["outcome"] for row in told] == ["refused"] * 4
    assert f"{'Run' if chunk > 1 else '4 runs,'} {min(row['run_id'] for row in told)}" in result.stdout


# --- a run taken back ------------------------------------------------------------------------------------------------


def test_R31_what_a_run_released_is_restored_as_far_as_it_is_still_released_from_it() -> None:
    number = run_of("release", "2026/1", "2026/1/1", "2026/2")
    rilascio("restore", "2026/1", "2026/2")
    again = run_of("release", "2026/1")
    assert [row["order_number"] for row in rows_of("restore", "--run", number, "--yes")] == [1]
    assert numbers("restore", "--where", "order_number<4") == ["2026/1/0"]
    left = rilascio("restore", "--run", number)
    assert left.stderr == f"Run {number} released 3 orders; 0 to restore.\nNo order matches.\n"
    assert rilascio("restore", "--run", again, "--yes").exit_code == 0
    assert launched() == EVERY_LAUNCHED


def test_the_orders_of_a_run_are_shown_before_it_asks() -> None:
    number = run_of("release", "2026/1", "2026/2")
    result = rilascio("restore", "--run", number, "--where", "item_code=BIKE", stdin="n\n")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Run {number} released 2 orders; 1 to restore.\n")
    shown, question = result.stderr.split("Restore 1 order of company SHOP? [y/N]")
    assert [line.split()[:2] for line in shown.splitlines()[-1:]] == [["2026/1", "BIKE"]]
    assert question.endswith("Error: Nothing was done.\n")
    assert numbers("restore", "--where", "order_number<4") == ["2026/1/0", "2026/2/0"]
    assert rilascio("restore", "--run", number, stdin="y\n").exit_code == 0
    assert launched() == EVERY_LAUNCHED


def test_more_orders_than_fit_are_counted_before_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    number = run_of("release", "2026/1", "2026/2")
    monkeypatch.setattr("rilascio.commands.grid._TABLE_ROWS", 1)
    asked = rilascio("restore", "--run", number, "--sort", "order_number:desc", stdin="n\n").stderr
    assert "\n2026/2 " in asked
    assert "\n2026/1 " not in asked
    assert "\nAnd 1 more.\nRestore 2 orders" in asked


def test_a_dry_run_of_a_restore_changes_nothing() -> None:
    number = run_of("release", "2026/1", "2026/2")
    result = rilascio("restore", "--run", number, "--dry-run")
    assert result.exit_code == 0
    assert "2026/1 would be restored.\n2026/2 would be restored.\n" in result.stdout
    assert [row["outcome"] for row in rows_of("restore", "2026/1", "2026/3", "--dry-run")] == ["restored", "refused"]
    assert rows_of("preview", "--restore", "--all", "--where", f"run_id={number}") == rows_of(
        "restore", "--run", number, "--dry-run"
    )
    assert numbers("restore", "--where", "order_number<4") == ["2026/1/0", "2026/2/0"]
    assert len(rows_of("grid", "movements", "--where", f"run_id={number}")) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--run", "99"], 1, "Company SHOP has no run 99."),
        (["--run", "{restore}"], 1, "Run {restore} is no release, but a restore."),
        (["2026/1", "--run", "{release}"], 2, "Orders are named and chosen by filters at once."),
        (["--run", "{release}", "--dry-run", "--all-or-none"], 2, "A dry run checks each order by itself."),
    ],
)
def test_what_cannot_be_taken_back_by_its_number_is_told(arguments: list[str], code: int, sentence: str) -> None:
    known = {"release": run_of("release", "2026/1"), "restore": run_of("restore", "2026/1")}
    result = rilascio("restore", *(part.format(**known) for part in arguments))
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.splitlines()[0] == f"Error: {sentence.format(**known)}"
    assert result.stderr.splitlines()[1].startswith("Hint: ")
