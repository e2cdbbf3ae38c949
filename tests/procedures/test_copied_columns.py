"""What orders copy for the grids follows what they copy, whoever changes it (R42)."""

from typing import Any

import pytest
from psycopg.errors import ForeignKeyViolation

from rilascio.errors import RecordProtected
from tests.factory import Factory, needs, order_document, order_key, outcomes, phase


def shown(factory: Factory, order: int, *columns: str, view: str = "release_grid") -> tuple[Any, ...]:
    [row] = factory.select(view, order)
    return tuple(getattr(row, column) for column in columns)


def test_R42_an_order_shows_a_code_of_its_item_job_order_and_site_that_was_changed(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    factory.site("TURIN")
    factory.job(7, site="TURIN")
    launched, released = (factory.order(needs(nut), item="NUT", job=7) for _ in range(2))
    assert outcomes(factory.release(released)) == ["released"]
    factory.connection.execute("update erp.item set item_code = 'BOLT' where item_code = 'NUT'")
    factory.connection.execute("update erp.job_order set job_year = 2027, job_number = 8")
    factory.connection.execute("update erp.site set site_code = 'MILAN' where site_code = 'TURIN'")
    for order, view in ((launched, "release_grid"), (released, "restore_grid")):
        assert shown(factory, order, "item_code", "job_year", "job_number", "site_code", view=view) == (
            "BOLT", 2027, 8, "MILAN",
        )  # fmt: skip


def test_R42_an_order_that_gets_another_item_or_job_order_shows_that(factory: Factory) -> None:
    for site in ("TURIN", "MILAN"):
        factory.site(site)
    factory.job(7, site="TURIN")
    factory.job(8, site="MILAN")
    factory.item("NUT")
    order = factory.order(job=7)
    assert shown(factory, order, "item_code", "job_number", "site_code") == ("BIKE", 7, "TURIN")
    factory.change_order(order, item_id=factory.id("item", "NUT"), job_order_id=factory.id("job", "8"))
    assert shown(factory, order, "item_code", "job_number", "site_code") == ("NUT", 8, "MILAN")
    factory.put_order({**order_key(factory.document(order)), "item_code": "BIKE", "job_year": 2026, "job_number": 7})
    assert shown(factory, order, "item_code", "job_number", "site_code") == ("BIKE", 7, "TURIN")
    factory.change_row("job_order", {"site_id": factory.id("site", "MILAN")}, job_number=7)
    assert shown(factory, order, "site_code") == ("MILAN",)
    factory.put(job_order=[{"job_year": 2026, "job_number": 7, "site_code": "TURIN"}])
    assert shown(factory, order, "site_code") == ("TURIN",)
    factory.change_order(order, job_order_id=None)
    assert shown(factory, order, "job_year", "job_number", "site_code") == (None, None, None)


def test_R42_an_order_copies_nothing_that_it_does_not_name(factory: Factory) -> None:
    order = factory.order(job=factory.job(7))
    for column, value in (("copied_item_code", "NUT"), ("copied_job_year", 2027), ("copied_job_number", 8)):
        with pytest.raises(ForeignKeyViolation), factory.connection.transaction():
            factory.change_order(order, **{column: value})
    for column in ("item_id", "job_order_id"):
        with pytest.raises(ForeignKeyViolation), factory.connection.transaction():
            factory.change_order(order, **{column: 0})


def test_R42_an_order_shows_who_works_on_its_first_phase_whatever_changes(factory: Factory) -> None:
    order = factory.order(phases=[phase(20, department="weld", work_center="W2", machine="M2")])
    columns = ("department", "work_center", "machine")
    assert shown(factory, order, *columns) == ("weld", "W2", "M2")
    factory.add_phase(order, phase(30, machine="M3"))
    assert shown(factory, order, *columns) == ("weld", "W2", "M2")
    factory.add_phase(order, phase(10, machine="M1"))
    assert shown(factory, order, *columns) == (None, None, "M1")
    factory.change_row("production_order_phase", {"machine": "M0"}, production_order_id=order, phase=10)
    assert shown(factory, order, *columns) == (None, None, "M0")
    factory.change_row("production_order_phase", {"phase": 40}, production_order_id=order, phase=10)
    assert shown(factory, order, *columns) == ("weld", "W2", "M2")
    factory.connection.execute("delete from erp.production_order_phase where phase = 20")
    assert shown(factory, order, *columns) == (None, None, "M3")
    factory.connection.execute("delete from erp.production_order_phase")
    assert shown(factory, order, *columns) == (None, None, None)


def test_R42_an_order_that_is_put_shows_who_works_on_its_first_phase(factory: Factory) -> None:
    document = order_document(901, phases=[{"phase": 20, "machine": "M2"}, {"phase": 10, "machine": "M1"}])
    order = factory.put_order(document).order_id
    assert shown(factory, order, "machine") == ("M1",)
    factory.put_order(order_key(document, phases=[{"phase": 20}, {"phase": 10, "machine": "M9", "department": "weld"}]))
    assert shown(factory, order, "machine", "department") == ("M9", "weld")
    factory.put_order(order_key(document, phases=[{"phase": 20}]))
    assert shown(factory, order, "machine", "department") == ("M2", None)
    assert factory.put_order(order_key(document, phases=[{"phase": 20}])).outcome == "unchanged"


def test_R20_R42_who_works_on_a_released_order_may_change_and_is_shown(factory: Factory) -> None:
    order = factory.order(phases=[phase(10, machine="M1")])
    assert outcomes(factory.release(order)) == ["released"]
    factory.change_row("production_order_phase", {"machine": "M2"}, production_order_id=order)
    assert shown(factory, order, "machine", view="restore_grid") == ("M2",)
    for column in ("first_machine", "first_work_center", "first_department"):
        with pytest.raises(RecordProtected, match="is what its first phase has"), factory.connection.transaction():
            factory.change_order(order, **{column: "M3"})


def test_R23_R42_the_parts_of_a_split_show_the_same(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 4)
    factory.site("TURIN")
    order = factory.order(
        needs(nut),
        quantity=10,
        job=factory.job(7, site="TURIN", customer="Velo"),
        phases=[phase(10, department="weld", work_center="W1", machine="M1")],
    )
    [split] = factory.release(order, on_shortage="split")
    columns = (
        "item_code", "job_year", "job_number", "customer", "site_code", "department", "work_center", "machine",
    )  # fmt: skip
    expected = ("BIKE", 2026, 7, "Velo", "TURIN", "weld", "W1", "M1")
    assert shown(factory, order, *columns, view="restore_grid") == expected
    assert shown(factory, split.remainder_order_id, *columns) == expected


def test_R35_R42_a_remainder_of_an_item_that_was_renamed_is_untouched(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 4)
    order = factory.order(needs(nut), quantity=10, phases=[phase(10, machine="M1")], job=factory.job(7))
    factory.release(order, on_shortage="split")
    factory.connection.execute("update erp.item set item_code = 'TANDEM' where item_code = 'BIKE'")
    factory.connection.execute("update erp.job_order set job_number = 8")
    [restored] = factory.restore(order)
    assert (restored.outcome, restored.reasons) == ("restored", [])
    assert shown(factory, order, "item_code", "job_number") == ("TANDEM", 8)
