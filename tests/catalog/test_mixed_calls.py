"""Every function that takes options or a request key, called with one element that is served and others that are not:
a null option is the default, and a key is of one call of one company (R8, R60)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InvalidParameterValue
from psycopg.types.json import Jsonb

from rilascio.errors import RequestKeyReused
from rilascio.testing import as_json
from tests.factory import MAIN, Factory, codes, needs, order_document, outcomes, phase, report
from tests.factory.stock_documents import document, line

KEY = uuid.UUID(int=60)
UNKNOWN = 999_999_999
DEFAULTS = """
select p.proname::text, x.name, pg_get_function_arg_default(p.oid, x.place::integer)
from pg_proc as p
cross join lateral unnest(p.proargnames) with ordinality as x (name, place)
where
    p.pronamespace = 'erp_api'::regnamespace
    and x.place > p.pronargs - p.pronargdefaults and x.place <= p.pronargs
order by 1, x.place
"""
"""The arguments of every function that may be left out, with what stands for them then."""

Arguments = dict[str, object]
Story = Callable[[Factory], Arguments]


def executive(factory: Factory) -> int:
    """Release an order of a phase."""
    order = factory.order(needs("NUT"), quantity=2, phases=[phase(10)])
    assert outcomes(factory.release(order)) == ["released"]
    return order


def opened(factory: Factory) -> int:
    """Declare the opening of an order."""
    return factory.declared(executive(factory), report("opening"))[0]


def registered(factory: Factory) -> int:
    """Register the opening of an order."""
    declaration = opened(factory)
    assert outcomes(factory.register(declaration)) == ["registered"]
    return declaration


def closed(factory: Factory) -> int:
    """Close an order short."""
    order = executive(factory)
    assert outcomes(factory.close(order)) == ["closed"]
    return order


def remainder(factory: Factory) -> int:
    """Split an order and restore it so that its remainder is kept."""
    order = factory.order(needs("NUT"), quantity=2)
    [row] = factory.release(order, quantities=[1])
    factory.change_order(row.remainder_order_id, priority=7)
    assert outcomes(factory.restore(order)) == ["restored"]
    return int(row.remainder_order_id)


def posted(factory: Factory) -> str:
    """Post a document."""
    factory.post(document("POSTED", line("NUT", 1)))
    return "POSTED"


def short(factory: Factory) -> int:
    """Make an order that lacks its material."""
    return factory.order(needs("NUT", 999))


def orders(served: Callable[[Factory], int], refused: Callable[[Factory], int] = short) -> Story:
    """Name an order to be served, one that is not, and an unknown one."""
    return lambda factory: {"p_order_ids": [served(factory), refused(factory), UNKNOWN]}


def declarations(served: Callable[[Factory], int], refused: Callable[[Factory], int]) -> Story:
    """Name a declaration to be served, one that is not, and an unknown one."""
    return lambda factory: {"p_declaration_ids": [served(factory), refused(factory), UNKNOWN]}


def of_data(factory: Factory) -> Arguments:
    return {"p_data": {"item": [{"item_code": "NEW"}, {"item_code": "BAD", "tracking": "neither"}]}}


MIXED: dict[str, Story] = {
    "release_production_orders": orders(lambda factory: factory.order(needs("NUT"))),
    "preview_release": orders(lambda factory: factory.order(needs("NUT"))),
    "restore_production_orders": orders(executive),
    "close_production_orders": orders(executive),
    "reopen_production_orders": orders(closed),
    "archive_production_orders": orders(closed, executive),
    "merge_remainders": orders(remainder),
    "declare_production": lambda factory: {
        "p_declarations": [{"order_id": order, **report("opening")} for order in (executive(factory), UNKNOWN)]
    },
    "register_declarations": declarations(opened, registered),
    "preview_registration": declarations(opened, registered),
    "rollback_declarations": declarations(registered, opened),
    "delete_declarations": declarations(opened, registered),
    "post_stock": lambda factory: {"p_documents": [document("A", line("NUT", 1)), document("B", line("NONE", 1))]},
    "remove_stock": lambda factory: {"p_document_keys": [posted(factory), "UNKNOWN"]},
    "put_data": of_data,
    "put_production_orders": lambda factory: {"p_orders": [order_document(901), order_document(902, item_code="NONE")]},
}
"""For every function that serves some elements and refuses others: arguments of which one is served."""
OTHERS: dict[str, Story] = {
    "archive_history": lambda factory: {"p_before": "2020-01-01"},
    "next_runs": lambda factory: {},
    "diagnose_configuration": lambda factory: {},
    "prune_request_keys": lambda factory: {},
}
"""The other functions with options."""
NEEDED = {"p_limit", "p_after", "p_keep"}
"""Options of which null is a bad call: how many, after what, for how long."""


@pytest.fixture
def plant(rilascio: psycopg.Connection, rilascio_operator: str) -> Factory:
    """Give a company whose operator puts data and archives too."""
    for role in ("erp_writer", "erp_archivist"):
        rilascio.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(rilascio_operator)))
    return stocked(Factory(rilascio, rilascio_operator))


def stocked(factory: Factory) -> Factory:
    factory.stock(factory.item("NUT"), 100)
    factory.rule("finished", MAIN)
    return factory


def call(factory: Factory, function: str, arguments: Arguments) -> list[Any]:
    """Call a function with named arguments."""
    given: Arguments = {"p_company_id": factory.company_id, **arguments}
    named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(name)) for name in given)
    values = [
        Jsonb(value, dumps=as_json) if name in ("p_declarations", "p_documents", "p_data", "p_orders") else value
        for name, value in given.items()
    ]
    return factory.call(sql.SQL("select * from erp_api.{}({})").format(sql.Identifier(function), named), values)


def answered(rows: list[Any]) -> list[tuple[str, list[str]]]:
    """Return outcome and codes of each row; of other answers nothing but how many there are."""
    return [(row.outcome, codes(row)) if hasattr(row, "outcome") else ("", []) for row in rows]


def left(factory: Factory) -> tuple[dict[str, int], Counter[str]]:
    """Return how many rows each table has, and how many orders each status."""
    rows = {name: len(texts) for name, texts in factory.snapshot(leaving_out=set()).items()}
    return rows, Counter(row["status"] for row in factory.table("production_order"))


def options(connection: psycopg.Connection) -> dict[str, dict[str, str]]:
    """Return the options of every function, with their defaults."""
    found: dict[str, dict[str, str]] = {}
    for function, name, default in connection.execute(DEFAULTS):
        found.setdefault(function, {})[name] = default
    return found


def test_every_function_with_options_or_a_key_is_tried_here(rilascio: psycopg.Connection) -> None:
    assert options(rilascio).keys() == MIXED.keys() | OTHERS.keys()


@pytest.mark.parametrize("function", [*MIXED, *OTHERS])
def test_R8_an_option_that_is_null_is_the_default_or_a_bad_call(plant: Factory, function: str) -> None:
    arguments = (MIXED | OTHERS)[function](plant)
    with plant.undone():
        rows = call(plant, function, arguments)
        without, after = answered(rows), left(plant)
    if function in MIXED:
        assert [outcome == "refused" for outcome, _ in without] == [False] + [True] * (len(without) - 1)
    for option in options(plant.connection)[function]:
        with plant.undone():
            if option in NEEDED:
                with pytest.raises(InvalidParameterValue, match=option):
                    call(plant, function, arguments | {option: None})
            else:
                assert (answered(call(plant, function, arguments | {option: None})), left(plant)) == (without, after)


def test_R60_a_key_is_of_one_call_of_one_company(plant: Factory) -> None:
    """Whatever was called first: the same again is answered; anything else is refused, of the same orders too; another
    company may have it."""
    keyed = [function for function, names in options(plant.connection).items() if "p_request_key" in names]
    assert len(keyed) > 10
    other = stocked(Factory(plant.connection, plant.operator, "OTHER"))
    for company in (plant, other):
        company._become_member("erp_writer")
    arguments = {
        company.company_id: {function: MIXED[function](company) | {"p_request_key": KEY} for function in keyed}
        for company in (plant, other)
    }
    for first in keyed:
        with plant.undone():
            given = arguments[plant.company_id]
            answer = call(plant, first, given[first])
            after = left(plant)
            for second in keyed:
                if second == first:
                    assert call(plant, second, given[second]) == answer
                else:
                    same = {name: value for name, value in given[first].items() if name in given[second]}
                    with pytest.raises(RequestKeyReused, match=str(KEY)):
                        call(plant, second, given[second] | same)
            assert left(plant) == after
            theirs = call(other, first, arguments[other.company_id][first])
            assert answered(theirs) == answered(answer)
            assert call(other, first, arguments[other.company_id][first]) == theirs
            assert call(plant, first, given[first]) == answer
