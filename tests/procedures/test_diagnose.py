"""What of the configuration releases will fail on, found before anyone asks for one (R10 to R14, R18, R25, R26)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from rilascio.errors import NotAMember
from tests.factory import MAIN, Factory, Row, day, needs, outcomes, phase

TODAY = day(0)


def diagnose(factory: Factory, on: date | None = TODAY) -> list[Row]:
    """Call `erp_api.diagnose_configuration`."""
    return factory.call("select * from erp_api.diagnose_configuration(%s, %s)", [factory.company_id, on])


def found(factory: Factory, on: date | None = TODAY) -> list[tuple[str, str, int]]:
    """Return severity, code and count of what is found."""
    return [(row.severity, row.code, row.finding_count) for row in diagnose(factory, on)]


def examples(factory: Factory) -> list[dict[str, Any]]:
    """Return the examples of the only thing that is found."""
    [row] = diagnose(factory)
    return list(row.examples)


@pytest.fixture
def nut(factory: Factory) -> str:
    """Give an item with stock that a launched order needs."""
    code = factory.item("NUT")
    factory.stock(code, 100)
    factory.order(needs(code))
    return code


def test_where_all_is_well_nothing_is_found(factory: Factory, nut: str) -> None:
    assert found(factory) == []
    assert found(factory, None) == []


# --- what launched orders fail on ------------------------------------------------------------------------------------


def test_R26_what_lies_in_lots_of_an_item_that_has_no_lots_any_more_is_no_finding_about_lots(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.stock(nut, 9, lot="A")
    with factory.maintenance():
        factory.change_row("item", {"tracking": "none"}, item_code=nut)
    factory.order(needs(nut))
    assert found(factory) == []


def test_R3_items_of_launched_orders_without_MRP_parameters(factory: Factory, nut: str) -> None:
    bolts = [factory.item(f"BOLT{number}", None) for number in range(5)]
    factory.item("UNUSED", None)
    for bolt in bolts:
        factory.order(needs(nut), needs(bolt))
        factory.order(needs(bolt))
    [row] = diagnose(factory)
    assert (row.severity, row.code, row.finding_count) == ("error", "mrp_parameters_missing", 5)
    assert row.examples == [
        {"item_code": f"BOLT{number}", "order": f"2026/{2 + 2 * number}/0", "line": 2} for number in range(3)
    ]


def test_R4_what_never_moves_needs_no_configuration(factory: Factory) -> None:
    factory.no_rule("raw_material")
    ghost = factory.item("GHOST", None, phantom=True)
    factory.order(needs(ghost), needs(factory.item("A", None), movable=False), needs(factory.item("B", None), 0))
    assert found(factory) == []


def test_R10_items_of_launched_orders_for_which_no_level_gives_a_warehouse(factory: Factory, nut: str) -> None:
    factory.no_rule("raw_material")
    assert found(factory) == [("error", "warehouse_unresolved", 1)]
    assert examples(factory) == [{"item_code": nut, "order": "2026/1/0", "line": 1}]


def test_R11_automatic_items_under_WIP_management_without_a_wip_or_raw_material_section(
    factory: Factory, nut: str
) -> None:
    factory.parameters(wip_management=True)
    assert found(factory) == []  # the raw_material section stands in
    factory.no_rule("raw_material")
    # the semi_finished one does not, so BIKE has no warehouse either, but no order needs it
    assert found(factory) == [("error", "warehouse_unresolved", 1), ("warning", "warehouse_unresolved", 1)]


def test_R10_a_section_of_launched_orders_without_the_reason_wanted(factory: Factory, nut: str) -> None:
    factory.rule("raw_material", MAIN, issue=None)
    assert found(factory) == [("error", "reason_missing", 1)]
    assert examples(factory) == [{"warehouse_code": MAIN, "item_code": nut, "order": "2026/1/0", "line": 1}]


def test_R5_a_section_without_a_load_reason_fails_by_products_alone(factory: Factory, nut: str) -> None:
    factory.rule("raw_material", MAIN, load=None)
    assert found(factory) == []
    factory.order(needs(nut, -1))
    assert found(factory) == [("error", "reason_missing", 1)]


def test_R9_a_wip_section_without_a_load_reason_fails_transfers(factory: Factory) -> None:
    factory.parameters(wip_management=True, transfer_manual_to_wip=True)
    factory.warehouse("LINE")
    factory.rule("wip", "LINE", semi_finished_issue="ISS", load=None)
    assert found(factory) == [("warning", "reason_missing", 1)]
    factory.order(needs(factory.item("PIPE", "manual")))
    assert found(factory) == [("error", "reason_missing", 1)]
    factory.parameters(transfer_manual_to_wip=False)
    assert found(factory) == []


@pytest.mark.parametrize("level", ["company", "item", "site", "machine"])
def test_R12_a_reason_of_the_wrong_direction_in_the_rules_of_launched_orders(factory: Factory, level: str) -> None:
    nut, home = factory.item("NUT"), factory.site("HOME")
    place = {"item": {"item": nut}, "site": {"site": home}, "machine": {"site": home}}.get(level, {})
    factory.rule("raw_material", MAIN, issue="LOA", **place)  # type: ignore[arg-type]
    job = factory.job(1, site=home) if level == "site" else None
    factory.order(needs(nut), job=job, phases=[phase(10, site=home)] if level == "machine" else [])
    assert found(factory) == [("error", "reason_direction_wrong", 1)]
    assert examples(factory) == [
        {"warehouse_code": MAIN, "reason_code": "LOA", "item_code": nut, "order": "2026/1/0", "line": 1}
    ]


def test_R12_a_reason_of_the_wrong_direction_on_a_material_row(factory: Factory, nut: str) -> None:
    factory.order(needs(nut, warehouse=MAIN, reason="LOA"))
    factory.order(needs(nut, -1, warehouse=MAIN, reason="ISS"))
    assert found(factory) == [("error", "reason_direction_wrong", 2)]


def test_R12_R13_a_counterpart_of_the_wrong_direction(factory: Factory, nut: str) -> None:
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "ISS"))
    assert found(factory) == [("error", "reason_direction_wrong", 1)]
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    assert found(factory) == []
    factory.reason("LINE", "LOA", "load", usable_in_production=False)
    assert found(factory) == [("error", "reason_not_in_production", 1)]


def test_R12_a_reason_that_is_not_usable_in_production(factory: Factory, nut: str) -> None:
    factory.reason(MAIN, "ISS", "issue", usable_in_production=False)
    assert found(factory) == [("error", "reason_not_in_production", 1)]


def test_R12_an_expired_warehouse_and_one_that_expires_within_thirty_days(factory: Factory, nut: str) -> None:
    for days, expected in [
        (-1, [("error", "warehouse_expired", 1)]),
        (0, [("warning", "warehouse_expiring", 1)]),
        (29, [("warning", "warehouse_expiring", 1)]),
        (30, []),
    ]:
        factory.change_warehouse(MAIN, valid_until=TODAY + timedelta(days=days))
        assert found(factory) == expected, days
        assert (outcomes(factory.preview(factory.order(needs(nut)), on=TODAY)) == ["refused"]) == (days < 0)


def test_R18_a_record_date_outside_the_period_and_a_period_that_ends_within_thirty_days(factory: Factory) -> None:
    factory.parameters(period_start=TODAY, period_end=TODAY + timedelta(days=40))
    for days, expected in [
        (-1, [("error", "period_closed", 1)]),
        (0, []),
        (10, []),
        (11, [("warning", "period_ending", 1)]),
        (40, [("warning", "period_ending", 1)]),
        (41, [("error", "period_closed", 1)]),
    ]:
        assert found(factory, TODAY + timedelta(days=days)) == expected, days


def test_R14_a_blocked_location_of_a_lot_row_is_an_error_any_other_a_warning(factory: Factory, nut: str) -> None:
    for code in ("ROW", "MAP", "DEFAULT"):
        factory.location(code, blocked=True)
    factory.keep(nut, "MAP")
    factory.reason(MAIN, "ISS", "issue", location="DEFAULT")
    factory.order(needs(nut, warehouse=MAIN, location="ROW"))
    assert found(factory) == [("warning", "location_blocked", 3)]
    powder = factory.item("POWDER", by_lot=True)
    factory.stock(powder, 5, lot="L")
    factory.order(needs(powder, -1, lots={"L": 1}, warehouse=MAIN, reason="LOA", location="ROW"))
    assert found(factory) == [("warning", "location_blocked", 3)]
    factory.order(needs(powder, warehouse=MAIN, location="ROW"))
    assert found(factory) == [("error", "location_blocked", 1), ("warning", "location_blocked", 2)]


def test_R25_rows_of_manual_policy_without_enough_lots_written_on_them(factory: Factory) -> None:
    powder = factory.item("POWDER", by_lot=True, lot_policy="manual")
    factory.stock(powder, 50, lot="L")
    factory.order(needs(powder, 5, lots={"L": 5}))
    assert found(factory) == []
    factory.order(needs(powder, 5, lots={"L": 4}))
    factory.order(needs(powder, 2))
    factory.order(needs(powder, 2), status="executive")
    assert found(factory) == [("error", "lot_required", 2)]
    assert examples(factory) == [
        {"item_code": powder, "required": 5, "available": 4, "order": "2026/2/0", "line": 1},
        {"item_code": powder, "required": 2, "available": 0, "order": "2026/3/0", "line": 1},
    ]


def test_R5_by_products_of_lot_items_want_lots_whatever_the_policy(factory: Factory) -> None:
    powder = factory.item("POWDER", by_lot=True)
    factory.order(needs(powder, -2, lots={"L": 1}))
    assert found(factory) == [("error", "lot_required", 1)]


@pytest.mark.parametrize(
    "state",
    [
        {"state": "unavailable"},
        {"sellable": False},
        {"closed": True},
        {"expiry_date": TODAY - timedelta(days=1)},
        {"start_date": TODAY + timedelta(days=1)},
    ],
    ids=lambda state: next(iter(state)),
)
def test_R26_lot_items_with_stock_of_which_no_lot_is_usable(factory: Factory, state: dict[str, Any]) -> None:
    powder = factory.item("POWDER", by_lot=True)
    factory.order(needs(powder))
    assert found(factory) == []  # without stock it is no matter of configuration
    factory.stock(powder, 5, lot="A")
    factory.stock(powder, 5, lot="B")
    factory.lot(powder, "A", **state)
    assert found(factory) == []
    factory.lot(powder, "B", **state)
    assert found(factory) == [("error", "lots_unusable", 1)]
    assert examples(factory) == [{"item_code": powder, "warehouse_code": MAIN, "order": "2026/1/0", "line": 1}]


def test_R26_a_reason_that_may_take_unavailable_lots_finds_them_usable(factory: Factory) -> None:
    powder = factory.item("POWDER", by_lot=True)
    factory.stock(powder, 5, lot="A")
    factory.lot(powder, "A", state="unavailable")
    factory.reason(MAIN, "ISS", "issue", allow_unavailable_lots=True)
    factory.order(needs(powder))
    assert found(factory) == []


def test_R26_lots_in_blocked_locations_alone_are_not_usable(factory: Factory) -> None:
    powder = factory.item("POWDER", by_lot=True)
    factory.location("SHUT", blocked=True)
    factory.stock(powder, 5, lot="A", location="SHUT")
    factory.order(needs(powder))
    assert found(factory) == [("error", "lots_unusable", 1)]


# --- what nothing fails on yet ---------------------------------------------------------------------------------------


def test_what_no_launched_order_needs_is_a_warning(factory: Factory, nut: str) -> None:
    factory.warehouse("OLD", valid_until=TODAY - timedelta(days=1))
    factory.warehouse("ODD")
    factory.reason("ODD", "BAD", "issue", usable_in_production=False)
    factory.reason("ODD", "MIR", "issue", counterpart=("ODD", "ISS"))
    factory.reason("ODD", "ALS", "issue")
    factory.reason("ODD", "OFF", "issue", usable_in_production=False, counterpart=("ODD", "ALS"))  # nobody's
    factory.rule("finished", "OLD")
    factory.rule("scrap", "ODD", issue="BAD", load="ISS")
    factory.rule("raw_material", "ODD", site=factory.site("HOME"), issue=None)
    assert found(factory) == [
        ("warning", "reason_missing", 1),
        ("warning", "reason_direction_wrong", 1),
        ("warning", "reason_not_in_production", 1),
        ("warning", "warehouse_expired", 1),
    ]


def test_R11_sections_that_releases_do_not_want_may_lack_reasons(factory: Factory, nut: str) -> None:
    for section in ("finished", "scrap", "wip"):
        factory.rule(section, MAIN, issue=None, load=None)
    assert found(factory) == []


def test_R10_automatic_items_without_a_warehouse_of_item_or_company(factory: Factory) -> None:
    factory.no_rule("raw_material")
    factory.rule("raw_material", MAIN, site=factory.site("HOME"))
    factory.item("NUT")
    factory.item("LISTED", "with_list")
    factory.item("GHOST", phantom=True)
    factory.rule("raw_material", MAIN, item=factory.item("PLACED"))
    assert found(factory) == [("warning", "warehouse_unresolved", 1)]
    assert examples(factory) == [{"item_code": "NUT"}]
    factory.order(needs("NUT"), job=factory.job(1, site="HOME"))  # its site has the section
    assert found(factory) == []


@pytest.mark.parametrize("status", ["executive", "closed", "archived"])
def test_only_launched_orders_are_looked_at(factory: Factory, status: str) -> None:
    factory.order(needs(factory.item("NUT", None)), status=status)
    assert found(factory) == []


def test_a_thing_that_orders_fail_on_is_counted_once_and_is_no_warning_besides(factory: Factory, nut: str) -> None:
    factory.reason(MAIN, "ISS", "issue", usable_in_production=False)
    factory.rule("raw_material", MAIN, item=nut)
    for _ in range(3):
        factory.order(needs(nut), needs(nut, warehouse=MAIN))
    assert found(factory) == [("error", "reason_not_in_production", 1)]


def test_orders_without_error_are_not_refused_for_their_configuration(factory: Factory, nut: str) -> None:
    """Each error is named by the order that fails on it, and correcting it lets the order go."""
    bolt = factory.item("BOLT", None)
    good, bad = factory.order(needs(nut)), factory.order(needs(bolt))
    named = {one["order"] for row in diagnose(factory) for one in row.examples}
    rows = factory.release(good, bad, on=TODAY)
    assert {f"{r.order_year}/{r.order_number}/{r.order_lot}" for r in rows if r.outcome == "refused"} == named


# --- language, privileges, companies ---------------------------------------------------------------------------------


def test_R63_sentences_and_hints_are_in_the_language_of_the_session(factory: Factory, nut: str) -> None:
    factory.reason(MAIN, "ISS", "issue", usable_in_production=False)
    [english] = diagnose(factory)
    assert english.message == "Reasons are not usable in production."
    assert english.hint == "Make them usable in production, or choose others."
    factory.connection.execute("set local erp.language = 'it'")
    [italian] = diagnose(factory)
    assert italian.message == "Causali non utilizzabili in produzione."
    assert italian[:4] == english[:4]


@pytest.fixture
def codes_by_language(rilascio: psycopg.Connection) -> Iterator[dict[str, set[str]]]:
    """Give the codes of the catalog by language."""
    rows = rilascio.execute("select language, code, message, hint from erp_internal.finding_catalog()").fetchall()
    assert all(message.endswith(".") and hint.endswith(".") for _, _, message, hint in rows)
    return {language: {code for spoken, code, *_ in rows if spoken == language} for language, *_ in rows}


def test_R63_every_code_has_its_sentences_and_stands_in_the_comment(
    rilascio: psycopg.Connection, codes_by_language: dict[str, set[str]]
) -> None:
    assert codes_by_language.keys() == {"en", "it"}
    assert codes_by_language["en"] == codes_by_language["it"]
    row = rilascio.execute("select obj_description('erp_api.diagnose_configuration'::regproc, 'pg_proc')").fetchone()
    assert row is not None
    assert {code for code in codes_by_language["en"] if code not in row[0]} == set()


def test_a_stranger_learns_nothing(rilascio: psycopg.Connection, rilascio_operator: str) -> None:
    closed = Factory(rilascio, rilascio_operator, member=None)
    with pytest.raises(NotAMember):
        diagnose(closed)


def test_each_company_sees_its_own(
    factory: Factory, nut: str, rilascio: psycopg.Connection, rilascio_operator: str
) -> None:
    other = Factory(rilascio, rilascio_operator, "OTHER")
    other.order(needs(other.item("NUT", None)))
    assert found(factory) == []
    assert found(other) == [("error", "mrp_parameters_missing", 1)]


def test_it_runs_in_a_read_only_transaction(factory: Factory, nut: str) -> None:
    factory.connection.execute("set transaction read only")
    assert found(factory) == []
