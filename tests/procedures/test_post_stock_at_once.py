"""Stock documents beside other calls: each sees the others whole, and record numbers are given out once (R62)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from rilascio.errors import RequestKeyReused
from tests.factory import Factory, needs
from tests.factory.stock_documents import ON, counted, document, line
from tests.sessions import several, wait_until_blocked

KEY = uuid.UUID(int=12)
CODES = "jsonb_path_query_array(reasons, '$[*].code')"
POST = f"select outcome, {CODES} from erp_api.post_stock(%s, %s)"
POST_WITH_KEY = f"select outcome, run_id, {CODES} from erp_api.post_stock(%s, %s, p_request_key => %s)"
REMOVE = f"select outcome, {CODES} from erp_api.remove_stock(%s, %s)"
RELEASE = f"select outcome, {CODES} from erp_api.release_production_orders(%s, %s, %s::date)"
RESTORE = f"select outcome, {CODES} from erp_api.restore_production_orders(%s, %s)"
PUT = f"select outcome, {CODES} from erp_api.put_data(%s, %s)"

Sent = tuple[str, list[Any]]


class Yard(NamedTuple):
    """A committed company with 9 NUT in stock, who watches the server, and how sessions log in."""

    factory: Factory
    observer: psycopg.Connection
    login: Callable[[], str]

    @staticmethod
    def document(*of_document: Any) -> str:
        """Return a call's documents: the one described."""
        return json.dumps([document(*of_document)], default=str)

    def post(self, *of_document: Any) -> Sent:
        """Describe a posting of one document."""
        return POST, [self.document(*of_document)]

    def meet(self, first: Sent, second: Sent) -> tuple[list[Any], list[Any]]:
        """Let two calls meet: the first is done, the second waits for it, the first commits. All adds up then."""
        self.factory.connection.commit()
        company = self.factory.company_id
        with several(self.login, 2) as (one, other):
            won = one.send(first[0], [company, *first[1]]).result(30)
            waiting = other.send(second[0], [company, *second[1]])
            wait_until_blocked(self.observer, other, one)
            one.connection.commit()
            lost = waiting.result(30)
            other.connection.commit()
        assert self.factory.call("select code from erp_api.check_integrity(%s)", [company]) == []
        return won, lost


@pytest.fixture
def yard(committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]) -> Yard:
    """Give a company, and logins that may post, put and release."""
    factory, observer = committed
    factory.stock(factory.item("NUT"), 9)

    def login() -> str:
        dsn = rilascio_login("erp_writer")
        role = Identifier(str(conninfo_to_dict(dsn)["user"]))
        observer.execute(SQL("grant erp_operator to {}").format(role))
        return dsn

    return Yard(factory, observer, login)


def test_R62_of_two_postings_of_one_document_the_second_finds_it_posted(yard: Yard) -> None:
    same = yard.post("GR-1", line("NUT", 5))
    assert yard.meet(same, same) == ([("posted", [])], [("unchanged", [])])
    assert yard.factory.balance("NUT") == 14


def test_R62_of_two_documents_of_one_key_the_second_is_refused(yard: Yard) -> None:
    first, second = (yard.post("GR-1", line("NUT", quantity)) for quantity in (5, 6))
    assert yard.meet(first, second) == ([("posted", [])], [("refused", ["key_used"])])


def test_R15_R62_what_a_document_issues_a_release_does_not_find(yard: Yard) -> None:
    order = yard.factory.order(needs("NUT", 9))
    release = RELEASE, [[order], ON]
    assert yard.meet(yard.post("GI-1", line("NUT", 1, "ISS")), release) == (
        [("posted", [])],
        [("refused", ["insufficient_stock"])],
    )


def test_R15_R62_what_a_release_issues_a_document_does_not_find(yard: Yard) -> None:
    order = yard.factory.order(needs("NUT", 9))
    release = RELEASE, [[order], ON]
    assert yard.meet(release, yard.post("GI-1", line("NUT", 1, "ISS"))) == (
        [("released", [])],
        [("refused", ["insufficient_stock"])],
    )


def test_R15_R62_a_count_sees_what_was_released_meanwhile(yard: Yard) -> None:
    order = yard.factory.order(needs("NUT", 4))
    count = yard.post("C-1", counted("NUT", 6))
    assert yard.meet((RELEASE, [[order], ON]), count) == ([("released", [])], [("posted", [])])
    assert yard.factory.balance("NUT") == 6


def test_R6_R62_a_pick_and_a_restore_of_one_order_do_not_both_happen(yard: Yard) -> None:
    yard.factory.stock(yard.factory.item("PIN", "with_list"), 9)
    order = yard.factory.order(needs("PIN", 1))
    yard.factory.release(order)
    row = yard.factory.order_row(order)
    of_order = {"order_year": row.order_year, "order_number": row.order_number, "material_line": 1}
    pick = yard.post("P-1", line("PIN", 1, "ISS", **of_order))
    assert yard.meet(pick, (RESTORE, [[order]])) == ([("posted", [])], [("refused", ["documents_exist"])])


def test_R38_R62_a_load_is_not_taken_back_from_under_a_release(yard: Yard) -> None:
    order = yard.factory.order(needs("NUT", 12))
    yard.factory.post(document("GR-1", line("NUT", 5)))
    assert yard.meet((RELEASE, [[order], ON]), (REMOVE, [["GR-1"]])) == (
        [("released", [])],
        [("refused", ["counterpart_stock_used"])],
    )


def test_R38_R62_a_document_is_taken_back_once(yard: Yard) -> None:
    yard.factory.post(document("GR-1", line("NUT", 5)))
    assert yard.meet((REMOVE, [["GR-1"]]), (REMOVE, [["GR-1"]])) == (
        [("removed", [])],
        [("refused", ["document_not_found"])],
    )
    assert yard.factory.balance("NUT") == 9


def test_R62_R72_an_item_that_is_posted_is_not_deleted_and_one_that_is_deleted_is_not_posted(yard: Yard) -> None:
    for item in ("BOLT", "PIN"):
        yard.factory.item(item, None)
    post = {item: yard.post(f"GR-{item}", line(item, 5)) for item in ("BOLT", "PIN")}
    delete = {item: (PUT, [json.dumps({"item": [{"item_code": item, "delete": True}]})]) for item in ("BOLT", "PIN")}
    assert yard.meet(post["BOLT"], delete["BOLT"]) == ([("posted", [])], [("refused", ["still_used"])])
    assert yard.meet(delete["PIN"], post["PIN"]) == ([("deleted", [])], [("refused", ["unknown_reference"])])


def test_R60_R62_documents_posted_twice_at_once_with_one_key_are_posted_once(yard: Yard) -> None:
    call = POST_WITH_KEY, [yard.document("GR-1", line("NUT", 5)), KEY]
    first, second = yard.meet(call, call)
    assert first == second
    assert [row[0] for row in first] == ["posted"]
    assert yard.factory.balance("NUT") == 14


def test_R60_R62_other_documents_at_once_with_one_key_are_refused(yard: Yard) -> None:
    first, second = ((POST_WITH_KEY, [yard.document(key, line("NUT", 5)), KEY]) for key in ("GR-1", "GR-2"))
    with pytest.raises(RequestKeyReused):
        yard.meet(first, second)


def test_R19_R62_eight_sessions_number_the_records_of_a_day_without_a_gap_or_a_repeat(yard: Yard) -> None:
    """Receipts with issues, and releases, on one warehouse; each session has a call under way all the time."""
    factory = yard.factory
    orders = [factory.order(needs("NUT", 1)) for _ in range(8)]
    factory.connection.commit()
    sent = [
        *((POST, [yard.document(f"GR-{n}", line("NUT", 5), line("NUT", 1, "ISS"))]) for n in range(16)),
        *((RELEASE, [[order], ON]) for order in orders),
    ]
    with several(yard.login, 8) as sessions:
        for session in sessions:
            session.connection.autocommit = True
        under_way = [
            sessions[turn % 8].send(query, [factory.company_id, *arguments])
            for turn, (query, arguments) in enumerate(sent)
        ]
        answers = [row for call in under_way for row in call.result(60)]
    assert answers == [("posted", [])] * 16 + [("released", [])] * 8
    records = [record for record in factory.table("stock_record") if record["record_date"] == str(ON)]
    assert sorted(record["record_number"] for record in records) == list(range(1, 16 * 2 + 8 + 1))
