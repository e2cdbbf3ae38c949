"""Whatever is put, released and restored, nothing falls apart (R34, R70, R71)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.factory import Factory, order_document, outcomes
from tests.procedures.test_release_properties import often

ITEMS = ("NUT", "WIRE", "CAR")
"""What materials are of; there is no CAR."""


@st.composite
def rows(draw: st.DrawFn, **columns: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw a row with some of the columns."""
    return {name: draw(values) for name, values in columns.items() if draw(st.booleans())}


lots = st.lists(
    st.builds(lambda lot, row: {"lot_code": lot, **row}, st.sampled_from("ABX"), rows(quantity=st.integers(0, 4))),
    max_size=3,
)
phases = st.lists(
    st.builds(
        lambda phase, row: {"phase": phase, **row},
        st.sampled_from([10, 20]),
        rows(machine=st.sampled_from([None, "M1", "M2"]), productive=st.booleans()),
    ),
    max_size=3,
)
materials = st.lists(
    st.builds(
        lambda line, row: {"line": line, **row},
        st.integers(1, 3),
        rows(
            item_code=st.sampled_from(ITEMS),
            unit_quantity=st.sampled_from(["1", "2.5", 3, "x"]),
            phase=st.sampled_from([None, 10, 20]),
            picked_quantity=st.integers(0, 1),
            material_lots=lots,
        ),
    ),
    max_size=4,
)
documents = st.builds(
    lambda number, lot, row: {"order_year": 2026, "order_number": number, "order_lot": lot, **row},
    st.integers(1, 3),
    st.sampled_from([0, 0, 0, 1]),
    rows(
        item_code=st.sampled_from(["BIKE", "BIKE", "CAR"]),
        quantity=st.integers(0, 6),
        priority=st.integers(0, 2),
        status=st.sampled_from(["launched", "launched", "archived", "executive"]),
        job_year=st.just(2026),
        job_number=st.sampled_from([7, 8]),
        phases=phases,
        materials=materials,
        delete=st.sampled_from([True, False, False]),
    ),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(documents, min_size=1, max_size=4), st.booleans()),
        st.tuples(st.just("release"), st.sampled_from(["refuse", "split"]), st.booleans()),
        st.tuples(st.just("restore"), st.none(), st.booleans()),
    ),
    min_size=2,
    max_size=8,
)


@often
@given(steps=steps)
def test_R34_R70_random_puts_releases_and_restores_leave_everything_whole(factory: Factory, steps: Any) -> None:
    with undone(factory):
        furnish(factory)
        for step, what, all_or_none in steps:
            ids = [row["production_order_id"] for row in factory.table("production_order")]
            if step == "put":
                put(factory, what, all_or_none)
            elif step == "release" and ids:
                factory.release(*ids, on_shortage=what, all_or_none=all_or_none)
            elif ids:
                factory.restore(*ids, all_or_none=all_or_none)
            assert factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []
        for row in factory.table("production_order"):
            shown = factory.document(row["production_order_id"])
            assert factory.put_order(shown).outcome == "unchanged"


@contextmanager
def undone(factory: Factory) -> Iterator[None]:
    """Take back what is made in the block, so that the next story begins with the same factory."""
    ids = dict(factory._ids)
    try:
        with factory.connection.transaction(force_rollback=True):
            yield
    finally:
        factory._ids.clear()
        factory._ids.update(ids)


def furnish(factory: Factory) -> None:
    """Make what the documents name, with stock for some of it."""
    factory.stock(factory.item("NUT"), 12)
    factory.item("WIRE", by_lot=True)
    for lot in "AB":
        factory.stock("WIRE", 4, lot=lot)
    factory.job(7)
    factory.job(8)
    factory.put_orders(order_document(1, quantity=4, materials=[{"line": 1, "item_code": "NUT", "unit_quantity": 2}]))


def put(factory: Factory, sent: Any, all_or_none: bool) -> None:
    """Put documents; what is refused changes nothing, and what was put is unchanged when it is sent again."""
    before = factory.snapshot()
    preview = factory.preview_orders(*sent)
    rows = factory.put_orders(*sent, all_or_none=all_or_none)
    if all_or_none and "refused" in outcomes(preview):
        assert outcomes(rows) == ["refused"] * len(sent)
    else:
        assert [(r.outcome, r.reasons) for r in rows] == [(r.outcome, r.reasons) for r in preview]
    if set(outcomes(rows)) <= {"refused", "unchanged"}:
        assert factory.snapshot() == before
    again = factory.preview_orders(*sent)
    for row, same in zip(rows, again, strict=True):
        if row.outcome in ("created", "changed", "deleted", "unchanged"):
            assert same.outcome == "unchanged", (row, same)
