"""Long waits: the client's timeouts are kept to, and who breaks off leaves nothing behind (R62)."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg.errors import LockNotAvailable, QueryCanceled

from tests.factory import Factory, needs
from tests.sessions import two, wait_until_blocked

Committed = tuple[Factory, psycopg.Connection]

RELEASE = "select outcome from erp_api.release_production_orders(%s, %s)"
RESTORE = "select outcome from erp_api.restore_production_orders(%s, %s)"


@pytest.fixture
def orders(committed: Committed) -> list[int]:
    """Make two orders that stock covers."""
    factory, _ = committed
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    made = [factory.order(needs(nut, 4)) for _ in range(2)]
    factory.connection.commit()
    return made


def test_R62_a_call_waits_no_longer_than_the_lock_timeout_of_its_client(
    committed: Committed, orders: list[int], rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    with two(rilascio_login) as (holder, waiter):
        holder.send(RELEASE, [factory.company_id, orders[:1]]).result(30)
        waiter.connection.execute("set lock_timeout = '10ms'")
        with pytest.raises(LockNotAvailable):
            waiter.send(RELEASE, [factory.company_id, orders[:1]]).result(30)
        waiter.connection.rollback()
        holder.connection.rollback()
    assert observer.execute("select count(*) from erp.run where kind = 'release'").fetchone() == (0,)


def test_R62_a_call_takes_no_longer_than_the_statement_timeout_of_its_client(
    committed: Committed, orders: list[int], rilascio_login: Callable[..., str]
) -> None:
    factory, _ = committed
    before = factory.snapshot(leaving_out=set())
    factory.connection.commit()
    with two(rilascio_login) as (holder, waiter):
        holder.send(RELEASE, [factory.company_id, orders[:1]]).result(30)
        waiter.connection.execute("set statement_timeout = '10ms'")
        with pytest.raises(QueryCanceled):
            waiter.send(RELEASE, [factory.company_id, orders]).result(30)
        waiter.connection.rollback()
        holder.connection.rollback()
    assert factory.snapshot(leaving_out=set()) == before


@pytest.mark.parametrize("call", [RELEASE, RESTORE])
def test_R62_a_call_cancelled_while_it_waits_leaves_nothing_behind_and_blocks_nobody(
    committed: Committed, orders: list[int], rilascio_login: Callable[..., str], call: str
) -> None:
    factory, observer = committed
    if call == RESTORE:
        factory.release(*orders)
        factory.connection.commit()
    before = factory.snapshot(leaving_out=set())
    factory.connection.commit()
    with two(rilascio_login) as (holder, waiter):
        # the first order is free and has been taken when the call waits for the second
        holder.send(call, [factory.company_id, orders[1:]]).result(30)
        waiting = waiter.send(call, [factory.company_id, orders])
        wait_until_blocked(observer, waiter, holder)
        waiter.connection.cancel_safe()
        with pytest.raises(QueryCanceled):
            waiting.result(30)
        waiter.connection.rollback()
        holder.connection.rollback()
    assert factory.snapshot(leaving_out=set()) == before
    factory.connection.commit()
    with two(rilascio_login) as (one, _):
        assert one.send(call, [factory.company_id, orders]).result(30) != [("refused",)] * 2
