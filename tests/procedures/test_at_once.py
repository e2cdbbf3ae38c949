"""Several at once: one wins, the others wait and get their reason (R62)."""

import uuid
from collections.abc import Callable

import psycopg
import pytest
from psycopg.errors import SerializationFailure
from psycopg.types.json import Jsonb

from tests.factory import MAIN, Factory, needs, outcomes, phase, report
from tests.sessions import hold_inserts, several, two, wait_until_blocked

CODES = "jsonb_path_query_array(reasons, '$[*].code')"
RELEASE = f"select outcome, {CODES} from erp_api.release_production_orders(%s, %s)"
RESTORE = f"select outcome, {CODES} from erp_api.restore_production_orders(%s, %s)"
SPLIT = "select outcome, remainder_order_id from erp_api.release_production_orders(%s, %s, p_on_shortage => 'split')"
DECLARE = f"select outcome, {CODES} from erp_api.declare_production(%s, %s)"
REGISTER = f"select outcome, {CODES} from erp_api.register_declarations(%s, %s)"
ROLL_BACK = f"select outcome, {CODES} from erp_api.rollback_declarations(%s, %s)"
DELETE = f"select outcome, {CODES} from erp_api.delete_declarations(%s, %s)"

Committed = tuple[Factory, psycopg.Connection]


@pytest.fixture
def race(
    committed: Committed, rilascio_login: Callable[..., str]
) -> Callable[[str, object, str, object], tuple[list[object], list[object]]]:
    """Give a function that lets two calls meet: the first is done, the second waits for it, the first commits."""
    factory, observer = committed

    def run(first: str, of_first: object, second: str, of_second: object) -> tuple[list[object], list[object]]:
        factory.connection.commit()
        with two(rilascio_login) as (one, other):
            won = one.send(first, [factory.company_id, of_first]).result(30)
            waiting = other.send(second, [factory.company_id, of_second])
            wait_until_blocked(observer, other, one)
            one.connection.commit()
            lost = waiting.result(30)
            other.connection.commit()
        return won, lost

    return run


def released(factory: Factory, **values: object) -> int:
    """Make and release an order of 10 with a phase, whose product is loaded into MAIN."""
    factory.rule("finished", MAIN)
    order = factory.order(quantity=10, phases=[phase(10)], **values)
    assert outcomes(factory.release(order)) == ["released"]
    return order


def opening(order: int) -> Jsonb:
    """Write the opening of an order."""
    return Jsonb([{"order_id": order, **report("opening")}])


def test_R32_R62_a_declaration_that_comes_first_keeps_the_order_executive(committed: Committed, race: Callable) -> None:
    factory, _ = committed
    order = released(factory)
    assert race(DECLARE, opening(order), RESTORE, [order]) == (
        [("declared", [])],
        [("refused", ["declarations_exist"])],
    )
    assert factory.status(order) == "executive"


def test_R32_R62_a_restore_that_comes_first_leaves_nothing_to_declare_on(committed: Committed, race: Callable) -> None:
    factory, _ = committed
    order = released(factory)
    assert race(RESTORE, [order], DECLARE, opening(order)) == (
        [("restored", [])],
        [("refused", ["order_not_executive"])],
    )
    assert factory.table("production_declaration") == []


@pytest.mark.parametrize(
    ("call", "done", "code"),
    [
        (REGISTER, "registered", "already_registered"),
        (ROLL_BACK, "rolled_back", "not_registered"),
        (DELETE, "deleted", "declaration_not_found"),
    ],
)
def test_R62_one_thing_is_done_to_a_declaration_once(
    committed: Committed, race: Callable, call: str, done: str, code: str
) -> None:
    factory, _ = committed
    declarations = factory.declared(released(factory), report("opening"), report("progress", good=4))
    if call == ROLL_BACK:
        factory.register(*declarations)
    assert race(call, declarations, call, declarations) == ([(done, [])] * 2, [("refused", [code])] * 2)
    assert factory.balance("BIKE") == (4 if call == REGISTER else 0)


def test_R62_a_registration_and_a_deletion_do_not_both_happen(committed: Committed, race: Callable) -> None:
    factory, _ = committed
    declarations = factory.declared(released(factory), report("opening"))
    assert race(REGISTER, declarations, DELETE, declarations) == (
        [("registered", [])],
        [("refused", ["already_registered"])],
    )


def test_R62_two_registrations_into_the_same_new_lot_make_it_once(committed: Committed, race: Callable) -> None:
    factory, _ = committed
    factory.item("CHEESE", "manual", "production", by_lot=True)
    calls = []
    for _ in range(2):
        order = released(factory, item="CHEESE")
        calls.append(factory.declared(order, report("opening"), report("progress", good=4, lot_code="NEW")))
    assert race(REGISTER, calls[0], REGISTER, calls[1]) == ([("registered", [])] * 2,) * 2
    assert [row["lot_code"] for row in factory.table("lot")] == ["NEW"]
    assert factory.balance("CHEESE", lot=None) == 8


def test_R62_what_a_registration_loads_and_a_release_takes_is_not_taken_back(
    committed: Committed, race: Callable
) -> None:
    factory, _ = committed
    declarations = factory.declared(released(factory), report("opening"), report("progress", good=4))
    factory.register(*declarations)
    factory.item("TRUCK", procurement="production")
    taker = factory.order(needs("BIKE", 3), item="TRUCK")
    assert race(RELEASE, [taker], ROLL_BACK, declarations) == (
        [("released", [])],
        [("refused", ["sequence_broken"]), ("refused", ["counterpart_stock_used"])],
    )
    assert factory.balance("BIKE") == 1


def test_R35_R62_a_remainder_that_a_restore_takes_in_is_not_released_meanwhile(
    committed: Committed, rilascio_login: Callable[..., str]
) -> None:
    """Even one that came into being while the restore waited for the order; it is held where it locks stock."""
    factory, observer = committed
    bolt = factory.item("BOLT", decimals=0)
    factory.stock(bolt, 6)
    order = factory.order(needs(bolt), quantity=10)
    hold_inserts(factory.connection, "erp.stock_balance")
    factory.connection.commit()
    with several(rilascio_login, 4) as (splits, restores, comes_late, holds):
        [(outcome, remainder)] = splits.send(SPLIT, [factory.company_id, [order]]).result(30)
        assert outcome == "split"
        restored = restores.send(RESTORE, [factory.company_id, [order]])
        wait_until_blocked(observer, restores, splits)
        wait = holds.send("select pg_advisory_xact_lock(1)", [])
        wait_until_blocked(observer, holds, splits)
        splits.connection.commit()
        wait.result(30)
        wait_until_blocked(observer, restores, holds)
        late = comes_late.send(RELEASE, [factory.company_id, [remainder]])
        wait_until_blocked(observer, comes_late, restores)
        holds.connection.rollback()
        assert restored.result(30) == [("restored", [])]
        restores.connection.commit()
        assert late.result(30) == [("refused", ["order_not_found"])]
        comes_late.connection.commit()
    assert factory.order_row(order).quantity == 10
    assert factory.call("select code from erp_api.check_integrity(%s)", [factory.company_id]) == []


def test_R62_an_order_that_was_not_there_to_be_locked_is_not_checked(
    committed: Committed, rilascio_login: Callable[..., str]
) -> None:
    """Its id was guessed, and it came into being while the call waited for another lock."""
    factory, observer = committed
    bolt = factory.item("BOLT", decimals=0)
    factory.stock(bolt, 6)
    factory.job(1, status="launched")
    order, other = factory.order(needs(bolt), quantity=10), factory.order(job=1)
    factory.connection.commit()
    with two(rilascio_login) as (honest, guesses):
        [(outcome, remainder)] = honest.send(SPLIT, [factory.company_id, [order]]).result(30)
        assert outcome == "split"
        factory.connection.execute("select from erp.job_order for update")
        guessed = guesses.send(RELEASE, [factory.company_id, [remainder, other]])
        wait_until_blocked(observer, guesses, factory.connection)
        honest.connection.commit()
        factory.connection.commit()
        with pytest.raises(SerializationFailure):
            guessed.result(30)
    assert factory.status(remainder) == factory.status(other) == "launched"


def test_R51_R62_a_declaration_that_was_not_there_when_its_order_was_locked_is_not_registered(
    committed: Committed, rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    first, second = released(factory), released(factory)
    [known] = factory.declared(first, report("opening"))
    factory.connection.commit()
    with two(rilascio_login) as (honest, guesses):
        factory.connection.execute(
            "select from erp.production_order where production_order_id = %s for update", [first]
        )
        guessed = guesses.send(REGISTER, [factory.company_id, [known, known + 1]])
        wait_until_blocked(observer, guesses, factory.connection)
        assert honest.send(DECLARE, [factory.company_id, opening(second)]).result(30) == [("declared", [])]
        honest.connection.commit()
        factory.connection.commit()
        with pytest.raises(SerializationFailure):
            guessed.result(30)
        guesses.connection.rollback()
        again = guesses.send(REGISTER, [factory.company_id, [known, known + 1]])
        assert again.result(30) == [("registered", []), ("registered", [])]
        guesses.connection.commit()


def test_R60_R62_a_restore_does_not_wait_until_old_keys_are_forgotten(
    committed: Committed, rilascio_login: Callable[..., str]
) -> None:
    factory, _ = committed
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut))
    factory.release(order, key=uuid.uuid4())
    factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
    factory.connection.execute("update erp.run set started_at = now() - interval '1 year'")
    factory.connection.commit()
    with two(rilascio_login) as (forgets, restores):
        prune = "select erp_api.prune_request_keys(%s, %s)"
        assert forgets.send(prune, [factory.company_id, "1 day"]).result(30) == [(1,)]
        assert restores.send(prune, [factory.company_id, "1 day"]).result(30) == [(0,)], "left to the other"
        assert restores.send(RESTORE, [factory.company_id, [order]]).result(30) == [("restored", [])]
        restores.connection.commit()
        forgets.connection.commit()
