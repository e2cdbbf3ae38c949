"""`rilascio load`: what it says of the files that it read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import conninfo_to_dict

from rilascio.cli import main

FOLDER = {
    "company": "company_code;period_start;period_end\nMILL;2026-01-01;2026-12-31\n",
    "warehouse": "warehouse_code\nYARD\n",
    "movement_reason": "warehouse_code,reason_code,direction\nYARD,IN,load\n",
    "item": "item_code;phantom\nBOLT;FALSE\nNUT;FALSE\n;\n",
    "opening_stock": (
        "warehouse_code;item_code;quantity;record_date\nYARD;BOLT;1,5;2026-01-02\nYARD;NUT;0;2026-01-02\n"
    ),
}
SEPARATORS = {"company": ";", "warehouse": ",", "movement_reason": ",", "item": ";", "opening_stock": ";"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FOLDER.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def rilascio_load(folder: Path, dsn: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["load", str(folder), "--dsn", dsn, *options], prog_name="rilascio")


def test_load_says_which_files_have_semicolons_and_what_it_skipped(rilascio_database: str, folder: Path) -> None:
    result = rilascio_load(folder, rilascio_database)
    assert result.exit_code == 0
    rows, told = result.stdout.split("\n\n")
    assert [line.split() for line in rows.splitlines() if not line.startswith("─")] == [
        ["file", "rows"],
        ["company", "1"],
        ["warehouse", "1"],
        ["movement_reason", "1"],
        ["item", "2"],
        ["opening_stock", "1"],
    ]
    assert told.splitlines()[:2] == [
        "Semicolons separate the columns, and numbers may have decimal commas, in company.csv, item.csv,"
        " opening_stock.csv.",
        "Skipped 1 row of opening_stock.csv with quantity 0.",
    ]
    assert re.fullmatch(r"Loaded company MILL: 6 rows in \d+\.\d s, by run 1\.", told.splitlines()[2])


def test_load_says_so_in_json_too(rilascio_database: str, folder: Path) -> None:
    answer = json.loads(rilascio_load(folder, rilascio_database, "--format", "json").stdout)
    assert (answer["loaded"], answer["company_code"], answer["run_id"]) == (True, "MILL", 1)
    assert answer["rows"] == {"company": 1, "warehouse": 1, "movement_reason": 1, "item": 2, "opening_stock": 1}
    assert answer["separators"] == SEPARATORS
    assert answer["skipped"] == {"opening_stock": 1}


def test_a_load_that_fails_says_which_files_have_semicolons(rilascio_database: str, folder: Path) -> None:
    (folder / "opening_stock.csv").write_text(FOLDER["opening_stock"].replace("1,5", "1.500"))
    result = rilascio_load(folder, rilascio_database)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[:2] == [
        "Semicolons separate the columns, and numbers may have decimal commas, in company.csv, item.csv,"
        " opening_stock.csv.",
        'opening_stock.csv:2:quantity: "1.500" may be 1500 or 1,500: write the one that is meant',
    ]
    result = rilascio_load(folder, rilascio_database, "--format", "json")
    answer = json.loads(result.stdout)
    assert "opening_stock.csv:2" not in result.stderr, "the row was told twice"
    assert (answer["loaded"], answer["count"], answer["separators"]) == (False, 1, SEPARATORS)
    assert [row["code"] for row in answer["rows"]] == ["ambiguous_number"]


def test_R61_a_load_stands_in_the_runs_with_its_note_and_its_movements(
    rilascio_database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RILASCIO_DSN", rilascio_database)

    def rilascio(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="rilascio")

    assert rilascio("load", str(folder), "--note", "from the old system").exit_code == 0
    (run,) = json.loads(rilascio("runs", "--format", "json").stdout)
    assert (run["run_id"], run["kind"], run["note"]) == (1, "load", "from the old system")
    assert "from the old system" in rilascio("history", "--run", "1").stdout
    (moved,) = json.loads(rilascio("history", "--run", "1", "--movements", "--format", "json").stdout)
    assert (moved["item_code"], float(moved["quantity"]), moved["in_force"]) == ("BOLT", 1.5, True)


def test_R31_a_load_is_not_restored(rilascio_database: str, folder: Path) -> None:
    rilascio_load(folder, rilascio_database)
    arguments = ["restore", "--run", "1", "--yes", "--dsn", rilascio_database]
    result = CliRunner().invoke(main, arguments, prog_name="rilascio")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Run 1 is no release, but a load.")


def test_a_folder_with_commas_alone_is_not_talked_about(rilascio_database: str, folder: Path) -> None:
    for name, text in FOLDER.items():
        (folder / f"{name}.csv").write_text(text.replace("1,5", "1.5").replace(";", ","))
    assert "emicolons" not in rilascio_load(folder, rilascio_database).output


# --- a company that is there -----------------------------------------------------------------------------------------

NIGHTLY = {
    "company": "company_code,period_end\nMILL,2027-12-31\n",
    "item": "item_code,phantom\nBOLT,true\nSCREW,\n",
    "site": "site_code,description\nNORTH,North\n",
}


@pytest.fixture
def writer(rilascio_database: str, rilascio_login: Callable[[str], str], folder: Path) -> str:
    """Give the URL of a member of erp_writer, for whom the company was loaded."""
    dsn = rilascio_login("erp_writer")
    assert rilascio_load(folder, rilascio_database, "--member", str(conninfo_to_dict(dsn)["user"])).exit_code == 0
    return dsn


@pytest.fixture
def nightly(tmp_path: Path) -> Path:
    folder = tmp_path / "nightly"
    folder.mkdir()
    for name, text in NIGHTLY.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def counts(result: Result) -> list[list[str]]:
    """Return the cells of the table without its head; empty ones are left out."""
    return [line.split() for line in result.stdout.split("\n\n")[0].splitlines() if not line.startswith("─")][1:]


def test_an_update_counts_what_came_of_each_file(writer: str, nightly: Path) -> None:
    result = rilascio_load(nightly, writer, "--update", "--note", "nightly")
    assert (result.exit_code, result.stderr) == (0, "")
    assert counts(result) == [["company", "1", "1"], ["site", "1", "1"], ["item", "2", "1", "1"]]
    told = result.stdout.splitlines()[-1]
    assert re.fullmatch(r"Updated company MILL in \d+\.\d s: 2 created, 2 changed\.", told)
    again = rilascio_load(nightly, writer, "--update")
    assert again.stdout.splitlines()[-1].endswith("s: 4 unchanged.")


def test_an_update_stands_in_the_runs_with_its_note(writer: str, nightly: Path) -> None:
    answer = json.loads(rilascio_load(nightly, writer, "--update", "--note", "nightly", "--format", "json").stdout)
    assert (answer["loaded"], answer["company_code"], answer["refused"]) == (True, "MILL", [])
    assert answer["files"]["item"] == {
        "rows": 2,
        "created": 1,
        "changed": 1,
        "unchanged": 0,
        "deleted": 0,
        "refused": 0,
    }
    runs = CliRunner().invoke(main, ["runs", "--dsn", writer, "--format", "json"], prog_name="rilascio")
    newest = {run["run_id"]: (run["kind"], run["note"]) for run in json.loads(runs.stdout)}
    assert [newest[run_id] for run_id in answer["run_ids"]] == [("data", "nightly")]


def test_a_refused_row_keeps_all_out_unless_the_update_may_be_partial(writer: str, nightly: Path) -> None:
    (nightly / "item.csv").write_text("item_code,phantom\nSCREW,perhaps\nRIVET,\n")
    refused = 'item.csv:2:phantom: Column phantom: "perhaps" is not true or false.'
    for options in (["--update"], ["--update", "--dry-run"]):
        result = rilascio_load(nightly, writer, *options)
        assert (result.exit_code, result.stderr.splitlines()[0]) == (1, refused)
        assert result.stderr.splitlines()[1:] == [
            f"Error: Nothing was changed by {nightly}: it has 1 bad row.",
            "Hint: Correct the files and load again, or add --partly.",
        ]
    assert counts(result)[-1] == ["item", "2", "1", "1"]
    answer = json.loads(rilascio_load(nightly, writer, "--update", "--format", "json").stdout)
    assert (answer["loaded"], answer["count"], answer["rows"][0]["code"]) == (False, 1, "bad_boolean")
    result = rilascio_load(nightly, writer, "--update", "--partly")
    assert (result.exit_code, result.stderr) == (3, refused + "\n")
    assert result.stdout.splitlines()[-1].endswith("2 created, 1 changed, 1 refused.")


def test_a_dry_run_ends_with_what_would_have_come(writer: str, nightly: Path) -> None:
    for _ in range(2):
        result = rilascio_load(nightly, writer, "--update", "--dry-run")
        assert result.exit_code == 0
        assert result.stdout.splitlines()[-1] == ("Company MILL would have: 2 created, 2 changed. Nothing was changed.")


def test_a_sync_asks_for_yes_where_much_would_go(writer: str, nightly: Path) -> None:
    (nightly / "item.csv").write_text("item_code\nSCREW\n")
    result = rilascio_load(nightly, writer, "--sync")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"Error: Nothing was changed: {nightly} lacks 2 of 2 rows of item.csv, which --sync would delete.",
        "Hint: Up to 20 % of a kind is deleted unasked; if the files are complete, add --yes.",
    ]
    (nightly / "item.csv").write_text("item_code\nBOLT\n")
    result = rilascio_load(nightly, writer, "--sync", "--yes")
    assert (result.exit_code, counts(result)[-1]) == (0, ["item", "1", "1", "1"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--dry-run"], "--dry-run belongs to --update and --sync."),
        (["--partly"], "--partly belongs to --update and --sync."),
        (["--company", "MILL"], "--company belongs to --update and --sync."),
        (["--update", "--yes"], "--yes belongs to --sync."),
        (["--update", "--member", "anna"], "--member belongs to a first load."),
    ],
)
def test_options_that_do_not_go_together_are_told(tmp_path: Path, options: list[str], sentence: str) -> None:
    result = rilascio_load(tmp_path, "postgresql:///nowhere", *options)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, f"Error: {sentence}")
