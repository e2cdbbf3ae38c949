"""Every reason for refusal, alone and with all its fields, the same in preview and in execution (section 7, R63)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.factory import MAIN, Factory, codes, day, needs, outcomes, phase, report
from tests.factory.stock_documents import document, line

FIELDS = ("code", "item_code", "variant_code", "warehouse_code", "lot_code", "required", "available")
REST = {"message", "hint", "location_code"}
Story = Callable[[Factory], tuple[list[Any], list[Any], tuple[Any, ...]]]

STORIES: dict[str, Story] = {}
"""By code: makes the story and answers the rows of the preview, those of the call and the reason expected."""


def story(code: str) -> Callable[[Story], Story]:
    """Enter a story under the code that it ends with."""

    def enter(failure: Story) -> Story:
        STORIES[code] = failure
        return failure

    return enter


def released(
    factory: Factory, order: int, *reason: Any, **options: Any
) -> tuple[list[Any], list[Any], tuple[Any, ...]]:
    """Preview and release an order."""
    return factory.preview(order, **options), factory.release(order, **options), reason


def restored(factory: Factory, order: int, *reason: Any) -> tuple[list[Any], list[Any], tuple[Any, ...]]:
    """Preview and restore an order."""
    return factory.preview_restore(order), factory.restore(order), reason


def shirts(factory: Factory, **values: Any) -> str:
    """Make an item with a variant, RED, so that its field is filled too."""
    shirt = factory.item("SHIRT", **values)
    factory.variant(shirt, "RED")
    return shirt


@story("order_not_found")
def _(factory: Factory) -> Any:
    return released(factory, 999_999_999, None, None, None, None, None, None)


@story("order_not_launched")
def _(factory: Factory) -> Any:
    return released(factory, factory.order(status="executive"), None, None, None, None, None, None)


@story("quantity_not_possible")
def _(factory: Factory) -> Any:
    order = factory.order(quantity=10)
    return released(factory, order, None, None, None, None, 11, 10, quantities=[11])


@story("order_not_executive")
def _(factory: Factory) -> Any:
    return restored(factory, factory.order(), None, None, None, None, None, None)


@story("order_closed")
def _(factory: Factory) -> Any:
    return restored(factory, factory.order(status="closed"), None, None, None, None, None, None)


@story("order_short_closed")
def _(factory: Factory) -> Any:
    order = factory.order(status="executive")
    factory.close(order)
    return restored(factory, order, None, None, None, None, None, None)


@story("order_not_short_closed")
def _(factory: Factory) -> Any:
    order = factory.order()
    return factory.preview_change("reopen", order), factory.reopen(order), (None, None, None, None, None, None)


@story("order_executive")
def _(factory: Factory) -> Any:
    order = factory.order(status="executive")
    return factory.preview_change("archive", order), factory.archive(order), (None, None, None, None, None, None)


@story("declarations_pending")
def _(factory: Factory) -> Any:
    order = factory.order(status="executive", phases=[phase(10)])
    factory.declared(order, report("opening"))
    return factory.preview_change("close", order), factory.close(order), (None, None, None, None, None, None)


def kept(factory: Factory) -> tuple[int, int]:
    """Split an order of 10 into 4 and a remainder of 6 that its restore keeps; return both."""
    factory.stock(factory.item("NUT"), 4)
    order = factory.order(needs("NUT"), quantity=10)
    [split] = factory.release(order, on_shortage="split")
    factory.change_order(split.remainder_order_id, priority=1)
    assert codes(factory.restore(order)[0]) == ["remainder_kept"]
    return order, split.remainder_order_id


def merged(factory: Factory, order: int, *reason: Any) -> tuple[list[Any], list[Any], tuple[Any, ...]]:
    """Preview and merge an order."""
    return factory.preview_change("merge", order), factory.merge(order), reason


@story("not_a_remainder")
def _(factory: Factory) -> Any:
    return merged(factory, factory.order(), None, None, None, None, None, None)


@story("split_in_force")
def _(factory: Factory) -> Any:
    factory.stock(factory.item("NUT"), 4)
    order = factory.order(needs("NUT"), quantity=10)
    [split] = factory.release(order, on_shortage="split")
    return merged(factory, split.remainder_order_id, None, None, None, None, None, None)


@story("origin_not_launched")
def _(factory: Factory) -> Any:
    order, rest = kept(factory)
    factory.release(order)
    return merged(factory, rest, None, None, None, None, None, None)


@story("remainder_used")
def _(factory: Factory) -> Any:
    _, rest = kept(factory)
    factory.change_material(rest, picked_quantity=1)
    return merged(factory, rest, None, None, None, None, None, None)


@story("remainder_differs")
def _(factory: Factory) -> Any:
    _, rest = kept(factory)
    factory.change_material(rest, scrap_percent=1)
    return merged(factory, rest, None, None, None, None, None, None)


@story("remainder_not_next")
def _(factory: Factory) -> Any:
    order, rest = kept(factory)
    factory.change_order(order, quantity=3)
    return merged(factory, rest, "BIKE", None, None, None, 4, 3)


@story("declarations_exist")
def _(factory: Factory) -> Any:
    order = factory.order(phases=[phase(10)])
    factory.release(order)
    factory.enter_declaration(order)
    return restored(factory, order, None, None, None, None, None, None)


@story("mrp_parameters_missing")
def _(factory: Factory) -> Any:
    shirts(factory, picking=None)
    return released(factory, factory.order(needs("SHIRT", variant="RED")), "SHIRT", "RED", None, None, None, None)


@story("warehouse_unresolved")
def _(factory: Factory) -> Any:
    shirts(factory)
    factory.no_rule("raw_material")
    return released(factory, factory.order(needs("SHIRT", variant="RED")), "SHIRT", "RED", None, None, None, None)


@story("reason_unusable")
def _(factory: Factory) -> Any:
    shirts(factory)
    factory.stock("SHIRT", 9, variant="RED")
    factory.rule("raw_material", MAIN, issue="LOA")
    return released(factory, factory.order(needs("SHIRT", variant="RED")), "SHIRT", "RED", MAIN, None, None, None)


@story("warehouse_expired")
def _(factory: Factory) -> Any:
    shirts(factory)
    factory.stock("SHIRT", 9, variant="RED")
    factory.change_warehouse(MAIN, valid_until=day(0))
    order = factory.order(needs("SHIRT", variant="RED"))
    return released(factory, order, "SHIRT", "RED", MAIN, None, None, None, on=day(1))


@story("insufficient_stock")
def _(factory: Factory) -> Any:
    shirts(factory)
    factory.stock("SHIRT", "2.5", variant="RED")
    return released(factory, factory.order(needs("SHIRT", 4, variant="RED")), "SHIRT", "RED", MAIN, None, 4, 2.5)


@story("later_stock_negative")
def _(factory: Factory) -> Any:
    shirts(factory)
    factory.stock("SHIRT", 10, variant="RED")
    factory.stock("SHIRT", -9, variant="RED", on=day(8))
    order = factory.order(needs("SHIRT", 4, variant="RED"))
    return released(factory, order, "SHIRT", "RED", MAIN, None, 4, 1, on=day(0))


@story("lot_unavailable")
def _(factory: Factory) -> Any:
    shirts(factory, by_lot=True)
    factory.stock("SHIRT", 3, lot="A", variant="RED")
    order = factory.order(needs("SHIRT", 4, variant="RED", lots={"A": 4}))
    return released(factory, order, "SHIRT", "RED", MAIN, "A", 4, 3)


@story("lot_required")
def _(factory: Factory) -> Any:
    shirts(factory, by_lot=True, lot_policy="manual")
    factory.stock("SHIRT", 3, lot="A", variant="RED")
    order = factory.order(needs("SHIRT", 4, variant="RED", lots={"A": 1}))
    return released(factory, order, "SHIRT", "RED", MAIN, None, 4, 1)


@story("period_closed")
def _(factory: Factory) -> Any:
    factory.parameters(period_end=day(0))
    return released(factory, factory.order(), None, None, None, None, None, None, on=day(1))


@story("split_not_possible")
def _(factory: Factory) -> Any:
    factory.item("NUT")
    factory.stock("NUT", 2)
    order = factory.order(needs("NUT", picked_quantity=1), quantity=5)
    preview, rows, reason = released(factory, order, None, None, None, None, None, None, on_shortage="split")
    return preview, rows, reason


@story("zero_feasible_quantity")
def _(factory: Factory) -> Any:
    order = factory.order(needs(factory.item("NUT")), quantity=5)
    return released(factory, order, None, None, None, None, None, None, on_shortage="split")


@story("counterpart_stock_used")
def _(factory: Factory) -> Any:
    shirts(factory, by_lot=True)
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock("SHIRT", 9, lot="A", variant="RED")
    order = factory.order(needs("SHIRT", 4, variant="RED"))
    factory.release(order, on=day(0))
    factory.stock("SHIRT", -3, warehouse="LINE", lot="A", variant="RED", on=day(1))
    return restored(factory, order, "SHIRT", "RED", "LINE", "A", 4, 1)


@story("remainder_kept")
def _(factory: Factory) -> Any:
    factory.item("NUT")
    factory.stock("NUT", 2)
    order = factory.order(needs("NUT"), quantity=5)
    [row] = factory.release(order, on_shortage="split")
    factory.change_order(row.remainder_order_id, quantity=1)
    return restored(factory, order, None, None, None, None, None, None)


@story("merged_back")
def _(factory: Factory) -> Any:
    factory.stock(factory.item("NUT"), 2)
    order = factory.order(needs("NUT"), quantity=5)
    [row] = factory.release(order, on_shortage="split")
    asked = row.remainder_order_id, order
    return factory.preview_restore(*asked), factory.restore(*asked)[:1], (None,) * 6


@story("all_or_none")
def _(factory: Factory) -> Any:
    order = factory.order()
    rows = factory.release(order, 999_999_999, all_or_none=True)
    return rows[:1], rows[:1], (None, None, None, None, None, None)


def executive(factory: Factory) -> int:
    """Release an order of two phases, of which the first is not productive."""
    order = factory.order(quantity=10, phases=[phase(5, productive=False), phase(10)])
    factory.release(order)
    return order


def declared(factory: Factory, order: int, failure: Any, *reason: Any) -> tuple[list[Any], list[Any], tuple[Any, ...]]:
    """Declare on an order; there is no preview of it."""
    rows = factory.declare(order, failure)
    return rows, rows, reason or (None,) * 6


@story("phase_unknown")
def _(factory: Factory) -> Any:
    return declared(factory, executive(factory), report("opening", 10, sub_phase=7))


@story("phase_not_productive")
def _(factory: Factory) -> Any:
    return declared(factory, executive(factory), report("opening", 5))


@story("sequence_broken")
def _(factory: Factory) -> Any:
    return declared(factory, executive(factory), report("progress"))


@story("over_production")
def _(factory: Factory) -> Any:
    order = executive(factory)
    factory.declared(order, report("opening"), report("progress", good=9))
    return declared(factory, order, report("closing", good=2), "BIKE", None, None, None, 11, 10)


@story("declaration_not_found")
def _(factory: Factory) -> Any:
    return factory.preview_registration(999_999_999), factory.register(999_999_999), (None,) * 6


@story("quantity_out_of_range")
def _(factory: Factory) -> Any:
    factory.parameters(over_production_percent=900)
    factory.rule("finished", MAIN)
    order = factory.order(quantity=6 * 10**14, phases=[phase(10)])
    factory.release(order)
    rows = [report("opening"), *[report("progress", good=6 * 10**14)] * 2]
    declarations = factory.declared(order, *rows)
    factory.register(*declarations[:2])
    last = declarations[2:]
    return factory.preview_registration(*last), factory.register(*last), ("BIKE", None, None, None, 12e14, 1e15)


@story("record_numbers_exhausted")
def _(factory: Factory) -> Any:
    shirts(factory)
    factory.stock("SHIRT", 9, variant="RED")
    factory.last_number(MAIN, day(0), 2**31 - 1)
    order = factory.order(needs("SHIRT", 4, variant="RED"))
    return released(factory, order, None, None, MAIN, None, None, None, on=day(0))


@story("already_registered")
def _(factory: Factory) -> Any:
    declarations = factory.declared(executive(factory), report("opening"))
    factory.register(*declarations)
    return factory.preview_registration(*declarations), factory.register(*declarations), (None,) * 6


@story("not_registered")
def _(factory: Factory) -> Any:
    rows = factory.roll_back(*factory.declared(executive(factory), report("opening")))
    return rows, rows, (None,) * 6


@pytest.mark.parametrize("code", sorted(STORIES))
def test_R8_R63_every_reason_names_what_it_is_about(factory: Factory, code: str) -> None:
    preview, rows, expected = STORIES[code](factory)

    [row] = rows
    beside = {"split_not_possible", "zero_feasible_quantity"}
    reasons = [reason for reason in row.reasons if code not in beside or reason["code"] != "insufficient_stock"]
    [reason] = reasons
    assert tuple(reason[name] for name in FIELDS) == (code, *expected)
    assert set(reason) == {*FIELDS, *REST}
    assert row.outcome == ("restored" if code in ("remainder_kept", "merged_back") else "refused")
    assert preview[0].reasons == row.reasons

    assert reason["hint"]
    assert reason["message"].endswith(".")
    labels = {"order_not_found": "999999999", "declaration_not_found": "999999999", "merged_back": "2026/1/1"}
    labels |= dict.fromkeys(("split_in_force", "remainder_used", "remainder_differs"), "2026/1/1")
    label = labels.get(code, "2026/1/0")
    for word in (label, reason["item_code"], reason["variant_code"]):
        assert word is None or word in reason["message"]
    for figure in (reason["required"], reason["available"]):
        assert figure is None or f"{Decimal(str(figure)):f}" in reason["message"]


@pytest.mark.parametrize("code", sorted(STORIES))
def test_R63_the_words_are_of_the_language_and_the_codes_are_not(factory: Factory, code: str) -> None:
    factory.connection.execute("set local erp.language = 'it'")
    _, [italian], _ = STORIES[code](factory)
    factory.connection.execute("set local erp.language = 'en'")
    _, [english], _ = STORIES[code](Factory(factory.connection, factory.operator, "OTHER"))
    assert [r["code"] for r in italian.reasons] == [r["code"] for r in english.reasons]
    for of_italian, of_english in zip(italian.reasons, english.reasons, strict=True):
        assert of_italian["message"] != of_english["message"]
        assert of_italian["hint"] != of_english["hint"]


@pytest.mark.parametrize("language", ["fr", "", "'; drop"])
def test_R63_an_unknown_language_speaks_english(factory: Factory, language: str) -> None:
    factory.connection.execute("select set_config('erp.language', %s, true)", [language])
    [row] = factory.release(factory.order(status="closed"))
    assert row.reasons[0]["message"] == "Order 2026/1/0 is not launched."


def test_R63_a_sentence_names_the_order_the_item_and_the_figures(factory: Factory) -> None:
    nut = factory.item("NUT", uom="KG")
    factory.stock(nut, "2.500")
    order = factory.order(needs(nut, 4), number=17, order_lot=2)
    messages = []
    for language in ("en", "it"):
        factory.connection.execute("select set_config('erp.language', %s, true)", [language])
        messages.append(factory.preview(order)[0].reasons[0]["message"])
    assert messages == [
        "Order 2026/17/2: 4 KG of item NUT required from warehouse MAIN, 2.5 available.",
        "Ordine 2026/17/2: servono 4 KG dell'articolo NUT dal magazzino MAIN, disponibili 2.5.",
    ]


@pytest.mark.parametrize("status", ["executive", "closed", "archived"])
def test_R8_a_wrong_status_is_the_only_reason_given_by_release(factory: Factory, status: str) -> None:
    nut = factory.item("NUT", None)
    factory.parameters(period_end=day(0))
    [row] = factory.release(factory.order(needs(nut), status=status), on=day(1))
    assert [r["code"] for r in row.reasons] == ["order_not_launched"]


@pytest.mark.parametrize(
    ("status", "code"),
    [("launched", "order_not_executive"), ("archived", "order_not_executive"), ("closed", "order_closed")],
)
def test_R33_a_wrong_status_is_the_only_reason_given_by_restore(factory: Factory, status: str, code: str) -> None:
    order = factory.order(status=status, phases=[phase(10)])
    factory.enter_declaration(order)
    [row] = factory.restore(order)
    assert [r["code"] for r in row.reasons] == [code]


def test_R33_a_closed_order_is_told_how_to_go_backwards(factory: Factory) -> None:
    order = factory.order(status="closed")
    [row] = factory.restore(order)
    hint = row.reasons[0]["hint"].lower()
    steps = [hint.index(step) for step in ("roll back the registrations", "delete them", "restore")]
    assert steps == sorted(steps)


def test_R8_an_order_of_another_company_does_not_exist(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER")
    foreign = other.order()
    [row] = factory.release(foreign)
    assert [r["code"] for r in row.reasons] == ["order_not_found"]
    assert (row.order_id, row.order_year, row.order_number, row.order_lot) == (foreign, None, None, None)
    assert other.status(foreign) == "launched"


def test_R8_stock_is_not_checked_where_the_warehouse_is_unknown(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.no_rule("raw_material")
    [row] = factory.release(factory.order(needs(nut, 99)), on_shortage="split")
    assert [r["code"] for r in row.reasons] == ["warehouse_unresolved"]


def test_R8_stock_is_checked_beside_an_unusable_reason_and_an_expired_warehouse(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.rule("raw_material", MAIN, issue="LOA")
    factory.change_warehouse(MAIN, valid_until=day(0))
    [row] = factory.release(factory.order(needs(nut, 5)), on=day(1))
    assert sorted(r["code"] for r in row.reasons) == ["insufficient_stock", "reason_unusable", "warehouse_expired"]


def test_R8_R13_an_unusable_reasons_counterpart_still_counts(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("LINE", valid_until=day(0))
    factory.reason(MAIN, "ISS", "issue", usable_in_production=False, counterpart=("LINE", "LOA"))
    factory.stock(nut, 9)
    [row] = factory.release(factory.order(needs(nut, 5)), on=day(1))
    assert {(r["code"], r["warehouse_code"]) for r in row.reasons} == {
        ("reason_unusable", MAIN),
        ("warehouse_expired", "LINE"),
    }


def test_R8_R26_an_unusable_reasons_lot_flag_still_counts(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.reason(MAIN, "ISS", "issue", usable_in_production=False, allow_unavailable_lots=True)
    factory.lot(nut, "A", state="unavailable")
    factory.stock(nut, 9, lot="A")
    [row] = factory.release(factory.order(needs(nut, 5)))
    assert [r["code"] for r in row.reasons] == ["reason_unusable"]


def test_R8_R7_a_refused_order_leaves_its_stock_to_the_later_ones(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 5)
    broken, whole = factory.order(needs(nut, 5), needs(factory.item("NEW", None))), factory.order(needs(nut, 5))
    rows = factory.release(broken, whole)
    assert [row.outcome for row in rows] == ["refused", "released"]


@pytest.mark.parametrize(
    ("usable", "last_day", "code"), [(False, None, "reason_unusable"), (True, day(0), "warehouse_expired")]
)
def test_R8_R13_what_is_wrong_on_both_sides_of_one_warehouse_is_told_once(
    factory: Factory, usable: bool, last_day: date | None, code: str
) -> None:
    """Two warehouses are two reasons."""
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    factory.warehouse("LINE")
    for warehouse in (MAIN, "LINE"):
        factory.change_warehouse(warehouse, valid_until=last_day)
        factory.reason(warehouse, "ODD", "load", usable_in_production=usable)
    for counterpart, expected in ((MAIN, [MAIN]), ("LINE", ["LINE", MAIN])):
        factory.reason(MAIN, "ISS", "issue", usable_in_production=usable, counterpart=(counterpart, "ODD"))
        [row] = factory.release(factory.order(needs(nut)), on=day(1))
        assert sorted((r["code"], r["warehouse_code"]) for r in row.reasons) == [(code, one) for one in expected]


def test_R5_R8_a_by_product_without_parameters_is_refused_as_any_material(factory: Factory) -> None:
    order = factory.order(needs(factory.item("CHIPS", None), -1))
    assert [codes(row) for row in factory.release(order)] == [["mrp_parameters_missing"]]
    assert factory.status(order) == "launched"


@pytest.mark.parametrize("left", ["archived", "closed", "closed short"])
def test_R33_an_order_that_is_not_executive_is_told_that_alone_whatever_else_stands_against_its_restore(
    factory: Factory, left: str
) -> None:
    """Its records lie outside the period; work was declared, and a document picked for it."""
    nut = factory.item("NUT")
    factory.rule("finished", MAIN)
    factory.stock(nut, 10)
    order = factory.order(needs(nut), needs(factory.item("PIN", "manual")), quantity=2, phases=[phase(10)])
    factory.stock("PIN", 10)
    factory.release(order, on=day(1))
    number = factory.order_row(order).order_number
    picked = line("PIN", 1, "ISS", order_year=2026, order_number=number, material_line=2)
    assert outcomes(factory.post(document("PICK", picked, on=day(1)))) == ["posted"]
    declared = factory.declared(order, report("opening"), report("closing", good=2))
    assert set(outcomes(factory.register(*declared[: None if left == "closed" else 1], on=day(1)))) == {"registered"}
    if left != "closed":
        factory.undeclare(declared[1])
        factory.close(order)
    if left == "archived":
        factory.archive(order)
    factory.parameters(period_start=day(2))

    code = {"archived": "order_not_executive", "closed": "order_closed", "closed short": "order_short_closed"}[left]
    assert codes(factory.preview_restore(order)[0]) == codes(factory.restore(order)[0]) == [code]


def test_R8_all_or_none_keeps_the_reasons_an_order_has_of_its_own(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 5)
    fine, short = factory.order(needs(nut, 4)), factory.order(needs(nut, 4))
    rows = factory.release(fine, short, all_or_none=True)
    assert [[r["code"] for r in row.reasons] for row in rows] == [["all_or_none"], ["insufficient_stock"]]
    assert rows[1].reasons[0]["available"] == 1


# --- where the stock was looked for, and when ------------------------------------------------------------------------


def located(factory: Factory, by_location: bool) -> str:
    """Make an item with 6 in the location that its lines go to and 50 in another one."""
    nut = factory.item("NUT")
    factory.change_warehouse(MAIN, check_location=by_location)
    for place, quantity in (("B7", 6), ("C1", 50)):
        factory.location(place)
        factory.stock(nut, quantity, location=place)
    factory.keep(nut, "B7")
    return nut


def spoken(factory: Factory, code: str, rows: Callable[[], list[Any]]) -> tuple[str | None, list[str]]:
    """Return the location of the one reason with this code, and its sentence in both languages."""
    places, messages = set(), []
    for language in ("en", "it"):
        factory.connection.execute("select set_config('erp.language', %s, true)", [language])
        [reason] = [reason for row in rows() for reason in row.reasons if reason["code"] == code]
        places.add(reason["location_code"])
        messages.append(reason["message"])
    [place] = places
    return place, messages


def test_R17_R63_a_shortage_of_a_location_names_it_and_not_the_warehouse_alone(factory: Factory) -> None:
    order = factory.order(needs(located(factory, True), 10))
    assert spoken(factory, "insufficient_stock", lambda: factory.preview(order)) == (
        "B7",
        [
            "Order 2026/1/0: 10 PC of item NUT required from warehouse MAIN (location B7), 6 available.",
            "Ordine 2026/1/0: servono 10 PC dell'articolo NUT dal magazzino MAIN (ubicazione B7), disponibili 6.",
        ],
    )
    assert factory.release(order)[0].reasons == factory.preview(order)[0].reasons


def test_R17_R63_a_shortage_of_what_lies_in_no_location_says_so(factory: Factory) -> None:
    bolt = located(factory, True) and factory.item("BOLT")
    factory.stock(bolt, 50, location="C1")
    order = factory.order(needs(bolt, 10))
    place, [english, italian] = spoken(factory, "insufficient_stock", lambda: factory.release(order))
    assert place is None
    assert "warehouse MAIN (no location), 0 available" in english
    assert "magazzino MAIN (senza ubicazione), disponibili 0" in italian


def test_R17_R63_a_shortage_of_a_warehouse_names_no_location(factory: Factory) -> None:
    order = factory.order(needs(located(factory, False), 60))
    place, [english, _] = spoken(factory, "insufficient_stock", lambda: factory.release(order))
    assert place is None
    assert "warehouse MAIN, 56 available" in english


def test_R25_R63_lots_that_were_looked_for_in_one_location_name_it(factory: Factory) -> None:
    cloth = factory.item("CLOTH", by_lot=True)
    for place, quantity in (("B7", 6), ("C1", 50)):
        factory.location(place)
        factory.stock(cloth, quantity, lot="A", location=place)
    of_row = factory.order(needs(cloth, 10, warehouse=MAIN, location="B7"))
    committed = factory.order(needs(cloth, 10, warehouse=MAIN, location="B7", lots={"A": 10}))
    anywhere = factory.order(needs(cloth, 60))
    place, [english, _] = spoken(factory, "lot_unavailable", lambda: factory.release(of_row))
    assert place == "B7"
    assert "warehouse MAIN (location B7), which cover 6" in english
    place, [english, _] = spoken(factory, "lot_unavailable", lambda: factory.release(committed))
    assert place == "B7"
    assert "(location B7)" in english
    place, [english, _] = spoken(factory, "lot_unavailable", lambda: factory.release(anywhere))
    assert place is None
    assert "warehouse MAIN, which cover 56" in english


@pytest.mark.parametrize("by_location", [False, True])
def test_R38_R63_what_a_restore_lacks_in_a_location_names_it(factory: Factory, by_location: bool) -> None:
    nut = located(factory, False)
    factory.warehouse("LINE", check_location=by_location)
    factory.location("L1", warehouse="LINE")
    factory.keep(nut, "L1", warehouse="LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    order = factory.order(needs(nut, 10))
    factory.release(order)
    factory.stock(nut, -3, warehouse="LINE", location="L1")
    place, [english, _] = spoken(factory, "counterpart_stock_used", lambda: factory.restore(order))
    assert place == ("L1" if by_location else None)
    assert ("warehouse LINE (location L1); only 7" if by_location else "warehouse LINE; only 7") in english


def test_R18_R63_a_closed_period_names_the_date_and_the_period(factory: Factory) -> None:
    factory.parameters(period_start=day(-3), period_end=day(3))
    order = factory.order(phases=[phase(10)])
    factory.connection.execute("set local datestyle = 'German, DMY'")
    period = f"{day(-3)} to {day(3)}"
    _, [english, italian] = spoken(factory, "period_closed", lambda: factory.release(order, on=day(4)))
    assert english == f"Order 2026/1/0: the record date {day(4)} lies outside the open period, {period}."
    assert italian == (
        f"Ordine 2026/1/0: la data di registrazione {day(4)} è fuori dal periodo aperto, dal {day(-3)} al {day(3)}."
    )


def test_R18_R63_so_does_the_way_back(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 9)
    factory.rule("finished", MAIN)
    order = factory.order(needs(nut, 4), phases=[phase(10)], quantity=1)
    factory.release(order, on=day(0))
    progress = factory.declared(order, report("opening"), report("progress", good=1))
    factory.register(*progress, on=day(1))
    factory.parameters(period_start=day(2), period_end=day(3))
    period = f"lies outside the open period, {day(2)} to {day(3)}."
    _, [english, _] = spoken(factory, "period_closed", lambda: factory.restore(order))
    assert english == f"Order 2026/1/0: the record date {day(0)} {period}"
    _, [english, _] = spoken(factory, "period_closed", lambda: factory.roll_back(*progress))
    assert english == f"Order 2026/1/0: the record date {day(1)} {period}"
    factory.connection.execute("set local erp.language = 'en'")
    [row] = factory.select("restore_grid", order)
    assert f"{day(0)} {period}" in row.blockers[0]["message"]
