"""What must hold of declarations in every world, whatever is called: the rules that are universal."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .declaration import ZERO, Handle, last_productive_phase, producing_phase
from .production import ProductionModel
from .production_strategies import (
    Delete,
    PreviewRegistration,
    ProductionCall,
    Register,
    RollBack,
    forward_stories,
    production_stories,
    production_worlds,
    way_back,
    work_on,
)
from .registration import need_for
from .strategies import TODAY, Restore, assert_loadable
from .test_properties import assert_stock_is_sound
from .world import OrderKey, World

often = settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))

Story = tuple[World, list[ProductionCall]]


@often
@given(production_worlds())
def test_every_world_can_be_loaded(world: World) -> None:
    assert_loadable(world)


@often
@given(production_stories())
def test_R15_R16_R17_stock_is_sound_after_every_call(story: Story) -> None:
    world, made = story
    model = ProductionModel(world, TODAY)
    for call in made:
        work_on(model, call)
        assert_stock_is_sound(model)


@often
@given(forward_stories())
def test_R53_any_way_forward_walked_backwards_is_the_identity(story: Story) -> None:
    world, made = story
    model = ProductionModel(world, TODAY)
    before = model.snapshot()
    back = [way_back(call, work_on(model, call)) for call in made]
    for call in reversed(back):
        if call is not None:
            assert all(row.outcome != "refused" for row in work_on(model, call))
    assert model.snapshot() == before


def batches_back(model: ProductionModel, dice: random.Random) -> list[ProductionCall]:
    """One round of going back in batches, in any order that comes."""

    def parts(values: Sequence[Handle]) -> list[tuple[Handle, ...]]:
        mixed = dice.sample(list(values), len(values))
        size = dice.randint(1, max(1, len(mixed)))
        return [tuple(mixed[place : place + size]) for place in range(0, len(mixed), size)]

    there = list(model.production.declarations)
    orders = [key for key in model.state.released if can_be_restored(model, key)]
    calls: list[ProductionCall] = [RollBack(part) for part in parts(there)]
    calls += [Delete(part) for part in parts(there)]
    calls += [Restore((key,)) for key in dice.sample(orders, len(orders))]
    return dice.sample(calls, len(calls)) if dice.random() < 0.7 else calls


def can_be_restored(model: ProductionModel, key: OrderKey) -> bool:
    """R35: a remainder that is still executive would be kept."""
    remainder = model.state.released[key].remainder
    return remainder is None or model.orders[remainder].status == "launched"


@often
@given(forward_stories(), st.randoms(use_true_random=False))
def test_R53_random_batches_back_end_where_it_began(story: Story, dice: random.Random) -> None:
    """Unless loads that stand in for one another's stock are taken back in a bad order and hold each other up."""
    world, made = story
    model = ProductionModel(world, TODAY)
    before = model.snapshot()
    imported = [key for key, order in model.orders.items() if order.status == "executive"]
    for call in made:
        work_on(model, call)
    held_up = False
    for _ in range(60):
        rows = [row for call in batches_back(model, dice) for row in work_on(model, call)]
        held_up = any(reason.code == "counterpart_stock_used" for row in rows for reason in row.reasons)
        if not (model.production.declarations or model.state.released):
            break
    else:
        assert held_up
        return
    assert all(model.orders[key].status == "executive" for key in imported)
    assert model.snapshot() == before


@often
@given(production_stories())
def test_R8_preview_is_what_a_registration_then_does(story: Story) -> None:
    world, made = story
    model = ProductionModel(world, TODAY)
    for call in made:
        before = model.snapshot()
        if isinstance(call, Register):
            preview = model.preview_registration(call.handles, call.record_date)
            assert model.snapshot() == before
            assert preview == work_on(model, call)
        else:
            work_on(model, call)
            assert not isinstance(call, PreviewRegistration) or model.snapshot() == before


@often
@given(production_stories())
def test_R8_a_refused_row_changes_nothing(story: Story) -> None:
    world, made = story
    model = ProductionModel(world, TODAY)
    for call in made:
        before, counters = model.snapshot(), dict(model.state.counters)
        rows = work_on(model, call)
        if rows and all(row.outcome == "refused" for row in rows):
            assert (model.snapshot(), model.state.counters) == (before, counters)
        for row in rows:
            assert row.outcome != "refused" or row.reasons


@often
@given(production_stories())
def test_R52_status_and_produced_quantity_follow_from_what_is_registered(story: Story) -> None:
    world, made = story
    model = ProductionModel(world, TODAY)
    at_first = {key: order.status for key, order in model.orders.items()}
    for call in made:
        work_on(model, call)
        for key, order in model.orders.items():
            last, producing = last_productive_phase(order), producing_phase(order)
            rows = [row for row in model.production.declarations.values() if row.order == key]
            closings = [row for row in rows if row.registered and row.asked.kind == "closing" and row.phase == last]
            assert (order.status == "closed") == (bool(closings) or at_first.get(key) == "closed")
            goods = [row.asked.good_quantity for row in rows if row.registered and row.phase == producing]
            assert order.produced_quantity == sum(goods, ZERO)
            assert order.declarations == len(rows)


@often
@given(production_stories())
def test_R51_what_was_issued_is_the_need_of_all_that_was_registered(story: Story) -> None:
    """However it was declared: the parts add up to the whole."""
    world, made = story
    model = ProductionModel(world, TODAY)
    for call in made:
        work_on(model, call)
    for key, order in model.orders.items():
        for material in order.materials:
            phase = producing_phase(order) if material.phase is None else (material.phase, material.sub_phase or 0)
            registered = [row for row in model.production.declarations.values() if row.order == key and row.registered]
            done = sum((row.quantity for row in registered if row.phase == phase), ZERO)
            moved = [
                row.quantity
                for row in model.movements
                if row.order == key and row.material_line == material.line and row.declaration and not row.counterpart
            ]
            assert not moved or sum(moved, Decimal(0)) == -need_for(model.config, material, order, done)
