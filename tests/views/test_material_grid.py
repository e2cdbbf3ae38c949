"""The material grid: what the materials of orders need, and what has moved for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.factory import MAIN, Factory, day, needs, outcomes, phase, report
from tests.factory.stock_documents import document, line

COLUMNS = [
    "company_id",
    "order_id",
    "order_year",
    "order_number",
    "order_lot",
    "order_status",
    "order_item_code",
    "start_date",
    "end_date",
    "material_line",
    "item_code",
    "variant_code",
    "item_description",
    "uom",
    "picking_type",
    "phase",
    "sub_phase",
    "movable",
    "required_quantity",
    "picked_quantity",
    "issued_quantity",
    "open_quantity",
]


def quantities(factory: Factory, order: int) -> list[tuple[Decimal, ...]]:
    """Return what each material of an order requires, what was picked and issued for it, and what is open."""
    return [
        (row.required_quantity, row.picked_quantity, row.issued_quantity, row.open_quantity)
        for row in factory.select("material_grid", order, order_by="material_line")
    ]


def picks(factory: Factory, order: int, quantity: int, item: str, reason: str = "ISS") -> dict[str, Any]:
    """Describe a line of a document for the first material row of an order."""
    row = factory.order_row(order)
    reference = {"order_year": row.order_year, "order_number": row.order_number, "order_lot": row.order_lot}
    return line(item, quantity, reason, **reference, material_line=1)


def test_R40_the_material_grid_shows_a_material_with_its_order(factory: Factory) -> None:
    nut = factory.item("NUT", description="Hexagon nut", uom="PC")
    factory.variant(nut, "RED")
    made = factory.order(
        needs(nut, 2, variant="RED", phase=10),
        quantity=3,
        number=7,
        phases=[phase(10)],
        start_date=day(1),
        end_date=day(9),
    )
    [row] = factory.select("material_grid", made)
    assert factory.columns("material_grid") == COLUMNS
    assert list(row) == [
        *(factory.company_id, made, 2026, 7, 0, "launched", "BIKE", day(1), day(9)),
        *(1, "NUT", "RED", "Hexagon nut", "PC", "automatic", 10, 0, True),
        *(6, 0, 0, 6),
    ]


def test_R4_R6_R21_what_is_open_of_a_launched_order_is_what_its_release_issues(factory: Factory) -> None:
    factory.item("BOX", phantom=True)
    for code, decimals in (("NUT", 3), ("OIL", 2), ("CHIP", 0)):
        factory.stock(factory.item(code, decimals=decimals), 100)
    order = factory.order(
        needs("NUT", 2, scrap_percent=10),
        needs("NUT", 1, picked_quantity=2),
        needs("NUT", 1, picked_quantity=99),
        needs("OIL", "0.333", fixed=True),
        needs("CHIP", -1),
        needs("NUT", 5, movable=False),
        needs("BOX", 4),
        quantity=3,
    )
    before = quantities(factory, order)
    assert before == [
        (Decimal("6.6"), 0, 0, Decimal("6.6")),
        (3, 2, 0, 1),
        (3, 99, 0, 0),
        (Decimal("0.33"), 0, 0, Decimal("0.33")),
        (-3, 0, 0, 3),
        (15, 0, 0, 0),
        (12, 0, 0, 0),
    ]
    assert outcomes(factory.release(order)) == ["released"]
    moved = {row.material_line: -row.quantity for row in factory.movements(order)}
    assert {n: abs(quantity) for n, quantity in moved.items()} == {
        n: row[3] for n, row in enumerate(before, 1) if row[3]
    }
    after = quantities(factory, order)
    assert [row[2] for row in after] == [moved.get(n, 0) for n in range(1, 8)]
    assert [row[3] for row in after] == [0] * 7
    factory.restore(order)
    assert quantities(factory, order) == before


def test_R29_the_parts_of_a_split_need_together_what_the_whole_needed(factory: Factory) -> None:
    bolt = factory.item("BOLT", decimals=0)
    factory.stock(bolt, 4)
    order = factory.order(needs(bolt, "1.5"), quantity=5)
    [row] = factory.release(order, on_shortage="split")
    assert quantities(factory, order) == [(3, 0, 3, 0)]
    assert quantities(factory, row.remainder_order_id) == [(5, 0, 0, 5)]


def test_R51_a_manual_material_stays_open_until_work_is_registered(factory: Factory) -> None:
    factory.rule("finished", MAIN)
    pin = factory.item("PIN", "manual")
    factory.stock(pin, 100)
    order = factory.order(needs(pin, 2), quantity=10, phases=[phase(10)])
    factory.release(order)
    assert quantities(factory, order) == [(20, 0, 0, 20)]
    first, last = factory.declared(order, report("opening"), report("progress", good=4))
    factory.register(first, last)
    assert quantities(factory, order) == [(20, 0, 8, 12)]
    factory.register(*factory.declared(order, report("closing", good=6)))
    assert factory.status(order) == "closed"
    assert quantities(factory, order) == [(20, 0, 20, 0)]


def test_R6_what_documents_pick_and_give_back_counts(factory: Factory) -> None:
    listed, bolt = factory.item("NUT", "with_list"), factory.item("BOLT")
    factory.stock(listed, 100)
    factory.stock(bolt, 100)
    first, second = (factory.order(needs(item, 1), quantity=10) for item in (listed, bolt))
    factory.release(first, second)
    documents = (
        document("P", picks(factory, first, 4, listed)),
        document("R", picks(factory, second, 3, bolt, "LOA")),
    )
    assert outcomes(factory.post(*documents)) == ["posted", "posted"]
    assert quantities(factory, first) == [(10, 4, 0, 6)]
    assert quantities(factory, second) == [(10, 0, 7, 0)]  # its release has issued all of it


def test_R9_a_transfer_to_wip_issues_nothing_yet(factory: Factory) -> None:
    factory.warehouse("LINE")
    factory.reason("LINE", "MAT", "issue")
    factory.reason("LINE", "LOA", "load")
    factory.rule("wip", "LINE", issue="MAT", semi_finished_issue="MAT")
    factory.parameters(wip_management=True, transfer_manual_to_wip=True)
    nut = factory.item("NUT", "manual")
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 1), quantity=10, phases=[phase(10)])
    factory.release(order)
    assert factory.balance(nut, "LINE") == 10
    assert quantities(factory, order) == [(10, 0, 0, 10)]


def test_R3_a_released_order_shows_the_picking_type_that_its_release_found(factory: Factory) -> None:
    nut, plain = factory.item("NUT"), factory.item("PLAIN", None)
    factory.stock(nut, 9)
    released, launched = factory.order(needs(nut)), factory.order(needs(nut), needs(plain))
    factory.release(released)
    factory.pick(nut, "manual")
    assert [row.picking_type for row in factory.select("material_grid", released)] == ["automatic"]
    rows = factory.select("material_grid", launched, order_by="material_line")
    assert [row.picking_type for row in rows] == ["manual", None]


@pytest.mark.parametrize("status", ["closed", "archived"])
def test_R22_nothing_is_open_of_an_order_that_is_done(factory: Factory, status: str) -> None:
    nut = factory.item("NUT", "manual")
    assert quantities(factory, factory.order(needs(nut), needs(nut), status=status)) == [(1, 0, 0, 0)] * 2


def test_R42_quantities_are_computed_for_the_materials_of_a_page_alone(factory: Factory) -> None:
    nut = factory.item("NUT")
    for _ in range(20):
        factory.order(needs(nut))
    [(plan,)] = factory.call(
        "explain (analyze, format json, timing off) select * from erp_api.material_grid"
        f" where company_id = {factory.company_id} and order_status = 'launched'"
        " order by end_date desc, order_id, material_line limit 5"
    )

    def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
        return [node, *(inner for child in node.get("Plans", ()) for inner in nodes(child))]

    computed = [n for n in nodes(plan[0]["Plan"]) if n.get("Parent Relationship") == "SubPlan"]
    assert computed
    assert {n["Actual Loops"] for n in computed} <= {0, 5}
