"""Ids that nobody knows: each has its answer, and nothing of them is kept but the arguments (R60, R61, section 10)."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.factory import Factory, codes, needs, outcomes, phase, report

NOBODY = 999_999_999
MANY = 200_000

Call = Callable[..., list[Any]]


def of_orders(factory: Factory) -> tuple[int, dict[str, Call]]:
    """Return an executive order and the calls over orders."""
    nut = factory.item("NUT")
    factory.stock(nut, 9)
    order = factory.order(needs(nut), phases=[phase(10)])
    return order, {
        "preview_release": lambda *ids: factory.preview(*ids),
        "release": lambda *ids, **options: factory.release(*ids, **options),
        "preview_restore": lambda *ids: factory.preview_restore(*ids),
        "restore": lambda *ids, **options: factory.restore(*ids, **options),
    }


def test_R8_R61_an_unknown_order_is_answered_where_it_was_asked_and_not_kept(factory: Factory) -> None:
    order, calls = of_orders(factory)
    for name, call in calls.items():
        rows = call(NOBODY, order, NOBODY + 1)
        assert [(row.ordinal, row.order_id) for row in rows] == [(1, NOBODY), (2, order), (3, NOBODY + 1)], name
        assert [codes(row) for row in rows] == [["order_not_found"], [], ["order_not_found"]], name
        assert rows[2].reasons[0]["message"] == f"Order {NOBODY + 1} does not exist."
        assert outcomes(rows)[::2] == ["refused", "refused"]
    kept = [(row.ordinal, row.order_id, row.outcome) for row in factory.select("run_order_history", order_by="run_id")]
    assert kept == [(2, order, "released"), (2, order, "restored")]
    for run in factory.select("run_history"):
        assert (run.order_count, run.refused_count, run.unknown_count) == (3, 2, 2)
    assert factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []


def test_R53_R61_an_unknown_declaration_is_answered_where_it_was_asked_and_not_kept(factory: Factory) -> None:
    order, _ = of_orders(factory)
    factory.release(order)
    [opening] = factory.declared(order, report("opening"))
    for call, outcome in (
        (factory.preview_registration, "registered"),
        (factory.register, "registered"),
        (factory.roll_back, "rolled_back"),
        (factory.undeclare, "deleted"),
    ):
        rows = call(NOBODY, opening, NOBODY + 1)
        assert [(row.ordinal, row.declaration_id, row.order_id) for row in rows] == [
            (1, NOBODY, None),
            (2, opening, order),
            (3, NOBODY + 1, None),
        ]
        assert outcomes(rows) == ["refused", outcome, "refused"]
        assert [codes(row) for row in rows] == [["declaration_not_found"], [], ["declaration_not_found"]]
        assert rows[0].reasons[0]["message"] == f"Declaration {NOBODY} does not exist."
    kept = factory.select("run_order_history")
    assert NOBODY not in {row.declaration_id for row in kept}
    assert factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []


def test_R51_R61_a_declaration_of_an_unknown_order_is_answered_and_not_kept(factory: Factory) -> None:
    order, _ = of_orders(factory)
    factory.release(order)
    elements = [{"order_id": one, "phase": 10, "kind": "opening"} for one in (NOBODY, order, NOBODY)]
    rows = factory.call("select * from erp_api.declare_production(%s, %s)", [factory.company_id, Jsonb(elements)])
    assert [(row.ordinal, row.order_id, row.outcome) for row in rows] == [
        (1, NOBODY, "refused"),
        (2, order, "declared"),
        (3, NOBODY, "refused"),
    ]
    assert [row.declaration_id is None for row in rows] == [True, False, True]
    assert [codes(row) for row in rows] == [["order_not_found"], [], ["order_not_found"]]
    assert NOBODY not in {row.order_id for row in factory.select("run_order_history")}


@pytest.mark.parametrize("call", ["release", "restore"])
def test_R8_R36_under_all_or_none_an_unknown_order_refuses_the_others(factory: Factory, call: str) -> None:
    order, calls = of_orders(factory)
    if call == "restore":
        factory.release(order)
    rows = calls[call](order, NOBODY, all_or_none=True)
    assert [codes(row) for row in rows] == [["all_or_none"], ["order_not_found"]]
    assert factory.order_row(order).status == ("launched" if call == "release" else "executive")


def test_R60_a_repeat_answers_the_same_of_an_unknown_id_whatever_has_come_since(factory: Factory) -> None:
    order, _ = of_orders(factory)
    unborn = order + 1
    key = uuid.uuid4()
    first = factory.release(unborn, order, NOBODY, key=key)
    assert factory.order() == unborn
    factory.connection.execute("set local erp.language = 'it'")
    assert factory.release(unborn, order, NOBODY, key=key) == first
    assert outcomes(first) == ["refused", "released", "refused"]


OUTCOMES = {
    "order_feasibility": "count(distinct order_id), min(feasibility)",
    **dict.fromkeys(
        ["release_production_orders", "rollback_declarations", "preview_release", "preview_registration"],
        "count(distinct reasons::text), min(outcome)",
    ),
}
"""What is asked of the answers of functions."""


def peak(connection: psycopg.Connection[Any]) -> float:
    """Return the most memory that the server's process of a connection has had, in MB."""
    file = Path(f"/proc/{connection.info.backend_pid}/status")
    if not file.exists():
        pytest.skip("the server is not on this machine, or this is no Linux")
    [kilobytes] = re.findall(r"VmHWM:\s+(\d+)", file.read_text("utf-8"))
    return int(kilobytes) / 1024


@pytest.mark.parametrize("function", list(OUTCOMES))
def test_R61_as_many_unknown_ids_as_a_call_takes_leave_little_behind_and_need_little(
    rilascio_database: str, function: str
) -> None:
    size = "select pg_total_relation_size('erp.run') + pg_total_relation_size('erp.run_order')"
    statement = f"select count(*), {OUTCOMES[function]} from erp_api.{function}(%s, %s)"
    with psycopg.connect(rilascio_database) as connection:
        factory = Factory(connection, "erp_operator")
        connection.commit()
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        [(before,)] = connection.execute(size).fetchall()
        connection.execute("set role erp_operator")
        ids = list(range(NOBODY, NOBODY + MANY))
        [answer] = connection.execute(statement.encode(), [factory.company_id, ids]).fetchall()
        connection.execute("reset role")
        [(after,)] = connection.execute(size).fetchall()
        assert answer == ((MANY, MANY, None) if function == "order_feasibility" else (MANY, MANY, "refused"))
        assert after - before < 2_000_000
        assert peak(connection) < 100


def test_R61_a_document_of_as_many_declarations_needs_less_than_twice_what_reading_it_takes(
    rilascio_database: str,
) -> None:
    elements = [{"order_id": one, "phase": 10, "kind": "opening"} for one in range(NOBODY, NOBODY + MANY)]
    with psycopg.connect(rilascio_database) as connection:
        company_id = Factory(connection, "erp_operator").company_id
        connection.commit()
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("select jsonb_typeof(%s::jsonb)", [Jsonb(elements)])
        reading = peak(connection)
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("set role erp_operator")
        [answer] = connection.execute(
            "select count(*), min(outcome) from erp_api.declare_production(%s, %s)", [company_id, Jsonb(elements)]
        ).fetchall()
        assert answer == (MANY, "refused")
        assert peak(connection) < 2 * reading
