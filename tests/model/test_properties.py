"""What must hold of the model in every world, whatever is called: the rules that are universal."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings

from .model import Model
from .stock import balance_on, checked_together, days_from, may_go_negative
from .strategies import (
    TODAY,
    Call,
    PreviewRelease,
    PreviewRestore,
    Release,
    Restore,
    assert_loadable,
    carry_out,
    stories,
    worlds,
)
from .world import FILE_OF, World, key_of, write_csv

often = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def assert_stock_is_sound(model: Model) -> None:
    """R15-R17: no lot below zero anywhere, on any day, and nothing else where the flags forbid it."""
    for place in {row.place for row in model.movements}:
        if place[3] is None and may_go_negative(model.config, place[0]):
            continue
        together = checked_together(model.config, model.movements, place)
        for day in days_from(together, min(row.record_date for row in model.movements)):
            assert balance_on(together, day) >= 0, (place, day)


@often
@given(worlds())
def test_every_world_can_be_loaded(world: World) -> None:
    assert_loadable(world)
    with TemporaryDirectory() as folder:
        write_csv(world, Path(folder))
        assert {path.stem for path in Path(folder).iterdir()} == set(FILE_OF.values())


@often
@given(stories())
def test_R15_R16_R17_stock_is_sound_after_every_call(story: tuple[World, list[Call]]) -> None:
    world, made = story
    model = Model(world, TODAY)
    for call in made:
        carry_out(model, call)
        assert_stock_is_sound(model)


@often
@given(stories())
def test_R34_R77_release_then_restore_backwards_is_the_identity(story: tuple[World, list[Call]]) -> None:
    """From wherever a story has led, one more release and its restore, last order first, change nothing."""
    world, made = story
    model = Model(world, TODAY)
    *before_that, last = [call for call in made if isinstance(call, (Release, Restore))]
    for call in before_that:
        carry_out(model, call)
    before = model.snapshot()
    option = last.on_shortage if isinstance(last, Release) else "split"
    chosen = last.quantities if isinstance(last, Release) else None
    rows = model.release(last.orders, on_shortage=option, quantities=chosen)
    done = [row.key for row in rows if row.outcome != "refused"]
    back = model.restore(list(reversed(done)))
    assert [row.outcome for row in back] == ["restored"] * len(done)
    assert all(row.reasons == () for row in back)
    assert model.snapshot() == before


@often
@given(stories())
def test_R8_R77_preview_is_what_release_and_restore_then_do(story: tuple[World, list[Call]]) -> None:
    world, made = story
    model = Model(world, TODAY)
    for call in made:
        before = model.snapshot()
        match call:
            case Release(all_or_none=False):
                preview = model.preview_release(call.orders, call.record_date, call.on_shortage, call.quantities)
                assert model.snapshot() == before
                assert preview == carry_out(model, call)
            case Restore(all_or_none=False):
                undo = model.preview_restore(call.orders)
                assert model.snapshot() == before
                assert undo == carry_out(model, call)
            case PreviewRelease() | PreviewRestore():
                carry_out(model, call)
                assert model.snapshot() == before
            case _:
                carry_out(model, call)


@often
@given(stories())
def test_R8_a_refused_order_changes_nothing(story: tuple[World, list[Call]]) -> None:
    world, made = story
    model = Model(world, TODAY)
    for call in made:
        before, counters = model.snapshot(), dict(model.state.counters)
        rows = carry_out(model, call)
        if rows and all(row.outcome == "refused" for row in rows):
            assert (model.snapshot(), model.state.counters) == (before, counters)
        for row in rows:
            assert row.outcome != "refused" or row.reasons


@often
@given(stories())
def test_R23_R28_R77_quantities_and_commitments_are_never_lost_by_splits(story: tuple[World, list[Call]]) -> None:
    world, made = story
    model = Model(world, TODAY)
    total: dict[int, Decimal] = {}
    for header in world.production_order:
        total[header.order_number] = total.get(header.order_number, Decimal(0)) + header.quantity
    for call in made:
        carry_out(model, call)
        now = dict.fromkeys(total, Decimal(0))
        for key, order in model.orders.items():
            assert order.quantity > 0
            assert all(quantity > 0 for quantity in order.commitments.values())
            now[key[1]] += order.quantity
        assert now == total


@often
@given(stories())
def test_R19_records_are_numbered_without_duplicates(story: tuple[World, list[Call]]) -> None:
    world, made = story
    model = Model(world, TODAY)
    for call in made:
        carry_out(model, call)
        lines = [(row.warehouse_code, row.record_date, row.record_number, row.line) for row in model.movements]
        assert len(lines) == len(set(lines))
        records = {(row.warehouse_code, row.record_date, row.record_number) for row in model.movements}
        owners = {
            (*key, row.order, row.reason_code)
            for row in model.movements
            for key in [(row.warehouse_code, row.record_date, row.record_number)]
        }
        assert len(records) == len(owners)


@often
@given(worlds())
def test_R7_orders_one_by_one_are_as_orders_at_once(world: World) -> None:
    keys = [key_of(row) for row in world.production_order]
    at_once, one_by_one = Model(world, TODAY), Model(world, TODAY)
    at_once.release(keys, on_shortage="split")
    for key in keys:
        one_by_one.release([key], on_shortage="split")
    assert at_once.snapshot() == one_by_one.snapshot()
