"""Declaring, registering and all the way back from the command line, on a small workshop, as an operator."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rilascio.commands import actions
from rilascio.commands.answers import ActionSummary
from rilascio.commands.register import REGISTER, _elements_of, _repeat_as
from rilascio.commands.selection import Selection
from rilascio.declarations import Declaration
from rilascio.orders import find_company
from tests.clients.test_cli_orders import WORKSHOP, answers, launched, rilascio

PHASES = (
    "order_year,order_number,order_lot,phase,sub_phase,department,productive\n"
    "2026,1,0,10,0,Frames,true\n2026,1,0,20,0,Assembly,true\n2026,1,0,30,0,Testing,false\n"
    "2026,2,0,10,0,Frames,true\n2026,2,0,10,1,Painting,true\n2026,3,0,10,0,Assembly,true\n2026,4,0,10,0,Assembly,true\n"
)
MATERIALS = (
    "order_year,order_number,order_lot,line,item_code,unit_quantity,phase,sub_phase\n"
    "2026,1,0,1,WHEEL,2,10,0\n2026,1,0,2,PAINT,0.25,10,0\n2026,1,0,3,TAPE,1,20,0\n"
    "2026,2,0,1,WHEEL,1,10,0\n2026,2,0,2,TAPE,1,10,0\n2026,4,0,1,PAINT,100,10,0\n"
)
SHOP = WORKSHOP | {
    "warehouse": WORKSHOP["warehouse"] + "GOODS\nBIN\n",
    "movement_reason": WORKSHOP["movement_reason"] + "GOODS,IN,load\nBIN,IN,load\n",
    "warehouse_rule": WORKSHOP["warehouse_rule"] + "company,finished,GOODS,,IN\ncompany,scrap,BIN,,IN\n",
    "item": WORKSHOP["item"] + "PAINT,Paint,KG,3\nTAPE,Rim tape,PC,0\n",
    "item_mrp_parameter": WORKSHOP["item_mrp_parameter"] + "PAINT,manual,purchase\nTAPE,manual,purchase\n",
    "opening_stock": WORKSHOP["opening_stock"] + "MAIN,PAINT,5,2026-01-05,IN\nMAIN,TAPE,30,2026-01-05,IN\n",
    "production_order_phase": PHASES,
    "production_order_material": MATERIALS,
}
"""As the workshop, with phases, manual materials, and places for what is made and what is scrapped."""


LOADED = ("shop", SHOP)


@pytest.fixture(autouse=True)
def operator(rilascio_database: str, rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Release orders 2026/1 and 2026/2 as a member of erp_operator, who is named in RILASCIO_DSN; give the URL."""
    dsn = rilascio_login()
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    monkeypatch.delenv("COLUMNS", raising=False)
    assert rilascio("release", "2026/1", "2026/2").exit_code == 0
    return dsn


def balances(dsn: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            """
            select warehouse_id, item_id, lot_id, location_id, trim_scale(on_hand)
            from erp.stock_balance where on_hand <> 0 order by 1, 2, 3, 4
            """
        ).fetchall()


def declare(*arguments: str) -> list[int]:
    """Declare, and return the ids."""
    return [row["declaration_id"] for row in answers("declare", *arguments)]


def declare_all_of_2026_1() -> list[int]:
    """Declare both phases of order 2026/1: one of two bikes good, one scrapped at the end."""
    return [
        *declare("2026/1", "opening", "closing", "--phase", "10", "--good", "2"),
        *declare("2026/1", "opening", "closing", "--phase", "20", "--good", "1", "--scrap", "1"),
    ]


def declared(*filters: str) -> list[tuple[str, str]]:
    """Return order and kind of the declarations that pass some filters."""
    where = [part for text in filters for part in ("--where", text)]
    rows = answers("grid", "declarations", *where, "--columns", "order,kind")
    return [(row["order"], row["kind"]) for row in rows]


def last_run(kind: str) -> int:
    """Return the number of the last run of a kind."""
    (run,) = answers("runs", "--where", f"kind={kind}", "--limit", "1")
    number: int = run["run_id"]
    return number


def moved(reference: str) -> list[tuple[str, str, str]]:
    """Return warehouse, item and quantity of what the registered declarations of an order have moved."""
    rows = answers("grid", "declaration-movements", reference)
    return sorted((row["warehouse_code"], row["item_code"], str(row["quantity"])) for row in rows)


# --- declare ---------------------------------------------------------------------------------------------------------


def test_R51_work_is_declared_and_nothing_moves_yet(rilascio_database: str) -> None:
    before = balances(rilascio_database)
    result = rilascio("declare", "2026/1", "opening", "--phase", "10")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["declaration", "order", "phase", "kind", "outcome"]
    assert lines[2][1:] == ["2026/1", "10", "opening", "declared"]
    assert result.stdout.endswith(f"\n1 declared. Run {last_run('declaration')}.\n")

    declare("2026/1", "progress", "--phase", "10", "--good", "1.50", "--scrap", "0.5", "--note", "it's one half")
    rows = answers("grid", "declarations", "2026/1")
    assert [row["kind"] for row in rows] == ["opening", "progress"]
    assert (str(rows[1]["good_quantity"]), str(rows[1]["scrap_quantity"])) == ("1.50", "0.5")
    assert (rows[1]["note"], rows[1]["registered"]) == ("it's one half", False)
    assert balances(rilascio_database) == before


def test_several_kinds_are_declared_one_after_the_other_and_the_quantity_goes_where_it_belongs() -> None:
    declare("2026/2", "opening", "suspension", "resume", "closing", "--phase", "10", "--sub-phase", "1", "--good", "4")
    rows = answers("grid", "declarations", "2026/2")
    assert [(row["kind"], row["good_quantity"]) for row in rows] == [
        ("opening", 0),
        ("suspension", 0),
        ("resume", 0),
        ("closing", 4),
    ]
    assert {(row["phase"], row["sub_phase"]) for row in rows} == {(10, 1)}


def test_a_refused_declaration_makes_the_exit_code_3_and_shows_its_reason() -> None:
    result = rilascio("declare", "2026/1", "closing", "--phase", "20", "--good", "9")
    assert result.exit_code == 3
    assert "sequence_broken" in result.stdout
    assert "over_production" in result.stdout
    assert "\n2026/1 20 closing  " in result.stdout
    assert declared() == []


@pytest.mark.parametrize(
    ("order", "phase", "code"),
    [
        ("2026/3", "10", "order_not_executive"),
        ("2026/1", "77", "phase_unknown"),
        ("2026/1", "30", "phase_not_productive"),
    ],
)
def test_where_nothing_can_be_declared_the_database_says_why(order: str, phase: str, code: str) -> None:
    (row,) = answers("declare", order, "opening", "--phase", phase, code=3)
    assert (row["outcome"], [reason["code"] for reason in row["reasons"]]) == ("refused", [code])
    assert (row["order_number"], row["phase"], row["kind"]) == (int(order[-1]), int(phase), "opening")


def test_an_order_made_executive_without_a_release_can_be_declared_on() -> None:
    assert declare("2026/4", "opening", "--phase", "10")
    assert declared() == [("2026/4", "opening")]


def test_an_unknown_order_stops_the_command_before_anything_is_declared() -> None:
    result = rilascio("declare", "2026/99", "opening", "--phase", "10")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Company SHOP has no launched or released order 2026/99.\nHint: ")


def test_the_moment_may_be_said_and_means_what_the_grid_shows() -> None:
    declare("2026/1", "opening", "--phase", "10", "--at", "2026-05-04 06:30")
    assert declared("declared_at=2026-05-04 06:30") == [("2026/1", "opening")]
    wrong = rilascio("declare", "2026/1", "progress", "--phase", "10", "--at", "half past six")
    assert (wrong.exit_code, wrong.stderr.splitlines()[0]) == (2, "Error: 'half past six' is no moment.")


def test_a_file_holds_many_declarations_with_every_digit(tmp_path: Path) -> None:
    with_id = answers("grid", "restore", "--where", "order_number=2")[0]["order_id"]
    file = tmp_path / "declarations.json"
    file.write_text(
        f"""[
            {{"order": "2026/1", "phase": 10, "kind": "opening", "declared_at": "2026-05-04 06:30"}},
            {{"order_id": {with_id}, "phase": 10, "kind": "opening", "note": "\\u00e9"}},
            {{"order": "2026/1/0", "phase": 10, "kind": "closing", "good_quantity": 1.23456789012345678900}}
        ]"""
    )
    rows = answers("declare", "--file", str(file), "--note", "of the morning")
    assert [(row["order_number"], row["kind"], row["outcome"]) for row in rows] == [
        (1, "opening", "declared"),
        (None, "opening", "declared"),
        (1, "closing", "declared"),
    ]
    (closing,) = answers("grid", "declarations", "--where", "kind=closing")
    assert str(closing["good_quantity"]) == "1.23456789012345678900"
    assert [row["note"] for row in answers("grid", "declarations", "2026/2")] == ["é"]


def test_a_file_may_come_from_standard_input() -> None:
    text = '[{"order": "2026/1", "phase": 10, "kind": "opening"}]'
    assert rilascio("declare", "--file", "-", stdin=text).exit_code == 0
    assert declared() == [("2026/1", "opening")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("order;phase", "The file is no JSON: "),
        ('{"order": "2026/1"}', "The file is no JSON array of objects."),
        ("[1]", "The file is no JSON array of objects."),
        ("[]", "The file holds no declaration."),
        ('[{"order": "2026-1"}]', "'2026-1' is no order reference."),
        (
            '[{"order": "2026/1", "phase": 10, "kind": "opening", "hours": 2}]',
            "Element 1 of p_declarations has the unknown key hours.",
        ),
        ('[{"order": "2026/1", "phase": "ten", "kind": "opening"}]', "Element 1 of p_declarations has a wrong phase."),
    ],
)
def test_a_file_that_cannot_be_understood_is_told_and_nothing_is_declared(text: str, sentence: str) -> None:
    result = rilascio("declare", "--file", "-", stdin=text)
    assert result.exit_code in (1, 2)
    assert result.stderr.startswith(f"Error: {sentence}")
    assert "\nHint: " in result.stderr
    assert declared() == []


def test_R60_a_request_key_makes_the_same_declaration_harmless() -> None:
    key = str(uuid.uuid4())
    command = ["declare", "2026/1", "opening", "closing", "--phase", "10", "--good", "2", "--request-key", key]
    assert answers(*command) == answers(*command)
    assert declared() == [("2026/1", "opening"), ("2026/1", "closing")]


# --- register --------------------------------------------------------------------------------------------------------


def test_R52_an_order_is_registered_by_its_name_and_closed() -> None:
    declare_all_of_2026_1()
    result = rilascio("register", "2026/1")
    assert result.exit_code == 0
    assert result.stdout.endswith(f"\n4 registered: 4 movements in 4 records. Run {last_run('registration')}.\n")
    assert moved("2026/1") == [
        ("BIN", "BIKE", "1"),
        ("GOODS", "BIKE", "1"),
        ("MAIN", "PAINT", "-0.500"),
        ("MAIN", "TAPE", "-2"),
    ]
    assert answers("grid", "restore", "--where", "order_number=1") == []
    assert [row["order_status"] for row in answers("grid", "declarations", "2026/1")] == ["closed"] * 4


def test_a_dry_run_shows_what_would_move_and_changes_nothing(rilascio_database: str) -> None:
    first, *_ = declare_all_of_2026_1()
    before = balances(rilascio_database)
    result = rilascio("register", "2026/1", "--dry-run")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0][0] == "declaration"
    assert {(line[-4], line[-3]) for line in lines if "PAINT" in line} == {("OUT", "-0.500")}
    assert f"\n{first} (2026/1) would be registered.\n" in result.stdout
    assert balances(rilascio_database) == before

    rows = answers("register", "2026/1", "--dry-run")
    planned = [(row["warehouse_code"], row["item_code"], str(row["quantity"])) for row in rows if row["item_code"]]
    assert rilascio("register", "2026/1").exit_code == 0
    assert moved("2026/1") == sorted(planned)


def test_a_dry_run_as_csv_names_order_and_phase_on_every_row() -> None:
    declare_all_of_2026_1()
    result = rilascio("register", "--all", "--dry-run", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {(row["order_year"], row["order_number"], row["order_lot"]) for row in rows} == {("2026", "1", "0")}
    assert {(row["phase"], row["item_code"]) for row in rows if row["item_code"]} == {
        ("10", "PAINT"),
        ("20", "BIKE"),
        ("20", "TAPE"),
    }


def test_a_dry_run_of_many_is_told_in_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    declare_all_of_2026_1()
    monkeypatch.setattr("rilascio.commands.answers.DETAIL_LIMIT", 1)
    result = rilascio("register", "2026/1", "--dry-run")
    assert result.stdout == "Of 4 declarations there would be 4 registered; 4 movements.\n"


def test_declarations_are_registered_by_id_too_and_an_unknown_one_is_refused() -> None:
    first, second, *_ = declare_all_of_2026_1()
    rows = answers("register", "--id", str(first), "--id", "999", "--id", str(first), code=3)
    assert [(row["declaration_id"], row["outcome"], row["kind"]) for row in rows] == [
        (first, "registered", "opening"),
        (999, "refused", None),
    ]
    assert [reason["code"] for reason in rows[1]["reasons"]] == ["declaration_not_found"]
    answer = rilascio("register", "--id", "999")
    assert (answer.exit_code, answer.stdout.splitlines()[2].split()[:2]) == (3, ["999", "refused"])
    assert answers("register", "2026/1")[0]["declaration_id"] == second


def test_a_declaration_out_of_turn_is_refused() -> None:
    _, second, *_ = declare_all_of_2026_1()
    result = rilascio("register", "--id", str(second))
    assert result.exit_code == 3
    assert [str(second), "(2026/1)", "sequence_broken"] in [line.split()[:3] for line in result.stdout.splitlines()]
    assert "1 refused: 0 movements in 0 records." in result.stdout


def test_what_stock_does_not_cover_is_refused_with_the_figures() -> None:
    declare("2026/4", "opening", "closing", "--phase", "10", "--good", "1")
    result = rilascio("register", "2026/4")
    assert result.exit_code == 3
    assert "1 registered, 1 refused: 0 movements in 0 records." in result.stdout
    assert "insufficient_stock" in result.stdout


def test_the_record_date_and_the_note_reach_the_function(rilascio_database: str) -> None:
    declare_all_of_2026_1()
    rilascio("register", "2026/1", "--record-date", "2026-06-30", "--note", "late shift")
    assert {row["record_date"] for row in answers("grid", "declaration-movements", "2026/1")} == {"2026-06-30"}
    with psycopg.connect(rilascio_database) as connection:
        notes = connection.execute("select note from erp.run where kind = 'registration'").fetchall()
    assert notes == [("late shift",)]


def test_a_mass_registration_asks_first_and_takes_what_passes_the_filters() -> None:
    declare_all_of_2026_1()
    declare("2026/2", "opening", "--phase", "10")
    kept = rilascio("register", "--all", "--where", "department=Frames", stdin="n\n")
    assert kept.exit_code == 1
    assert "Register 3 declarations of company SHOP? [y/N]" in kept.stderr
    assert declared("registered=true") == []

    assert rilascio("register", "--all", "--where", "department=Frames", stdin="y\n").exit_code == 0
    assert declared("registered=true") == [("2026/1", "opening"), ("2026/1", "closing"), ("2026/2", "opening")]
    again = rilascio("register", "--all", "--where", "department=Frames")
    assert (again.exit_code, again.stdout, again.stderr) == (0, "", "No declaration matches.\n")


def test_in_chunks_declarations_keep_their_turn_there_and_back(
    rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = balances(rilascio_database)
    declare("2026/1", "opening", "closing", "--phase", "20", "--good", "2")  # closes the order, so it is served last
    declare("2026/1", "opening", "closing", "--phase", "10", "--good", "2")
    declare("2026/2", "opening", "progress", "--phase", "10", "--good", "2")
    monkeypatch.setattr(actions, "CHUNK", 1)
    for command, outcome in (("register", "registered"), ("rollback", "rolled_back"), ("undeclare", "deleted")):
        rows = answers(command, "--all", "--yes")
        assert [row["outcome"] for row in rows] == [outcome] * 6
    assert balances(rilascio_database) == before


def test_R60_a_repeated_registration_answers_as_the_first() -> None:
    first, second, *_ = declare_all_of_2026_1()
    key = str(uuid.uuid4())
    command = ["register", "--id", str(first), "--id", str(second), "--request-key", key]
    assert answers(*command) == answers(*command)


def test_after_a_lost_connection_the_same_declarations_are_named_by_their_ids(operator: str) -> None:
    lost = psycopg.connect(operator)
    company = find_company(lost, "SHOP")
    lost.close()
    found = [Declaration(4, 2026, 1, 0, 10, 0, "opening", False), Declaration(5)]
    naming = _repeat_as(Selection(("2026/1",), False, (), (), None, None), found)
    key = uuid.uuid4()
    calls = actions.Calls(
        lost, operator, REGISTER, company, _elements_of(found), {}, 9, None, begun=2, key=key, repeat_as=naming
    )
    answer = calls.failure(ActionSummary(REGISTER, 2), psycopg.OperationalError("connection lost"))
    assert "The call for 2 declarations, 4 (2026/1) to 5, may have been carried out or not" in answer.message
    assert f"--request-key {key} and, in place of orders, --id 4 --id 5: it acts once" in str(answer.hint)


# --- the way back ----------------------------------------------------------------------------------------------------


def test_R53_the_whole_chain_is_walked_back_step_by_step(rilascio_database: str) -> None:
    rilascio("restore", "2026/1", "2026/2")
    orders, before = launched(), balances(rilascio_database)
    rilascio("release", "2026/1")
    released = balances(rilascio_database)
    declare_all_of_2026_1()
    rilascio("register", "2026/1")

    assert [reason["code"] for row in answers("restore", "2026/1", code=3) for reason in row["reasons"]] == [
        "order_closed"
    ]
    result = rilascio("rollback", "2026/1", "--note", "counted again")
    assert result.exit_code == 0
    assert result.stdout.endswith(f"\n4 rolled back: 4 movements in 4 records. Run {last_run('rollback')}.\n")
    assert balances(rilascio_database) == released

    result = rilascio("restore", "2026/1")
    assert (result.exit_code, "declarations_exist" in result.stdout) == (3, True)
    result = rilascio("undeclare", "2026/1")
    assert result.exit_code == 0
    assert result.stdout.endswith(f"\n4 deleted. Run {last_run('deletion')}.\n")
    assert declared() == []

    assert rilascio("restore", "2026/1").exit_code == 0
    assert (launched(), balances(rilascio_database)) == (orders, before)


def test_what_one_run_registered_is_rolled_back_by_its_number() -> None:
    declare_all_of_2026_1()
    declare("2026/2", "opening", "--phase", "10")
    rilascio("register", "2026/1")
    number = last_run("registration")
    rilascio("register", "2026/2")
    refused = rilascio("restore", "--run", str(number))
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"Error: Run {number} is no release, but a registration.\n"
        f"Hint: rilascio rollback --all --where run_id={number} takes it back.\n"
    )
    assert rilascio("rollback", "--all", "--yes", "--where", f"run_id={number}").exit_code == 0
    assert declared("registered=true") == [("2026/2", "opening")]


def test_a_registered_declaration_is_not_deleted() -> None:
    first, *_ = declare_all_of_2026_1()
    rilascio("register", "2026/1")
    (row,) = answers("undeclare", "--id", str(first), code=3)
    assert [reason["code"] for reason in row["reasons"]] == ["already_registered"]
    result = rilascio("undeclare", "2026/1")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Every one of the orders' declarations is registered.\nNo declaration matches.\n"
    assert len(declared()) == 4


def test_what_is_not_registered_is_not_rolled_back() -> None:
    first, *_ = declare_all_of_2026_1()
    (row,) = answers("rollback", "--id", str(first), code=3)
    assert [reason["code"] for reason in row["reasons"]] == ["not_registered"]
    result = rilascio("rollback", "2026/1")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "None of the orders' declarations is registered.\nNo declaration matches.\n"


def test_the_verbs_of_the_way_back_are_those_of_the_question() -> None:
    declare_all_of_2026_1()
    rilascio("register", "--id", "1")
    back = rilascio("rollback", "--all", stdin="n\n")
    assert "Roll back 1 declaration of company SHOP? [y/N]" in back.stderr
    away = rilascio("undeclare", "--all", "--limit", "2", stdin="n\n")
    assert "Delete 2 declarations of company SHOP? [y/N]" in away.stderr


@pytest.mark.parametrize("command", ["register", "rollback", "undeclare"])
def test_an_order_without_declarations_is_told(command: str) -> None:
    declare("2026/1", "opening", "--phase", "10")
    result = rilascio(command, "2026/1", "2026/2", "2026/3")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Company SHOP has no declaration of order 2026/2, 2026/3.\nHint: ")
    assert declared("registered=false") == [("2026/1", "opening")]


# --- grids -----------------------------------------------------------------------------------------------------------


def test_R40_declarations_are_filtered_and_sorted_like_any_grid() -> None:
    declare_all_of_2026_1()
    declare("2026/2", "opening", "--phase", "10")
    rilascio("register", "--all", "--where", "phase=10", "--where", "order_number=1", "--yes")
    assert declared("registered=false", "kind=opening") == [("2026/1", "opening"), ("2026/2", "opening")]
    rows = answers("grid", "declarations", "2026/1", "--sort", "good_quantity:desc", "--limit", "2")
    assert [(row["good_quantity"], row["movement_count"]) for row in rows] == [(2, 1), (1, 0)]
    wrong = rilascio("grid", "declarations", "--where", "registred=true")
    assert "declaration_grid has no column 'registred'.\nHint: Did you mean registered" in wrong.stderr


def test_the_movements_of_registrations_are_shown_of_closed_orders_too() -> None:
    declare_all_of_2026_1()
    declare("2026/2", "opening", "progress", "--phase", "10", "--good", "1")
    rilascio("register", "--all", "--yes")
    rows = answers("grid", "declaration-movements", "--columns", "order,item_code,quantity")
    assert {row["order"] for row in rows} == {"2026/1", "2026/2"}
    assert len(answers("grid", "movements", "--where", "item_code=TAPE")) == 0
    assert answers("grid", "declaration-movements", "2026/3") == []


@pytest.mark.parametrize("which", ["declarations", "declaration-movements"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_grids_of_declarations_fit_the_terminal(which: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    declare_all_of_2026_1()
    declare("2026/2", "opening", "progress", "--phase", "10", "--good", "1")
    rilascio("register", "--all", "--yes")
    monkeypatch.setenv("COLUMNS", str(width))
    lines = rilascio("grid", which).stdout.splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= width
    assert not lines[0].startswith("── 1")


def test_amounts_in_json_keep_every_digit() -> None:
    declare("2026/1", "opening", "closing", "--phase", "10", "--good", "2.000")
    rows = json.loads(rilascio("grid", "declarations", "--format", "json").stdout, parse_float=Decimal)
    assert [str(row["good_quantity"]) for row in rows] == ["0", "2.000"]
