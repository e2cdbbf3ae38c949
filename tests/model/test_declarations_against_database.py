"""Declarations in the database against the model: random worlds and stories, movement by movement.

A run has some 150 stories; RILASCIO_EXAMPLES says how many instead (see test_against_database).
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import currently_in_test_context, given, note
from hypothesis import strategies as st

from .database import Database
from .declaration import ZONES, Element
from .production import ProductionModel
from .production_database import ProductionCompany, production_answer_of, production_company
from .production_strategies import (
    Declare,
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
from .stories import LONG_AGO, counterpart, day, item, key, lot, needs, order, rule, shop_world, stock, warehouse
from .strategies import TODAY, Book, Release, Restore, booked
from .test_against_database import MANY, copied, examples
from .test_production_properties import batches_back
from .world import (
    ItemVariant,
    Location,
    Lot,
    MovementReason,
    OpeningStock,
    OrderKey,
    ProductionOrderPhase,
    World,
    key_of,
)

Story = tuple[World, list[ProductionCall]]


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


@examples(0.45)
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


@examples(0.15)
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


@examples(0.15)
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


@examples(0.03)
@given(production_worlds(), st.randoms(use_true_random=False))
def test_many_declarations_are_served_one_after_the_other(
    database: Database, world: World, shuffle: random.Random
) -> None:
    many = copied(world, MANY // 3)
    phases: dict[OrderKey, list[tuple[int, int]]] = {}
    for row in many.production_order_phase:
        phases.setdefault(key_of(row), []).append((row.phase, row.sub_phase))
    keys = [key_of(row) for row in many.production_order]
    shuffle.shuffle(keys)
    began = datetime.combine(TODAY, datetime.min.time()) - timedelta(days=2)
    elements = [
        Element(
            key,
            *phase,
            kind,
            began + timedelta(days=days, hours=shuffle.randrange(24)),
            good_quantity=Decimal(good),
            lot_code="N1" if good else None,
        )
        for days, (kind, good) in enumerate((("opening", 0), ("progress", 1), ("closing", 0)))
        for key in keys[:40]
        for phase in phases.get(key, [])
    ]
    if not elements:
        return
    handles = list(range(1, len(elements) + 1))
    made: list[ProductionCall] = [Release(tuple(keys[:60]), None, "split"), Declare(tuple(elements))]
    for kind in (PreviewRegistration, Register, RollBack, Delete):
        shuffle.shuffle(handles)
        made.append(kind(tuple(handles)))
    with production_company(database, many) as company:
        follow(company, ProductionModel(many, TODAY), [*made, Restore(tuple(reversed(keys[:60])))])


def crowded_days(dice: random.Random) -> Story:
    """Orders that are made of each other, on scarce stock that comes and goes over a week, declared over that week."""
    glue_by_lot, frame_by_lot, parted = (dice.random() < chance for chance in (0.5, 0.3, 0.3))
    days = range(-3, 4)

    def moment(number: int) -> datetime:
        return datetime.combine(day(number), datetime.min.time()) + timedelta(hours=dice.randrange(24))

    def some_stock() -> OpeningStock:
        columns: dict[str, Any] = {"record_date": day(dice.choice(days))}
        if not frame_by_lot and dice.random() < 0.3:
            return stock("RAW", "FRAME", dice.randint(1, 3), **columns)
        if glue_by_lot:
            columns["lot_code"] = dice.choice("AB")
        return stock(dice.choice(["RAW", "RAW", "PACK"]), "GLUE", dice.randint(1, 4), **columns)

    rows: list[object] = [
        warehouse("FIN"),
        warehouse("RAW", check_location=dice.random() < 0.2),
        warehouse("PACK", valid_until=dice.choice([None, None, day(1)])),
        rule("finished", "FIN"),
        item("GLUE", "manual", tracking="lot" if glue_by_lot else "none", lot_policy=dice.choice(["fifo", "expiry"])),
        item("FRAME", "manual", "production", quantity_decimals=0, tracking="lot" if frame_by_lot else "none"),
        [counterpart("RAW", "ISS", "PACK")] if parted else [],
        [
            lot("GLUE", code, start_date=dice.choice([None, day(-1)]), expiry_date=dice.choice([None, day(1), day(2)]))
            for code in ("AB" if glue_by_lot else "")
        ],
        [some_stock() for _ in range(dice.randint(2, 7))],
    ]
    elements: list[Element] = []
    for number in range(1, dice.randint(3, 7)):
        made = dice.choice(["FRAME", "BIKE", "BIKE"])
        own = {"warehouse_code": "PACK", "reason_code": "ISS"} if dice.random() < 0.3 else {}
        materials = [needs("GLUE", **own), *([needs("FRAME")] if made == "BIKE" and dice.random() < 0.6 else [])]
        rows.append(
            order(number, 10, *materials, item_code=made, level=2 if made == "FRAME" else 1, status="executive")
        )
        rows.append(ProductionOrderPhase(order_year=2026, order_number=number, phase=10))
        for place, at in enumerate(sorted(moment(dice.choice(days)) for _ in range(dice.randint(2, 4)))):
            good = Decimal(dice.randint(1, 3) if place else 0)
            lot_code = dice.choice(["N1", "N2"]) if place and made == "FRAME" else None
            kind = "progress" if place else "opening"
            elements.append(Element(key(number), 10, 0, kind, at, good_quantity=good, lot_code=lot_code))
    world = shop_world(*rows, time_zone=dice.choice([None, *ZONES]), period_start=dice.choice([LONG_AGO, day(-2)]))

    def some() -> tuple[int, ...]:
        handles = range(1, len(elements) + 1)
        return tuple(dice.sample(handles, dice.choice([len(elements), dice.randint(1, len(elements))])))

    made_calls: list[ProductionCall] = [Declare(tuple(elements))]
    for _ in range(dice.randint(2, 6)):
        call: ProductionCall = dice.choice([Register, Register, Register, RollBack])(some())
        made_calls += [PreviewRegistration(call.handles)] if isinstance(call, Register) else []
        made_calls.append(call)
        if dice.random() < 0.4:
            row = some_stock()
            made_calls.append(booked(row, dice.choice([1, -1]) * row.quantity, row.record_date))
    return world, made_calls


@examples(0.4)
@given(st.integers(0, 2**32 - 1))
def test_R16_declarations_of_several_days_are_served_one_after_the_other(database: Database, seed: int) -> None:
    world, made = crowded_days(random.Random(seed))
    with production_company(database, world) as company:
        follow(company, ProductionModel(world, TODAY), made)


# What such stories have found ----------------------------------------------------------------------------------------


def shop_that_works(*rows: object) -> World:
    """BIKE goes to FIN, and order 1 has the phase 10."""
    return shop_world(
        warehouse("FIN"),
        rule("finished", "FIN"),
        ProductionOrderPhase(order_year=2026, order_number=1, phase=10),
        *rows,
    )


def work(good: object, lot_code: str | None = None) -> list[ProductionCall]:
    opening, progress = Element(key(1), 10, 0, "opening"), Element(key(1), 10, 0, "progress")
    reported = replace(progress, good_quantity=Decimal(str(good)), lot_code=lot_code)
    return [Declare((opening, reported)), PreviewRegistration((1, 2), TODAY), Register((1, 2), TODAY)]


def test_R21_a_part_of_a_fixed_quantity_is_rounded_from_its_exact_value(database: Database) -> None:
    """2.25 for 6 pieces are 0.375 for one of them, and so 0.38: 1/6 is never rounded by itself."""
    world = shop_that_works(
        item("GLUE", "manual", quantity_decimals=2),
        stock("RAW", "GLUE", 9),
        order(1, 6, needs("GLUE", 2, fixed=True, scrap_percent=Decimal("12.5")), status="executive"),
    )
    with production_company(database, world) as company:
        follow(company, ProductionModel(world, TODAY), work(1))


def test_over_production_names_the_variant_too(database: Database) -> None:
    world = shop_that_works(
        ItemVariant(item_code="BIKE", variant_code="RED"), order(1, 6, status="executive", variant_code="RED")
    )
    with production_company(database, world) as company:
        follow(company, ProductionModel(world, TODAY), work(7))


def test_R13_a_lot_that_is_still_to_be_made_is_named_where_the_counterpart_lacks_it(database: Database) -> None:
    counterpart: dict[str, Any] = {"counterpart_warehouse_code": "RAW", "counterpart_reason_code": "ISS"}
    world = shop_that_works(
        MovementReason(warehouse_code="FIN", reason_code="LOA", direction="load", **counterpart),
        item("BIKE", "manual", tracking="lot"),
        order(1, 6, status="executive"),
    )
    with production_company(database, world) as company:
        follow(company, ProductionModel(world, TODAY), work(4, "N"))


def shop_that_transfers(material: dict[str, Any], *rows: object) -> World:
    """GLUE, in the lots A and B, is transferred from RAW to WIP by the release of order 1."""
    world = shop_that_works(
        warehouse("WIP"),
        rule("wip", "WIP"),
        item("GLUE", "manual", tracking="lot", lot_policy="manual"),
        [Lot(item_code="GLUE", lot_code=code) for code in "AB"],
        [Location(warehouse_code=code, location_code="X") for code in ("RAW", "WIP")],
        order(1, 10, material),
        *rows,
    )
    percent = {"over_production_percent": Decimal(100)}
    world.company = [replace(row, wip_management=True, transfer_manual_to_wip=True, **percent) for row in world.company]
    return world


def parts(*goods: object) -> list[ProductionCall]:
    """Released, declared and registered part by part; then all of it back."""
    reported = [Element(key(1), 10, 0, "progress", good_quantity=Decimal(str(good))) for good in goods]
    handles = tuple(range(1, len(reported) + 2))
    return [
        Release((key(1),)),
        Declare((Element(key(1), 10, 0, "opening"), *reported)),
        PreviewRegistration(handles, TODAY),
        *(Register((handle,), TODAY) for handle in handles),
        RollBack(handles[:-2]),
        RollBack(handles[2:]),
        Register(handles, TODAY),
        RollBack(handles),
        Delete(handles),
        Restore((key(1),)),
    ]


@pytest.mark.parametrize("where", ["RAW", "WIP"])
def test_R9_what_the_row_says_is_where_the_transfer_took_it_from(database: Database, where: str) -> None:
    """Its location too, even where it is one of the wip section's warehouse."""
    own = {"warehouse_code": where, "reason_code": "ISS", "location_code": "X"}
    world = shop_that_transfers(
        needs("GLUE", lots={"A": 10}, **own),
        stock(where, "GLUE", 10, lot_code="A", location_code="X"),
        stock("WIP", "GLUE", 10, lot_code="B"),
        rule("raw_material", "RAW", "item", item_code="GLUE"),
    )
    with production_company(database, world) as company:
        follow(company, ProductionModel(world, TODAY), parts(3, 7))


def test_R9_the_lots_transferred_count_as_committed_beside_what_is_left(database: Database) -> None:
    world = shop_that_transfers(
        needs("GLUE", lots={"A": 12, "B": 3}),
        stock("RAW", "GLUE", 50, lot_code="A"),
        stock("WIP", "GLUE", 1, lot_code="A"),
        stock("WIP", "GLUE", 50, lot_code="B"),
    )
    with production_company(database, world) as company:
        follow(company, ProductionModel(world, TODAY), parts(8, 3, 5, 4))


def test_R9_both_lots_of_a_row_are_transferred_and_issued_in_parts(database: Database) -> None:
    world = shop_that_transfers(
        needs("GLUE", lots={"A": 6, "B": 9}),
        [stock("RAW", "GLUE", 50, lot_code=code) for code in "AB"],
        stock("WIP", "GLUE", 20, lot_code="B"),
    )
    with production_company(database, world) as company:
        follow(company, ProductionModel(world, TODAY), parts(4, 4, 5, 2, 1))
