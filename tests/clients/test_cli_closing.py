"""Short close, reopening and archiving from the command line, as a member of erp_operator (R55, R56)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.test_cli_orders import WORKSHOP, answers, numbers, rilascio

LOADED = ("workshop", WORKSHOP)


@pytest.fixture(autouse=True)
def operator(rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the workshop in RILASCIO_DSN as a member of erp_operator."""
    monkeypatch.setenv("RILASCIO_DSN", rilascio_login())
    monkeypatch.delenv("COLUMNS", raising=False)


def test_R55_R56_orders_are_closed_short_reopened_and_archived_by_their_numbers() -> None:
    assert rilascio("release", "2026/1").exit_code == 0
    result = rilascio("close", "2026/1", "2026/2", "--note", "no more")
    assert result.exit_code == 3, result.output
    assert "1 closed, 1 refused. Run " in result.stdout
    assert "Order 2026/2/0 is not executive." in result.stdout
    assert "2026/1/0" not in numbers("restore")

    assert [row["outcome"] for row in answers("reopen", "2026/1")] == ["reopened"]
    assert "2026/1/0" in numbers("restore")

    assert [row["outcome"] for row in answers("close", "2026/1")] == ["closed"]
    assert [row["outcome"] for row in answers("archive", "2026/1", "2026/2", "2026/1")] == ["archived"] * 2
    assert rilascio("runs", "--limit", "1").stdout.count("2 archived") == 1
    assert rilascio("history", "2026/1", "--columns", "outcome").stdout.count("closed") == 2


@pytest.mark.parametrize("output_format", ["table", "csv", "json"])
def test_R55_a_dry_run_tells_what_would_be_closed_and_changes_nothing(output_format: str) -> None:
    result = rilascio("close", "2026/4", "2026/2", "--dry-run", "--format", output_format)
    assert result.exit_code == 0, result.output
    assert "closed" in result.stdout
    assert "order_not_executive" in result.stdout
    assert "2026/4/0" in numbers("restore")


def test_R8_all_or_none_one_refusal_refuses_all() -> None:
    assert [row["outcome"] for row in answers("close", "2026/4", "2026/2", "--all-or-none", code=3)] == ["refused"] * 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("close", "2026/99"), "Company SHOP has no order 2026/99."),
        (("close",), "No order is named."),
        (("archive", "2026/4", "--dry-run", "--all-or-none"), "A dry run checks each order by itself."),
    ],
)
def test_R55_what_cannot_be_done_is_said_in_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = rilascio(*arguments)
    assert result.exit_code in (1, 2)
    assert said in result.stderr


def test_R57_a_kept_remainder_is_merged_by_its_number() -> None:
    [split] = answers("release", "2026/3", "--on-shortage", "split")
    assert split["outcome"] == "split"
    assert rilascio("archive", "2026/3/1").exit_code == 0
    assert rilascio("restore", "2026/3").exit_code == 0
    result = rilascio("merge", "2026/3/1", "2026/1/1")
    assert result.exit_code == 3, result.output
    assert "2 refused. Run " in result.stdout
    assert "Order 2026/3/1 is not launched." in result.stdout
    assert "Order 2026/1/1 was split from no order that is still there." in result.stdout


def test_R57_a_dry_run_tells_what_would_be_merged() -> None:
    rilascio("release", "2026/3", "--on-shortage", "split")
    [row] = answers("merge", "2026/3/1", "--dry-run")
    assert (row["outcome"], row["order_lot"], row["reasons"][0]["code"]) == ("refused", 1, "split_in_force")
