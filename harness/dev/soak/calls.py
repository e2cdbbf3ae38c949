"""Random calls of one client, each in a transaction of its own, each with a request key where it changes something."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from random import Random
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import namedtuple_row

from harness.dev.data_puts.kinds import KINDS
from harness.dev.soak.world import DAYS, PHASES
from rilascio.queries import read_query

Row = Any

_NIGHTLY_DATA = (
    "select p.* from (select %s::integer as company_id) as c"
    " cross join lateral erp_api.put_data(c.company_id, jsonb_build_object({})) as p"
).format(
    ", ".join(
        f"'{kind}', coalesce((select jsonb_agg(to_jsonb(v)) from erp_data.{kind} as v"
        " where v.company_id = c.company_id), '[]')"
        for kind in KINDS
    )
)

QUERIES = {
    "release": "select * from erp_api.release_production_orders(%s, %s, %s, %s, p_quantities => %s::numeric[],"
    " p_all_or_none => %s, p_request_key => %s)",
    "restore": "select * from erp_api.restore_production_orders(%s, %s, %s, %s)",
    "declaration": "select * from erp_api.declare_production(%s, %s, %s)",
    "registration": "select * from erp_api.register_declarations(%s, %s, %s, %s)",
    "rollback": "select * from erp_api.rollback_declarations(%s, %s, %s)",
    "deletion": "select * from erp_api.delete_declarations(%s, %s, %s)",
    "preview of a release": "select * from erp_api.preview_release(%s, %s, %s, %s, %s::numeric[])",
    "preview of a restore": "select * from erp_api.preview_restore(%s, %s)",
    "preview of a registration": "select * from erp_api.preview_registration(%s, %s, %s)",
    "data put": "select * from erp_api.put_data(%s, %s, %s, %s)",
    "order put": "select * from erp_api.put_production_orders(%s, %s, %s, %s)",
    "posting": "select * from erp_api.post_stock(%s, %s, %s, %s)",
    "stock removal": "select * from erp_api.remove_stock(%s, %s, %s, %s)",
    "nightly data": _NIGHTLY_DATA,
    "nightly orders": read_query(__file__, "nightly_orders").decode().replace("%(company_id)s", "%s"),
}

WEIGHTS = {
    "release": 8,
    "restore": 8,
    "declaration": 4,
    "registration": 5,
    "rollback": 5,
    "deletion": 5,
    "preview of a release": 2,
    "preview of a restore": 1,
    "preview of a registration": 1,
}

UNKNOWN = 10**9
"""An id that no order and no declaration has."""


@dataclass(frozen=True)
class Call:
    """A call as it is sent; what changes nothing has no key. `isolation`: its transaction's, unless any will do."""

    kind: str
    arguments: Sequence[Any]
    key: uuid.UUID | None
    isolation: IsolationLevel | None = None

    def send(self, connection: psycopg.Connection[Any]) -> list[Row]:
        """Send it and return its rows, whose columns are attributes."""
        with connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(QUERIES[self.kind], [*self.arguments, *([self.key] if self.key else [])]).fetchall()


@dataclass(frozen=True)
class VisibleRows:
    """What a client sees of a company: orders by their state, and declarations by their state and their order."""

    company_id: int
    launched: Sequence[int]
    executive: Sequence[int]
    open: Mapping[int, Sequence[int]]
    registered: Mapping[int, Sequence[int]]


def read_grids(connection: psycopg.Connection[Any], company_id: int, share: tuple[int, int] = (0, 1)) -> VisibleRows:
    """Read the grids; `share` (k, n) sees every n-th order number alone, from the k-th."""
    number, clients = share

    def rows(columns: str, view: str, condition: str = "true") -> list[Any]:
        return connection.execute(
            f"select {columns} from erp_api.{view} where company_id = %s and order_number %% %s = %s and {condition}",
            [company_id, clients, number],
        ).fetchall()

    def declarations(condition: str) -> dict[int, list[int]]:
        columns = "order_id, array_agg(declaration_id)"
        return dict(rows(columns, "declaration_grid", f"{condition} group by order_id"))

    return VisibleRows(
        company_id,
        [order_id for (order_id,) in rows("order_id", "release_grid")],
        [order_id for (order_id,) in rows("order_id", "restore_grid")],
        declarations("not registered"),
        declarations("registered"),
    )


def random_call(random: Random, visible: VisibleRows, most: int) -> Call:
    """Draw a call over at most so many orders or declarations, mostly ones that it could be about."""
    kind = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    orders = [*visible.launched, *visible.executive]
    declarations = list(chain(*visible.open.values(), *visible.registered.values()))
    some_day = date.today() + timedelta(random.randint(-DAYS, DAYS))
    shortage = random.choice(["split", "refuse", None])
    match kind:
        case "release" | "preview of a release":
            chosen = _some(random, most, visible.launched, orders)
            arguments = [chosen, some_day, shortage, _quantities(random, len(chosen))]
        case "restore" | "preview of a restore":
            arguments = [_some(random, most, visible.executive, orders)]
        case "declaration":
            arguments = [json.dumps(_reports(random, _some(random, most, visible.executive, orders)))]
        case "registration" | "preview of a registration":
            arguments = [_work(random, most, visible.open, declarations), random.choice([some_day, None])]
        case "rollback":
            arguments = [_work(random, most, visible.registered, declarations)]
        case _:
            arguments = [_work(random, most, visible.open, declarations)]
    if kind in ("release", "restore"):
        arguments.append(random.random() < 0.1)  # all or none
    key = None if kind.startswith("preview") else uuid.UUID(int=random.getrandbits(128), version=4)
    return Call(kind, [visible.company_id, *arguments], key)


def _some(random: Random, most: int, likely: Sequence[int], possible: Sequence[int]) -> list[int]:
    pool = likely if likely and random.random() < 0.9 else possible
    chosen = random.sample(pool, random.randint(1, min(most, len(pool)))) if pool else []
    return [*chosen, UNKNOWN] if not chosen or random.random() < 0.02 else chosen


def _quantities(random: Random, count: int) -> list[int | None] | None:
    """Choose a part of some orders, in every second call; it may be more than there is of one."""
    return random.choice([None, [random.choice([None, 1, 2, 5]) for _ in range(count)]])


def _work(random: Random, most: int, likely: Mapping[int, Sequence[int]], possible: Sequence[int]) -> list[int]:
    """Choose the declarations of whole orders, or any."""
    if likely and random.random() < 0.6:
        orders = random.sample(list(likely), random.randint(1, min(most, len(likely))))
        return list(chain(*(likely[order_id] for order_id in orders)))
    return _some(random, 2 * most, list(chain(*likely.values())), possible)


def _reports(random: Random, order_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Report the work on orders: from the opening to the closing, or some step that may be out of turn."""
    reports = []
    for order_id in order_ids:
        for phase in PHASES:
            whole = random.random() < 0.7
            for kind in ("opening", "progress", "closing") if whole else (random.choice(["opening", "progress"]),):
                worked = kind != "opening"
                reports.append(
                    {
                        "order_id": order_id,
                        "phase": phase,
                        "kind": kind,
                        "good_quantity": random.randint(0, 3) if worked else 0,
                        "scrap_quantity": random.randint(0, 2) if worked else 0,
                        # few codes: orders meet in the lots that registrations make and rollbacks remove
                        "lot_code": f"N{random.randint(1, 12)}",
                    }
                )
    return reports
