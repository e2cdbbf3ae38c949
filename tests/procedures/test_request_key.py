"""The request key: the same call again answers the same and changes nothing (R60)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.errors import InvalidParameterValue

from rilascio.errors import RequestKeyReused
from rilascio.testing import make_role
from tests.factory import Factory, day, needs, outcomes
from tests.sessions import hold_inserts, two, wait_until_blocked

KEY = uuid.UUID("6f1e0a52-0c0c-4b86-9f0e-3c1f4c7a3c11")


def stocked(factory: Factory) -> list[int]:
    """Make two orders, of which stock covers one."""
    nut = factory.item("NUT")
    factory.stock(nut, 5)
    return [factory.order(needs(nut), quantity=4), factory.order(needs(nut), quantity=4)]


def test_R60_a_release_repeated_with_its_key_answers_the_same_and_changes_nothing(factory: Factory) -> None:
    orders = stocked(factory)
    first = factory.release(*orders, key=KEY, note="morning")
    after = factory.snapshot(leaving_out=set())
    factory.stock("NUT", 50)
    factory.connection.execute("set local erp.language = 'it'")

    again = factory.release(*orders, key=KEY, note="morning")

    assert again == first
    assert outcomes(first) == ["released", "refused"]
    factory.stock("NUT", -50)
    now = factory.snapshot(leaving_out=set())
    by_hand = {run for run in now["run"] if json.loads(run)["kind"] == "hand"}
    assert ({*now["run"]} - by_hand, now["run_order"], now["production_order"]) == (
        {*after["run"]} - by_hand,
        after["run_order"],
        after["production_order"],
    )


def test_R60_a_restore_repeated_with_its_key_answers_the_same_and_changes_nothing(factory: Factory) -> None:
    orders = stocked(factory)
    factory.release(*orders)
    first = factory.restore(*orders, key=KEY)
    factory.release(orders[0])
    after = factory.snapshot(leaving_out=set())
    assert factory.restore(*orders, key=KEY) == first
    assert outcomes(first) == ["restored", "refused"]
    assert factory.snapshot(leaving_out=set()) == after


def test_R60_a_split_and_an_all_or_none_are_repeated_as_they_were(factory: Factory) -> None:
    orders, other = stocked(factory), uuid.uuid4()
    split = factory.release(*orders, on_shortage="split", key=KEY)
    assert factory.release(*orders, on_shortage="split", key=KEY) == split
    assert split[1].remainder_order_id is not None
    none = factory.restore(orders[0], 999_999_999, all_or_none=True, key=other)
    assert factory.restore(orders[0], 999_999_999, all_or_none=True, key=other) == none
    merged = factory.restore(orders[1], key=uuid.UUID(int=1))
    assert merged[0].merged_order_id == split[1].remainder_order_id
    assert factory.restore(orders[1], key=uuid.UUID(int=1)) == merged


@pytest.mark.parametrize(
    "other",
    [
        {"on": day(1)},
        {"on_shortage": "refuse"},  # as passed: the parameter's own word is another argument
        {"on_shortage": "split"},
        {"all_or_none": True},
        {"note": "afternoon"},
        {"note": None},
    ],
)
def test_R60_a_key_with_other_arguments_is_refused(factory: Factory, other: dict[str, Any]) -> None:
    orders = stocked(factory)
    asked: dict[str, Any] = {"note": "morning"}
    factory.release(*orders, key=KEY, **asked)
    with pytest.raises(RequestKeyReused, match=str(KEY)):
        factory.release(*orders, key=KEY, **(asked | other))


def test_R60_ids_in_another_order_or_number_are_other_arguments(factory: Factory) -> None:
    one, two = stocked(factory)
    factory.release(one, two, key=KEY)
    for other in ([two, one], [one], [one, two, two]):
        with pytest.raises(RequestKeyReused):
            factory.release(*other, key=KEY)


def test_R60_a_key_of_a_release_is_no_key_for_a_restore(factory: Factory) -> None:
    order = factory.order()
    factory.release(order, key=KEY)
    with pytest.raises(RequestKeyReused):
        factory.restore(order, key=KEY)
    assert factory.status(order) == "executive"


def test_R60_keys_are_per_company(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER")
    mine, theirs = factory.order(), other.order()
    assert outcomes(factory.release(mine, key=KEY)) == ["released"]
    assert outcomes(other.release(theirs, key=KEY)) == ["released"]


def test_R60_a_refused_call_uses_up_its_key(factory: Factory) -> None:
    nut = factory.item("NUT")
    order = factory.order(needs(nut))
    assert outcomes(factory.release(order, key=KEY)) == ["refused"]
    factory.stock(nut, 10)
    assert outcomes(factory.release(order, key=KEY)) == ["refused"]
    assert outcomes(factory.release(order, key=uuid.uuid4())) == ["released"]


def test_R60_a_bad_call_does_not_use_up_its_key(factory: Factory) -> None:
    order = factory.order()
    with pytest.raises(InvalidParameterValue):
        factory.release(order, on_shortage="never", key=KEY)
    assert outcomes(factory.release(order, key=KEY)) == ["released"]


def test_R60_another_member_gets_the_first_answer_too(factory: Factory) -> None:
    order = factory.order()
    first = factory.release(order, key=KEY)
    factory.connection.execute("reset role")
    factory.operator = make_role(factory.connection, "erp_operator")
    factory.connection.execute("set local role erp_owner")
    assert factory.release(order, key=KEY) == first


def test_R60_without_a_key_every_call_is_a_run_of_its_own(factory: Factory) -> None:
    order = factory.order()
    assert factory.release(order)[0].run_id != factory.release(order)[0].run_id


PRUNE = "select erp_api.prune_request_keys(%s, %s) as forgotten"


def test_R60_a_key_is_forgotten_after_its_time_and_not_before(factory: Factory) -> None:
    order, other = factory.order(), Factory(factory.connection, factory.operator, "OTHER")
    first = factory.release(order, key=KEY)
    foreign = other.release(other.order(), key=KEY)
    with_age = "update erp.run set started_at = now() - %s::interval"
    with factory.connection.transaction():
        factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
        factory.connection.execute(with_age, ["40 days"])
        factory.connection.execute("select erp_internal.set_write_mode('')")
    assert factory.call(PRUNE, [factory.company_id, "41 days"]) == [(0,)]
    assert factory.call(PRUNE, [factory.company_id, "40 days"]) == [(0,)]
    assert factory.release(order, key=KEY) == first
    assert factory.call(PRUNE, [factory.company_id, "39 days"]) == [(1,)]
    assert factory.call(PRUNE, [factory.company_id, "39 days"]) == [(0,)]
    assert outcomes(factory.release(order, key=KEY)) == ["refused"]
    assert len(factory.select("run_history")) == 2
    assert other.select("run_history")[0].request_key == KEY
    assert outcomes(foreign) == ["released"]


@pytest.mark.parametrize("keep", [None, "23 hours", "-1 day", "1000 years", "infinity"])
def test_R60_keys_are_kept_for_a_sensible_time(factory: Factory, keep: str | None) -> None:
    if keep == "infinity" and factory.connection.info.server_version < 170000:
        pytest.skip("This version knows no infinite interval.")
    with pytest.raises(InvalidParameterValue, match="p_keep"):
        factory.call(PRUNE, [factory.company_id, keep])


# --- two at once -----------------------------------------------------------------------------------------------------

RELEASE = "select order_id, outcome, run_id from erp_api.release_production_orders(%s, %s, p_request_key => %s)"


def test_R60_R62_two_calls_with_one_key_at_once_release_once_and_answer_the_same(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    orders = stocked(factory)
    factory.connection.commit()
    with two(rilascio_login) as (first, second):
        answer = first.send(RELEASE, [factory.company_id, orders, KEY]).result(30)
        waiting = second.send(RELEASE, [factory.company_id, orders, KEY])
        wait_until_blocked(observer, second, first)
        assert not waiting.done()
        first.connection.commit()
        assert waiting.result(30) == answer
        second.connection.commit()
    assert observer.execute("select count(*) from erp.run where kind = 'release'").fetchone() == (1,)
    assert observer.execute("select count(*) from erp.stock_movement where quantity < 0").fetchone() == (1,)


def test_R60_R62_the_second_of_two_calls_does_the_work_when_the_first_fails(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    orders = stocked(factory)
    factory.connection.commit()
    with two(rilascio_login) as (first, second):
        lost = first.send(RELEASE, [factory.company_id, orders, KEY]).result(30)
        waiting = second.send(RELEASE, [factory.company_id, orders, KEY])
        wait_until_blocked(observer, second, first)
        first.connection.rollback()
        answer = waiting.result(30)
        second.connection.commit()
    assert [row[:2] for row in answer] == [row[:2] for row in lost]
    assert observer.execute("select run_id from erp.run where kind = 'release'").fetchall() == [(answer[0][2],)]


def test_R60_R62_the_second_of_two_calls_with_other_arguments_is_refused_after_it_waited(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    orders = stocked(factory)
    factory.connection.commit()
    with two(rilascio_login) as (first, second):
        first.send(RELEASE, [factory.company_id, orders, KEY]).result(30)
        waiting = second.send(RELEASE, [factory.company_id, orders[:1], KEY])
        wait_until_blocked(observer, second, first)
        first.connection.commit()
        with pytest.raises(RequestKeyReused):
            waiting.result(30)


def test_R60_R62_a_key_forgotten_while_its_call_is_repeated_is_a_new_key(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    """The repeat has met the key of an old run, and is held there until another session has pruned it."""
    factory, observer = committed
    orders = stocked(factory)
    factory.release(*orders, key=KEY)
    factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
    factory.connection.execute("update erp.run set started_at = now() - interval '1 year'")
    hold_inserts(factory.connection, "erp.run")
    factory.connection.commit()
    with two(rilascio_login) as (first, second):
        second.send("select pg_advisory_lock(1)", []).result(30)
        repeat = first.send(RELEASE, [factory.company_id, orders, KEY])
        wait_until_blocked(observer, first, second)
        assert second.send(PRUNE, [factory.company_id, "1 day"]).result(30) == [(1,)]
        second.connection.commit()
        second.send("select pg_advisory_unlock(1)", []).result(30)
        assert {row[1] for row in repeat.result(30)} == {"refused"}, "released before, under the old key"
        first.connection.commit()
    assert observer.execute("select count(*) from erp.run where kind = 'release'").fetchone() == (2,)
