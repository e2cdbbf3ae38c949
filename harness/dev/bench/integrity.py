"""How long `check_integrity` takes over many movements of a healthy company."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psycopg

from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.queries import read_query

MOVEMENTS_OF_AN_ORDER = 9


@dataclass(frozen=True)
class Check:
    """A call of `check_integrity`: over how many movements, for how long, and the invariants it found broken."""

    movements: int
    seconds: float
    broken: list[str]


def lines(place: Place, count: int) -> list[Line]:
    """Measure a check of so many movements."""
    with place.database() as (connection, role):
        check = measure(connection, role, count)
    counted = {"movements": check.movements, "broken": check.broken}
    rate = check.movements / check.seconds
    return [Line("check_integrity", check.seconds, "s", rate=rate, rate_unit="movements/s", details=counted)]


def measure(connection: psycopg.Connection[Any], operator: str, movements: int) -> Check:
    """Fill an empty database with about so many movements, and check it as the role `operator`."""
    build(connection, "rich", 1)
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(read_query(__file__, "fill_integrity"), {"orders": max(1, movements // MOVEMENTS_OF_AN_ORDER)})
    connection.execute("vacuum analyze")
    row = connection.execute("select count(*) from erp.stock_movement").fetchone()
    assert row is not None
    connection.execute("select set_config('role', %s, false)", [operator])
    start = time.perf_counter()
    found = connection.execute("select code from erp_api.check_integrity(%s)", [COMPANY_ID]).fetchall()
    seconds = time.perf_counter() - start
    connection.execute("reset role")
    return Check(row[0], seconds, [code for (code,) in found])
