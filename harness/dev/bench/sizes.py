"""What a row of each table takes on disk with its indexes, after releases and restores of a hundred orders a call."""

from __future__ import annotations

from typing import Any

import psycopg

from harness.dev.bench.measure import launched_order_ids, session_of
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, build

CALL_SIZE = 100

RELEASE = "select from erp_api.release_production_orders(%s, %s)"
RESTORE = "select from erp_api.restore_production_orders(%s, %s)"

SIZES = """
select c.relname::text, c.reltuples::bigint, pg_table_size(c.oid), pg_total_relation_size(c.oid)
from pg_class as c
where c.relnamespace = 'erp'::regnamespace and c.relkind = 'r' and c.reltuples >= %s
order by c.relname
"""


def lines(place: Place, count: int) -> list[Line]:
    """Measure bytes a row after a release of so many orders, and those of history after a restore of half of them."""
    with place.database() as (connection, role):
        build(connection, "rich", count)
        ids = launched_order_ids(connection)
        with session_of(connection, role) as session:
            for first in range(0, count, CALL_SIZE):
                session.execute(
                    "select from erp_api.release_production_orders(%s, %s)",
                    [COMPANY_ID, ids[first : first + CALL_SIZE]],
                )
            place.done("released")
            report = _sizes(connection, count)
            session.execute(RESTORE, [COMPANY_ID, ids[: count // 2]])
        place.done("restored")
        return report + [line for line in _sizes(connection, count) if line.measured.startswith("removed_")]


def _sizes(connection: psycopg.Connection[Any], count: int) -> list[Line]:
    connection.execute("vacuum analyze")
    return [
        Line(table, total / rows, "bytes a row", rate=rows, rate_unit="rows", details={"table_bytes": heap / rows})
        for table, rows, heap, total in connection.execute(SIZES, [count / 2])
    ]
