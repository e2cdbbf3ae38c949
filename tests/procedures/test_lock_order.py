"""Calls lock in one order, whatever order they are asked in, and hold what they count on (R62).

Somebody holds the middle one of the rows that a call locks: so the call waits there, and holds those before it and none
of those after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.factory import MAIN, Factory, day, needs, outcomes, phase, report
from tests.factory.stock_documents import document, line
from tests.sessions import Session, two, wait_until_blocked

Committed = tuple[Factory, psycopg.Connection]
Login = Callable[..., str]

RELEASE = "select outcome from erp_api.release_production_orders(%s, %s)"
SPLIT = "select outcome from erp_api.release_production_orders(%s, %s, p_on_shortage => 'split')"
RESTORE = "select outcome from erp_api.restore_production_orders(%s, %s)"
REGISTER = "select outcome from erp_api.register_declarations(%s, %s)"
ROLL_BACK = "select outcome from erp_api.rollback_declarations(%s, %s)"
POST = "select outcome from erp_api.post_stock(%s, %s)"
REMOVE = "select outcome from erp_api.remove_stock(%s, %s)"
COUNT = 7
"""So many that they stand in order by chance once in 5,040 times."""
MIDDLE = COUNT // 2


@contextmanager
def holding(factory: Factory, table: str, condition: str, *values: object) -> Iterator[None]:
    """Hold a row of a table for a while."""
    factory.connection.execute(f"select from erp.{table} where {condition} for update".encode(), values)
    yield
    factory.connection.rollback()


def free(observer: psycopg.Connection, table: str, column: str, condition: str = "true") -> list[Any]:
    """Return the keys of the rows that nobody has locked."""
    query = f"select {column} from erp.{table} where {condition} for update skip locked"
    return [key for (key,) in observer.execute(query.encode())]


def assert_in_order(
    committed: Committed, caller: Session, call: tuple[str, object], keys: Sequence[Any], table: str, column: str,
    condition: str = "true", *, before: str | None = None,
) -> None:  # fmt: skip
    """Let a call meet the middle one of these rows, which it locks in this order, and before it locks another table."""
    factory, observer = committed
    factory.connection.commit()
    with holding(factory, table, f"{column} = %s and {condition}", keys[MIDDLE]):
        sent = caller.send(call[0], [factory.company_id, call[1]])
        wait_until_blocked(observer, caller, factory.connection)
        assert sorted(free(observer, table, column, condition)) == sorted(keys[MIDDLE + 1 :])
        if before:
            assert len(free(observer, before, "company_id")) == len(factory.table(before))
    assert len(sent.result(30)) > 0
    caller.connection.rollback()


@pytest.fixture
def caller(rilascio_login: Login, committed: Committed) -> Iterator[Session]:
    """Give a session of an operator that puts data too, whose plans sort nothing but what they are told to."""
    _, observer = committed
    session = Session(rilascio_login("erp_writer"))
    session.connection.execute("set enable_sort = off")
    session.connection.commit()
    observer.execute(f"grant erp_operator to {session.connection.info.user}".encode())
    yield session
    session.connection.cancel_safe()
    session.close()


def shuffled(keys: Sequence[Any]) -> list[Any]:
    """Return keys in another order, neither up nor down."""
    return [*keys[1::2], *reversed(keys[::2])]


def test_R62_stock_is_locked_by_its_key_whatever_the_lines_of_the_orders(committed: Committed, caller: Session) -> None:
    factory, _ = committed
    items = [factory.item(f"I{number}") for number in range(COUNT)]
    for item in items:
        factory.stock(item, 5)
    order = factory.order(*(needs(item) for item in shuffled(items)))
    keys = [factory.id("item", item) for item in items]
    condition = "lot_id is null and location_id is null"
    assert_in_order(committed, caller, (RELEASE, [order]), keys, "stock_balance", "item_id", condition)


def test_R62_a_restore_locks_stock_by_its_key_before_it_takes_records_back(
    committed: Committed, caller: Session
) -> None:
    factory, _ = committed
    items = [factory.item(f"I{number}") for number in range(COUNT)]
    for item in items:
        factory.stock(item, 5)
    order = factory.order(*(needs(item) for item in shuffled(items)))
    assert outcomes(factory.release(order)) == ["released"]
    keys = [factory.id("item", item) for item in items]
    condition = "lot_id is null and location_id is null"
    asked = (RESTORE, [order])
    assert_in_order(committed, caller, asked, keys, "stock_balance", "item_id", condition, before="stock_record")


def test_R62_stock_that_was_never_there_is_locked_by_its_key_too(
    committed: Committed, caller: Session, rilascio_login: Login
) -> None:
    """Two calls that make the same rows in opposite orders would wait for each other."""
    factory, observer = committed
    items = [factory.item(f"I{number}") for number in range(COUNT)]
    order = factory.order(*(needs(item) for item in shuffled(items)))
    middle = factory.order(needs(items[MIDDLE]))
    others = [factory.order(needs(item)) for item in items]
    factory.connection.commit()
    with two(rilascio_login) as (holder, third):
        assert holder.send(RELEASE, [factory.company_id, [middle]]).result(30) == [("refused",)]
        sent = caller.send(RELEASE, [factory.company_id, [order]])
        wait_until_blocked(observer, caller, holder)
        for other in others[MIDDLE + 1 :]:
            assert third.send(RELEASE, [factory.company_id, [other]]).result(30) == [("refused",)]
        third.connection.rollback()
        waiting = third.send(RELEASE, [factory.company_id, [others[0]]])
        wait_until_blocked(observer, third, caller)
        holder.connection.rollback()
        assert sent.result(30) == [("refused",)]
        caller.connection.rollback()
        assert waiting.result(30) == [("refused",)]


def test_R62_movements_by_hand_lock_the_configurations_of_their_companies_by_id(
    committed: Committed, rilascio_database: str
) -> None:
    factory, observer = committed
    companies = [Factory(factory.connection, "erp_operator", f"C{number}") for number in range(COUNT)]
    for company in companies:
        company.stock(company.item("NUT"), 5)
    ids = [company.company_id for company in companies]
    factory.connection.commit()
    hand = Session(rilascio_database)
    hand.connection.execute("set role erp_owner; set enable_sort = off")
    hand.connection.commit()
    with holding(factory, "production_parameter", "company_id = %s", ids[MIDDLE]):
        sent = hand.send(
            "insert into erp.stock_movement"
            " (company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity)"
            " select company_id, record_date, stock_record_id, 2, warehouse_id, item_id, 1 from erp.stock_movement"
            " returning 1",
            [],
        )
        wait_until_blocked(observer, hand, factory.connection)
        assert free(observer, "production_parameter", "company_id", "company_id <> 1") == ids[MIDDLE + 1 :]
    assert len(sent.result(30)) == COUNT
    hand.close()


def test_R62_orders_are_locked_by_id_whatever_their_turn_in_the_call(committed: Committed, caller: Session) -> None:
    factory, _ = committed
    orders = [factory.order() for _ in range(COUNT)]
    assert_in_order(committed, caller, (RELEASE, shuffled(orders)), orders, "production_order", "production_order_id")


def test_R62_the_lots_of_one_order_are_locked_by_id_after_the_first(committed: Committed, caller: Session) -> None:
    """Their ids are not in the order of their lots."""
    factory, _ = committed
    first = factory.order(number=7, order_lot=0)
    others = [factory.order(number=7, order_lot=lot) for lot in shuffled(range(1, COUNT))]
    assert_in_order(committed, caller, (SPLIT, [first]), [first, *others], "production_order", "production_order_id")


def test_R50_R62_job_orders_are_locked_by_id_after_their_orders_and_before_stock(
    committed: Committed, caller: Session
) -> None:
    """Who computes the state of a job order does so alone: two releases at once would each miss the other."""
    factory, _ = committed
    factory.stock(factory.item("NUT"), 10)
    jobs = [factory.job(number, status="launched") for number in range(1, COUNT + 1)]
    orders = [factory.order(needs("NUT"), job=job) for job in shuffled(jobs)]
    keys = [factory.id("job", str(job)) for job in jobs]
    assert_in_order(committed, caller, (RELEASE, orders), keys, "job_order", "job_order_id", before="stock_balance")


@pytest.mark.parametrize("call", ["post", "remove"])
def test_R62_documents_are_locked_by_their_key(committed: Committed, caller: Session, call: str) -> None:
    factory, _ = committed
    factory.item("NUT")
    keys = [f"D{number}" for number in range(COUNT)]
    sent = [document(key, line("NUT", 1, "LOA"), on=str(day(1))) for key in shuffled(keys)]
    assert set(outcomes(factory.post(*sent))) == {"posted"}
    asked = (POST, Jsonb(sent)) if call == "post" else (REMOVE, shuffled(keys))
    assert_in_order(committed, caller, asked, keys, "stock_document", "document_key")


# --- lots that registrations make ------------------------------------------------------------------------------------


def loaded(factory: Factory, lots: Sequence[str], warehouse: str = MAIN) -> list[int]:
    """Make an order that loads into a warehouse, and declare what goes into lots of it."""
    order = factory.order(
        item="CHEESE",
        quantity=100,
        phases=[phase(10)],
        load_warehouse_id=factory.id("warehouse", warehouse),
        load_movement_reason_id=factory.id("reason", warehouse, "LOA"),
    )
    assert outcomes(factory.release(order)) == ["released"]
    return factory.declared(order, report("opening"), *(report("progress", good=1, lot_code=lot) for lot in lots))


@pytest.fixture
def dairy(committed: Committed) -> Committed:
    """Give a factory that makes CHEESE by lots, into MAIN or STORE."""
    factory, _ = committed
    factory.item("CHEESE", "manual", "production", by_lot=True)
    factory.warehouse("STORE")
    factory.rule("finished", MAIN)
    return committed


def test_R62_lots_that_are_there_are_held_by_their_code(dairy: Committed, caller: Session) -> None:
    """Whoever takes a load back removes them, and holds one."""
    factory, observer = dairy
    codes = [f"L{number}" for number in range(COUNT)]
    factory.register(*loaded(factory, codes, "STORE"))
    declarations = loaded(factory, shuffled(codes))
    factory.connection.commit()
    with holding(factory, "lot", "lot_code = %s", codes[MIDDLE]):
        sent = caller.send(REGISTER, [factory.company_id, declarations])
        wait_until_blocked(observer, caller, factory.connection)
        assert sorted(free(observer, "lot", "lot_code")) == codes[MIDDLE + 1 :]
    assert set(sent.result(30)) == {("registered",)}


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_R53_R62_a_lot_that_another_registration_is_about_to_load_stays_and_nobody_waits_for_it(
    dairy: Committed, caller: Session, rilascio_login: Login, ends: str
) -> None:
    """That one has planned with the lot, and waits for its record number, when the lot's maker is taken back."""
    factory, observer = dairy
    made = loaded(factory, ["NEW"])
    assert set(outcomes(factory.register(*made))) == {"registered"}
    later = loaded(factory, ["NEW"], "STORE")
    earlier = loaded(factory, ["FIRST"], "STORE")
    factory.register(*earlier)
    factory.connection.commit()
    with two(rilascio_login) as (takes_back, _):
        with holding(factory, "stock_record_counter", "warehouse_id = %s", factory.id("warehouse", "STORE")):
            sent = caller.send(REGISTER, [factory.company_id, later])
            wait_until_blocked(observer, caller, factory.connection)
            assert takes_back.send(ROLL_BACK, [factory.company_id, made]).result(30) == [("rolled_back",)] * 2
            takes_back.connection.commit()
        assert sent.result(30) == [("registered",)] * 2
        getattr(caller.connection, ends)()
    assert factory.balance("CHEESE", "STORE", lot="NEW") == (1 if ends == "commit" else 0)
    assert {row["lot_code"] for row in factory.table("lot")} == {"FIRST", "NEW"}
    assert factory.call("select code from erp_api.check_integrity(%s)", [factory.company_id]) == []
