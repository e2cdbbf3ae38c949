"""The command line by itself: help, options, errors and tables; no database is needed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from harness.dev import cli as dev
from rilascio.cli import main
from rilascio.commands.answers import ActionSummary, print_refusals
from rilascio.commands.release import RELEASE
from rilascio.errors import HarnessError
from rilascio.filters import ApiView, Filter, ordering, parse_filter
from rilascio.orders import Reference, parse_reference
from rilascio.output import cell, print_json_lines, print_table
from rilascio.version import installed_release


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    monkeypatch.delenv("RILASCIO_DEBUG", raising=False)


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


def commands(command: click.Command = main, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, *path, name)
    if path:
        yield path, command


ALL = dict(commands())
LEAVES = {path: command for path, command in ALL.items() if not isinstance(command, click.Group)}


# --- help and options ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_help_text_has_an_example_of_the_command(path: tuple[str, ...]) -> None:
    result = rilascio(*path, "--help")
    assert result.exit_code == 0
    assert re.search(rf"Examples?[^\n]*:\n +rilascio {' '.join(path)}", result.output)


# The soak reads the log of its server, so it starts one.
@pytest.mark.parametrize("path", sorted(LEAVES.keys() - {("soak",)}), ids=" ".join)
def test_every_command_takes_a_dsn_after_its_name(path: tuple[str, ...]) -> None:
    (option,) = [p for p in LEAVES[path].params if p.name == "dsn"]
    assert option.opts == ["--dsn"]
    assert option.envvar == "RILASCIO_DSN"


NEEDING_A_DATABASE = [
    ("deploy",),
    ("status",),
    ("revert", "--steps", "1", "--yes"),
    ("mark", "0001_create_schemas"),
    ("cluster", "init"),
    ("cluster", "add", "north", "postgresql://north/factory"),
    ("cluster", "refresh"),
    ("cluster", "deploy"),
    ("cluster", "status"),
    ("cluster", "move", "1", "north"),
    ("cluster", "citus-sql"),
    ("partition",),
    ("load", "."),
    ("pull",),
    ("follow", "--after", "0"),
    ("compare",),
    ("grid", "release"),
    ("grid", "restore"),
    ("grid", "movements", "2026/1"),
    ("grid", "materials", "2026/1"),
    ("grid", "declarations"),
    ("grid", "declaration-movements", "2026/1"),
    ("preview", "2026/1"),
    ("release", "2026/1"),
    ("restore", "2026/1"),
    ("declare", "2026/1", "opening", "--phase", "10"),
    ("register", "2026/1"),
    ("rollback", "--id", "1"),
    ("undeclare", "--all"),
    ("close", "2026/1"),
    ("reopen", "2026/1"),
    ("archive", "2026/1"),
    ("merge", "2026/1/1"),
    ("runs",),
    ("history", "2026/1"),
    ("doctor",),
    ("check",),
    ("locks",),
    ("archive-history", "--before", "2020-01-01", "--dry-run"),
    ("explain", "2026/1", "1"),
    ("show", "2026/1"),
    ("stock", "NUT"),
    ("feasibility",),
    ("pick-list", "2026/1", "--output", "picks.pdf"),
    ("web",),
]


def test_the_commands_that_need_a_database_are_all_asked_without_one() -> None:
    asked = {path for path in LEAVES for arguments in NEEDING_A_DATABASE if arguments[: len(path)] == path}
    assert LEAVES.keys() - asked == {("demo",), ("test",)}  # they start servers of their own


@pytest.mark.parametrize("arguments", NEEDING_A_DATABASE, ids=" ".join)
def test_without_a_database_a_command_says_how_to_name_one(arguments: tuple[str, ...]) -> None:
    result = rilascio(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: No database is named.\nHint: ")
    assert "rilascio demo --keep" in result.stderr
    assert result.stdout == ""


def test_the_first_help_shows_the_commands_in_the_order_of_use() -> None:
    listed = re.findall(r"^  ([\w-]+)  ", rilascio("--help").output.split("Commands:")[1], re.MULTILINE)
    assert listed[:3] == ["demo", "deploy", "status"]
    assert len(listed) == len(main.commands)


def test_the_version_is_told() -> None:
    assert rilascio("--version").output == f"rilascio {installed_release()}\n"


# --- errors ----------------------------------------------------------------------------------------------------------


def test_an_unknown_command_is_a_usage_error() -> None:
    result = rilascio("relase")
    assert result.exit_code == 2
    assert "relase" in result.stderr


def test_a_server_that_is_not_there_is_one_sentence_and_a_hint() -> None:
    result = rilascio("grid", "release", "--dsn", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert result.exit_code == 1
    assert re.fullmatch(r"Error: The database cannot be reached: [^\n]+\nHint: [^\n]+\n", result.stderr)


def test_a_connection_string_that_is_none_is_a_usage_error() -> None:
    result = rilascio("grid", "release", "--dsn", "somewhere")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: The connection string is not understood: ")
    assert "Hint: Write it like postgresql://" in result.stderr


def failing_with(error: BaseException) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_an_unforeseen_error_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rilascio.deployment.deploy", failing_with(ZeroDivisionError("by zero")))
    result = rilascio("deploy", "--dsn", "postgresql://x")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Something unforeseen went wrong: ZeroDivisionError: by zero.\nHint: ")
    assert "Traceback" not in result.output

    monkeypatch.setenv("RILASCIO_DEBUG", "1")
    assert isinstance(rilascio("deploy", "--dsn", "postgresql://x").exception, ZeroDivisionError)


def test_an_error_of_the_system_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "rilascio.deployment.deploy", failing_with(PermissionError(13, "Permission denied", "sql/x.sql"))
    )
    result = rilascio("deploy", "--dsn", "postgresql://x")
    assert (result.exit_code, result.stderr) == (1, "Error: sql/x.sql: Permission denied.\n")


def test_ctrl_c_ends_a_command_with_the_shells_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rilascio.deployment.deploy", failing_with(KeyboardInterrupt()))
    result = rilascio("deploy", "--dsn", "postgresql://x")
    assert result.exit_code == 130
    assert result.stderr.startswith("Error: Interrupted. What was not finished is rolled back.\nHint: ")


TWO_TAKERS = "Quantities and a lot go with one progress or closing."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("release",), "No order is named."),
        (("restore", "--where", "late=true"), "No order is named."),
        (("preview", "2026/1", "--all"), "Orders are named and chosen by filters at once."),
        (("release", "2026/1", "--limit", "3"), "Orders are named and chosen by filters at once."),
        (("release", "--all", "--where", "nonsense"), "The filter 'nonsense' is not understood."),
        (("preview", "--restore", "2026/1", "--on-shortage", "split"), "A restore has no record date and no shortage."),
        (("release", "2026-1"), "'2026-1' is no order reference."),
        (("grid", "movements", "2026/1/2/3"), "'2026/1/2/3' is no order reference."),
        (("declare",), "What is declared is not said."),
        (("declare", "2026/1", "opening"), "What is declared is not said."),
        (("declare", "2026/1", "--phase", "10"), "What is declared is not said."),
        (("declare", "2026-1", "opening", "--phase", "10"), "'2026-1' is no order reference."),
        (("declare", "2026/1", "opening", "--phase", "10", "--good", "1"), TWO_TAKERS),
        (("declare", "2026/1", "progress", "closing", "--phase", "1", "--lot", "L"), TWO_TAKERS),
        (("declare", "--good", "1", "--file", "-"), "Declarations are typed and read from a file at once."),
        (("register",), "No declaration is named."),
        (("rollback", "2026/1", "--all"), "Declarations are named and chosen by filters at once."),
        (("undeclare", "--id", "1", "--where", "phase=10"), "Declarations are named and chosen by filters at once."),
        (("register", "2026-1"), "'2026-1' is no order reference."),
        (("grid", "release", "--columns", ","), "--columns names no column."),
        (("revert", "--yes"), "How far to go back is not clear."),
        (("demo", "--keep", "--stop", "rilascio-x"), "--keep and --stop do not go together."),
    ],
)
def test_a_command_wrongly_called_exits_with_2_before_it_connects(arguments: tuple[str, ...], sentence: str) -> None:
    result = rilascio(*arguments, "--dsn", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {sentence}\nHint: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("release", "2026/1", "--record-date", "2026-02-30"),
        ("release", "2026/1", "--on-shortage", "perhaps"),
        ("release", "2026/1", "--request-key", "1"),
        ("declare", "2026/1", "begin", "--phase", "10"),
        ("declare", "2026/1", "progress", "--phase", "10", "--good", "-1"),
        ("declare", "2026/1", "progress", "--phase", "10", "--scrap", "many"),
        ("declare", "2026/1", "progress", "--phase", "10", "--scrap", "Infinity"),
        ("declare", "--file", "/nowhere/at/all.json"),
        ("register", "--id", "0"),
        ("register", "--id", "1", "--record-date", "tomorrow"),
        ("grid", "release", "--format", "xml"),
        ("grid", "release", "--limit", "-1"),
    ],
)
def test_a_bad_option_value_exits_with_2(arguments: tuple[str, ...]) -> None:
    result = rilascio(*arguments)
    assert result.exit_code == 2
    assert "Error: Invalid value for" in result.stderr


@pytest.mark.parametrize("text", ["23/11/2026", "2026-02-30", "11-23-2026", "20261123", "tomorrow"])
@pytest.mark.parametrize("command", [("release", "2026/1"), ("register", "--id", "1"), ("doctor",)], ids=" ".join)
def test_a_date_in_another_form_is_answered_with_the_form(command: tuple[str, ...], text: str) -> None:
    result = rilascio(*command, "--record-date", text)
    assert result.exit_code == 2
    assert result.stderr.endswith(
        f"Error: Invalid value for '--record-date': {text!r} is no date; year, month and day are written like"
        " 2026-11-23.\n"
    )


# --- references and filters as typed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reference", "shown"),
    [
        ("2026/15", Reference(2026, 15, 0), "2026/15"),
        ("2026/15/0", Reference(2026, 15, 0), "2026/15"),
        (" 2026/15/3 ", Reference(2026, 15, 3), "2026/15/3"),
    ],
)
def test_an_order_is_named_by_year_number_and_lot_and_no_lot_is_lot_0(
    text: str, reference: Reference, shown: str
) -> None:
    assert parse_reference(text) == reference
    assert str(reference) == shown


@pytest.mark.parametrize(
    "text", ["", "15", "2026/", "2026/a", "2026/1/", "-2026/1", "2026/1/2/3", "2026/99999999999", "٢/٣"]
)
def test_what_is_no_reference_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(HarnessError, match="is no order reference") as caught:
        parse_reference(text)
    assert "YEAR/NUMBER" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("customer=ACME", Filter("customer", "=", "ACME")),
        ("customer!=ACME", Filter("customer", "!=", "ACME")),
        ("quantity>=1.5", Filter("quantity", ">=", "1.5")),
        ("quantity<=1.5", Filter("quantity", "<=", "1.5")),
        ("quantity>1.5", Filter("quantity", ">", "1.5")),
        (" quantity < 1.5 ", Filter("quantity", "<", "1.5")),
        ("item_code~a=b", Filter("item_code", "~", "a=b")),
        ("customer=", Filter("customer", "=", "")),
        ("customer=' =A, quantity=1'", Filter("customer", "=", " =A, quantity=1", quoted=True)),
        ('customer=""', Filter("customer", "=", "", quoted=True)),
    ],
)
def test_a_filter_is_a_column_an_operator_and_a_value(text: str, parsed: Filter) -> None:
    assert parse_filter(text) == parsed


@pytest.mark.parametrize(
    "text",
    ["", "customer", "=ACME", "a b=c", "a;drop table x=1", "a==b", "a<>b", "a=~b", "a=>1", "a !== b", "a~"],
)
def test_a_filter_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(HarnessError, match="is not understood"):
        parse_filter(text)


GRID = ApiView(
    "release_grid", {"order_year": "integer", "quantity": "numeric", "produced_quantity": "numeric", "late": "boolean"}
)


def test_an_unknown_column_is_answered_with_the_nearest_ones() -> None:
    with pytest.raises(HarnessError, match=r"release_grid has no column 'quantiy'\.") as caught:
        GRID.check("quantiy")
    assert caught.value.hint == "Did you mean quantity or produced_quantity?"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("column", ["zzz", "t"])
def test_a_column_like_no_other_is_answered_with_the_list(column: str) -> None:
    with pytest.raises(HarnessError) as caught:
        GRID.check(column)
    assert caught.value.hint == "Its columns: order_year, quantity, produced_quantity, late."


def test_sorting_takes_directions_and_ends_with_the_default() -> None:
    text = ordering(GRID, ["quantity:desc,late", "produced_quantity:asc"], ["order_year", "late"]).as_string()
    assert text == 'order by "quantity" desc nulls last, "late", "produced_quantity", "order_year"'


@pytest.mark.parametrize("sort", ["quantity:down", "nonsense", 'quantity"; drop table x; --'])
def test_sorting_by_what_is_not_there_is_refused(sort: str) -> None:
    with pytest.raises(HarnessError):
        ordering(GRID, [sort], [])


# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.1200"), "0.1200"),
        (date(2026, 11, 22), "2026-11-22"),
        (datetime(2026, 11, 22, 7, 5, 9, tzinfo=UTC), "2026-11-22 07:05"),
        ([{"code": "order_closed"}, {"code": "declarations_exist"}], "order_closed, declarations_exist"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("[bold]", "[bold]"),
    ],
)
def test_a_table_shows_values_plainly(value: object, shown: str) -> None:
    assert cell(value) == shown


ROWS = [["2026/1", "A description that is longer than any terminal would like it to be " * 2, Decimal("1.50"), "short"]]
HEADINGS = ["order", "item_description", "quantity", "note"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_fits_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    print_table(HEADINGS, ROWS, flexible=["item_description"])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) == width
    assert "…" in lines[-1]
    assert lines[-1].endswith("1.50  short")


def test_columns_that_may_go_go_first(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    print_table(HEADINGS, ROWS, flexible=["item_description"], droppable=["note", "quantity"])
    assert capsys.readouterr().out.splitlines()[0].split() == ["item"]
    print_table(HEADINGS, ROWS, droppable=["item_description"])
    assert capsys.readouterr().out.splitlines()[-1].split() == ["2026/1", "1.50", "short"]


def test_what_does_not_fit_at_all_is_printed_a_value_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    print_table(HEADINGS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "── 1 ──"
    assert lines[1] == "order             2026/1"
    assert lines[3] == "quantity          1.50"


def test_nothing_is_cut_where_no_terminal_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    print_table(HEADINGS, ROWS, flexible=["item_description"])
    out = capsys.readouterr().out
    assert str(ROWS[0][1]).strip() in out
    assert "\x1b" not in out


def test_json_that_breaks_off_is_still_json(capsys: pytest.CaptureFixture[str]) -> None:
    def objects() -> Iterator[str]:
        yield '{"a":1}'
        raise HarnessError("gone")

    with pytest.raises(HarnessError):
        print_json_lines(objects())
    assert capsys.readouterr().out == '[\n{"a":1}\n]\n'


# --- refusals in sum --------------------------------------------------------------------------------------------------


def refused(number: int, *codes: str) -> dict[str, Any]:
    reasons = [{"code": code, "message": f"{code} of {number}.", "hint": f"Mend {code}."} for code in codes]
    return {"order_year": 2026, "order_number": number, "order_lot": 0, "outcome": "refused", "reasons": reasons}


def test_few_refusals_are_shown_one_by_one_with_hints(capsys: pytest.CaptureFixture[str]) -> None:
    tally = ActionSummary(RELEASE, 2)
    tally.add(refused(1, "insufficient_stock", "period_closed"))
    tally.add(refused(2, "period_closed"))
    print_refusals(tally)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[3] == ["2026/1", "insufficient_stock", "insufficient_stock", "of", "1."]
    assert lines[4][0] == "period_closed"
    assert lines[5][0] == "2026/2"
    assert lines[6:] == [["Hint:", "Mend", "insufficient_stock."], ["Hint:", "Mend", "period_closed."]]


def test_many_refusals_are_counted_by_reason_with_an_example_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    tally = ActionSummary(RELEASE, 1000)
    for number in range(30):
        tally.add(refused(number, "insufficient_stock"))
    tally.add(refused(77, "insufficient_stock", "period_closed", "period_closed"))
    print_refusals(tally)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["insufficient_stock", "31", "2026/0", "insufficient_stock", "of", "0."] in lines
    assert ["period_closed", "1", "2026/77", "period_closed", "of", "77."] in lines
    assert ["2026/29", "insufficient_stock"] in lines
    assert ["2026/77", "insufficient_stock,", "period_closed"] in lines


def test_of_very_many_refused_the_first_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    summary = ActionSummary(RELEASE, 1000)
    for number in range(120):
        summary.add(refused(number, "insufficient_stock") | {"run_id": 7 + number // 100})
    print_refusals(summary)
    *_, last, empty, more, hint = capsys.readouterr().out.splitlines()
    assert last.split() == ["2026/49", "insufficient_stock"]
    assert (empty, more) == ("", "And 70 more.")
    assert hint == "rilascio history --where 'run_id>=7' --where 'run_id<=8' --where outcome=refused tells it again."


# --- test -----------------------------------------------------------------------------------------------------------


def test_test_runs_pytest_in_the_checkout_and_exits_like_it(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        called.append((command, options))
        return subprocess.CompletedProcess(command, 5)

    monkeypatch.setattr("subprocess.run", run)
    result = CliRunner().invoke(dev.main, ["test", "--dsn", "postgresql://x", "-k", "lots", "-x", "--co"])
    assert result.exit_code == 5
    ((command, options),) = called
    assert command == [sys.executable, "-m", "pytest", "-k", "lots", "-x", "--co"]
    assert options["env"]["RILASCIO_DSN"] == "postgresql://x"
    assert (options["cwd"] / "tests").is_dir()
