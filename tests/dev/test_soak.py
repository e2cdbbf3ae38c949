"""Many clients at once: everything adds up afterwards, and the soak notices when it does not."""

from __future__ import annotations

import json
import os
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner

from harness.dev.cli import main
from harness.dev.soak.calls import Call
from harness.dev.soak.invariants import INVARIANTS, broken_invariants, order_totals
from harness.dev.soak.run import SharedCalls, log_defects, run, unmatched_answers
from harness.dev.soak.world import build
from rilascio.errors import HarnessError

#: Of so many, some are refused; a busy machine does fewer in a short time.
SOME = 50
#: Seconds in which whoever waits up to two for a lock gets each of his turns.
ROOM = 15
#: A longer soak is asked for by the environment, as in CI: RILASCIO_SOAK_SECONDS=30.
SECONDS = os.environ.get("RILASCIO_SOAK_SECONDS", "6")


def test_R62_clients_that_meet_at_every_isolation_level_break_nothing() -> None:
    answer = CliRunner().invoke(main, ["soak", "--seconds", SECONDS, "--clients", "8", "--format", "json"])
    report = json.loads(answer.stdout)
    assert report["broken"] == [], report["environment"]
    assert answer.exit_code == 0, answer.output
    done = {call["kind"]: call for call in report["calls"]}
    for kind in ("release", "restore", "declaration", "registration", "rollback", "deletion"):
        assert done[kind]["committed"], kind
    for kind in ("release", "restore", "declaration"):
        outcomes = done[kind]["outcomes"]
        assert len(outcomes) > 1 or sum(outcomes.values()) < SOME, "some are done, and some are refused"
    for kind in ("data put", "order put", "posting", "stock removal"):
        assert done[kind]["committed"], f"the others leave no room for a {kind}"
    if float(SECONDS) >= ROOM:
        for kind in ("receipt", "setting", "order change", "deployment"):
            assert done[kind]["committed"], f"the clients leave no room for a {kind}"


@pytest.fixture
def company(rilascio: psycopg.Connection) -> psycopg.Connection:
    """Give the companies of the soak to a superuser, with order 2026/1 of company 1 released and closed."""
    build(rilascio, 9)
    rilascio.execute("set local role none")
    released = rilascio.execute(
        "select r.order_id, r.outcome from erp_api.release_production_orders(1, array("
        " select order_id from erp_api.release_grid where company_id = 1 and order_number = 1)) as r"
    ).fetchall()
    assert [outcome for _, outcome in released] == ["released"]
    work = [
        {"order_id": released[0][0], "phase": 20, "kind": "opening"},
        {"order_id": released[0][0], "phase": 20, "kind": "closing", "good_quantity": 2, "lot_code": "N1"},
    ]
    registered = rilascio.execute(
        "select r.outcome from erp_api.register_declarations(1, array("
        " select declaration_id from erp_api.declare_production(1, %s))) as r",
        [json.dumps(work)],
    ).fetchall()
    assert registered == [("registered",), ("registered",)]
    assert broken_invariants(rilascio, order_totals(rilascio)) == []
    return rilascio


_DECLARATION = """
    insert into erp.production_declaration (company_id, production_order_id, phase, kind, declared_at)
    select company_id, production_order_id, 10, 'opening', now() from erp.production_order where
"""

CHECK = "check_integrity finds nothing"

# What would break each invariant, for the superuser who goes around every trigger; check_integrity, whose codes have
# tests of their own, has nothing to say of it.
DAMAGE = {
    "An order is released once more than restored if it is executive or closed, else as often": """
        update erp.production_order
        set status = 'executive', job_order_id = null, copied_job_year = null, copied_job_number = null
        where order_number = 8
    """,
    "A declaration is there if it was declared and not deleted, registered if registered and not rolled back": (
        f"{_DECLARATION} status = 'closed'"
    ),
    "No launched order has declarations": f"{_DECLARATION} order_number = 2",
    "An order has produced nothing unless a registration counted it": """
        update erp.production_order set produced_quantity = 7 where order_number = 2
    """,
    CHECK: "update erp.stock_balance set on_hand = on_hand + 1",
}


def damage(connection: psycopg.Connection, statement: str) -> None:
    connection.execute("set local session_replication_role = replica")
    connection.execute(statement)
    connection.execute("set local session_replication_role = origin")


def test_every_invariant_has_a_way_to_break() -> None:
    assert DAMAGE.keys() == {*INVARIANTS, CHECK}


@pytest.mark.parametrize("sentence", DAMAGE)
def test_what_is_broken_is_told_and_check_integrity_would_not_find_it(
    company: psycopg.Connection, sentence: str
) -> None:
    before = order_totals(company)
    damage(company, DAMAGE[sentence])
    text = " ".join(broken_invariants(company, before))
    assert f"“{sentence}”" in text
    assert (f"“{CHECK}”" in text) == (sentence == CHECK)


def test_R23_a_quantity_that_went_astray_is_told(company: psycopg.Connection) -> None:
    before = order_totals(company)
    damage(company, "update erp.production_order set quantity = quantity + 1 where order_number = 2")
    assert any("add up to what was ordered" in text for text in broken_invariants(company, before))


def test_an_answer_without_its_run_is_told(company: psycopg.Connection) -> None:
    shared, call = SharedCalls(), Call("release", [1, [1], None, None, None, False], key := uuid4())
    shared.answers[key] = call.send(company)
    assert unmatched_answers(company, shared) == []
    damage(company, "update erp.run set request_key = null")
    [text] = unmatched_answers(company, shared)
    assert str(key) in text


def test_a_deadlock_is_found_in_the_log() -> None:
    log = "2026-11-23 10:00:00 CET [7] 40P01 ERROR:  deadlock detected\n2026-11-23 10:00:00 CET [7] 40P01 DETAIL:  …\n"
    assert len(log_defects(log)) == 1
    assert log_defects("2026-11-23 10:00:00 CET [7] 40001 ERROR:  could not serialize access\n") == []


def test_a_soak_that_breaks_something_fails_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(INVARIANTS, "Nothing is ever called", b"select run_id from erp.run")
    with pytest.raises(HarnessError, match="“Nothing is ever called” does not hold") as caught:
        run(1, 2, 1, "read-committed", "table")
    assert caught.value.exit_code == 1
    assert "\n" not in caught.value.message
    assert "Broken: “Nothing is ever called”" in capsys.readouterr().out


@pytest.mark.parametrize("option", [["--seconds", "0"], ["--clients", "0"], ["--isolation", "chaos"]])
def test_a_soak_that_cannot_be_is_a_wrong_call(option: list[str]) -> None:
    assert CliRunner().invoke(main, ["soak", *option]).exit_code == 2
