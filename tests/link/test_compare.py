"""`rilascio compare`: stock and statuses of orders of another ERP's database, held against those of a company."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rilascio.link import compare as comparing
from tests.link.conftest import HostDatabase, query, rilascio

COMPARED = """
create table balance (warehouse text, part text, lot text, quantity numeric);
insert into balance values ('MAIN', 'WHEEL', null, 19), ('MAIN', 'WHEEL', null, 1), ('MAIN', 'GREASE', '', 0.00001234),
    ('MAIN', 'BIKE', null, 0);
create table status (number numeric(8, 2), status char(12));
insert into status values (1, 'launched'), (2, 'launched');
create view rilascio.stock_balance as
select warehouse as warehouse_code, part as item_code, lot as lot_code, quantity from balance;
create view rilascio.order_status as select 2026 as order_year, number as order_number, status from status;
"""


@pytest.fixture(autouse=True)
def _compared(host: HostDatabase, writer: str) -> None:
    """Have a host that shows stock and orders just as they are here."""
    host.execute(COMPARED)


def answer(*options: str, code: int = 0) -> dict[str, Any]:
    result = rilascio("compare", *options, "--format", "json")
    assert (result.exit_code, result.stderr) == (code, "")
    told: dict[str, Any] = json.loads(result.stdout)
    assert told["equal"] == (code == 0)
    return told


def differences(subject: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in answer(code=3)[subject]["rows"]]


def test_sides_that_are_equal_say_so() -> None:
    result = rilascio("compare")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Stock by warehouse_code, item_code, lot_code: 2 compared, none differs.",
        "Orders: 2 compared, none differs.",
    ]
    told = answer()
    assert (told["stock"], told["orders"]) == (
        {"compared": 2, "different": 0, "rows": []},
        {"compared": 2, "different": 0, "rows": []},
    )


def test_stock_that_differs_is_shown_with_both_sides_and_the_difference(host: HostDatabase) -> None:
    host.execute(
        "update balance set quantity = 5 where part = 'WHEEL' and quantity = 19;"
        "update balance set quantity = 0 where part = 'GREASE'; insert into balance values ('OLD', 'X-1', 'L', 0.1)"
    )
    result = rilascio("compare", "--only", "stock")
    assert (result.exit_code, result.stderr) == (3, "")
    *rows, told = result.stdout.partition("─\n")[2].splitlines()
    assert [row.split() for row in rows] == [
        ["MAIN", "GREASE", "0", "0.00001234", "-0.00001234"],
        ["MAIN", "WHEEL", "6", "20", "-14"],
        ["OLD", "X-1", "L", "0.1", "0", "0.1"],
    ]
    assert told == "Stock by warehouse_code, item_code, lot_code: 3 compared, 3 differ."
    assert differences("stock")[1:] == [
        ("MAIN", "WHEEL", None, "6", "20", "-14"),
        ("OLD", "X-1", "L", "0.1", "0", "0.1"),
    ]


def test_stock_is_summed_by_the_columns_that_the_host_has(host: HostDatabase, writer: str) -> None:
    host.view("stock_balance", "select 'MAIN' as warehouse_code, 'WHEEL' as item_code, 20::float8 as quantity")
    host.execute("insert into goods_receipt values (1, 'WHEEL', 1)")
    assert rilascio("pull").exit_code == 0
    assert differences("stock") == [
        ("MAIN", "GREASE", "0", "0.00001234", "-0.00001234"),
        ("MAIN", "WHEEL", "20", "21", "-1"),
    ]


def test_lots_and_places_add_up_to_what_a_host_without_them_has(
    host: HostDatabase, writer: str, rilascio_database: str
) -> None:
    assert query(writer, "select count(*) from erp_data.location") == [(0,)]
    host.execute(
        "create view rilascio.location as select 'MAIN' as warehouse_code, 'A' as location_code;"
        "create or replace view rilascio.stock_document_line as select 'GR-1'::text as document_key,"
        " 'MAIN'::text as warehouse_code, 'IN'::text as reason_code, 'WHEEL'::text as item_code, 3.0 as quantity,"
        " 'A' as location_code; update balance set quantity = 22 where quantity = 19"
    )
    assert rilascio("pull").exit_code == 0
    assert answer()["stock"] == {"compared": 2, "different": 0, "rows": []}
    host.view(
        "stock_balance",
        "select warehouse as warehouse_code, part as item_code, quantity, null::text as location_code from balance",
    )
    assert differences("stock") == [
        ("MAIN", "WHEEL", None, "23", "20", "3"),
        ("MAIN", "WHEEL", "A", "0", "3", "-3"),
    ]


def test_orders_that_differ_or_that_one_side_alone_has_are_shown(host: HostDatabase) -> None:
    host.execute(
        "update status set number = 9 where number = 2; update status set status = 'executive' where number = 1"
    )
    result = rilascio("compare", "--only", "orders")
    assert (result.exit_code, result.stderr) == (3, "")
    _, _, *rows, told = result.stdout.splitlines()
    assert [row.split() for row in rows] == [
        ["2026/1/0", "executive", "launched"],
        ["2026/2/0", "launched"],
        ["2026/9/0", "launched"],
    ]
    assert told == "Orders: 3 compared, 3 differ."
    assert differences("orders") == [
        (2026, 1, 0, "executive", "launched"),
        (2026, 2, 0, None, "launched"),
        (2026, 9, 0, "launched", None),
    ]


def test_an_archived_order_that_the_host_has_forgotten_is_no_difference(host: HostDatabase, writer: str) -> None:
    host.execute("delete from status where number = 2")
    assert differences("orders") == [(2026, 2, 0, None, "launched")]
    host.view(
        "production_order",
        "select 2026 as order_year, 2 as order_number, 'BIKE' as item_code, 1 as quantity, 'archived' as status",
    )
    host.execute("drop view rilascio.production_order_material")
    result = rilascio("pull")
    assert result.exit_code == 0, result.output
    assert answer()["orders"]["compared"] == 1
    host.execute("insert into status values (2, 'launched')")
    assert differences("orders") == [(2026, 2, 0, "launched", "archived")]


def test_as_many_differences_are_shown_as_are_wanted(host: HostDatabase) -> None:
    host.execute("insert into balance select 'MAIN', 'PART-' || n, null, n from generate_series(1, 150) as n")
    result = rilascio("compare")
    assert result.stderr == "… and 50 differences more; --limit 0 shows all.\n"
    assert "152 compared, 150 differ." in result.stdout
    assert len(differences("stock")) == 100
    assert len(answer("--limit", "0", code=3)["stock"]["rows"]) == 150


def test_a_host_with_one_of_the_views_is_compared_by_it(host: HostDatabase) -> None:
    host.execute("drop view rilascio.order_status")
    result = rilascio("compare")
    assert (result.exit_code, result.stderr) == (0, "The host has no view order_status, so that is not compared.\n")
    assert "orders" not in answer("--only", "stock")


SENTENCES = {
    "drop view rilascio.stock_balance": "Schema rilascio of database {name} has no view stock_balance.",
    "drop schema rilascio cascade": "The host's database {name} has no schema rilascio.",
    "drop view rilascio.stock_balance; create view rilascio.stock_balance as select 'A' as item_code, 1 as quantity": (
        "View stock_balance lacks the column warehouse_code."
    ),
    "create or replace view rilascio.stock_balance as select *, 'L' as lot from (select warehouse as warehouse_code,"
    " part as item_code, lot as lot_code, quantity from balance) as b": (
        "View stock_balance has a column lot that it does not take."
    ),
    "insert into balance values ('MAIN', 'SADDLE', null, null)": (
        "View stock_balance has 1 row without a quantity that is a number, such as that of MAIN, SADDLE."
    ),
    "insert into balance values ('MAIN', 'SADDLE', null, 'NaN')": (
        "View stock_balance has 1 row without a quantity that is a number, such as that of MAIN, SADDLE."
    ),
    "alter table balance rename to b; drop view rilascio.stock_balance; create view rilascio.stock_balance as select"
    " 'MAIN' as warehouse_code, 'A' as item_code, 'many' as quantity": (
        'View stock_balance of the host cannot be read: invalid input syntax for type numeric: "many".'
    ),
}


@pytest.mark.parametrize("statement", SENTENCES)
def test_stock_that_cannot_be_compared_is_told_in_one_sentence(host: HostDatabase, statement: str) -> None:
    host.execute(statement)
    result = rilascio("compare", "--only", "stock")
    assert (result.exit_code, result.stdout) == (1, "")
    sentence, hint = result.stderr.splitlines()
    assert sentence == f"Error: {SENTENCES[statement].format(name=host.name)}"
    assert hint.startswith("Hint: ")


def test_an_order_that_the_host_has_twice_is_told(host: HostDatabase) -> None:
    host.execute("insert into status values (1, 'closed')")
    result = rilascio("compare")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1,
        "Error: View order_status has order 2026/1/0 twice.",
    )


def test_a_host_without_either_view_is_told_what_to_make(host: HostDatabase) -> None:
    host.execute("drop view rilascio.stock_balance, rilascio.order_status")
    result = rilascio("compare")
    assert result.exit_code == 1
    sentence, hint = result.stderr.splitlines()
    assert sentence == f"Error: Schema rilascio of database {host.name} has no view stock_balance or order_status."
    assert hint.startswith("Hint: Make it there: stock_balance (warehouse_code, item_code, ")


def test_a_company_of_others_is_not_compared(writer: str) -> None:
    result = rilascio("compare", "--company", "STORE")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, "Error: You are a member of no company 'STORE'.")


def test_the_host_is_read_at_one_moment(host: HostDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    read = comparing._host_stock

    def changes_meanwhile(*arguments: Any) -> Any:
        stock = read(*arguments)
        host.execute("update status set status = 'closed'")
        return stock

    monkeypatch.setattr(comparing, "_host_stock", changes_meanwhile)
    assert answer()["orders"]["different"] == 0
    assert differences("orders")
