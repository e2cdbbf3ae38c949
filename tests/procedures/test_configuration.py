"""What runs check by does not change under them, and master data keeps the meaning of what has happened (R20)."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from psycopg.errors import ForeignKeyViolation, SerializationFailure
from psycopg.sql import SQL

from rilascio.errors import RecordProtected
from tests.factory import MAIN, Factory, needs, outcomes, phase, report
from tests.sessions import Session, rows_after_waiting, two, wait_until_blocked


@pytest.fixture
def by_hand(factory: Factory) -> Callable[..., None]:
    """Give a function that writes as the owner of the tables; what is refused is undone."""

    def write(manual_change: str, *arguments: Any) -> None:
        with factory.connection.transaction():
            assert factory.connection.execute(SQL(manual_change), arguments or None).rowcount >= 1

    return write


MEANINGS = ["tracking = 'none'", "uom = 'KG'", "quantity_decimals = 2"]


@pytest.mark.parametrize("change", MEANINGS)
def test_R20_an_item_keeps_the_meaning_of_its_movements(
    factory: Factory, by_hand: Callable[..., None], change: str
) -> None:
    factory.item("POWDER", by_lot=True)
    factory.item("OTHER")
    manual_change = f"update erp.item set {change}, description = 'new' where item_code in ('POWDER', 'OTHER')"
    factory.stock("POWDER", 5, lot="A")
    with pytest.raises(RecordProtected, match=r"of item POWDER, such as a movement of \d{4}-") as error:
        by_hand(manual_change)
    assert error.value.diag.column_name == change.split()[0]
    with factory.maintenance():
        by_hand("delete from erp.stock_movement")
    by_hand("delete from erp.lot")
    by_hand(manual_change)


@pytest.mark.parametrize("change", MEANINGS)
@pytest.mark.parametrize("item", ["BIKE", "GLUE"])
def test_R20_an_item_keeps_the_meaning_of_what_released_orders_make_and_need(
    factory: Factory, by_hand: Callable[..., None], item: str, change: str
) -> None:
    """GLUE is picked by hand and BIKE is made: nothing of them has moved yet, and a registration will move it."""
    factory.item("GLUE", "manual")
    order = factory.order(needs("GLUE", "0.125"), phases=[phase(10)])
    factory.change_row("item", {"quantity_decimals": 3}, item_id=factory.id("item", "BIKE"))
    manual_change = f"update erp.item set {change.replace('none', 'lot')} where item_code = '{item}'"
    factory.release(order)
    with pytest.raises(RecordProtected, match=rf"of item {item}, such as order \d+/"):
        by_hand(manual_change)
    factory.restore(order)
    by_hand(manual_change)


def test_R20_an_item_keeps_its_tracking_while_lots_of_it_are_committed(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    factory.item("POWDER", by_lot=True)
    order = factory.order(needs("POWDER", lots={"A": 5}))
    with pytest.raises(RecordProtected, match="such as lot A"):
        by_hand("update erp.item set tracking = 'none' where item_code = 'POWDER'")
    by_hand("delete from erp.material_lot where production_order_id = %s", order)
    with pytest.raises(RecordProtected, match="such as lot A"):
        by_hand("update erp.item set tracking = 'none' where item_code = 'POWDER'")
    by_hand("delete from erp.lot")
    by_hand("update erp.item set tracking = 'none' where item_code = 'POWDER'")


def test_R20_what_makes_no_movement_wrong_is_free(factory: Factory, by_hand: Callable[..., None]) -> None:
    factory.item("NUT", decimals=3)
    factory.stock("NUT", 5)
    by_hand("update erp.item set quantity_decimals = 4, lot_policy = 'expiry', phantom = true, description = 'x'")
    by_hand("update erp.movement_reason set usable_in_production = false, description = 'x'")


def test_R20_a_reason_keeps_its_direction_while_a_record_bears_it(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    factory.item("NUT")
    factory.stock("NUT", 5)
    turn = "update erp.movement_reason set direction = 'issue' where reason_code = %s"
    with pytest.raises(RecordProtected, match=r"MAIN LOA, such as a record of \d{4}-") as error:
        by_hand(turn, "LOA")
    assert error.value.diag.column_name == "direction"
    factory.reason(MAIN, "NEW", "load")
    by_hand(turn, "NEW")


def test_R20_what_stands_on_master_data_is_not_checked_by_an_old_snapshot(
    committed: tuple[Factory, Any], rilascio_database: str
) -> None:
    factory, _ = committed
    factory.item("NUT")
    factory.connection.commit()
    hand = Session(rilascio_database)
    hand.connection.execute("set default_transaction_isolation = 'repeatable read'; set role erp_owner")
    hand.connection.commit()
    for manual_change in (
        "update erp.item set uom = 'KG' returning 1",
        "update erp.movement_reason set direction = 'load'",
    ):
        with pytest.raises(RecordProtected, match="read committed"):
            hand.send(manual_change, []).result(30)
        hand.connection.rollback()
    hand.close()


def test_an_item_that_nothing_names_goes_with_its_balance_rows_at_zero(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    factory.item("NUT", picking=None)
    factory.stock("NUT", 5)
    manual_change = "delete from erp.item where item_code = 'NUT'"
    with pytest.raises((RecordProtected, ForeignKeyViolation)):
        by_hand(manual_change)
    by_hand("delete from erp.stock_movement where quantity = 5")
    with pytest.raises(RecordProtected):
        by_hand("delete from erp.stock_balance")
    assert len(factory.table("stock_balance")) == 1
    by_hand(manual_change)
    assert factory.table("stock_balance") == []


# Several at once ------------------------------------------------------------------------------------------------------

CODES = "jsonb_path_query_array(reasons, '$[*].code')"
CALLS = {
    "release": f"select outcome, {CODES} from erp_api.release_production_orders(%s, %s)",
    "registration": f"select outcome, {CODES} from erp_api.register_declarations(%s, %s)",
}

CHANGES = {
    "period": ("update erp.production_parameter set period_end = '2020-01-31' returning company_id", "period_closed"),
    "company flag": (
        "update erp.production_parameter set allow_negative_stock = false returning company_id",
        "insufficient_stock",
    ),
    "warehouse flag": ("update erp.warehouse set allow_negative_stock = false returning 1", "insufficient_stock"),
    "check by location": ("update erp.warehouse set check_location = true returning 1", "insufficient_stock"),
    "location": ("update erp.location set blocked = true returning 1", "insufficient_stock"),
    "tracking": ("update erp.item set tracking = 'lot' where item_code = 'CHAFF' returning 1", "lot_required"),
}
"""Changes of what runs check by, and what a run is refused for that comes after them."""


RACES = [(kind, change) for kind in CALLS for change in CHANGES if (kind, change) != ("registration", "tracking")]
"""What can meet: the tracking of what a released order has does not change any more."""


@pytest.fixture
def hand(rilascio_database: str) -> Iterator[Session]:
    """Give a session that works by hand as the owner of the tables."""
    session = Session(rilascio_database)
    session.connection.execute("set role erp_owner")
    session.connection.commit()
    yield session
    session.close()


def ready(factory: Factory, kind: str, change: str) -> list[Any]:
    """Make what a call of this kind can be about, if it comes before the change; return the call's arguments."""
    picking = "automatic" if kind == "release" else "manual"
    factory.rule("finished", MAIN)
    factory.item("NUT", picking)
    factory.item("CHAFF", picking)
    material = needs("NUT")
    if change in ("company flag", "warehouse flag"):
        factory.parameters(allow_negative_stock=True)
        factory.change_warehouse(MAIN, allow_negative_stock=True)
    elif change in ("check by location", "location"):
        factory.location("SHELF")
        factory.location("BAY")
        factory.stock("NUT", 10, location="SHELF")
        if change == "check by location":
            factory.keep("NUT", "BAY")
    elif change == "tracking":
        material = needs("CHAFF", -1)
    else:
        factory.stock("NUT", 10)
    order = factory.order(material, phases=[phase(10)])
    ids = [order]
    if kind == "registration":
        assert outcomes(factory.release(order)) == ["released"]
        ids = factory.declared(order, report("opening"), report("progress", good=1))[1:]
        assert outcomes(factory.register(ids[0] - 1)) == ["registered"]
    factory.connection.commit()
    return [factory.company_id, ids]


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
@pytest.mark.parametrize(("kind", "change"), RACES)
def test_R20_R62_a_run_waits_for_a_change_of_what_it_checks_by(
    committed: tuple[Factory, Any],
    rilascio_login: Callable[..., str],
    hand: Session,
    change: str,
    kind: str,
    isolation: str,
) -> None:
    factory, observer = committed
    arguments = ready(factory, kind, change)
    manual_change, code = CHANGES[change]
    with two(rilascio_login) as (runs, _):
        runs.connection.execute(f"set default_transaction_isolation = '{isolation}'".encode())
        runs.connection.commit()
        hand.send(manual_change, []).result(30)
        ran = runs.send(CALLS[kind], arguments)
        wait_until_blocked(observer, runs, hand)
        hand.connection.commit()
        [(outcome, codes)] = rows_after_waiting(ran, isolation, runs, CALLS[kind], arguments)
        runs.connection.commit()
    assert (outcome, codes) == ("refused", [code])


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
@pytest.mark.parametrize(("kind", "change"), RACES)
def test_R20_R62_no_run_is_overtaken_by_a_change_of_what_it_checked_by(
    committed: tuple[Factory, Any],
    rilascio_login: Callable[..., str],
    hand: Session,
    change: str,
    kind: str,
    isolation: str,
) -> None:
    """The row that runs hold is waited for; other changes hold rows of their own, and are sent again."""
    factory, observer = committed
    arguments = ready(factory, kind, change)
    manual_change, _ = CHANGES[change]
    with two(rilascio_login) as (runs, _):
        runs.connection.execute(f"set default_transaction_isolation = '{isolation}'".encode())
        runs.connection.commit()
        [(outcome, _)] = runs.send(CALLS[kind], arguments).result(30)
        assert outcome == {"release": "released", "registration": "registered"}[kind]
        if "production_parameter" in manual_change:
            changed = hand.send(manual_change, [])
            wait_until_blocked(observer, hand, runs)
            runs.connection.commit()
            assert changed.result(30)
            hand.connection.commit()
            return
        with pytest.raises(SerializationFailure) as under_way:
            hand.send(manual_change, []).result(30)
        assert "Lock the configuration" in str(under_way.value.diag.message_hint)
        hand.connection.rollback()
        lock = "select company_id from erp.production_parameter where company_id = %s for no key update"
        locked = hand.send(lock, [factory.company_id])
        wait_until_blocked(observer, hand, runs)
        runs.connection.commit()
        assert locked.result(30)
        if change == "tracking":
            with pytest.raises(RecordProtected):
                hand.send(manual_change, []).result(30)
        else:
            assert hand.send(manual_change, []).result(30)
        hand.connection.commit()


def test_R20_R62_a_call_whose_snapshot_is_older_than_the_change_is_sent_again(
    committed: tuple[Factory, Any], rilascio_login: Callable[..., str], hand: Session
) -> None:
    factory, _ = committed
    arguments = ready(factory, "release", "period")
    with two(rilascio_login) as (runs, _):
        runs.connection.execute("set default_transaction_isolation = 'repeatable read'")
        runs.connection.commit()
        assert runs.send("select count(*) from erp_api.release_grid", []).result(30) == [(1,)]
        hand.send(CHANGES["period"][0], []).result(30)
        hand.connection.commit()
        with pytest.raises(SerializationFailure):
            runs.send(CALLS["release"], arguments).result(30)


def test_R62_runs_share_the_configuration_and_previews_do_not_ask_for_it(
    committed: tuple[Factory, Any], rilascio_login: Callable[..., str], hand: Session
) -> None:
    factory, _ = committed
    company_id, orders = ready(factory, "release", "period")
    other = factory.order()
    factory.connection.commit()
    with two(rilascio_login) as (first, second):
        assert first.send(CALLS["release"], [company_id, orders]).result(30) == [("released", [])]
        assert second.send(CALLS["release"], [company_id, [other]]).result(30) == [("released", [])]
        first.connection.commit()
        second.connection.rollback()
        hand.send(CHANGES["period"][0], []).result(30)
        preview = "select outcome from erp_api.preview_release(%s, %s, %s)"
        assert first.send(preview, [company_id, [other], date(2026, 1, 1)]).result(30) == [("released",)]


def test_R62_what_runs_do_not_decide_by_is_changed_beside_them(
    committed: tuple[Factory, Any], rilascio_login: Callable[..., str], hand: Session
) -> None:
    """Also of several warehouses at once, which differ in what runs decide by."""
    factory, _ = committed
    factory.warehouse("FAR", allow_negative_stock=True)
    arguments = ready(factory, "release", "period")
    with two(rilascio_login) as (runs, _):
        assert runs.send(CALLS["release"], arguments).result(30) == [("released", [])]
        assert len(hand.send("update erp.warehouse set valid_until = '2099-12-31' returning 1", []).result(30)) == 2
        hand.connection.commit()
