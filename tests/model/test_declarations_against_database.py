"""Declarations in the database against the model: random worlds and stories, movement by movement.

A run has 150 stories; RILASCIO_EXAMPLES says how many instead, and more than that are searched without a fixed seed.
"""

from __future__ import annotations

import random

import psycopg
import pytest
from hypothesis import currently_in_test_context, given, note
from hypothesis import strategies as st

from .database import Database
from .production import ProductionModel
from .production_database import ProductionCompany, production_answer_of, production_company
from .production_strategies import (
    PreviewRegistration,
    ProductionCall,
    Register,
    forward_stories,
    production_stories,
    way_back,
    work_on,
)
from .strategies import TODAY, Book
from .test_against_database import MANY, examples
from .test_production_properties import batches_back
from .world import World

Story = tuple[World, list[ProductionCall]]


@pytest.fixture
def database(rilascio: psycopg.Connection, rilascio_operator: str) -> Database:
    return Database(rilascio, rilascio_operator)


def step(company: ProductionCompany, model: ProductionModel, call: ProductionCall) -> None:
    """Do a call on both, if it can be done."""
    if isinstance(call, Book) and not model.can_book(call.stock):
        return
    if currently_in_test_context():
        note(f"{call}")
    assert company.carry_out(call) == production_answer_of(call, work_on(model, call))
    assert company.snapshot() == model.snapshot()


def follow(company: ProductionCompany, model: ProductionModel, made: list[ProductionCall]) -> None:
    assert company.snapshot() == model.snapshot()
    for call in made:
        step(company, model, call)
    company.assert_sound()


@examples(0.7)
@given(story=production_stories(), padding=st.sampled_from([0, 0, 0, 0, 0, 0, 0, MANY]))
def test_every_call_does_what_the_model_does(database: Database, story: Story, padding: int) -> None:
    world, made = story
    with production_company(database, world) as company:
        company.padding = padding
        follow(company, ProductionModel(world, TODAY), made)


@examples(0.03)
@given(production_stories())
def test_what_the_loader_loads_is_what_the_model_starts_from(database: Database, story: Story) -> None:
    world, made = story
    with production_company(database, world, by_loader=True) as company:
        follow(company, ProductionModel(world, TODAY), made)


@examples(0.2)
@given(forward_stories())
def test_R53_any_way_forward_walked_backwards_changes_no_byte(database: Database, story: Story) -> None:
    world, made = story
    model = ProductionModel(world, TODAY)
    with production_company(database, world) as company:
        before = company.everything()
        back = []
        for call in made:
            rows = work_on(model, call)
            assert company.carry_out(call) == production_answer_of(call, rows)
            back.append(way_back(call, rows))
        for way in reversed(back):
            if way is not None:
                step(company, model, way)
        assert company.everything() == before


@examples(0.2)
@given(forward_stories(), st.randoms(use_true_random=False))
def test_R53_random_batches_back_change_no_byte(database: Database, story: Story, dice: random.Random) -> None:
    """Where the model ends where it began, so does the database (see `test_production_properties`)."""
    world, made = story
    model = ProductionModel(world, TODAY)
    with production_company(database, world) as company:
        before, model_before = company.everything(), model.snapshot()
        for call in made:
            assert company.carry_out(call) == production_answer_of(call, work_on(model, call))
        for _ in range(20):
            for call in batches_back(model, dice):
                step(company, model, call)
            if not (model.production.declarations or model.state.released):
                assert model.snapshot() == model_before
                assert company.everything() == before
                break


@examples(0.1)
@given(production_stories())
def test_preview_registration_shows_what_a_registration_then_does(database: Database, story: Story) -> None:
    """Before every registration, what it will do; movement by movement it is then the same."""
    world, made = story
    model = ProductionModel(world, TODAY)
    with production_company(database, world) as company:
        for call in made:
            if isinstance(call, Register):
                before = company.everything()
                step(company, model, PreviewRegistration(call.handles, call.record_date))
                assert company.everything() == before
            step(company, model, call)
