"""How long a page of the grids takes where there are very many orders, and what is asked of it besides.

A world of as many launched orders as executive ones. Each attribute that a filter names has a value that half of the
orders have and one that about fifty have. A member of the company asks, through the views and functions of `erp_api`;
where something is held against something else, the two take turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import psycopg
from psycopg import sql
from psycopg.sql import SQL, Composed, Identifier, Literal

from harness.dev.bench.place import Place
from harness.dev.bench.report import Line
from harness.dev.bench.timing import Taken, timed
from harness.dev.bench.world import COMPANY_ID, insert_configuration
from rilascio.queries import read_query

PAGE = 50
"""Rows of a page."""

MANY = 10_000
"""Orders whose feasibility is asked at once."""

NUMBER = ("order_year", "order_number", "order_lot")
"""What ties are sorted by."""

GRIDS = {"release_grid": "launched", "restore_grid": "executive"}
"""The grids, and the status of their orders."""

SORTS = {
    "release_grid": ("number", "end_date", "start_date", "priority"),
    "restore_grid": ("number", "end_date", "start_date", "priority", "released_at"),
}

FILTERS = {
    "item": ("item_code = {}", "o.copied_item_code = {}"),
    "job order": ("(job_year, job_number) = (2026, {})", "(o.copied_job_year, o.copied_job_number) = (2026, {})"),
    "customer": ("customer = {}", "j.customer = {}"),
    "project": ("project = {}", "o.project = {}"),
    "site": ("site_code = {}", "j.copied_site_code = {}"),
    "machine": ("machine = {}", "o.first_machine = {}"),
    "work center": ("work_center = {}", "o.first_work_center = {}"),
}
"""Conditions on a grid, and the same on the bare tables."""

VALUES = {"few": {"job order": 2}, "half": {"job order": 1}}
"""How many orders a filter leaves: the values by which it does, where these are not the word itself."""


@dataclass(frozen=True)
class Case:
    """Something that is asked: its query, and how many milliseconds it may take, or how many times another query."""

    grid: str
    name: str
    query: Composed
    milliseconds: float | None = None
    against: Composed | None = None
    against_as_owner: bool = False
    ratio: float | None = None

    @property
    def target(self) -> str:
        """What is allowed, in words."""
        return f"≤ {self.ratio:.1f} ×" if self.ratio else f"≤ {self.milliseconds:.0f} ms"


@dataclass(frozen=True)
class Answered:
    """What a case took."""

    grid: str
    name: str
    rows: int
    milliseconds: float
    processor_milliseconds: float | None
    against_milliseconds: float | None
    target: str


@dataclass(frozen=True)
class Filled:
    """The world: orders of each status, how long filling it took, and how large it is."""

    orders: int
    fill_seconds: float
    database_bytes: int


def lines(place: Place, count: int) -> list[Line]:
    """Measure pages of the grids over so many orders of each status."""
    with place.database() as (connection, role):
        filled, answered = measure(connection, role, count, place.rounds, place.done)
    return [
        Line(
            f"{one.grid}, {one.name}", one.milliseconds, "ms", one.against_milliseconds, one.target, count,
            rate=one.processor_milliseconds, rate_unit="ms of the processor",
            details={"rows": one.rows, "database_bytes": filled.database_bytes, "fill_seconds": filled.fill_seconds},
        )
        for one in answered
    ]  # fmt: skip


def measure(
    connection: psycopg.Connection[Any], member: str, orders: int, rounds: int, done: Callable[[str], None]
) -> tuple[Filled, list[Answered]]:
    """Fill an empty deployed database with so many orders of each status, and ask everything as the role `member`.

    `connection` is the superuser's, in autocommit mode, which asks the bare tables; a second one asks the grids.
    """
    filled = fill(connection, orders)
    done(f"filled in {filled.fill_seconds:.0f} s")
    asked = list(cases(connection))
    taken: list[list[Taken]] = [[] for _ in asked]
    against: list[list[Taken]] = [[] for _ in asked]
    rows = [0] * len(asked)
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as session:
        session.execute("select set_config('role', %s, false)", [member])
        for turn in range(1 + rounds):  # the first one warms up
            for nth, case in enumerate(asked):
                rows[nth], one = _asked(session, case.query)
                others = []
                if case.against:
                    others.append(_asked(connection if case.against_as_owner else session, case.against)[1])
                if turn:
                    taken[nth].append(one)
                    against[nth] += others
            if turn:
                done("asked")
    answered = []
    for nth, case in enumerate(asked):
        milliseconds = 1000 * statistics.median(one.seconds for one in taken[nth])
        processor = 1000 * statistics.median(one.processor_seconds for one in taken[nth])
        other = 1000 * statistics.median(one.seconds for one in against[nth]) if against[nth] else None
        known = None if isnan(processor) else processor
        answered.append(Answered(case.grid, case.name, rows[nth], milliseconds, known, other, case.target))
    return filled, answered


def fill(connection: psycopg.Connection[Any], orders: int) -> Filled:
    """Make the company with so many orders of each status in an empty deployed database, as the superuser."""
    start = time.perf_counter()
    # vacuum marks as visible to all only what stands on disk, with the transactions around it: its own too
    connection.execute("set synchronous_commit = on")
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local role erp_owner")
        insert_configuration(connection)
        cursor.execute(read_query(__file__, "items"), {"rich": False})
        cursor.execute("drop table benchmark_item")
        cursor.execute("set local role none")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(read_query(__file__, "fill_grids"), {"orders": orders})
    connection.execute("vacuum analyze")
    seconds = time.perf_counter() - start
    size = connection.execute("select pg_database_size(current_database())").fetchone()
    assert size is not None
    return Filled(orders, seconds, size[0])


def cases(connection: psycopg.Connection[Any]) -> Iterator[Case]:
    """Give everything that is asked; the superuser's connection reads from where the next pages go on."""
    for grid in GRIDS:
        for sort in SORTS[grid]:
            for descending in (False, True):
                yield Case(grid, f"first page by {_sorted(sort, descending)}", page(grid, sort, descending), 20)
                after = middle(connection, grid, sort)
                query = page(grid, sort, descending, after=after)
                yield Case(grid, f"page from the middle by {_sorted(sort, descending)}", query, 20)
        for name in FILTERS:
            for selectivity in VALUES:
                query = page(grid, "end_date", where=condition(name, selectivity))
                yield Case(grid, f"{name}, {selectivity}, by end_date", query, 50)
        for name in FILTERS:
            yield Case(
                grid,
                f"count of {name}, half",
                SQL("select count(*) from erp_api.{} where company_id = {} and {}").format(
                    Identifier(grid), Literal(COMPANY_ID), condition(name, "half")
                ),
                against=bare_count(grid, name, "half"),
                against_as_owner=True,
                ratio=1.5,
            )
        everything = _columns(connection, grid)
        yield Case(
            grid,
            "* against all columns by name",
            page(grid, "end_date"),
            against=page(grid, "end_date", columns=everything),
            ratio=1.1,
        )
    ids = SQL(
        "(select array_agg(g.order_id) from (select order_id from erp_api.release_grid where company_id = {}"
        " order by order_year, order_number, order_lot limit {}) as g)"
    )
    few, many = (ids.format(Literal(COMPANY_ID), Literal(limit)) for limit in (PAGE, MANY))
    asked = SQL("select feasibility from erp_api.order_feasibility({}, {})")
    yield Case("release_grid", f"feasibility of {PAGE}", asked.format(Literal(COMPANY_ID), few), 40)
    yield Case(
        "release_grid",
        f"feasibility of {MANY:,} against their preview with split",
        asked.format(Literal(COMPANY_ID), many),
        against=SQL(
            "select distinct p.ordinal from erp_api.preview_release({}, {}, p_on_shortage => 'split') as p"
        ).format(Literal(COMPANY_ID), many),
        ratio=1.5,
    )


def page(
    grid: str,
    sort: str,
    descending: bool = False,
    *,
    where: Composed | None = None,
    after: Sequence[object] = (),
    columns: Sequence[str] = (),
) -> Composed:
    """Return the query of a page of a grid, ties by number; `after` is the last row of the page before, as sorted."""
    keys = [Identifier(name) for name in (() if sort == "number" else (sort,)) + NUMBER]
    condition = SQL("company_id = {}").format(Literal(COMPANY_ID))
    if where:
        condition += SQL(" and {}").format(where)
    if after:
        condition += SQL(" and ({}) {} ({})").format(
            SQL(", ").join(keys), SQL("<" if descending else ">"), SQL(", ").join(map(Literal, after))
        )
    return SQL("select {} from erp_api.{} where {} order by {} limit {}").format(
        SQL(", ").join(map(Identifier, columns)) if columns else SQL("*"),
        Identifier(grid),
        condition,
        SQL(", ").join(SQL("{} desc").format(key) if descending else key for key in keys),
        Literal(PAGE),
    )


def condition(name: str, selectivity: str) -> Composed:
    """Return the condition of a filter that leaves a few orders or half of them."""
    return SQL(FILTERS[name][0]).format(_value(name, selectivity))


def bare_count(grid: str, name: str, selectivity: str) -> Composed:
    """Return the count of what a filter leaves, of the tables themselves."""
    bare = FILTERS[name][1]
    joined = (
        " inner join erp.job_order as j on j.company_id = o.company_id and j.job_order_id = o.job_order_id"
        if bare.startswith("j.")
        else ""
    )
    return SQL(
        "select count(*) from erp.production_order as o{} where o.company_id = {} and o.status = {} and {}"
    ).format(SQL(joined), Literal(COMPANY_ID), Literal(GRIDS[grid]), SQL(bare).format(_value(name, selectivity)))


def middle(connection: psycopg.Connection[Any], grid: str, sort: str) -> list[object]:
    """Return the key of the order in the middle of a grid, as sorted."""
    keys = [sql.Identifier(name) for name in (() if sort == "number" else (sort,)) + NUMBER]
    row = connection.execute(
        SQL(
            "select {keys} from erp.production_order where company_id = {company} and status = {status} order by {keys}"
            " offset (select count(*) / 2 from erp.production_order where status = {status}) limit 1"
        ).format(keys=SQL(", ").join(keys), company=Literal(COMPANY_ID), status=Literal(GRIDS[grid]))
    ).fetchone()
    assert row is not None
    return list(row)


def _value(name: str, selectivity: str) -> Literal:
    return Literal(VALUES[selectivity].get(name, selectivity.upper()))


def _sorted(sort: str, descending: bool) -> str:
    return f"{sort} desc" if descending else sort


def _columns(connection: psycopg.Connection[Any], grid: str) -> list[str]:
    rows = connection.execute(
        "select attname::text from pg_attribute where attrelid = ('erp_api.' || %s)::regclass and attnum > 0"
        " order by attnum",
        [grid],
    )
    return [name for (name,) in rows]


def _asked(connection: psycopg.Connection[Any], query: Composed) -> tuple[int, Taken]:
    with timed(connection) as taken:
        rows = connection.execute(query, prepare=False).fetchall()
    return (rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else len(rows)), taken
