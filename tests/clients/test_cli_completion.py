"""The shell completes commands, columns and orders, and says nothing where there is no database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from rilascio.cli import main

RILASCIO = Path(sys.executable).with_name("rilascio")


@pytest.fixture(autouse=True)
def operator(demo_urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name the demo factory, as an operator."""
    monkeypatch.setenv("RILASCIO_DSN", demo_urls[1])


def completed(line: str) -> list[str]:
    """Return what the last word of a line may become."""
    *words, last = line.split(" ")
    return [
        item.value for item in BashComplete(main, {}, "rilascio", "_RILASCIO_COMPLETE").get_completions(words, last)
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("rele", ["release"]),
        ("grid decl", ["declarations", "declaration-movements"]),
        ("release --on-shortage ", ["refuse", "split"]),
        ("grid release --where cus", ["customer="]),
        ("grid release --where customer=B", []),
        ("griglia rilascio --where cus", ["customer="]),
        ("ripristina 2026/30", []),
        ("--language it rila", ["rilascia"]),
        ("--language it griglia mov", ["movimenti", "movimenti-dichiarazioni"]),
        ("grid restore --sort released", ["released_at", "released_by"]),
        ("grid release --columns order,item_c", ["order,item_code", "order,item_class"]),
        ("grid release --columns or", ["order", "order_id", "order_year", "order_number", "order_lot", "order_type"]),
        ("runs --where unk", ["unknown_count="]),
        ("release 2026/30", ["2026/30", "2026/300", "2026/301", "2026/302", "2026/303", "2026/304", "2026/305"]),
        ("release 2026/30 2026/30", ["2026/300", "2026/301", "2026/302", "2026/303", "2026/304", "2026/305"]),
        ("release --company NONE 2026/30", []),
        ("restore 2026/30", []),
        ("explain 2026/30%", []),
    ],
)
def test_a_word_is_completed(line: str, expected: list[str]) -> None:
    assert completed(line)[: len(expected) or 1] == expected or set(completed(line)) == set(expected)


def test_orders_that_were_released_are_completed_where_they_can_be_restored() -> None:
    assert completed("declare 2026/")
    assert not set(completed("declare 2026/")) & set(completed("release 2026/"))


@pytest.mark.parametrize("dsn", ["postgresql://nobody@127.0.0.1:1/none", "no dsn"])
def test_without_a_database_nothing_is_completed_and_nothing_is_said(
    dsn: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    assert completed("release 2026/") == completed("grid release --where cus") == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_given_its_script(shell: str) -> None:
    script = subprocess.run(
        [RILASCIO],
        env={**os.environ, "_RILASCIO_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "rilascio" in script.stdout
    assert script.stderr == ""


def test_bash_asks_the_command(tmp_path: Path) -> None:
    """As the user's shell does it: what the script defines is called for the words of a line."""
    line = """
        eval "$(_RILASCIO_COMPLETE=bash_source rilascio)"
        COMP_WORDS=(rilascio release 2026/30); COMP_CWORD=2
        _rilascio_completion rilascio 2026/30 release; printf '%s\\n' "${COMPREPLY[@]}"
    """
    answer = subprocess.run(
        ["bash", "-c", line], env={**os.environ, "PATH": f"{RILASCIO.parent}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout.split()[:2] == ["2026/30", "2026/300"]
