"""`rilascio load`: what it says of the files that it read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

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
        'opening_stock.csv, line 2, quantity: "1.500" may be 1500 or 1,500: write the one that is meant',
    ]
    answer = json.loads(rilascio_load(folder, rilascio_database, "--format", "json").stdout)
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
