"""The database against the model: random worlds and stories, movement by movement, balance by balance.

A run has 150 stories, the same ones each time. RILASCIO_EXAMPLES says how many instead; more are drawn anew each time.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from hypothesis import HealthCheck, currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from .database import Company, Database, answer_of
from .model import Model
from .stories import counterpart, day, item, key, lot, needs, order, rule, shop_world, stock, warehouse
from .strategies import (
    TODAY,
    Book,
    Call,
    InsertDeclaration,
    PreviewRelease,
    PreviewRestore,
    Release,
    Restore,
    carry_out,
    stories,
    worlds,
)
from .world import World, key_of

USUAL = 150
EXAMPLES = int(os.environ.get("RILASCIO_EXAMPLES", USUAL))
MANY = 51
"""Orders of a call from which on the database plans its statements anew."""


Test = TypeVar("Test", bound=Callable[..., None])


def examples(share: float) -> Callable[[Test], Test]:
    """So much of the run's examples."""
    return settings(
        max_examples=max(1, int(EXAMPLES * share)),
        derandomize=EXAMPLES <= USUAL,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def possible(call: Call, model: Model) -> bool:
    """What is no call of the API is done to both if it can be; a declaration needs a phase."""
    if isinstance(call, InsertDeclaration):
        order = model.orders.get(call.order)
        return order is not None and order.status == "executive" and bool(order.phases)
    return not isinstance(call, Book) or model.can_book(call.stock)


def follow(company: Company, model: Model, made: list[Call]) -> None:
    assert company.snapshot() == model.snapshot()
    for call in made:
        if not possible(call, model):
            continue
        if currently_in_test_context():
            note(f"{call}")
        assert company.carry_out(call) == answer_of(call, carry_out(model, call))
        assert company.snapshot() == model.snapshot()
    company.assert_sound()


@examples(0.7)
@given(story=stories(), padding=st.sampled_from([0, 0, 0, 0, 0, 0, 0, MANY]))
def test_every_call_does_what_the_model_does(database: Database, story: tuple[World, list[Call]], padding: int) -> None:
    world, made = story
    with database.company(world) as company:
        company.padding = padding
        follow(company, Model(world, TODAY), made)


@examples(0.03)
@given(story=stories())
def test_what_the_loader_loads_is_what_the_model_starts_from(
    database: Database, story: tuple[World, list[Call]]
) -> None:
    world, made = story
    with database.company(world, by_loader=True) as company:
        follow(company, Model(world, TODAY), made)


@examples(0.25)
@given(story=stories())
def test_R34_R77_release_then_restore_changes_no_byte(database: Database, story: tuple[World, list[Call]]) -> None:
    """From wherever a story has led, one more release and its restore, last order first, change nothing."""
    world, made = story
    model = Model(world, TODAY)
    *before_that, last = [call for call in made if isinstance(call, (Release, Restore, Book))]
    with database.company(world) as company:
        for call in before_that:
            if possible(call, model):
                company.carry_out(call)
                carry_out(model, call)
        before = company.everything()
        keys = [key_of(row) for row in world.production_order] if isinstance(last, Book) else last.orders
        release = Release(tuple(keys), on_shortage="split")
        if isinstance(last, Release):
            release = replace(last, record_date=None, all_or_none=False)
        rows = carry_out(model, release)
        assert company.carry_out(release) == answer_of(release, rows)
        done = tuple(row.key for row in reversed(rows) if row.outcome != "refused")
        if done:
            back = Restore(done)
            assert company.carry_out(back) == answer_of(back, carry_out(model, back))
        assert company.everything() == before


def copied(world: World, times: int) -> World:
    """The world with its orders so many times, and with stock for some of them."""
    many = replace(world, opening_stock=[replace(row, quantity=row.quantity * 4) for row in world.opening_stock])
    for name in ("production_order", "production_order_phase", "production_order_material", "material_lot"):
        rows = getattr(world, name)
        copies = [replace(row, order_number=row.order_number + 10 * copy) for copy in range(times) for row in rows]
        setattr(many, name, copies)
    return many


@examples(0.03)
@given(world=worlds(), shuffle=st.randoms(use_true_random=False), on_shortage=st.sampled_from(["split", "refuse"]))
def test_many_orders_are_served_one_after_the_other(
    database: Database, world: World, shuffle: random.Random, on_shortage: str
) -> None:
    many = copied(world, MANY)
    keys = [key_of(row) for row in many.production_order]
    shuffle.shuffle(keys)
    with database.company(many) as company:
        made: list[Call] = [
            PreviewRelease(tuple(keys[:60]), None, on_shortage),
            Release(tuple(keys[:60]), None, on_shortage),
            PreviewRestore(tuple(keys[:60])),
            Restore(tuple(reversed(keys[:60]))),
        ]
        follow(company, Model(many, TODAY), made)


# What such stories have found ----------------------------------------------------------------------------------------


def test_R15_lots_that_an_order_brings_back_are_there_for_the_next(database: Database) -> None:
    """A transfer within one warehouse: the second order finds the first lot whole."""
    world = shop_world(
        item("NUT", "manual", tracking="lot"),
        rule("wip", "RAW"),
        lot("NUT", "A", start_date=day(-2)),
        lot("NUT", "B"),
        stock("RAW", "NUT", 3, lot_code="A"),
        stock("RAW", "NUT", 3, lot_code="B"),
        *(order(number, 2, needs("NUT")) for number in (1, 2)),
        wip_management=True,
        transfer_manual_to_wip=True,
    )
    model = Model(world, TODAY)
    with database.company(world) as company:
        follow(company, model, [Release((key(1), key(2)))])
    assert {row.lot_code for row in model.movements_of(key(2))} == {"A"}


def test_R15_a_lot_goes_from_order_to_order_through_warehouses_that_never_had_it(database: Database) -> None:
    """Loaded as a by-product in one, carried to a second by a counterpart, taken from there."""
    own = {"warehouse_code": "RAW", "reason_code": "ISS"}
    world = shop_world(
        warehouse("MID"),
        counterpart("RAW", "ISS", "MID"),
        item("NUT", tracking="lot"),
        lot("NUT", "A"),
        order(1, 1, needs("NUT", -5, lots={"A": 5})),
        order(2, 1, needs("NUT", 4, **own)),
        order(3, 1, needs("NUT", 3, warehouse_code="MID", reason_code="ISS")),
        order(4, 1, needs("NUT", 3, warehouse_code="MID", reason_code="ISS")),
    )
    model = Model(world, TODAY)
    with database.company(world) as company:
        follow(company, model, [Release(tuple(key(number) for number in (1, 2, 3, 4)))])
    assert [model.orders[key(number)].status for number in (3, 4)] == ["executive", "launched"]


@examples(0.1)
@given(worlds())
def test_previews_show_every_order_alike_alone_and_in_a_crowd(database: Database, world: World) -> None:
    """The cached plans of few orders and the new ones of many answer the same."""
    keys = tuple(key_of(row) for row in world.production_order)
    with database.company(world) as company:
        for call in (PreviewRelease(keys, None, "split"), PreviewRestore(keys)):
            company.padding = 0
            few = company.carry_out(call)
            company.padding = MANY
            assert company.carry_out(call) == few
