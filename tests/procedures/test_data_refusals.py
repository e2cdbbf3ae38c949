"""Every reason for which a sent row is refused, with its column, the same in preview and in execution (R63)."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.dev.data_puts.kinds import KINDS
from rilascio.loading.files import FILES, LATER_FILES
from tests.factory import MAIN, Factory, codes, day, needs, outcomes

Answer = tuple[list[Any], list[Any]]
Story = Callable[[Factory], tuple[list[Any], list[Any], str | None]]

DATA_STORIES: dict[str, Story] = {}
"""By code: makes the story and answers the rows of the preview, those of the call and the column that is at fault."""


def story(code: str) -> Callable[[Story], Story]:
    """Enter a story under the code that it ends with."""

    def enter(failure: Story) -> Story:
        DATA_STORIES[code] = failure
        return failure

    return enter


def put(factory: Factory, column: str | None, **rows: Any) -> tuple[list[Any], list[Any], str | None]:
    """Preview and put rows, of which one is refused."""
    answers = factory.preview_put(**rows), factory.put(**rows)
    preview, done = ([row for row in answer if row.outcome == "refused"] for answer in answers)
    return preview, done, column


@story("value_required")
def _(factory: Factory) -> Any:
    factory.item("NUT", None)
    return put(factory, "procurement_type", item_mrp_parameter=[{"item_code": "NUT", "picking_type": "manual"}])


@story("bad_number")
def _(factory: Factory) -> Any:
    return put(factory, "over_production_percent", company=[{"over_production_percent": "2,5"}])


@story("bad_integer")
def _(factory: Factory) -> Any:
    return put(factory, "quantity_decimals", item=[{"item_code": "NUT", "quantity_decimals": 2.5}])


@story("bad_date")
def _(factory: Factory) -> Any:
    return put(factory, "valid_until", warehouse=[{"warehouse_code": MAIN, "valid_until": "2026-02-30"}])


@story("bad_boolean")
def _(factory: Factory) -> Any:
    return put(factory, "phantom", item=[{"item_code": "NUT", "phantom": "yes"}])


@story("bad_value")
def _(factory: Factory) -> Any:
    return put(factory, "description", item=[{"item_code": "NUT", "description": ["NUT"]}])


@story("out_of_range")
def _(factory: Factory) -> Any:
    return put(factory, "quantity_decimals", item=[{"item_code": "NUT", "quantity_decimals": 11}])


@story("unknown_word")
def _(factory: Factory) -> Any:
    return put(factory, "tracking", item=[{"item_code": "NUT", "tracking": "serial"}])


@story("unknown_time_zone")
def _(factory: Factory) -> Any:
    return put(factory, "time_zone", company=[{"time_zone": "Europe/Atlantis"}])


@story("value_too_long")
def _(factory: Factory) -> Any:
    return put(
        factory,
        "reason_code",
        movement_reason=[{"warehouse_code": MAIN, "reason_code": "LOAD", "direction": "load"}],
    )


@story("duplicate_key")
def _(factory: Factory) -> Any:
    return put(factory, "item_code", item=[{"item_code": "NUT", "uom": "KG"}, {"item_code": "NUT"}])


@story("unknown_reference")
def _(factory: Factory) -> Any:
    return put(factory, "item_code", lot=[{"item_code": "NUT", "lot_code": "A"}])


@story("rule_broken")
def _(factory: Factory) -> Any:
    return put(factory, "period_end", company=[{"period_start": "2026-02-01", "period_end": "2026-01-31"}])


@story("read_only_value")
def _(factory: Factory) -> Any:
    factory.put(job_order=[{"job_year": 2026, "job_number": 1}])
    return put(factory, "status", job_order=[{"job_year": 2026, "job_number": 1, "status": "executive"}])


@story("item_moved")
def _(factory: Factory) -> Any:
    factory.stock(factory.item("NUT"), 5)
    return put(factory, "uom", item=[{"item_code": "NUT", "uom": "KG"}])


@story("reason_used")
def _(factory: Factory) -> Any:
    factory.stock(factory.item("NUT"), 5)
    return put(
        factory,
        "direction",
        movement_reason=[{"warehouse_code": MAIN, "reason_code": "LOA", "direction": "issue"}],
    )


@story("stock_negative")
def _(factory: Factory) -> Any:
    factory.parameters(allow_negative_stock=True)
    factory.change_warehouse(MAIN, allow_negative_stock=True)
    factory.stock(factory.item("NUT"), -5)
    return put(factory, "allow_negative_stock", company=[{"allow_negative_stock": False}])


@story("still_used")
def _(factory: Factory) -> Any:
    factory.item("NUT")
    return put(factory, None, item=[{"item_code": "NUT", "delete": True}])


@pytest.mark.parametrize("code", sorted(DATA_STORIES))
def test_R63_every_reason_names_the_column_that_is_at_fault(factory: Factory, code: str) -> None:
    preview, [row], column = DATA_STORIES[code](factory)
    assert [(reason["code"], reason.get("column")) for reason in row.reasons] == [(code, column)]
    [reason] = row.reasons
    assert reason["hint"]
    assert reason["message"].endswith(".")
    assert column is None or column in reason["message"]
    assert [p.reasons for p in preview] == [row.reasons]


@pytest.mark.parametrize("code", sorted(DATA_STORIES))
def test_R63_the_words_about_a_column_are_of_the_language(factory: Factory, code: str) -> None:
    factory.connection.execute("set local erp.language = 'it'")
    _, [italian], _ = DATA_STORIES[code](factory)
    factory.connection.execute("set local erp.language = 'en'")
    _, [english], _ = DATA_STORIES[code](Factory(factory.connection, factory.operator, "OTHER"))
    assert codes(italian) == codes(english)
    for of_italian, of_english in zip(italian.reasons, english.reasons, strict=True):
        assert of_italian["message"] != of_english["message"]
        assert of_italian["hint"] != of_english["hint"]


def test_R63_every_rule_across_columns_has_its_sentences(factory: Factory) -> None:
    known = {code for (code,) in factory.connection.execute("select code from erp_internal.rule_catalog()")}
    told = {rule.reason for file in (*FILES, *LATER_FILES) for rule in file.rules}
    assert known == told


def test_R70_a_row_gets_all_its_reasons_at_once(factory: Factory) -> None:
    [row] = factory.put(
        lot=[{"item_code": "NUT", "lot_code": "A", "expiry_date": "tomorrow", "sellable": 1, "state": "sold"}]
    )
    assert {reason["column"]: reason["code"] for reason in row.reasons} == {
        "item_code": "unknown_reference",
        "expiry_date": "bad_date",
        "sellable": "bad_boolean",
        "state": "unknown_word",
    }


def test_R70_a_refused_row_changes_nothing_and_the_others_go_on(factory: Factory) -> None:
    factory.item("NUT")
    rows = factory.put(item=[{"item_code": "NUT", "phantom": "perhaps", "uom": "KG"}, {"item_code": "BOLT"}])
    assert outcomes(rows) == ["refused", "created"]
    assert {row["item_code"]: row["uom"] for row in factory.data("item")} == {"BIKE": "PC", "NUT": "PC", "BOLT": "PC"}


def test_R8_all_or_none_refuses_the_rows_that_could_go(factory: Factory) -> None:
    rows = factory.put(
        all_or_none=True,
        item=[{"item_code": "NUT"}, {"item_code": "BIKE"}, {"item_code": "BOLT", "phantom": "perhaps"}],
    )
    assert [(row.outcome, codes(row)) for row in rows] == [
        ("refused", ["all_or_none"]),
        ("refused", ["all_or_none"]),
        ("refused", ["bad_boolean"]),
    ]
    assert rows[0].reasons[0]["message"] == "item NUT was left alone because something else in the call was refused."
    assert [row["item_code"] for row in factory.data("item")] == ["BIKE"]
    assert outcomes(factory.put(all_or_none=True, item=[{"item_code": "NUT"}, {"item_code": "BIKE"}])) == [
        "created",
        "unchanged",
    ]


# --- what stands on what is put --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "value"), [("tracking", "none"), ("uom", "KG"), ("quantity_decimals", 2)], ids=str)
def test_R20_an_item_keeps_by_put_what_its_movements_mean(factory: Factory, column: str, value: Any) -> None:
    factory.item("NUT", by_lot=True)
    factory.item("BOLT", by_lot=True)
    factory.stock("NUT", 5, lot="A")
    rows = factory.put(item=[{"item_code": code, column: value, "description": "new"} for code in ("NUT", "BOLT")])
    assert [(row.outcome, codes(row)) for row in rows] == [("refused", ["item_moved"]), ("changed", [])]
    assert "stock_movement 2020-01-02" in rows[0].reasons[0]["message"]


def test_R20_more_decimals_are_free_though_an_item_has_moved(factory: Factory) -> None:
    factory.stock(factory.item("NUT"), 5)
    assert outcomes(factory.put(item=[{"item_code": "NUT", "quantity_decimals": 4, "phantom": True}])) == ["changed"]


def test_R20_an_item_keeps_what_a_released_order_will_register(factory: Factory) -> None:
    factory.item("GLUE", "manual")
    factory.release(factory.order(needs("GLUE")))
    [row] = factory.put(item=[{"item_code": "GLUE", "uom": "KG"}])
    assert "production_order 2026/1/0" in row.reasons[0]["message"]


def test_R20_a_reason_without_records_may_turn(factory: Factory) -> None:
    turned = [{"warehouse_code": MAIN, "reason_code": "LOA", "direction": "issue"}]
    assert outcomes(factory.put(movement_reason=turned)) == ["changed"]


def negative(factory: Factory, **values: Any) -> None:
    """Let a company and its warehouse have stock below zero."""
    factory.parameters(allow_negative_stock=True)
    factory.change_warehouse(MAIN, allow_negative_stock=True)
    factory.item("NUT", uom="KG")
    factory.stock("NUT", **values)


def test_R15_a_flag_stays_while_stock_is_below_zero_and_the_cell_is_told(factory: Factory) -> None:
    negative(factory, quantity="-2.50", on=day(-4000))
    for rows in (
        {"company": [{"allow_negative_stock": False}]},
        {"warehouse": [{"warehouse_code": MAIN, "allow_negative_stock": False}]},
    ):
        [row] = factory.put(**rows)
        [reason] = row.reasons
        assert (reason["code"], reason["item_code"], reason["warehouse_code"]) == ("stock_negative", "NUT", MAIN)
        assert reason["available"] == -2.5
    factory.stock("NUT", 3)
    assert outcomes(factory.put(warehouse=[{"warehouse_code": MAIN, "allow_negative_stock": False}])) == ["changed"]


def test_R15_a_warehouse_is_refused_for_stock_of_its_own_once_whatever_others_allow(factory: Factory) -> None:
    negative(factory, quantity=-5)
    factory.warehouse("OPEN")
    factory.change_warehouse("OPEN", allow_negative_stock=True)
    [row] = factory.put(warehouse=[{"warehouse_code": MAIN, "allow_negative_stock": False}])
    assert codes(row) == ["stock_negative"]


def test_R16_a_flag_stays_while_a_later_day_is_below_zero(factory: Factory) -> None:
    negative(factory, quantity=5)
    factory.stock("NUT", -8, on=day(36500))
    factory.stock("NUT", 4, on=day(36501))
    [row] = factory.put(company=[{"allow_negative_stock": False}])
    assert codes(row) == ["stock_negative"]
    assert str(day(36500)) in row.reasons[0]["message"]


def test_R16_what_was_below_zero_once_keeps_no_flag(factory: Factory) -> None:
    negative(factory, quantity=-5, on=day(-100))
    factory.stock("NUT", 5, on=day(-99))
    assert outcomes(factory.put(company=[{"allow_negative_stock": False}])) == ["changed"]


def test_R17_a_warehouse_is_not_checked_by_location_while_one_is_below_zero(factory: Factory) -> None:
    factory.location("A")
    factory.location("B")
    factory.item("NUT")
    factory.stock("NUT", 5, location="A")
    factory.stock("NUT", -2, location="B")
    by_location = [{"warehouse_code": MAIN, "check_location": True}]
    [row] = factory.put(warehouse=by_location)
    [reason] = row.reasons
    assert (reason["code"], reason["column"], reason["location_code"]) == ("stock_negative", "check_location", "B")
    factory.stock("NUT", 2, location="B")
    assert outcomes(factory.put(warehouse=by_location)) == ["changed"]


def test_every_kind_of_master_data_is_put_and_no_other() -> None:
    ordered = {"production_order", "production_order_phase", "production_order_material", "material_lot"}
    assert {file.name for file in FILES} - {"opening_stock"} - ordered == set(KINDS)
