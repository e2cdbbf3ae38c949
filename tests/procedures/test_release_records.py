"""Dates, records and their numbers (R18, R19), and the state of job orders (R50)."""

from datetime import date

import pytest

from tests.factory import MAIN, YEAR, Factory, codes, day, needs, outcomes


def numbers(factory: Factory, order: int) -> list[tuple[str, date, int, int]]:
    """Return warehouse, date, number and line of the order's movements, in that order."""
    return sorted((m.warehouse_code, m.record_date, m.record_number, m.line) for m in factory.movements(order))


def test_R18_the_record_date_is_today_unless_another_is_asked(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    today, other = factory.order(needs(nut)), factory.order(needs(nut))
    [now] = factory.call("select current_date as today")
    factory.release(today)
    factory.release(other, on=day(3))
    assert [m.record_date for m in factory.movements(today, other)] == [now.today, day(3)]


@pytest.mark.parametrize(("on", "outcome"), [(-1, "refused"), (0, "released"), (30, "released"), (31, "refused")])
def test_R18_the_record_date_lies_inside_the_open_period(factory: Factory, on: int, outcome: str) -> None:
    factory.parameters(period_start=day(0), period_end=day(30))
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    [row] = factory.release(factory.order(needs(nut)), on=day(on))
    assert row.outcome == outcome
    assert codes(row) == (["period_closed"] if outcome == "refused" else [])


def test_R18_a_closed_period_is_no_second_reason_for_a_missing_order_or_a_wrong_status(factory: Factory) -> None:
    factory.parameters(period_end=day(0))
    rows = factory.release(999_999_999, factory.order(status="closed"), on=day(1))
    assert [codes(row) for row in rows] == [["order_not_found"], ["order_not_launched"]]


def test_R18_a_record_of_a_period_closed_since_cannot_be_restored(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order, without = factory.order(needs(nut)), factory.order()
    factory.release(order, without, on=day(3))
    factory.parameters(period_start=day(4))

    rows = factory.restore(order, without)

    assert outcomes(rows) == ["refused", "restored"]
    assert codes(rows[0]) == ["period_closed"]
    factory.parameters(period_start=day(3))
    assert outcomes(factory.restore(order)) == ["restored"]


def test_R19_counterpart_lines_of_the_same_warehouse_and_reason_share_the_record(factory: Factory) -> None:
    nut, chips = factory.item("NUT"), factory.item("CHIPS")
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 2), needs(chips, -3, warehouse="LINE", reason="LOA"))
    [row] = factory.release(order)
    assert (row.record_count, row.movement_count) == (2, 3)
    assert [(m.warehouse_code, m.line, m.counterpart) for m in factory.movements(order)] == [
        (MAIN, 1, False),
        ("LINE", 1, True),
        ("LINE", 2, False),
    ]


def test_R19_records_are_numbered_from_1_per_warehouse_and_day_in_the_order_asked(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("FAR")
    factory.stock(nut, 10)
    factory.stock(nut, 10, warehouse="FAR")
    near, both = factory.order(needs(nut)), factory.order(needs(nut), needs(nut, warehouse="FAR"))
    refused, far = factory.order(needs(nut, 99)), factory.order(needs(nut, warehouse="FAR"))
    other_day = factory.order(needs(nut))

    factory.release(both, refused, near, far, on=day(1))
    factory.release(other_day, on=day(2))

    assert numbers(factory, both) == [("FAR", day(1), 1, 1), (MAIN, day(1), 1, 1)]
    assert numbers(factory, near) == [(MAIN, day(1), 2, 1)]
    assert numbers(factory, far) == [("FAR", day(1), 2, 1)]
    assert numbers(factory, other_day) == [(MAIN, day(2), 1, 1)]


def test_R19_numbers_go_on_in_the_next_call_and_after_records_entered_by_hand(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10, on=day(1))
    first, second = factory.order(needs(nut)), factory.order(needs(nut))
    factory.release(first, on=day(1))
    factory.release(second, on=day(1))
    assert numbers(factory, first) + numbers(factory, second) == [(MAIN, day(1), 2, 1), (MAIN, day(1), 3, 1)]


def test_R19_companies_number_their_records_on_their_own(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER")
    for company in (factory, other):
        nut = company.item("NUT")
        company.stock(nut, 10)
        order = company.order(needs(nut))
        company.release(order, on=day(1))
        assert numbers(company, order) == [(MAIN, day(1), 1, 1)]


def test_R19_the_record_carries_the_orders_reference_job_order_and_project(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut), number=77, order_lot=3, job=factory.job(5), project="Tour")
    [row] = factory.release(order)
    [record] = factory.table("stock_record", order)
    assert {
        name: record[name] for name in ("order_year", "order_number", "order_lot", "job_order_id", "project", "run_id")
    } == {
        "order_year": YEAR,
        "order_number": 77,
        "order_lot": 3,
        "job_order_id": factory.id("job", "5"),
        "project": "Tour",
        "run_id": row.run_id,
    }


def test_R19_R25_a_movement_per_material_row_lot_and_location(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.location("A")
    factory.stock(nut, 2, lot="L1", location="A")
    factory.stock(nut, 2, lot="L1")
    factory.stock(nut, 9, lot="L2")
    order = factory.order(needs(nut, 5), needs(nut, 1))
    [row] = factory.release(order)
    assert (row.record_count, row.movement_count) == (1, 4)
    assert [(m.line, m.material_line, m.lot_code, m.location_code, m.quantity) for m in factory.movements(order)] == [
        (1, 1, "L1", None, -2),
        (2, 1, "L1", "A", -2),
        (3, 1, "L2", None, -1),
        (4, 2, "L2", None, -1),
    ]


# --- job orders (R50) ------------------------------------------------------------------------------------------------


def test_R50_a_job_order_is_executive_while_one_of_its_orders_is(factory: Factory) -> None:
    job = factory.job(1, status="launched")
    first, second = factory.order(job=job), factory.order(job=job)
    states = []
    factory.release(first, second)
    states.append(factory.job_status(job))
    factory.restore(first)
    states.append(factory.job_status(job))
    factory.restore(second)
    states.append(factory.job_status(job))
    assert states == ["executive", "executive", "launched"]


@pytest.mark.parametrize(
    ("others", "supply_released", "expected"),
    [
        ([], False, "launched"),
        (["closed"], False, "executive"),
        (["executive"], False, "executive"),
        (["archived"], False, "launched"),
        ([], True, "executive"),
    ],
)
def test_R50_the_state_is_recomputed_from_facts(
    factory: Factory, others: list[str], supply_released: bool, expected: str
) -> None:
    job = factory.job(1, supply_released=supply_released, status="scheduled")
    for status in others:
        factory.order(job=job, status=status)
    order = factory.order(job=job)
    factory.release(order)
    assert factory.job_status(job) == "executive"
    factory.restore(order)
    assert factory.job_status(job) == expected


def test_R50_a_wrong_state_is_put_right_whatever_it_was(factory: Factory) -> None:
    job = factory.job(1, status="executive")
    order = factory.order(job=job)
    factory.release(order)
    factory.connection.execute("update erp.job_order set status = 'scheduled' where job_number = 1")
    factory.restore(order)
    assert factory.job_status(job) == "launched"


def test_R50_a_refused_order_leaves_its_job_order_as_it_is(factory: Factory) -> None:
    nut = factory.item("NUT")
    job = factory.job(1, status="launched")
    factory.release(factory.order(needs(nut), job=job))
    assert factory.job_status(job) == "launched"


def test_R50_other_job_orders_are_left_alone(factory: Factory) -> None:
    mine, other = factory.job(1, status="launched"), factory.job(2, status="launched")
    factory.order(job=other)
    factory.release(factory.order(job=mine))
    assert (factory.job_status(mine), factory.job_status(other)) == ("executive", "launched")


def test_R50_R23_the_remainder_of_a_split_belongs_to_the_job_order_too(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 3)
    job = factory.job(1, status="launched")
    order = factory.order(needs(nut), quantity=5, job=job)
    [row] = factory.release(order, on_shortage="split")
    assert factory.order_row(row.remainder_order_id).job_order_id == factory.id("job", "1")
    assert factory.job_status(job) == "executive"
