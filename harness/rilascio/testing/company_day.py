"""The day of a test, which need not be that of the calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from rilascio.testing.server import DATABASES

DEMO_DAY = date(2026, 11, 23)
"""The day on which the orders of the demo factory are looked at."""


def freeze_day(connection: psycopg.Connection[Any], day: date | str) -> None:
    """Let today of every company be `day`, in a database of these fixtures alone.

    The one function that tells what day it is in a company answers `day` from now on, and all that goes by today
    follows: the record date of a call without one, `late` of the grids, feasibility, the diagnosis, and `today` of
    `erp_api.my_companies`. It may be called again, for the next day. What is rolled back is forgotten.

    Moments stay those of the clock: `started_at`, `released_at`, `changed_at`, and `declared_at` of a declaration that
    does not name it, by whose day a registration goes. So does `today` where it is typed as a date or a filter, which
    is PostgreSQL's own word.

    Raises ValueError in any other database, where it would change the product.
    """
    if not connection.info.dbname.startswith(DATABASES):
        raise ValueError(f"The day is frozen in databases of the fixtures alone, and {connection.info.dbname} is none.")
    # All but the body stays: sessions that have called the function may go on doing so.
    found = connection.execute(
        "select pg_catalog.pg_get_functiondef(p.oid), p.prosrc from pg_catalog.pg_proc as p"
        " where p.oid = 'erp_internal.company_today(integer)'::regprocedure"
    ).fetchone()
    assert found is not None  # regprocedure has raised otherwise
    definition, body = found
    frozen = f"begin return date '{date.fromisoformat(str(day))}'; end;"
    connection.execute(definition.replace(body, frozen).encode())
