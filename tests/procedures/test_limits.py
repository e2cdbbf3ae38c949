"""Limits from both sides: what lies exactly at one is taken, and what lies one beyond it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InvalidParameterValue

from rilascio.errors import RecordProtected
from tests.catalog.test_input import calls
from tests.factory import LONG_AGO, MAIN, Factory, codes, day, needs, outcomes, phase, report
from tests.factory.stock_documents import document, line

MOST = 200_000
FIRST, LAST = day(0), day(10)
BEFORE, AFTER = day(-1), day(11)


@pytest.fixture
def factory(rilascio: psycopg.Connection, rilascio_operator: str) -> Factory:
    """Give a factory whose operator puts data too."""
    rilascio.execute(sql.SQL("grant erp_writer to {}").format(sql.Identifier(rilascio_operator)))
    return Factory(rilascio, rilascio_operator)


# --- how many --------------------------------------------------------------------------------------------------------


def told(factory: Factory, query: str, arguments: list[Any]) -> str:
    """Call, and return what a bad call is told."""
    try:
        with factory.undone():
            factory.call(query, arguments)
    except InvalidParameterValue as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("kind", "element"), [("bigint[]", 999_999_999), ("text[]", "UNKNOWN")])
def test_R8_exactly_200000_elements_are_taken_by_every_function(factory: Factory, kind: str, element: object) -> None:
    """One and the same, so that it is soon done."""
    found = calls(factory, kind)
    assert found
    for query, name in found:
        listed = query.replace("%s", f"array_fill(%s::{kind.removesuffix('[]')}, array[%s])")
        assert "at most" not in told(factory, listed, [element, MOST])
        assert f"{name} has 200001 " in told(factory, listed, [element, MOST + 1])


def test_R77_exactly_200000_quantities_are_taken(factory: Factory) -> None:
    query = "select * from erp_api.preview_release(%s, array_fill(7::bigint, array[200000]), null, null, {})"
    factory.call(query.format("array_fill(1::numeric, array[200000])"), [factory.company_id])
    assert "200001 quantities" in told(
        factory, query.format("array_fill(1::numeric, array[200001])"), [factory.company_id]
    )


@pytest.mark.parametrize(
    ("function", "one"),
    [
        ("declare_production", "[{}]"),
        ("post_stock", "[{}]"),
        ("preview_stock", "[{}]"),
        ("put_production_orders", "[{}]"),
        ("preview_production_orders", "[{}]"),
        ("put_data", '{{"item": [{}]}}'),
        ("preview_data", '{{"item": [{}]}}'),
    ],
)
def test_R8_exactly_as_many_elements_as_a_call_takes_are_looked_at(factory: Factory, function: str, one: str) -> None:
    """None of them is an object, so that the first one ends the call."""
    query = f"select * from erp_api.{function}(%s, replace(%s, '@', rtrim(repeat('1,', %s), ','))::jsonb)"
    sent = one.format("@")
    within = told(factory, query, [factory.company_id, sent, MOST])
    assert within
    assert "at most" not in within
    assert "at most 200000" in told(factory, query, [factory.company_id, sent, MOST + 1])


@pytest.mark.parametrize(("limit", "taken"), [(0, False), (1, True), (10_000, True), (10_001, False)])
@pytest.mark.parametrize("function", ["next_runs(%s, 0, %s)", "archive_history(%s, '2020-01-01', %s)"])
def test_R75_R80_one_to_10000_runs_are_asked_for_at_a_time(
    factory: Factory, function: str, limit: int, taken: bool
) -> None:
    ask = factory.archive_call if function.startswith("archive") else factory.call
    if taken:
        ask(f"select * from erp_api.{function}", [factory.company_id, limit])
    else:
        with pytest.raises(InvalidParameterValue, match=f"p_limit is {limit}; it takes 1 to 10000"):
            ask(f"select * from erp_api.{function}", [factory.company_id, limit])


@pytest.mark.parametrize(("keep", "taken"), [("1 day", True), ("23:59:59.999999", False)])
def test_R60_a_key_is_kept_for_a_day_at_least(factory: Factory, keep: str, taken: bool) -> None:
    query = "select erp_api.prune_request_keys(%s, %s)"
    assert (told(factory, query, [factory.company_id, keep]) == "") == taken


@pytest.mark.parametrize(("digits", "taken"), [(1000, True), (1001, False)])
def test_R77_a_quantity_has_at_most_1000_characters(factory: Factory, digits: int, taken: bool) -> None:
    query = "select * from erp_api.preview_release(%s, array[7], null, null, array[repeat('9', %s)::numeric])"
    assert ("at most 1000" not in told(factory, query, [factory.company_id, digits])) == taken


@pytest.mark.parametrize("key", ["order_id", "phase", "sub_phase"])
def test_R51_a_whole_number_of_a_declaration_has_no_decimals_but_zeros(factory: Factory, key: str) -> None:
    order = factory.order(phases=[phase(10)])
    factory.release(order)
    opening = {"order_id": order, "sub_phase": 0, **report("opening")}
    query = "select * from erp_api.declare_production(%s, %s::jsonb)"
    for decimals, said in ((".4", f"Element 1 of p_declarations has a wrong {key}."), (".0", "")):
        text = ", ".join(
            f'"{name}": {value}{decimals if name == key else ""}' if name != "kind" else f'"{name}": "{value}"'
            for name, value in opening.items()
        )
        assert said in told(factory, query, [factory.company_id, f"[{{{text}}}]"])
        assert said or [row.outcome for row in factory.call(query, [factory.company_id, f"[{{{text}}}]"])] == [
            "declared"
        ]


@pytest.mark.parametrize("on_hand", [-1, 1])
@pytest.mark.parametrize("mode", ["", "maintenance"])
def test_R20_a_row_of_the_balance_begins_at_zero(factory: Factory, on_hand: int, mode: str) -> None:
    factory.item("NUT")
    factory.connection.execute("select erp_internal.set_write_mode(%s)", [mode])
    with pytest.raises(RecordProtected):
        factory._insert(
            "stock_balance",
            warehouse_id=factory.id("warehouse", MAIN),
            item_id=factory.id("item", "NUT"),
            on_hand=on_hand,
        )


# --- from when, until when -------------------------------------------------------------------------------------------


def released(factory: Factory, on: date) -> list[str]:
    """Release an order of something that comes with a counterpart and a lot."""
    return codes(factory.release(factory.order(needs("NUT"), needs("GLUE")), on=on)[0])


def registered(factory: Factory, on: date) -> list[str]:
    """Register what was produced of an order, which is loaded into MAIN."""
    order = factory.order(phases=[phase(10)])
    factory.release(order, on=FIRST)
    opening, progress = factory.declared(order, report("opening"), report("progress", good=1))
    assert outcomes(factory.register(opening, on=FIRST)) == ["registered"]
    return codes(factory.register(progress, on=on)[0])


def posted(factory: Factory, on: date) -> list[str]:
    """Post a document that issues from MAIN."""
    return codes(factory.post(document(f"{on}", line("NUT", 1, "ISS"), on=on))[0])


FORWARD = pytest.mark.parametrize("moved", [released, registered, posted])
DAYS = pytest.mark.parametrize(("on", "within"), [(BEFORE, False), (FIRST, True), (LAST, True), (AFTER, False)])


@pytest.fixture
def dated(factory: Factory) -> Factory:
    """Lay in NUT, which goes over to LINE where MAIN issues it, and the lot A of GLUE."""
    factory.warehouse("LINE")
    factory.stock(factory.item("NUT"), 10)
    factory.stock(factory.item("GLUE", by_lot=True), 10, lot="A")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.rule("finished", MAIN)
    return factory


@FORWARD
@DAYS
def test_R18_the_first_and_the_last_day_of_the_period_are_open(
    dated: Factory, moved: Callable[[Factory, date], list[str]], on: date, within: bool
) -> None:
    dated.parameters(period_start=FIRST, period_end=LAST)
    assert moved(dated, on) == ([] if within else ["period_closed"])


@DAYS
def test_R18_what_was_recorded_on_the_first_or_the_last_day_of_the_period_is_taken_back(
    dated: Factory, on: date, within: bool
) -> None:
    order = dated.order(needs("NUT"), phases=[phase(10)])
    dated.release(order, on=on)
    other = dated.order(phases=[phase(10)])
    dated.release(other, on=FIRST)
    declarations = dated.declared(other, report("opening"), report("progress", good=1))
    dated.register(*declarations, on=on)
    dated.post(document("A", line("NUT", 1), on=on))
    dated.parameters(period_start=FIRST, period_end=LAST)
    said = [] if within else ["period_closed"]
    [row] = dated.select("restore_grid", order)
    assert [reason["code"] for reason in row.blockers] == said
    assert codes(dated.restore(order)[0]) == said
    assert codes(dated.roll_back(declarations[1])[0]) == said
    assert codes(dated.unpost("A")[0]) == said


@FORWARD
@pytest.mark.parametrize("warehouse", [MAIN, "LINE"])
def test_R12_R13_a_warehouse_and_a_counterparts_are_good_on_their_last_day(
    dated: Factory, moved: Callable[[Factory, date], list[str]], warehouse: str
) -> None:
    dated.change_warehouse(warehouse, valid_until=LAST)
    if moved is registered and warehouse == "LINE":
        dated.reason(MAIN, "LOA", "load", counterpart=("LINE", "ISS"))
        dated.stock("BIKE", 10, warehouse="LINE")
    assert moved(dated, LAST) == []
    with dated.undone():
        expired = moved(dated, AFTER)
    assert set(expired) == {"warehouse_expired"}


@pytest.mark.parametrize("block_days", [0, 3])
def test_R26_a_lot_is_issued_from_its_first_to_its_last_usable_day(dated: Factory, block_days: int) -> None:
    dated.change_row("item", {"expiry_block_days": block_days}, item_id=dated.id("item", "GLUE"))
    dated.lot("GLUE", "A", start_date=FIRST, expiry_date=LAST + timedelta(days=block_days))
    for on, said in ((BEFORE, ["lot_unavailable"]), (FIRST, []), (LAST, []), (AFTER, ["lot_unavailable"])):
        with dated.undone():
            assert released(dated, on) == said


@pytest.mark.parametrize(("days", "found"), [(29, True), (30, False)])
def test_R18_the_end_of_the_period_is_told_30_days_ahead(dated: Factory, days: int, found: bool) -> None:
    dated.parameters(period_start=LONG_AGO, period_end=FIRST + timedelta(days=days))
    rows = dated.call("select code from erp_api.diagnose_configuration(%s, %s)", [dated.company_id, FIRST])
    assert ("period_ending" in [row.code for row in rows]) == found
