"""Records entered by hand are numbered by the counter, fit their reason and item, and are in no run's way (R20)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg.errors import SerializationFailure
from psycopg.sql import SQL

from rilascio.errors import RecordProtected
from tests.factory import MAIN, Factory, day, needs, outcomes, phase, report
from tests.sessions import Session, two, wait_until_blocked

RECORD = (
    "insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id{more})"
    " select w.company_id, %(on)s, w.warehouse_id, s.movement_reason_id{values}"
    " from erp.warehouse as w join erp.movement_reason as s using (company_id, warehouse_id)"
    " where w.warehouse_code = 'MAIN' and s.reason_code = %(reason)s returning stock_record_id"
)
LINE = (
    "insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id,"
    " quantity) select r.company_id, r.record_date, r.stock_record_id, %(line)s, r.warehouse_id, i.item_id, t.lot_id,"
    " %(quantity)s from erp.stock_record as r join erp.item as i using (company_id)"
    " left join erp.lot as t on t.company_id = i.company_id and t.item_id = i.item_id and t.lot_code = %(lot)s"
    " where r.stock_record_id = %(record)s and i.item_code = %(item)s returning line"
)


@pytest.fixture
def by_hand(factory: Factory) -> Callable[..., Any]:
    """Give a function that writes as the owner of the tables; what is refused is undone."""

    def write(manual_change: str, **arguments: Any) -> Any:
        with factory.connection.transaction():
            return factory.connection.execute(SQL(manual_change), arguments).fetchone()

    return write


def record(by_hand: Callable[..., Any], reason: str = "LOA", number: int | None = None, on: int = 0) -> int:
    """Enter a record, with a number or without one."""
    given = {"more": ", record_number", "values": f", {number}"} if number else {"more": "", "values": ""}
    return int(by_hand(RECORD.format(**given), reason=reason, on=day(on))[0])


def line(by_hand: Callable[..., Any], of: int, item: str, quantity: int, lot: str | None = None, at: int = 1) -> None:
    """Enter a line of a record."""
    by_hand(LINE, record=of, item=item, quantity=quantity, lot=lot, line=at)


def numbers(factory: Factory) -> dict[int, int | None]:
    """Return the numbers of all records by their ids."""
    return {row["stock_record_id"]: row["record_number"] for row in factory.table("stock_record")}


def test_R19_records_entered_by_hand_are_numbered_in_their_order_when_their_transaction_ends(
    factory: Factory, by_hand: Callable[..., Any]
) -> None:
    factory.item("NUT")
    factory.stock("NUT", 5, on=day(0))
    first, second, other_day = record(by_hand), record(by_hand, "ISS"), record(by_hand, on=1)
    line(by_hand, first, "NUT", 5)
    assert [numbers(factory)[one] for one in (first, second, other_day)] == [None, None, None]
    factory.number_records()
    assert [numbers(factory)[one] for one in (first, second, other_day)] == [2, 3, 1]
    order = factory.order(needs("NUT"))
    assert outcomes(factory.release(order, on=day(0))) == ["released"]
    assert [row.record_number for row in factory.movements(order)] == [4]


def test_R20_no_number_is_passed_by_hand(factory: Factory, by_hand: Callable[..., Any]) -> None:
    with pytest.raises(RecordProtected, match="from the counter") as error:
        record(by_hand, number=7)
    assert error.value.diag.column_name == "record_number"
    one = record(by_hand)
    with pytest.raises(RecordProtected, match="from the counter"):
        by_hand("update erp.stock_record set record_number = 7 returning 1")
    factory.number_records()
    for change in ("record_number = 7", "record_date = record_date + 1"):
        with pytest.raises(RecordProtected, match="from the counter"):
            by_hand(f"update erp.stock_record set {change} returning 1")
    by_hand(
        "update erp.stock_record set record_date = record_date + 1, record_number = null, project = 'x' returning 1"
    )
    factory.number_records()
    assert numbers(factory) == {one: 1}
    with factory.maintenance():
        record(by_hand, number=7)


@pytest.mark.parametrize(("reason", "quantity"), [("LOA", -1), ("ISS", 1)])
def test_R20_a_line_entered_by_hand_goes_the_way_of_its_reason(
    factory: Factory, by_hand: Callable[..., Any], reason: str, quantity: int
) -> None:
    factory.item("NUT")
    one = record(by_hand, reason)
    with pytest.raises(RecordProtected, match="of a load are above zero") as error:
        line(by_hand, one, "NUT", quantity)
    assert error.value.diag.column_name == "quantity"
    line(by_hand, one, "NUT", -quantity)
    with pytest.raises(RecordProtected, match="of a load are above zero"):
        by_hand("update erp.stock_movement set quantity = -quantity returning 1")
    with pytest.raises(RecordProtected, match="of a load are above zero"):
        by_hand(
            "update erp.stock_record as r set movement_reason_id = s.movement_reason_id from erp.movement_reason as s"
            " where s.company_id = r.company_id and s.movement_reason_id <> r.movement_reason_id returning 1"
        )


def test_R20_a_line_entered_by_hand_names_a_lot_if_its_item_lies_in_lots(
    factory: Factory, by_hand: Callable[..., Any]
) -> None:
    factory.item("NUT")
    factory.lot("NUT", "A")
    factory.item("POWDER", by_lot=True)
    factory.lot("POWDER", "A")
    one = record(by_hand)
    for item, lot in (("NUT", "A"), ("POWDER", None)):
        with pytest.raises(RecordProtected, match="names its lot") as error:
            line(by_hand, one, item, 1, lot)
        assert error.value.diag.column_name == "lot_id"
    line(by_hand, one, "NUT", 1)
    line(by_hand, one, "POWDER", 1, "A", at=2)
    with pytest.raises(RecordProtected, match="names its lot"):
        by_hand("update erp.stock_movement set lot_id = null where lot_id is not null returning 1")
    with factory.maintenance():
        line(by_hand, one, "POWDER", 1, at=3)


@pytest.mark.parametrize("how", ["entered", "changed"])
def test_R20_R54_a_record_entered_by_hand_names_no_declaration(
    factory: Factory, by_hand: Callable[..., Any], how: str
) -> None:
    """A registration would take its lines for its own, and the declaration could not be deleted."""
    factory.item("NUT", "manual")
    factory.stock("NUT", 10)
    order = factory.order(needs("NUT", 2), phases=[phase(10)])
    factory.release(order)
    [opening] = factory.declared(order, report("opening"))
    one = record(by_hand, "ISS")
    name = (
        "update erp.stock_record as r set production_order_id = o.production_order_id, order_year = o.order_year,"
        " order_number = o.order_number, order_lot = o.order_lot,"
        " production_declaration_id = d.production_declaration_id"
        " from erp.production_declaration as d join erp.production_order as o using (company_id, production_order_id)"
        " where r.stock_record_id = %(record)s returning 1"
    )
    enter = (
        "insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id,"
        " production_declaration_id) select r.company_id, r.record_date, r.warehouse_id, r.movement_reason_id,"
        " d.production_declaration_id from erp.stock_record as r, erp.production_declaration as d"
        " where r.stock_record_id = %(record)s returning 1"
    )
    with pytest.raises(RecordProtected, match="belongs to no declaration") as error:
        by_hand(enter if how == "entered" else name, record=one)
    assert error.value.diag.column_name == "production_declaration_id"
    with factory.maintenance():
        by_hand(name, record=one)
        line(by_hand, one, "NUT", -1)
    factory.number_records()
    found = factory.call("select code from erp_api.check_integrity(%s)", [factory.company_id])
    assert [row.code for row in found] == ["record_not_in_force"]
    by_hand("delete from erp.stock_movement where quantity = -1 returning 1")
    by_hand("delete from erp.stock_record where stock_record_id = %(record)s returning 1", record=one)
    assert outcomes(factory.undeclare(opening)) == ["deleted"]


# Several at once ------------------------------------------------------------------------------------------------------

RELEASE = "select outcome from erp_api.release_production_orders(%s, %s, %s)"


class Hand(Session):
    """A session that enters records as the owner of the tables."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.connection.execute("set role erp_owner")
        self.connection.commit()

    def enter(self, *lines: tuple[str, int], at_once: bool = False) -> Any:
        """Enter a record with lines of items; return what will be its last answer."""

        def work() -> None:
            query = RECORD.format(more="", values="").encode()
            [(one,)] = self.connection.execute(query, {"reason": "LOA", "on": day(0)}).fetchall()
            if at_once:
                self.connection.execute(
                    "insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id,"
                    " item_id, quantity) select r.company_id, r.record_date, r.stock_record_id, n.line,"
                    " r.warehouse_id, i.item_id, n.quantity from erp.stock_record as r"
                    " join erp.item as i using (company_id)"
                    " join unnest(%s::text[], %s::integer[]) with ordinality as n (code, quantity, line)"
                    " on n.code = i.item_code where r.stock_record_id = %s order by n.line",
                    [[item for item, _ in lines], [quantity for _, quantity in lines], one],
                )
                return
            for number, (item, quantity) in enumerate(lines, start=1):
                self.connection.execute(
                    LINE.encode(), {"record": one, "item": item, "quantity": quantity, "lot": None, "line": number}
                )

        return self._thread.submit(work)

    def end(self) -> Any:
        """Commit, while the test goes on."""
        return self._thread.submit(self.connection.commit)


@pytest.fixture
def hands(rilascio_database: str, committed: tuple[Factory, Any]) -> Iterator[tuple[Hand, Hand]]:
    """Give two sessions that work by hand."""
    factory, _ = committed
    for item in ("BOLT", "NUT"):
        factory.item(item)
        factory.stock(item, 10)
    factory.connection.commit()
    sessions = Hand(rilascio_database), Hand(rilascio_database)
    yield sessions
    for session in sessions:
        session.close()


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_R19_R62_receipts_by_hand_and_a_release_share_a_day_and_wait_for_each_others_numbers(
    committed: tuple[Factory, Any], rilascio_login: Callable[..., str], hands: tuple[Hand, Hand], isolation: str
) -> None:
    factory, observer = committed
    first, second = hands
    order = factory.order(needs("NUT"))
    factory.connection.commit()
    with two(rilascio_login) as (releases, _):
        releases.connection.execute(f"set default_transaction_isolation = '{isolation}'".encode())
        releases.connection.commit()
        for hand in hands:
            hand.enter(("BOLT", 1)) if hand is first else hand.enter(("NUT", 1))
        for hand in hands:
            hand.send("select 1", []).result(30)
        released = releases.send(RELEASE, [factory.company_id, [order], day(0)])
        wait_until_blocked(observer, releases, second)
        first.end().result(30)
        second.end().result(30)
        if isolation == "repeatable read":
            with pytest.raises(SerializationFailure):
                released.result(30)
            releases.connection.rollback()
            released = releases.send(RELEASE, [factory.company_id, [order], day(0)])
        assert released.result(30) == [("released",)]
        third = first.enter(("BOLT", 1))
        third.result(30)
        ended = first.end()
        wait_until_blocked(observer, first, releases)
        releases.connection.commit()
        ended.result(30)
    on_the_day = [row["record_number"] for row in factory.table("stock_record") if row["record_date"] == str(day(0))]
    assert sorted(on_the_day) == [1, 2, 3, 4]
    assert factory.call("select code from erp_api.check_integrity(%s)", [factory.company_id]) == []


@pytest.mark.parametrize("at_once", [True, False], ids=["in one statement", "line by line"])
def test_R62_lines_entered_against_the_order_of_stock_meet_no_release_in_a_circle(
    committed: tuple[Factory, Any], rilascio_login: Callable[..., str], hands: tuple[Hand, Hand], at_once: bool
) -> None:
    """The release holds BOLT and asks for NUT, which the receipt holds; the receipt goes on to BOLT."""
    factory, observer = committed
    hand, other = hands
    order = factory.order(needs("BOLT"), needs("NUT"))
    factory.connection.commit()
    with two(rilascio_login) as (releases, _):
        if at_once:
            other.enter(("BOLT", 1)).result(30)
            entered = hand.enter(("NUT", 1), ("BOLT", 1), at_once=True)
            wait_until_blocked(observer, hand, other)
            released = releases.send(RELEASE, [factory.company_id, [order], day(0)])
            wait_until_blocked(observer, releases, hand)
            other.end().result(30)
            entered.result(30)
            hand.end().result(30)
            assert released.result(30) == [("released",)]
            releases.connection.commit()
        else:
            hand.enter(("NUT", 1)).result(30)
            released = releases.send(RELEASE, [factory.company_id, [order], day(0)])
            wait_until_blocked(observer, releases, hand)
            with pytest.raises(SerializationFailure, match="comes before what"):
                hand.enter(("BOLT", 1)).result(30)
            hand.connection.rollback()
            assert released.result(30) == [("released",)]
            releases.connection.commit()
            hand.enter(("NUT", 1), ("BOLT", 1)).result(30)
            hand.end().result(30)
    assert (factory.balance("BOLT"), factory.balance("NUT")) == ((11, 10) if at_once else (10, 10))


def test_R62_the_first_stock_of_an_item_meets_no_release_in_a_circle_either(
    committed: tuple[Factory, Any], rilascio_login: Callable[..., str], hands: tuple[Hand, Hand]
) -> None:
    """The release has made the key of SCREW, which nobody else sees, and asks for BOLT; the receipt holds that."""
    factory, observer = committed
    hand, _ = hands
    factory.item("SCREW")
    order = factory.order(needs("SCREW"), needs("BOLT"))
    factory.connection.commit()
    with two(rilascio_login) as (releases, _):
        hand.enter(("BOLT", 1)).result(30)
        released = releases.send(RELEASE, [factory.company_id, [order], day(0)])
        wait_until_blocked(observer, releases, hand)
        with pytest.raises(SerializationFailure, match="held by another transaction"):
            hand.enter(("SCREW", 1)).result(30)
        hand.connection.rollback()
        assert released.result(30) == [("refused",)]
        releases.connection.commit()
        hand.enter(("BOLT", 1), ("SCREW", 1)).result(30)
        hand.end().result(30)
    assert (factory.balance("BOLT"), factory.balance("SCREW")) == (11, 1)


def test_R62_who_has_numbers_already_waits_for_no_stock(
    committed: tuple[Factory, Any], hands: tuple[Hand, Hand]
) -> None:
    """A receipt numbered before its end holds the counter, which comes last."""
    factory, _ = committed
    early, late = hands
    early.connection.execute("set constraints erp.stock_record_numbered immediate")
    late.enter(("NUT", 1)).result(30)
    with pytest.raises(SerializationFailure, match="held by another transaction"):
        early.enter(("BOLT", 1), ("NUT", 1)).result(30)
    early.connection.rollback()
    late.end().result(30)
    early.connection.execute("set constraints erp.stock_record_numbered immediate")
    early.enter(("BOLT", 1), ("NUT", 1)).result(30)
    early.end().result(30)
    assert (factory.balance("BOLT"), factory.balance("NUT")) == (11, 12)


def test_R62_lines_entered_in_the_order_of_stock_wait(committed: tuple[Factory, Any], hands: tuple[Hand, Hand]) -> None:
    factory, observer = committed
    first, second = hands
    first.enter(("NUT", 1)).result(30)
    entered = second.enter(("BOLT", 1), ("NUT", 1))
    wait_until_blocked(observer, second, first)
    first.end().result(30)
    entered.result(30)
    second.end().result(30)
    assert (factory.balance("BOLT"), factory.balance("NUT"), MAIN) == (11, 12, MAIN)


def test_R20_R62_a_receipt_by_hand_holds_the_configuration(
    committed: tuple[Factory, Any], hands: tuple[Hand, Hand]
) -> None:
    """The first movement of an item and the change of its tracking do not both happen."""
    factory, _ = committed
    factory.item("SCREW")
    factory.connection.commit()
    first, second = hands
    first.enter(("SCREW", 1)).result(30)
    manual_change = "update erp.item set tracking = 'lot' where item_code = 'SCREW' returning 1"
    with pytest.raises(SerializationFailure):
        second.send(manual_change, []).result(30)
    second.connection.rollback()
    first.end().result(30)
    with pytest.raises(RecordProtected):
        second.send(manual_change, []).result(30)
