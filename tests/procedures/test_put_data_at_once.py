"""Data put while others put, release or delete: each sees the others whole, and none waits without need (R62)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.errors import SerializationFailure
from psycopg.types.json import Jsonb

from rilascio.errors import RequestKeyReused, SessionUnfit
from tests.factory import MAIN, Factory, needs
from tests.sessions import Session, two, wait_until_blocked

KEY = uuid.UUID(int=11)
CODES = "jsonb_path_query_array(reasons, '$[*].code')"
PUT = f"select outcome, {CODES} from erp_api.put_data(%s, %s)"
PUT_WITH_KEY = "select ordinal, outcome, run_id, reasons from erp_api.put_data(%s, %s, p_request_key => %s)"
RELEASE = f"select outcome, {CODES} from erp_api.release_production_orders(%s, %s)"


class Plant(NamedTuple):
    """A company whose data is committed, who watches the server, and two sessions: of who puts and of who releases."""

    factory: Factory
    observer: psycopg.Connection
    first: Session
    second: Session

    def put(self, session: Session, **rows: Any) -> Any:
        """Send a put; return what will be its answer."""
        return session.send(PUT, [self.factory.company_id, Jsonb(rows)])

    def release(self, order: int) -> Any:
        """Send a release from the second session; return what will be its answer."""
        return self.second.send(RELEASE, [self.factory.company_id, [order]])

    def blocked(self, session: Session, by: Session) -> None:
        """Return as soon as one session waits for the other."""
        wait_until_blocked(self.observer, session, by)


@pytest.fixture
def plant(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str], rilascio_database: str
) -> Iterator[Plant]:
    """Give a company, and two sessions that may put data and release."""
    factory, observer = committed
    factory.put(site=[{"site_code": "ROME"}])
    factory.connection.commit()

    def login() -> str:
        dsn = rilascio_login("erp_writer")
        with psycopg.connect(dsn) as connection:
            role = connection.info.user
        observer.execute(f"grant erp_operator to {role}".encode())
        return dsn

    with two(login) as (first, second):
        yield Plant(factory, observer, first, second)


CHANGED: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("tracking", {"item": [{"item_code": "CHAFF", "tracking": "lot"}]}, "lot_required", "item_moved"),
    (
        "warehouse flag",
        {"warehouse": [{"warehouse_code": MAIN, "allow_negative_stock": False}]},
        "insufficient_stock",
        "stock_negative",
    ),
    ("company flag", {"company": [{"allow_negative_stock": False}]}, "insufficient_stock", "stock_negative"),
    ("period", {"company": [{"period_end": "2020-01-31"}]}, "period_closed", None),
    (
        "direction",
        {"movement_reason": [{"warehouse_code": MAIN, "reason_code": "ISS", "direction": "load"}]},
        "reason_unusable",
        "reason_used",
    ),
]
"""A change of what runs decide by, what a release after it is refused for, and it after a release."""
EVERY_CHANGE = pytest.mark.parametrize(
    ("rows", "release_refused", "put_refused"), [case[1:] for case in CHANGED], ids=[case[0] for case in CHANGED]
)


def ordered(factory: Factory, rows: dict[str, Any]) -> int:
    """Make an order that can be released before the change and not after it."""
    factory.item("NUT")
    factory.item("CHAFF")
    factory.parameters(allow_negative_stock=True)
    factory.change_warehouse(MAIN, allow_negative_stock=True)
    material = needs("CHAFF", -1) if "item" in rows else needs("NUT")
    if rows.get("company") and "period_end" in rows["company"][0]:
        factory.stock("NUT", 5)
    order = factory.order(material)
    factory.connection.commit()
    return order


@EVERY_CHANGE
def test_R20_R62_a_release_waits_for_a_put_of_what_it_decides_by(
    plant: Plant, rows: dict[str, Any], release_refused: str, put_refused: str | None
) -> None:
    order = ordered(plant.factory, rows)
    assert plant.put(plant.first, **rows).result(30) == [("changed", [])]
    released = plant.release(order)
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    assert released.result(30) == [("refused", [release_refused])]


@EVERY_CHANGE
def test_R20_R62_a_put_of_what_runs_decide_by_waits_for_a_release_and_sees_it(
    plant: Plant, rows: dict[str, Any], release_refused: str, put_refused: str | None
) -> None:
    order = ordered(plant.factory, rows)
    assert plant.release(order).result(30) == [("released", [])]
    put = plant.put(plant.first, **rows)
    plant.blocked(plant.first, by=plant.second)
    plant.second.connection.commit()
    assert put.result(30) == [("refused", [put_refused]) if put_refused else ("changed", [])]


FREE: dict[str, dict[str, Any]] = {
    "item": {"item_code": "NUT", "description": "new", "lot_policy": "expiry", "phantom": False},
    "item_mrp_parameter": {"item_code": "NUT", "procurement_type": "production"},
    "warehouse": {"warehouse_code": MAIN, "description": "new", "valid_until": "2098-12-31"},
    "movement_reason": {"warehouse_code": MAIN, "reason_code": "ISS", "usable_in_production": True, "description": "x"},
    "warehouse_rule": {"level": "company", "section": "raw_material", "load_reason_code": None},
    "site": {"site_code": "NEW"},
    "company": {"description": "new"},
}


@pytest.mark.parametrize("kind", FREE)
def test_R62_a_put_of_what_no_run_is_bound_by_stops_no_release_and_waits_for_none(plant: Plant, kind: str) -> None:
    order = ordered(plant.factory, {})
    [(outcome, _)] = plant.put(plant.first, **{kind: [FREE[kind]]}).result(30)
    assert outcome in ("created", "changed")
    assert plant.release(order).result(30) == [("released", [])]
    plant.first.connection.rollback()
    assert plant.put(plant.first, **{kind: [FREE[kind]]}).result(30) == [(outcome, [])]


def test_R70_an_unchanged_row_holds_no_lock(plant: Plant) -> None:
    same = {"item_code": "BIKE", "uom": "PC", "tracking": "none"}
    assert plant.put(plant.first, item=[same], site=[{"site_code": "ROME"}]).result(30) == [("unchanged", [])] * 2
    assert plant.put(plant.second, item=[{"item_code": "BIKE", "description": "x"}]).result(30) == [("changed", [])]
    assert plant.put(plant.second, site=[{"site_code": "ROME", "description": "x"}]).result(30) == [("changed", [])]


# --- two that put ----------------------------------------------------------------------------------------------------


def test_R62_R70_of_two_puts_of_one_row_the_second_changes_what_the_first_left(plant: Plant) -> None:
    first = plant.put(plant.first, item=[{"item_code": "BIKE", "description": "first", "item_class": "A"}])
    assert first.result(30) == [("changed", [])]
    second = plant.put(plant.second, item=[{"item_code": "BIKE", "description": "second"}])
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    assert second.result(30) == [("changed", [])]
    plant.second.connection.commit()
    [bike] = plant.factory.data("item")
    assert (bike["description"], bike["item_class"]) == ("second", "A")


@pytest.mark.parametrize(("uom", "outcome"), [("KG", "unchanged"), ("G", "changed")])
def test_R62_of_two_puts_of_one_new_row_the_second_meets_what_the_first_made(
    plant: Plant, uom: str, outcome: str
) -> None:
    """As far as nothing that runs decide by changes: that is claimed before the row is there to be seen."""
    new = {"site_code": "MILAN", "description": "KG"}
    assert plant.put(plant.first, site=[new]).result(30) == [("created", [])]
    second = plant.put(plant.second, site=[{**new, "description": uom}])
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    assert second.result(30) == [(outcome, [])]


def test_R62_two_puts_of_the_same_rows_in_opposite_orders_make_no_circle(plant: Plant) -> None:
    codes = [f"I{number:02}" for number in range(20)]
    plant.put(plant.first, item=[{"item_code": code} for code in codes[::2]]).result(30)
    plant.first.connection.commit()
    assert plant.put(plant.first, item=[{"item_code": codes[10], "description": "held"}]).result(30)
    rows = [{"item_code": code, "description": "second"} for code in codes]
    second = plant.put(plant.second, item=rows)
    plant.blocked(plant.second, by=plant.first)
    first = plant.put(plant.first, item=[{**row, "description": "first"} for row in reversed(rows[10:])])
    assert len(first.result(30)) == 10
    plant.first.connection.commit()
    assert len(second.result(30)) == 20
    plant.second.connection.commit()
    assert {row["description"] for row in plant.factory.data("item")} == {"", "second"}


def test_R62_a_put_that_meets_a_new_meaning_of_what_it_leaves_alone_is_sent_again(plant: Plant) -> None:
    """It took no claim, since the column was equal when it looked."""
    plant.factory.item("NUT")
    plant.factory.connection.commit()
    rows = [{"item_code": "NUT", "uom": "PC", "description": "x"}]
    assert plant.put(plant.first, item=[{"item_code": "NUT", "uom": "KG"}]).result(30) == [("changed", [])]
    second = plant.put(plant.second, item=rows)
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    with pytest.raises(SerializationFailure):
        second.result(30)
    plant.second.connection.rollback()
    assert plant.put(plant.second, item=rows).result(30) == [("changed", [])]


def test_R60_R62_data_put_twice_at_once_with_one_key_is_put_once(plant: Plant) -> None:
    arguments = [plant.factory.company_id, Jsonb({"site": [{"site_code": "A"}, {"site_code": "ROME"}]}), KEY]
    answer = plant.first.send(PUT_WITH_KEY, arguments).result(30)
    again = plant.second.send(PUT_WITH_KEY, arguments)
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    assert again.result(30) == answer
    assert [outcome for _, outcome, *_ in answer] == ["created", "unchanged"]


def test_R60_R62_other_data_at_once_with_one_key_is_refused(plant: Plant) -> None:
    company_id = plant.factory.company_id
    plant.first.send(PUT_WITH_KEY, [company_id, Jsonb({"site": [{"site_code": "A"}]}), KEY]).result(30)
    other = plant.second.send(PUT_WITH_KEY, [company_id, Jsonb({"site": [{"site_code": "B"}]}), KEY])
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    with pytest.raises(RequestKeyReused):
        other.result(30)


# --- deletion --------------------------------------------------------------------------------------------------------

GONE = {"item": [{"item_code": "NUT", "delete": True}]}
LOT = {"lot": [{"item_code": "NUT", "lot_code": "A"}]}


def test_R62_R72_what_is_being_deleted_is_named_by_nobody(plant: Plant) -> None:
    plant.factory.item("NUT", None, by_lot=True)
    plant.factory.connection.commit()
    assert plant.put(plant.first, **GONE).result(30) == [("deleted", [])]
    named = plant.put(plant.second, **LOT)
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    assert named.result(30) == [("refused", ["unknown_reference"])]


def test_R62_R72_what_is_being_named_is_not_deleted(plant: Plant) -> None:
    plant.factory.item("NUT", None, by_lot=True)
    plant.factory.connection.commit()
    assert plant.put(plant.first, **LOT).result(30) == [("created", [])]
    deleted = plant.put(plant.second, **GONE)
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    assert deleted.result(30) == [("refused", ["still_used"])]


def test_R62_R72_what_is_made_while_its_deletion_waits_is_not_deleted_beside_runs(plant: Plant) -> None:
    """The call has not claimed what runs decide by, since there was nothing to delete when it came."""
    other = {"company": [{"note_required": True}], "item": [{"item_code": "NUT"}]}
    assert plant.put(plant.first, **other).result(30) == [("changed", []), ("created", [])]
    deleted = plant.put(plant.second, **GONE)
    plant.blocked(plant.second, by=plant.first)
    plant.first.connection.commit()
    with pytest.raises(SerializationFailure):
        deleted.result(30)
    plant.second.connection.rollback()
    assert plant.put(plant.second, **GONE).result(30) == [("deleted", [])]


CLAIM = "select erp_api.claim_configuration(%s)::text"


def test_R62_a_later_call_of_a_transaction_does_not_wait_for_those_who_may_wait_for_it(plant: Plant) -> None:
    """It would be a circle: what the earlier call has put is locked, and others may wait for it."""
    plant.factory.stock(plant.factory.item("NUT"), 9)
    plant.factory.item("OLD", None)
    order = plant.factory.order(needs("NUT"))
    plant.factory.connection.commit()
    assert plant.release(order).result(30) == [("released", [])]
    assert plant.put(plant.first, site=[{"site_code": "OSLO"}]).result(30) == [("created", [])]
    deletion = {"item": [{"item_code": "OLD", "delete": True}]}
    with pytest.raises(SerializationFailure) as refused:
        plant.put(plant.first, **deletion).result(30)
    assert f"erp_api.claim_configuration({plant.factory.company_id})" in str(refused.value.diag.message_hint)
    plant.first.connection.rollback()

    claimed = plant.first.send(CLAIM, [plant.factory.company_id])
    plant.blocked(plant.first, by=plant.second)
    plant.second.connection.commit()
    assert claimed.result(30) == [("",)]
    assert plant.put(plant.first, site=[{"site_code": "OSLO"}]).result(30) == [("created", [])]
    later = plant.second.send(RELEASE, [plant.factory.company_id, [order]])
    plant.blocked(plant.second, by=plant.first)
    assert plant.put(plant.first, **deletion).result(30) == [("deleted", [])]
    plant.first.connection.commit()
    assert later.result(30) == [("refused", ["order_not_launched"])]


def test_R62_several_calls_of_one_transaction_claim_where_nobody_is_in_the_way(plant: Plant) -> None:
    plant.factory.item("OLD", None)
    plant.factory.connection.commit()
    assert plant.put(plant.first, site=[{"site_code": "OSLO"}]).result(30) == [("created", [])]
    assert plant.put(plant.first, item=[{"item_code": "OLD", "delete": True}]).result(30) == [("deleted", [])]
    assert plant.put(plant.first, site=[{"site_code": "OSLO", "delete": True}]).result(30) == [("deleted", [])]


def test_R62_what_calls_decide_by_is_claimed_at_read_committed_alone(plant: Plant) -> None:
    plant.first.connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with pytest.raises(SessionUnfit, match="read committed"):
        plant.first.send(CLAIM, [plant.factory.company_id]).result(30)


# --- older snapshots -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows", [{"item": [{"item_code": "BIKE", "uom": "KG"}]}, GONE], ids=["what runs decide by", "deletion"]
)
def test_R20_what_runs_decide_by_is_put_at_read_committed_alone(plant: Plant, rows: dict[str, Any]) -> None:
    plant.factory.item("NUT", None)
    plant.factory.connection.commit()
    plant.first.connection.execute("set default_transaction_isolation = 'repeatable read'")
    plant.first.connection.commit()
    with pytest.raises(SessionUnfit, match="read committed alone") as error:
        plant.put(plant.first, **rows).result(30)
    assert error.value.diag.message_hint


def test_R62_a_put_whose_snapshot_is_older_than_a_change_of_its_row_is_sent_again(plant: Plant) -> None:
    plant.first.connection.execute("set default_transaction_isolation = 'repeatable read'")
    plant.first.connection.commit()
    assert plant.first.send("select 1 from erp_data.item", []).result(30) == [(1,)]
    plant.put(plant.second, item=[{"item_code": "BIKE", "description": "second"}]).result(30)
    plant.second.connection.commit()
    with pytest.raises(SerializationFailure):
        plant.put(plant.first, item=[{"item_code": "BIKE", "description": "first"}]).result(30)
    plant.first.connection.rollback()
    assert plant.put(plant.first, item=[{"item_code": "BIKE", "item_class": "A"}]).result(30) == [("changed", [])]


def test_R62_a_preview_claims_nothing(plant: Plant) -> None:
    """So it waits for no run, nor does a run for it; but the parameters of the company are the row that runs hold."""
    order = ordered(plant.factory, {})
    assert plant.release(order).result(30) == [("released", [])]
    preview = "select outcome from erp_api.preview_data(%s, %s)"
    company_id = plant.factory.company_id
    flag = Jsonb({"company": [{"wip_management": True, "description": "x"}]})
    assert plant.first.send(preview, [company_id, Jsonb({"site": [{"site_code": "NEW"}]})]).result(30) == [("created",)]
    assert plant.first.send(preview, [company_id, Jsonb(GONE)]).result(30) == [("refused",)]
    plant.second.connection.commit()
    assert plant.first.send(preview, [company_id, flag]).result(30) == [("changed",)]
    assert plant.put(plant.second, **{"company": [{"wip_management": True}]}).result(30) == [("changed", [])]
