"""What a release does with an order and its materials (R2 to R9, R22)."""

from tests.factory import MAIN, Factory, codes, needs, outcomes


def test_R2_a_released_order_is_executive_and_its_automatic_materials_are_issued(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 4), quantity=10)

    [row] = factory.release(order)

    assert (row.ordinal, row.order_id, row.outcome, row.reasons) == (1, order, "released", [])
    assert (row.order_year, row.order_number, row.order_lot) == (2026, 1, 0)
    assert (row.record_count, row.movement_count, row.remainder_order_id) == (1, 1, None)
    assert factory.status(order) == "executive"
    assert factory.order_row(order).release_run_id == row.run_id
    assert factory.moved(order) == [(MAIN, "ISS", nut, None, None, -40)]
    assert factory.balance(nut) == 60


def test_R2_several_orders_are_released_in_one_call(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    orders = [factory.order(needs(nut, 4), quantity=quantity) for quantity in (1, 2, 3)]

    rows = factory.release(*orders)

    assert [(row.ordinal, row.order_id, row.outcome) for row in rows] == [
        (place, order, "released") for place, order in enumerate(orders, start=1)
    ]
    assert len({row.run_id for row in rows}) == 1
    assert factory.balance(nut) == 76


def test_R2_an_order_without_materials_is_released_without_records(factory: Factory) -> None:
    order = factory.order()

    [row] = factory.release(order)

    assert (row.outcome, row.record_count, row.movement_count) == ("released", 0, 0)
    assert factory.status(order) == "executive"


def test_R2_nothing_else_of_the_order_changes(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 4, picked_quantity=1), quantity=10)
    before = factory.order_row(order)._asdict()
    materials = factory.table("production_order_material", order)

    factory.release(order)

    after = factory.order_row(order)._asdict()
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"changed_at", "changed_by"} == {"status", "release_run_id", "released_at"}
    assert factory.table("production_order_material", order) == materials


def test_R2_R61_the_order_says_who_changed_it(factory: Factory) -> None:
    order = factory.order()
    factory.release(order)
    assert factory.order_row(order).changed_by == factory.operator


def test_R3_the_picking_type_is_the_items_own_when_the_order_is_released(factory: Factory) -> None:
    nut = factory.item("NUT", "manual")
    factory.stock(nut, 10)
    first, second = factory.order(needs(nut, 2)), factory.order(needs(nut, 3))

    factory.release(first)
    factory.pick(nut, "automatic")
    factory.release(second)
    factory.pick(nut, "with_list")

    assert factory.movements(first) == []
    assert [m.quantity for m in factory.movements(second)] == [-3]
    [line] = factory.select("movement_history", second)
    assert line.picking_type == "automatic"


def test_R8_a_refused_order_takes_nothing_and_the_others_go_on(factory: Factory) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 10)
    factory.stock(bolt, 1)
    short = factory.order(needs(nut, 8), needs(bolt, 2))
    other = factory.order(needs(nut, 10))

    rows = factory.release(short, other)

    assert outcomes(rows) == ["refused", "released"]
    assert (rows[0].record_count, rows[0].movement_count) == (0, 0)
    assert factory.status(short) == "launched"
    assert (factory.balance(nut), factory.balance(bolt)) == (0, 1)


def test_R8_a_refused_order_has_all_its_reasons_at_once(factory: Factory) -> None:
    factory.parameters(period_start="2026-01-01", period_end="2026-01-31")
    factory.warehouse("OLD", valid_until="2021-01-01")
    factory.reason(MAIN, "BAD", "issue", usable_in_production=False)
    new, scarce, lots = factory.item("NEW", None), factory.item("SCARCE"), factory.item("LOTS", by_lot=True)
    chosen, made = (
        factory.item("CHOSEN", by_lot=True, lot_policy="manual"),
        factory.item("MADE", procurement="production"),
    )
    factory.no_rule("semi_finished")
    order = factory.order(
        needs(new),
        needs(made),
        needs(scarce, 2),
        needs(scarce, 1, warehouse=MAIN, reason="BAD"),
        needs(scarce, 1, warehouse="OLD"),
        needs(lots, 3),
        needs(chosen, 4),
    )

    [row] = factory.release(order, on="2026-02-01")  # type: ignore[arg-type]

    assert codes(row)[0] == "period_closed"
    assert {(r["code"], r["item_code"], r["warehouse_code"]) for r in row.reasons} == {
        ("period_closed", None, None),
        ("mrp_parameters_missing", new, None),
        ("warehouse_unresolved", made, None),
        ("insufficient_stock", scarce, MAIN),
        ("reason_unusable", scarce, MAIN),
        ("warehouse_expired", scarce, "OLD"),
        ("insufficient_stock", scarce, "OLD"),
        ("lot_unavailable", lots, MAIN),
        ("lot_required", chosen, MAIN),
    }


def test_R8_all_or_none_splits_nothing_when_one_order_is_refused(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    split = factory.order(needs(nut, 1), quantity=12)
    before = factory.everything()
    rows = factory.release(split, 999_999_999, all_or_none=True, on_shortage="split")
    assert [codes(row) for row in rows] == [["all_or_none"], ["order_not_found"]]
    assert [row.remainder_order_id for row in rows] == [None, None]
    assert factory.everything() == before


def test_R8_all_or_none_releases_when_every_order_can_go(factory: Factory) -> None:
    orders = [factory.order(), factory.order()]
    assert outcomes(factory.release(*orders, all_or_none=True)) == ["released"] * 2


def test_R22_R15_two_rows_of_an_item_share_the_stock_by_line_number(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 7, line=20), needs(nut, 6, line=10))

    [row] = factory.release(order)

    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("insufficient_stock", 7, 4)]


def test_R2_a_variant_has_stock_of_its_own(factory: Factory) -> None:
    shirt = factory.item("SHIRT")
    factory.variant(shirt, "RED")
    factory.variant(shirt, "BLUE")
    factory.stock(shirt, 5, variant="RED")
    factory.stock(shirt, 5)
    red, blue = factory.order(needs(shirt, 5, variant="RED")), factory.order(needs(shirt, 1, variant="BLUE"))

    rows = factory.release(red, blue)

    assert outcomes(rows) == ["released", "refused"]
    assert [m.variant_code for m in factory.movements(red)] == ["RED"]
    [reason] = rows[1].reasons
    assert (reason["code"], reason["item_code"], reason["variant_code"]) == ("insufficient_stock", shirt, "BLUE")
    assert factory.balance(shirt) == 5
