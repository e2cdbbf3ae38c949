"""The database against the model: random worlds and stories, movement by movement, balance by balance.

A run has 150 stories; RILASCIO_EXAMPLES says how many instead, and more than that are searched without a fixed seed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from .database import Database, answer_of
from .model import Model
from .strategies import (
    TODAY,
    Call,
    Declare,
    PreviewRelease,
    PreviewRestore,
    Release,
    Restore,
    carry_out,
    stories,
    worlds,
)
from .world import World, key_of

EXAMPLES = int(os.environ.get("RILASCIO_EXAMPLES", "150"))
MANY = 51
"""Orders of a call from which on the database plans its statements anew."""


def examples(share: float) -> Any:
    return settings(
        max_examples=max(1, int(EXAMPLES * share)),
        derandomize="RILASCIO_EXAMPLES" not in os.environ,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def database(rilascio: psycopg.Connection, rilascio_operator: str) -> Iterator[Database]:
    return Database(rilascio, rilascio_operator)


def possible(call: Call, model: Model) -> bool:
    """A declaration needs a phase."""
    if isinstance(call, Declare):
        order = model.orders.get(call.order)
        return order is not None and order.status == "executive" and bool(order.phases)
    return True


@examples(0.7)
@given(story=stories(), padding=st.sampled_from([0, 0, 0, 0, 0, 0, 0, MANY]), by_loader=st.just(False))
def test_every_call_does_what_the_model_does(
    database: Database, story: tuple[World, list[Call]], padding: int, by_loader: bool
) -> None:
    world, made = story
    model = Model(world, TODAY)
    with database.company(world, by_loader=by_loader) as company:
        company.padding = padding
        assert company.snapshot() == model.snapshot()
        for call in made:
            if not possible(call, model):
                continue
            note(f"{call}")
            assert company.carry_out(call) == answer_of(call, carry_out(model, call))
            assert company.snapshot() == model.snapshot()
        company.assert_sound()


@examples(0.03)
@given(story=stories())
def test_what_the_loader_loads_is_what_the_model_starts_from(
    database: Database, story: tuple[World, list[Call]]
) -> None:
    test_every_call_does_what_the_model_does.hypothesis.inner_test(database, story, 0, True)  # type: ignore[attr-defined]


@examples(0.25)
@given(story=stories())
def test_R34_release_then_restore_changes_no_byte(database: Database, story: tuple[World, list[Call]]) -> None:
    """From wherever a story has led, one more release and its restore, last order first, change nothing."""
    world, made = story
    model = Model(world, TODAY)
    *before_that, last = [call for call in made if isinstance(call, (Release, Restore))]
    with database.company(world) as company:
        for call in before_that:
            company.carry_out(call)
            carry_out(model, call)
        before = company.everything()
        option = last.on_shortage if isinstance(last, Release) else "split"
        release = Release(last.orders, on_shortage=option)
        done = [row[1] for row in company.carry_out(release) if row[2] != "refused"]
        assert done == [row.key for row in carry_out(model, release) if row.outcome != "refused"]  # type: ignore[union-attr]
        if done:
            back = company.carry_out(Restore(tuple(reversed(done))))  # type: ignore[arg-type]
            assert [(row[2], row[6]) for row in back] == [("restored", frozenset())] * len(done)
        assert company.everything() == before


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
