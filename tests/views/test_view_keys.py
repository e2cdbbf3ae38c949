"""What the reference states of each view of erp_api, its unique keys and the columns that are never null."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.rows import scalar_row
from psycopg.sql import SQL, Identifier

from harness.dev.docs.view_keys import VIEW_KEYS
from rilascio.testing import acting_as
from tests import sessions
from tests.factory import Factory, needs, order_document, outcomes, phase, report
from tests.factory.stock_documents import document, line
from tests.procedures.test_companies import furnish


def columns(connection: psycopg.Connection, view: str) -> list[str]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            "select attname::text from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 order by attnum",
            [f"erp_api.{view}"],
        ).fetchall()


def nulls(connection: psycopg.Connection, view: str) -> set[str]:
    """Return the columns of a view that are null somewhere; it must have rows."""
    names = columns(connection, view)
    counts = SQL(", ").join(SQL("count({})").format(Identifier(name)) for name in names)
    row = connection.execute(SQL("select count(*), {} from erp_api.{}").format(counts, Identifier(view))).fetchone()
    assert row is not None
    assert row[0], f"{view} is empty"
    return {name for name, count in zip(names, row[1:], strict=True) if count < row[0]}


def repeated(connection: psycopg.Connection, view: str, key: tuple[str, ...]) -> int:
    """Return how many values of a key, without nulls, have more than one row."""
    names = SQL(", ").join(map(Identifier, key))
    query = "select from erp_api.{} where num_nulls({}) = 0 group by {} having count(*) > 1"
    return connection.execute(SQL(query).format(Identifier(view), names, names)).rowcount


@pytest.fixture
def full_and_bare(factory: Factory) -> Iterator[psycopg.Connection]:
    """Act as the operator of two companies: in one rows have all that they can have, in the other what they must."""
    furnish(factory)
    bare = Factory(factory.connection, factory.operator, "BARE")
    nut = bare.item("NUT")
    bare.stock(nut, 20)
    bare.order(status="executive")
    order = bare.order(needs(nut), phases=[phase(10)])
    bare.order(needs(nut), needs(bare.item("UNKNOWN", picking=None)))
    assert outcomes(bare.release(order)) == ["released"]
    opening, _ = bare.declared(order, report("opening"), report("closing", good=1))
    assert outcomes(bare.register(opening)) == ["registered"]
    assert outcomes(bare.put_orders(order_document(77), {"item_code": "BIKE", "order_lot": "first"})) == [
        "created",
        "refused",
    ]
    assert outcomes(bare.put(item=[{"item_code": "PIN"}, {}])) == ["created", "refused"]
    assert outcomes(bare.post(document("GR", line(nut, 1)), document(None))) == ["posted", "refused"]
    # what a commit would do: what was entered by hand has its run
    bare.connection.execute("set constraints all immediate; set constraints all deferred")
    with acting_as(bare.connection, bare.operator) as connection:
        yield connection


def test_every_view_of_the_interface_states_its_keys_by_columns_that_it_has(rilascio: psycopg.Connection) -> None:
    with rilascio.cursor(row_factory=scalar_row) as cursor:
        views = cursor.execute(
            "select relname::text from pg_class where relnamespace = 'erp_api'::regnamespace and relkind = 'v'"
        ).fetchall()
    assert set(views) == set(VIEW_KEYS)
    for view, keys in VIEW_KEYS.items():
        assert keys.never_null | {name for key in keys.unique for name in key} <= set(columns(rilascio, view)), view
        assert set(keys.unique[0] if keys.unique else ()) <= keys.never_null, view


@pytest.mark.parametrize("view", [view for view in VIEW_KEYS if view != "lock_wait"])
def test_R40_a_view_keeps_what_is_stated_of_its_keys_and_nulls(full_and_bare: psycopg.Connection, view: str) -> None:
    keys = VIEW_KEYS[view]
    assert set(columns(full_and_bare, view)) - nulls(full_and_bare, view) == keys.never_null
    assert [key for key in keys.unique if repeated(full_and_bare, view, key)] == []


def test_R62_who_waits_has_what_is_stated(rilascio_database: str, rilascio_login: Callable[..., str]) -> None:
    with psycopg.connect(rilascio_database) as connection:
        factory = Factory(connection, "erp_operator")
        order = factory.order()
    release = "select from erp_api.release_production_orders(%s, %s)"
    with (
        psycopg.connect(rilascio_database, autocommit=True) as observer,
        sessions.two(rilascio_login) as (holder, waiter),
    ):
        holder.send(release, [factory.company_id, [order]]).result()
        waiter.send(release, [factory.company_id, [order]])
        sessions.wait_until_blocked(observer, waiter, holder)
        assert VIEW_KEYS["lock_wait"].never_null & nulls(observer, "lock_wait") == set()
