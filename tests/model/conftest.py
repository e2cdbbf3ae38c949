"""The database that the model is held against, and the shop in which stories are told to both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from .both import Both, Tell
from .database import Database
from .production import ProductionModel
from .production_database import production_company
from .stories import TODAY, shop_world


@pytest.fixture
def database(rilascio: psycopg.Connection, rilascio_operator: str) -> Database:
    """Give a database in whose sessions it is the time that the model tells."""
    rilascio.execute("set local timezone = 'UTC'")
    return Database(rilascio, rilascio_operator)


@pytest.fixture
def shop(database: Database) -> Iterator[Tell]:
    """Give what makes a shop of rows (see `shop_world`), as often as a story wants one."""
    with ExitStack() as shops:

        def tell(*rows: object, **of_company: Any) -> Both:
            world = shop_world(*rows, **of_company)
            return Both(ProductionModel(world, TODAY), shops.enter_context(production_company(database, world)))

        yield tell
