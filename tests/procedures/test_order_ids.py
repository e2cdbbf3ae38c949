"""Orders named by number where an id is asked, and users that an application names (R8, R61)."""

import psycopg
import pytest
from psycopg.errors import InvalidParameterValue

from tests.factory import Factory, codes, needs, outcomes


@pytest.fixture
def shop(rilascio: psycopg.Connection, rilascio_operator: str) -> Factory:
    """Give a company with nuts in stock."""
    factory = Factory(rilascio, rilascio_operator)
    factory.stock(factory.item("NUT"), 100)
    return factory


def asked(shop: Factory, *labels: str | None) -> list[tuple[int, str, int | None]]:
    rows = shop.call("select * from erp_api.order_ids(%s, %s::text[])", [shop.company_id, list(labels)])
    return [(row.ordinal, row.order_label, row.order_id) for row in rows]


def test_R8_orders_are_named_by_year_number_and_lot_in_the_order_of_the_call(shop: Factory) -> None:
    first, second = (shop.order(needs("NUT"), number=number) for number in (7, 8))
    shop.release(first, on_shortage="split")
    year = shop.order_row(first).order_year
    labels = [f"{year}/8", f"{year}/7/0", f"{year}/7/1", f"{year}/8"]
    assert asked(shop, *labels) == list(zip(range(1, 5), labels, [second, first, None, second], strict=True))


def test_R24_the_remainder_of_a_split_has_the_next_lot(shop: Factory) -> None:
    order = shop.order(needs("NUT", 30), quantity=5, number=7)
    [split] = shop.release(order, on_shortage="split")
    year = shop.order_row(order).order_year
    assert asked(shop, f"{year}/7/1") == [(1, f"{year}/7/1", split.remainder_order_id)]


def test_R8_one_round_trip_releases_by_number_and_answers_what_is_not_there(shop: Factory) -> None:
    order = shop.order(needs("NUT"), number=7)
    year = shop.order_row(order).order_year
    rows = shop.call(
        "select * from erp_api.release_production_orders(%s, array(select coalesce(order_id, 0)"
        " from erp_api.order_ids(%s, %s) order by ordinal))",
        [shop.company_id, shop.company_id, [f"{year}/99", f"{year}/7"]],
    )
    assert outcomes(rows) == ["refused", "released"]
    assert [codes(row) for row in rows] == [["order_not_found"], []]


@pytest.mark.parametrize(
    "label", [None, "", "7", "2026/", "2026/7/", "2026/7/1/2", " 2026/7", "2026/-7", "2026/2147483648", "2026/7'--"]
)
def test_R8_what_names_no_order_is_a_bad_call_and_named(shop: Factory, label: str | None) -> None:
    with pytest.raises(InvalidParameterValue, match="Element 2 of p_orders names no order") as error:
        asked(shop, "2026/7", label)
    assert error.value.diag.message_hint


@pytest.mark.parametrize("array", [None, "{}", "{{2026/7}}", "[0:0]={2026/7}"])
def test_R8_labels_come_as_a_plain_list(shop: Factory, array: str | None) -> None:
    told = "p_orders is null or empty" if array in (None, "{}") else "p_orders is no list of orders"
    with pytest.raises(InvalidParameterValue, match=told):
        shop.call("select * from erp_api.order_ids(%s, %s::text[])", [shop.company_id, array])


def test_R8_more_orders_than_a_call_takes_are_a_bad_call(shop: Factory) -> None:
    with pytest.raises(InvalidParameterValue, match="p_orders has 200001 orders; a call takes at most 200000"):
        shop.call("select * from erp_api.order_ids(%s, array_fill('2026/7'::text, array[200001]))", [shop.company_id])


def test_R61_a_run_says_whom_the_application_named_as_its_user(shop: Factory) -> None:
    order = shop.order(needs("NUT"))
    shop.connection.execute("set local erp.actor = 'anna'")
    shop.release(order)
    shop.connection.execute("set local erp.actor = ''")
    shop.restore(order)
    shop.connection.execute(f"set local erp.actor = '{'x' * 300}'")
    shop.release(order)
    runs = [(run.kind, run.actor, run.caller_role) for run in shop.select("run_history", order_by="run_id")]
    assert runs == [
        ("release", "anna", shop.operator),
        ("restore", None, shop.operator),
        ("release", "x" * 200, shop.operator),
    ]
    assert [row.actor for row in shop.select("run_order_history", order_by="run_id")] == ["anna", None, "x" * 200]
