"""Puts beside other calls: the later one sees the earlier one whole (R62)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import SerializationFailure

from tests.factory import YEAR, Factory, needs, order_document, outcomes
from tests.sessions import several, wait_until_blocked

CODES = "jsonb_path_query_array(reasons, '$[*].code')"
PUT = f"select outcome, {CODES} from erp_api.put_production_orders(%s, %s)"
RELEASE = f"select outcome, {CODES} from erp_api.release_production_orders(%s, %s)"
SPLIT = f"select outcome, {CODES} from erp_api.release_production_orders(%s, %s, p_on_shortage => 'split')"
RESTORE = f"select outcome, {CODES} from erp_api.restore_production_orders(%s, %s)"

Committed = tuple[Factory, psycopg.Connection]
Meeting = Callable[[str, Any, str, Any], tuple[list[Any], list[Any]]]


@pytest.fixture
def meeting(committed: Committed, rilascio_login: Callable[..., str]) -> Meeting:
    """Give a function that lets two calls meet: the first is done, the second waits for it, the first commits."""
    factory, observer = committed

    def run(first: str, of_first: Any, second: str, of_second: Any) -> tuple[list[Any], list[Any]]:
        factory.connection.commit()
        with sessions(observer, rilascio_login) as (one, other):
            won = one.send(first, [factory.company_id, of_first]).result(30)
            waiting = other.send(second, [factory.company_id, of_second])
            wait_until_blocked(observer, other, one)
            one.connection.commit()
            lost = waiting.result(30)
            other.connection.commit()
        assert factory.call("select code from erp_api.check_integrity(%s)", [factory.company_id]) == []
        return won, lost

    return run


def sessions(observer: psycopg.Connection, login: Callable[..., str], count: int = 2) -> Any:
    """Open sessions that release and put."""

    def both() -> str:
        dsn = login()
        user = sql.Identifier(str(conninfo_to_dict(dsn)["user"]))
        observer.execute(sql.SQL("grant erp_writer to {}").format(user))
        return dsn

    return several(both, count)


def sent(*documents: dict[str, Any]) -> str:
    """Return the documents as JSON."""
    return json.dumps(documents)


def an_order(factory: Factory) -> int:
    """Make an order that needs 2 NUT, of which there are 9."""
    factory.stock(factory.item("NUT"), 9)
    return factory.order(needs("NUT", 2))


def of_three() -> str:
    """Put the order for a quantity of 3."""
    return sent(order_document(1, quantity=3))


def test_R62_a_put_that_comes_first_is_released_as_it_was_put(committed: Committed, meeting: Meeting) -> None:
    factory, _ = committed
    order = an_order(factory)
    assert meeting(PUT, of_three(), RELEASE, [order]) == ([("changed", [])], [("released", [])])
    assert factory.balance("NUT") == 3


def test_R62_a_put_that_comes_after_a_release_is_refused(committed: Committed, meeting: Meeting) -> None:
    factory, _ = committed
    order = an_order(factory)
    assert meeting(RELEASE, [order], PUT, of_three()) == ([("released", [])], [("refused", ["order_released"])])
    assert factory.order_row(order).quantity == 1


def test_R62_a_put_that_comes_after_a_restore_changes_the_order(committed: Committed, meeting: Meeting) -> None:
    factory, _ = committed
    order = an_order(factory)
    factory.release(order)
    assert meeting(RESTORE, [order], PUT, of_three()) == ([("restored", [])], [("changed", [])])
    assert factory.order_row(order).quantity == 3


def test_R62_a_restore_that_comes_after_a_put_leaves_what_was_put(committed: Committed, meeting: Meeting) -> None:
    factory, _ = committed
    order = an_order(factory)
    factory.release(order)
    firm = sent({"order_year": YEAR, "order_number": 1, "firm": "Rossi"})
    assert meeting(PUT, firm, RESTORE, [order]) == ([("changed", [])], [("restored", [])])
    assert (factory.order_row(order).firm, factory.status(order)) == ("Rossi", "launched")


def test_R62_of_two_puts_the_last_wins_and_both_are_in_the_history(committed: Committed, meeting: Meeting) -> None:
    factory, _ = committed
    order = an_order(factory)
    later = sent(order_document(1, quantity=5))
    assert meeting(PUT, of_three(), PUT, later) == ([("changed", [])], [("changed", [])])
    assert factory.order_row(order).quantity == 5
    assert len(factory.select("run_order_history", order)) == 2


@pytest.mark.parametrize(("quantity", "outcome"), [(3, "unchanged"), (5, "changed")])
def test_R62_of_two_puts_of_a_new_order_the_second_sees_it(
    committed: Committed, meeting: Meeting, quantity: int, outcome: str
) -> None:
    factory, _ = committed
    factory.item("NUT")
    materials = [{"line": 1, "item_code": "NUT", "unit_quantity": 2}]
    new = [order_document(n, quantity=3, materials=materials) for n in (2, 1)]
    second = [new[1] | {"quantity": quantity}, order_document(3)]
    assert meeting(PUT, sent(*new), PUT, sent(*second)) == (
        [("created", [])] * 2,
        [(outcome, []), ("created", [])],
    )
    assert len(factory.table("production_order")) == 3


def test_R62_a_new_order_of_a_call_that_is_taken_back_is_made_by_the_other(
    committed: Committed, rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    factory.connection.commit()
    with sessions(observer, rilascio_login) as (one, other):
        one.send(PUT, [factory.company_id, sent(order_document(1))]).result(30)
        waiting = other.send(PUT, [factory.company_id, sent(order_document(1))])
        wait_until_blocked(observer, other, one)
        one.connection.rollback()
        assert waiting.result(30) == [("created", [])]


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_R62_a_new_order_that_an_old_snapshot_does_not_show_is_sent_again(
    committed: Committed, rilascio_login: Callable[..., str], isolation: str
) -> None:
    factory, observer = committed
    factory.connection.commit()
    with sessions(observer, rilascio_login) as (one, other):
        other.send(f"set transaction isolation level {isolation}", []).exception(30)
        one.send(PUT, [factory.company_id, sent(order_document(1))]).result(30)
        waiting = other.send(PUT, [factory.company_id, sent(order_document(1))])
        wait_until_blocked(observer, other, one)
        one.connection.commit()
        with pytest.raises(SerializationFailure):
            waiting.result(30)


def test_R72_an_order_is_deleted_or_released(committed: Committed, meeting: Meeting) -> None:
    factory, _ = committed
    first = an_order(factory)
    gone = sent(order_document(1, delete=True))
    assert meeting(RELEASE, [first], PUT, gone) == ([("released", [])], [("refused", ["order_released"])])
    second = factory.order(needs("NUT", 2))
    gone = sent(order_document(2, delete=True))
    assert meeting(PUT, gone, RELEASE, [second]) == ([("deleted", [])], [("refused", ["order_not_found"])])
    third = factory.order()
    gone = sent(order_document(3, delete=True))
    assert meeting(PUT, gone, PUT, gone) == ([("deleted", [])], [("unchanged", [])])
    assert [row["production_order_id"] for row in factory.table("production_order")] == [first]
    assert third not in (first, second)


def test_R23_R62_a_lot_that_a_split_makes_meanwhile_is_seen(committed: Committed, meeting: Meeting) -> None:
    factory, _ = committed
    factory.stock(factory.item("NUT", decimals=0), 3)
    order = factory.order(needs("NUT"), quantity=5)
    lot = sent(order_document(1, order_lot=1, quantity=4))
    assert meeting(SPLIT, [order], PUT, lot) == ([("split", [])], [("changed", [])])
    lots = sorted((row["order_lot"], row["quantity"]) for row in factory.table("production_order"))
    assert lots == [(0, 3), (1, 4)]


def test_R62_puts_that_name_orders_in_another_order_do_not_deadlock(
    committed: Committed, rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    numbers = range(1, 9)
    for number in numbers[::2]:
        factory.order(number=number)
    factory.connection.commit()
    with sessions(observer, rilascio_login, 4) as all_of_them:
        for turn in range(6):
            ways = [list(numbers), list(numbers)[::-1], list(numbers)[::2], list(numbers)[1::2]]
            calls = [
                s.send(PUT, [factory.company_id, sent(*(order_document(n, quantity=2 + turn * 4 + i) for n in way))])
                for i, (s, way) in enumerate(zip(all_of_them, ways, strict=True))
            ]
            pending = dict(zip(calls, all_of_them, strict=True))
            while pending:
                for call, session in list(pending.items()):
                    if call.done():
                        assert {outcome for outcome, _ in call.result()} <= {"created", "changed"}
                        session.connection.commit()
                        del pending[call]
    assert outcomes(factory.preview_orders(*(order_document(n, quantity=0) for n in numbers))) == ["refused"] * 8
    assert len(factory.table("production_order")) == 8
