"""The feed: no reader misses a run, meets one twice, or meets one before what it built on (R75, R76)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.errors import InvalidParameterValue, ReadOnlySqlTransaction, SerializationFailure

from rilascio.errors import CursorAhead, NotAMember, RecordProtected
from tests.factory import Factory, needs, outcomes
from tests.sessions import two, wait_until_blocked

Feed = tuple[Factory, psycopg.Connection]

NEXT = "select place, run_id, kind from erp_api.next_runs(%s, %s, %s)"
RELEASE = "select outcome, run_id from erp_api.release_production_orders(%s, %s)"
RESTORE = "select outcome, run_id from erp_api.restore_production_orders(%s, %s)"


@pytest.fixture
def feed(rilascio_database: str, rilascio_login: Callable[..., str]) -> Iterator[Feed]:
    """Give a factory whose data is committed, and a connection of a reader of the feed."""
    with (
        psycopg.connect(rilascio_database) as connection,
        psycopg.connect(rilascio_login("erp_reader"), autocommit=True) as reader,
    ):
        factory = Factory(connection, "erp_operator")
        factory._insert("company_member", member_role="erp_reader")
        connection.commit()
        yield factory, reader


def entered(factory: Factory) -> None:
    """Do what a commit does to what was entered by hand: its run ends."""
    factory.connection.execute("set constraints all immediate; set constraints all deferred")


def read(connection: psycopg.Connection, company_id: int, after: int = 0, limit: int = 1000) -> list[tuple[int, ...]]:
    """Return the places, runs and kinds that follow, in a transaction of its own."""
    with connection.transaction():
        return connection.execute(NEXT, [company_id, after, limit]).fetchall()


def test_R75_a_run_is_shown_once_the_call_that_numbered_it_has_ended(feed: Feed) -> None:
    """So nobody sees a place that may still be undone, and then be given to another run."""
    factory, reader = feed
    order = factory.order()
    factory.connection.commit()
    hand = 1
    assert read(reader, factory.company_id) == []
    assert [kind for _, _, kind in read(reader, factory.company_id)] == ["hand"]
    [released] = factory.release(order)
    factory.connection.commit()
    with reader.transaction():
        assert reader.execute(NEXT, [factory.company_id, hand, 9]).fetchall() == []
        assert reader.execute(NEXT, [factory.company_id, hand, 9]).fetchall() == [], "the same transaction"
    assert read(reader, factory.company_id, hand) == [(2, released.run_id, "release")]
    assert read(reader, factory.company_id, hand) == [(2, released.run_id, "release")], "as often as it is asked"
    assert [(run.run_id, run.place) for run in factory.select("run_history")] == [(released.run_id, 2)]


def test_R75_what_a_reader_numbered_and_did_not_commit_is_numbered_again(feed: Feed) -> None:
    factory, reader = feed
    orders = [factory.order() for _ in range(2)]
    factory.connection.commit()
    first = factory.release(orders[0])[0].run_id
    factory.connection.commit()
    with reader.transaction(force_rollback=True):
        reader.execute(NEXT, [factory.company_id, 0, 9])
    second = factory.release(orders[1])[0].run_id
    factory.connection.commit()
    read(reader, factory.company_id)
    assert [run for _, run, _ in read(reader, factory.company_id)][1:] == [first, second]


def test_R75_what_was_numbered_in_a_savepoint_that_is_undone_is_numbered_again(feed: Feed) -> None:
    factory, reader = feed
    factory.order()
    factory.connection.commit()
    with reader.transaction():
        with reader.transaction(force_rollback=True):
            reader.execute(NEXT, [factory.company_id, 0, 9])
        assert reader.execute(NEXT, [factory.company_id, 0, 9]).fetchall() == []
    assert [place for place, _, _ in read(reader, factory.company_id)] == [1]


def test_R75_readers_do_not_wait_for_one_another(feed: Feed, rilascio_login: Callable[..., str]) -> None:
    factory, _ = feed
    factory.order()
    factory.connection.commit()
    with two(lambda: rilascio_login("erp_reader")) as (numbering, other):
        assert numbering.send(NEXT, [factory.company_id, 0, 9]).result(30) == []
        assert other.send(NEXT, [factory.company_id, 0, 9]).result(30) == []
        numbering.connection.commit()
        assert len(other.send(NEXT, [factory.company_id, 0, 9]).result(30)) == 1


def test_R75_a_page_is_as_long_as_asked_and_the_next_follows_it(feed: Feed) -> None:
    factory, reader = feed
    runs = [factory.release(factory.order())[0].run_id for _ in range(5)]
    factory.connection.commit()
    place, seen = 0, []
    for _ in range(12):
        page = read(reader, factory.company_id, place, 2)
        assert [one[0] for one in page] == list(range(place + 1, place + 1 + len(page)))
        assert len(page) <= 2
        seen += [run for _, run, kind in page if kind == "release"]
        place += len(page)
    assert seen == runs


def test_R75_a_run_that_waited_for_another_comes_after_it_whichever_began_first(
    feed: Feed, rilascio_login: Callable[..., str]
) -> None:
    factory, reader = feed
    order = factory.order()
    factory.connection.commit()
    with two(rilascio_login) as (first, waiting):
        [[_, released]] = first.send(RELEASE, [factory.company_id, [order]]).result(30)
        refused = waiting.send(RESTORE, [factory.company_id, [order]])
        with psycopg.connect(factory.connection.info.dsn, password=factory.connection.info.password) as observer:
            wait_until_blocked(observer, waiting, first)
        [[outcome, restored]] = first.send(RESTORE, [factory.company_id, [order]]).result(30)
        assert outcome == "restored"
        first.connection.commit()
        [[outcome, second_restore]] = refused.result(30)
        assert outcome == "refused"
        waiting.connection.commit()
    assert released < second_restore < restored, "the order in which they began"
    read(reader, factory.company_id)
    assert [run for _, run, _ in read(reader, factory.company_id)][1:] == [released, restored, second_restore]


def test_R75_what_changed_and_refused_nothing_is_no_news(factory: Factory) -> None:
    factory.item("NUT")
    for uom, outcome in (("kg", "changed"), ("kg", "unchanged"), ({}, "refused")):
        assert [row.outcome for row in factory.put(item=[{"item_code": "NUT", "uom": uom}])] == [outcome]
    turns = {row["run_id"] for row in factory.table("run_place")}
    runs = factory.select("run_history", order_by="run_id")
    assert [run.run_id in turns for run in runs] == [True, False, True]


def test_R60_a_repeated_call_is_no_second_run(factory: Factory) -> None:
    order, key = factory.order(), uuid.UUID(int=5)
    assert factory.release(order, key=key) == factory.release(order, key=key)
    [run] = factory.select("run_history")
    assert [row["run_id"] for row in factory.table("run_place")].count(run.run_id) == 1


def test_R76_what_is_changed_by_hand_stands_in_the_feed(feed: Feed) -> None:
    factory, reader = feed
    nut = factory.item("NUT")
    order = factory.order(needs(nut))
    factory.stock(nut, 5)
    factory.connection.commit()
    assert outcomes(factory.release(order)) == ["released"]
    factory.connection.commit()
    label = "insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)" \
        " select company_id, record_date, warehouse_id, movement_reason_id from erp.stock_record" \
        " where run_id is null returning stock_record_id"  # fmt: skip
    entry = factory.connection.execute(label).fetchone()
    factory.connection.commit()
    factory.connection.execute("delete from erp.stock_record where stock_record_id = %s", entry)
    factory.connection.execute("update erp.production_order set priority = 7 where production_order_id = %s", [order])
    factory.connection.commit()
    factory.connection.execute("update erp.production_order set priority = 8")
    factory.connection.rollback()
    with factory.connection.transaction(), factory.maintenance():
        factory.connection.execute("update erp.stock_movement set quantity = quantity where quantity < 0")
    read(reader, factory.company_id)
    feed = [(kind, run) for _, run, kind in read(reader, factory.company_id)]
    assert [kind for kind, _ in feed] == ["hand", "release", "hand", "hand", "hand"]
    told = [
        (
            [row.outcome for row in factory.select("run_row_history", order_by="ordinal", by_hand=True)
             if row.run_id == run],
            [row.outcome for row in factory.select("run_order_history", order_by="ordinal", by_hand=True)
             if row.run_id == run],
        )
        for kind, run in feed if kind == "hand"
    ]  # fmt: skip
    assert told == [(["created"], ["created"]), (["created"], []), (["deleted"], ["changed"]), (["changed"], [])]


def test_R76_a_call_comes_after_what_its_transaction_entered_by_hand_before_it(feed: Feed) -> None:
    factory, reader = feed
    first = factory.order()
    factory.release(first)
    second = factory.order()
    factory.connection.commit()
    read(reader, factory.company_id)
    runs = [(run, kind) for _, run, kind in read(reader, factory.company_id)]
    assert [kind for _, kind in runs] == ["hand", "release", "hand"]
    made = {row.order_id: row.run_id for row in factory.select("run_order_history", by_hand=True) if row.kind == "hand"}
    assert made == {first: runs[0][0], second: runs[2][0]}


def test_R76_what_is_undone_to_a_savepoint_is_not_told(feed: Feed) -> None:
    factory, reader = feed
    first, second = factory.order(), factory.order()
    factory.connection.commit()
    change = "update erp.production_order set priority = priority + 1 where production_order_id = %s"
    with factory.connection.transaction():
        with factory.connection.transaction(force_rollback=True):
            factory.connection.execute(change, [first])
        factory.connection.execute(change, [second])
        with factory.connection.transaction(force_rollback=True):
            factory.release(first)
        factory.connection.execute(change, [second])
    read(reader, factory.company_id)
    assert [kind for _, _, kind in read(reader, factory.company_id)] == ["hand", "hand"]
    told = factory.select("run_order_history", order_by="run_id, ordinal", by_hand=True)
    assert [(row.order_id, row.outcome) for row in told] == [
        *((first, "created"), (second, "created")),
        *((second, "changed"), (second, "changed")),
    ]
    assert factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []


def test_R76_a_hand_run_ends_with_its_transaction_or_sooner_if_that_is_wanted(factory: Factory) -> None:
    factory.order()
    [open_run] = factory.table("run_place")
    assert open_run["turn"] is None
    factory.connection.execute("set constraints all immediate")
    factory.order()
    ended = factory.table("run_place")
    assert len(ended) > 1, "what comes after the end of a run is another run"
    assert all(run["turn"] is not None for run in ended)


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_R75_a_reader_at_a_higher_level_sees_its_moment_or_is_told_to_ask_again(
    feed: Feed, rilascio_login: Callable[..., str], isolation: str
) -> None:
    factory, reader = feed
    factory.order()
    factory.connection.commit()
    read(reader, factory.company_id)
    with psycopg.connect(rilascio_login()) as early:
        early.execute(f"set transaction isolation level {isolation}".encode())
        early.execute("select from erp_api.my_companies")
        last = factory.release(factory.order())[0].run_id
        factory.connection.commit()
        read(reader, factory.company_id)
        with pytest.raises(SerializationFailure):
            early.execute(NEXT, [factory.company_id, 0, 9])
        early.rollback()
        assert [run for _, run, _ in early.execute(NEXT, [factory.company_id, 0, 9])][-1] == last


@pytest.mark.parametrize(
    ("after", "limit", "error"),
    [(-1, 5, InvalidParameterValue), (None, 5, InvalidParameterValue), (0, 0, InvalidParameterValue),
     (0, None, InvalidParameterValue), (0, 10_001, InvalidParameterValue), (1, 5, CursorAhead)],
)  # fmt: skip
def test_a_bad_call_is_told(factory: Factory, after: int | None, limit: int | None, error: type[Exception]) -> None:
    factory.order()
    entered(factory)
    with pytest.raises(error):
        factory.call(NEXT, [factory.company_id, after, limit])


def test_R40_the_feed_is_for_members_and_for_those_who_may_write(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER", member=None)
    with pytest.raises(NotAMember):
        factory.call(NEXT, [other.company_id, 0, 9])
    factory.order()
    entered(factory)
    factory.connection.execute("set transaction read only")
    with pytest.raises(ReadOnlySqlTransaction):
        factory.call(NEXT, [factory.company_id, 0, 9])


def test_R75_a_place_is_final(feed: Feed) -> None:
    factory, reader = feed
    factory.order()
    factory.connection.commit()
    read(reader, factory.company_id)
    for manual_change in ("update erp.run_place set place = 9", "delete from erp.run_place"):
        with pytest.raises(RecordProtected), factory.connection.transaction():
            factory.connection.execute(manual_change.encode())


def test_a_company_that_wants_it_wakes_its_readers_at_the_end_of_the_transaction(
    feed: Feed, rilascio_database: str
) -> None:
    factory, _ = feed
    orders = [factory.order() for _ in range(3)]
    factory.connection.commit()

    def heard(listener: psycopg.Connection) -> list[str]:
        """Return what has come, after a word of our own that comes last."""
        factory.connection.execute("notify erp_runs, 'the end'")
        factory.connection.commit()
        heard: list[str] = []
        for note in listener.notifies(timeout=30):
            heard.append(note.payload)
            if heard[-1] == "the end":
                break
        return heard

    with psycopg.connect(rilascio_database, autocommit=True) as listener:
        listener.execute("listen erp_runs")
        factory.release(orders[0])
        factory.connection.commit()
        assert heard(listener) == ["the end"], "nobody wanted it"
        factory.parameters(notify_runs=True)
        factory.connection.commit()
        with factory.connection.transaction(force_rollback=True):
            factory.release(orders[1])
        assert heard(listener) == ["the end"], "it was taken back"
        factory.release(orders[2])
        assert heard(listener) == [str(factory.company_id), "the end"]
        factory.order()
        factory.connection.commit()
        assert heard(listener) == [str(factory.company_id), "the end"], "by hand"
