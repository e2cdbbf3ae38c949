"""Mutants: what tests notice is told from what they do not, and the kept set is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.dev.cli import main
from harness.dev.mutants.kept import Mutant, read_kept
from harness.dev.mutants.report import STALE_SHARE
from harness.dev.mutants.runs import DEPLOYMENT
from rilascio.folders import checkout

SOURCE = """\
def larger(a, b):
    if a >= b:
        return a
    return b


def least(values):
    return sorted(values, reverse=False)[0]
"""

TESTS = """\
from numbers_of_two import larger, least


def test_the_larger_is_found():
    assert larger(2, 1) == 2


def test_of_one_value_the_least_is_that_value():
    assert least([1]) == 1
"""

KEPT = """\
[room.numbers]
paths = ["numbers_of_two.py"]
strict = {strict}
tests = ["test_numbers.py"]

[[mutant]]
name = "larger: turned"
file = "numbers_of_two.py"
old = "a >= b"
new = "a < b"
reason = "comparison turned"
killer = "test_numbers.py::test_the_larger_is_found"

[[mutant]]
name = "larger: boundary"
file = "numbers_of_two.py"
old = "a >= b"
new = "a > b"
reason = "comparison turned"
equivalent = "Of two equal values each is the larger one."

[[mutant]]
name = "least: the other end"
file = "numbers_of_two.py"
old = "reverse=False"
new = "reverse=True"
reason = "ReplaceFalseWithTrue"

[[mutant]]
name = "least: gone"
file = "numbers_of_two.py"
old = "min(values)"
new = "max(values)"
reason = "the other function"
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with a mutant that is killed, one that survives, one that is stale and one that is equivalent."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # it needs none, and they take longer than its tests
    (tmp_path / "numbers_of_two.py").write_text(SOURCE)
    (tmp_path / "test_numbers.py").write_text(TESTS)
    (tmp_path / "kept.toml").write_text(KEPT.format(strict="false"))
    return tmp_path / "kept.toml"


def mutants(kept: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["mutants", "--kept", str(kept), *arguments])


def test_killed_surviving_equivalent_and_stale_mutants_are_told_apart_and_the_sources_stay(kept: Path) -> None:
    result = mutants(kept, "--format", "json", "--renew")
    answer: dict[str, Any] = json.loads(result.stdout[: result.stdout.index("\n}\n") + 3])
    found = {entry["name"]: (entry["verdict"], entry["killer"], entry["room"]) for entry in answer["results"]}
    assert found == {
        "larger: turned": ("killed", "test_numbers.py::test_the_larger_is_found", "numbers"),
        "least: the other end": ("survived", "", "numbers"),
    }
    assert [mutant["name"] for mutant in answer["equivalent"]] == ["larger: boundary"]
    assert (answer["score"], answer["stale"], result.exit_code) == (50.0, ["least: gone"], 1)
    assert "min(values)' into 'max(values)'. Now there is:\n" in result.stdout
    assert (kept.parent / "numbers_of_two.py").read_text() == SOURCE

    again = mutants(kept)
    assert "Survived: least: the other end" in again.stdout
    assert " s  " not in again.stderr, "what is finished was run again"

    (kept.parent / "test_numbers.py").write_text(TESTS + "    assert least([2, 1, 3]) == 1\n")
    assert mutants(kept, "--renew").exit_code == 1  # of four, one is stale
    killers = [mutant.killer.partition("::")[2] for mutant in read_kept(kept).mutants]
    assert killers == ["test_the_larger_is_found", "", "test_of_one_value_the_least_is_that_value", ""]
    kept.write_text(kept.read_text().partition('[[mutant]]\nname = "least: gone"')[0])
    assert mutants(kept, "--sample", "60", "--seconds", "0").exit_code == 0


def test_where_the_tests_are_red_without_a_mutant_nothing_is_said_of_mutants(kept: Path) -> None:
    (kept.parent / "test_numbers.py").write_text(TESTS.replace("== 2", "== 3"))
    result = mutants(kept, "turned")
    assert result.exit_code == 1
    assert "Without any mutant test_numbers.py::test_the_larger_is_found fails" in result.stderr


def test_what_survives_in_a_strict_room_is_named(kept: Path) -> None:
    kept.write_text(KEPT.format(strict="true"))
    assert "least: the other end survived, and nothing may in numbers" in mutants(kept, "other end").stdout


def test_a_word_that_no_mutant_bears_says_which_rooms_there_are(kept: Path) -> None:
    result = mutants(kept, "greatest")
    assert (result.exit_code, "The rooms are numbers" in result.stderr) == (2, True)


def test_one_of_several_occurrences_is_changed_and_their_number_is_part_of_what_is_kept() -> None:
    mutant = Mutant("", "", "x", "y", "", "2 of 3")
    assert mutant.applied("x x x") == "x y x"
    assert mutant.applied("x x") is None


def test_the_kept_set_has_mutants_of_every_room_with_killers_that_are_there() -> None:
    root = checkout()
    assert root is not None
    kept = read_kept()
    assert {kept.room_of(mutant).name for mutant in kept.mutants} == {room.name for room in kept.rooms}
    assert len(kept.mutants) >= 120
    assert not [mutant.name for mutant in kept.mutants if mutant.killer and mutant.equivalent]
    killers = {mutant.killer.partition("::")[0] for mutant in kept.mutants} - {"", DEPLOYMENT}
    assert not [file for file in killers if not (root / file).is_file()]
    named = [mutant.killer.partition("::")[::2] for mutant in kept.mutants if "::" in mutant.killer]
    tests = {file: (root / file).read_text(encoding="utf-8") for file, _ in named}
    assert not [test for file, test in named if f"def {test.partition('[')[0]}(" not in tests[file]]
    assert not [test for _, test in named if "[" in test and not test.endswith("]")]
    assert not [path for room in kept.rooms for path in (*room.paths, *room.tests) if not (root / path).exists()]
    stale = [mutant.name for mutant in kept.mutants if mutant.is_stale(root)]
    assert 100 * len(stale) <= STALE_SHARE * len(kept.mutants), f"make mutants ARGS=--renew; stale are {stale}"


ROUTINE = """\
create or replace function erp_internal.lock_some(p_company_id integer, p_first bigint, p_last bigint)
returns void
language plpgsql
as $$
begin
    perform
    from erp.lot as l
    where l.company_id = p_company_id and l.lot_id between p_first and p_last and coalesce(l.item_id, 0) > 1
    order by l.lot_id
    for update skip locked;
    perform erp_internal.lock_some(p_company_id, p_first, p_last);
end;
$$;
"""


def test_sql_is_changed_where_it_compares_orders_locks_and_calls_in_bodies_of_routines_too() -> None:
    pytest.importorskip("pglast", reason="the grammar of SQL comes with the extra lint")
    from harness.dev.mutants.sql_operators import changes, parameter_types

    made = {
        (operator, ROUTINE[start:end], new)
        for operator, (start, end, new) in changes(ROUTINE, parameter_types([ROUTINE]))
    }
    assert {change for change in made if change[0] != "condition dropped"} == {
        ("comparison turned", "=", "<>"),
        ("comparison turned", ">", ">="),
        ("company condition dropped", "l.company_id = p_company_id and ", ""),
        ("order by dropped", "order by l.lot_id", ""),
        ("lock dropped or weakened", "for update skip locked", ""),
        ("lock dropped or weakened", "for update", "for share"),
        ("lock dropped or weakened", "skip locked", ""),
        ("coalesce dropped", "coalesce(l.item_id, 0)", "l.item_id"),
        ("arguments swapped", "p_first, p_last", "p_last, p_first"),
    }
    assert ("condition dropped", "and coalesce(l.item_id, 0) > 1", "") in made


TABLE = """\
create table erp.thing (
    thing_id integer not null,
    constraint thing_pkey primary key (thing_id),
    constraint thing_positive check (thing_id > 0)
);
create index thing_by_id on erp.thing (thing_id);
grant select on erp.thing to erp_view;
"""


def test_constraints_indexes_and_grants_are_dropped() -> None:
    pytest.importorskip("pglast", reason="the grammar of SQL comes with the extra lint")
    from harness.dev.mutants.sql_operators import changes

    made = {(TABLE[start:end], new) for _, (start, end, new) in changes(TABLE, {})}
    assert made == {
        (">", ">="),
        ("constraint thing_pkey primary key (thing_id),", ""),
        ("(thing_id > 0)", "(true)"),
        ("create index thing_by_id on erp.thing (thing_id);", ""),
        ("grant select on erp.thing to erp_view;", ""),
    }


def test_python_is_changed_by_the_operators_of_a_library() -> None:
    pytest.importorskip("cosmic_ray", reason="what proposes mutants of Python comes with the extra mutants")
    from harness.dev.mutants.python_operators import changes

    made = {(SOURCE[start:end], new) for _, (start, end, new) in changes(SOURCE)}
    assert {("a >= b", "a > b"), ("False", "True")} <= made
