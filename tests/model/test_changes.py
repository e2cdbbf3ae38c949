"""Whatever is changed between one call and the next, the database does what the model does, and the way back ends where
it began (R3, R34, R54).

A run has some 45 stories; RILASCIO_EXAMPLES=5000 draws more than a thousand, anew each time.
"""

from __future__ import annotations

import json
import random

from hypothesis import currently_in_test_context, given, note
from hypothesis import strategies as st

from .changes import ANY, HARMLESS, change_model, draw_change, steady_stories
from .database import Database
from .production import ProductionModel
from .production_database import ProductionCompany, production_answer_of, production_company
from .production_strategies import (
    ProductionCall,
    ProductionRows,
    production_stories,
    way_back,
    work_on,
)
from .snapshot import Snapshot
from .strategies import TODAY, Book
from .test_against_database import examples
from .world import World

Story = tuple[World, list[ProductionCall]]

SETTINGS = {"phases", "materials"}
"""The parts of a snapshot that changes change."""

DONE = (
    *("production_order", "production_order_split", "production_declaration", "material_lot"),
    *("material_lot_before_release", "released_material", "job_order", "lot"),
    *("stock_record", "stock_movement", "stock_balance"),
)
"""The tables that calls change."""

OF_THE_FIRST_PHASE = {"first_department", "first_work_center", "first_machine"}
"""Columns of orders that are copies of what changes change."""


def change(
    company: ProductionCompany, model: ProductionModel, world: World, dice: random.Random, kinds: tuple[str, ...]
) -> None:
    """Change this and that, or nothing, in both."""
    for _ in range(dice.choice([0, 0, 1, 2, 4])):
        one = draw_change(dice, model, world, kinds)
        if one is not None:
            if currently_in_test_context():
                note(f"{one}")
            company.change(one)
            change_model(model, one)


def do(company: ProductionCompany, model: ProductionModel, call: ProductionCall) -> ProductionRows:
    """Do a call on both, and see that both do the same."""
    if isinstance(call, Book) and not model.can_book(call.stock):
        return []
    if currently_in_test_context():
        note(f"{call}")
    rows = work_on(model, call)
    assert company.carry_out(call) == production_answer_of(call, rows)
    assert company.snapshot() == model.snapshot()
    return rows


def done(snapshot: Snapshot) -> Snapshot:
    return {part: rows for part, rows in snapshot.items() if part not in SETTINGS}


def done_there(company: ProductionCompany) -> dict[str, list[str]]:
    everything = company.everything()
    orders = [json.loads(row) for row in everything["production_order"]]
    kept = [{name: value for name, value in order.items() if name not in OF_THE_FIRST_PHASE} for order in orders]
    return {table: everything[table] for table in DONE} | {"production_order": [json.dumps(order) for order in kept]}


@examples(0.15)
@given(production_stories() | steady_stories(), st.randoms(use_true_random=False))
def test_R3_R54_the_model_agrees_whatever_is_changed_in_between(
    database: Database, story: Story, dice: random.Random
) -> None:
    world, made = story
    model = ProductionModel(world, TODAY)
    with production_company(database, world) as company:
        for call in made:
            change(company, model, world, dice, ANY)
            do(company, model, call)
        company.assert_sound()
        assert company.issued_twice() == []


@examples(0.15)
@given(steady_stories(), st.randoms(use_true_random=False))
def test_R3_R34_R54_whatever_is_changed_on_the_way_the_way_back_ends_where_it_began(
    database: Database, story: Story, dice: random.Random
) -> None:
    world, made = story
    model = ProductionModel(world, TODAY)
    with production_company(database, world) as company:
        before, before_there = done(model.snapshot()), done_there(company)
        back = []
        for call in made:
            change(company, model, world, dice, HARMLESS)
            back.append(way_back(call, do(company, model, call)))
        assert company.issued_twice() == []
        for way in reversed(back):
            change(company, model, world, dice, HARMLESS)
            if way is not None:
                rows = do(company, model, way)
                assert all(row.outcome != "refused" for row in rows)
        assert done(model.snapshot()) == before
        assert done_there(company) == before_there
