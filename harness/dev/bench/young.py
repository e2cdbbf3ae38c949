"""How calls fare in a session that planned them when the database was young.

A session calls everything once, for one order in nearly empty tables, and keeps the plans. Overnight orders come,
of which no statistics tell; the session calls everything for all of them on those plans, then on new ones.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from harness.dev.bench.measure import clean_up, launched_order_ids
from harness.dev.bench.world import COMPANY_ID, CONFIGURATION
from rilascio.errors import HarnessError

#: How many orders there are when the plans are made; one of them is called for.
FIRST_ORDERS = 5

#: What is done to all orders, in turn: the call, what it asks for, and how it must answer for each.
STEPS = (
    ("release", "release_production_orders(%s, %s::bigint[])", "order", "released"),
    ("restore", "restore_production_orders(%s, %s::bigint[])", "order", "restored"),
    ("release again", "release_production_orders(%s, %s::bigint[])", "order", "released"),
    ("declare", "declare_production(%s, %s::jsonb)", "report", "declared"),
    ("register", "register_declarations(%s, %s::bigint[])", "declaration", "registered"),
    ("roll back", "rollback_declarations(%s, %s::bigint[])", "declaration", "rolled_back"),
    ("delete", "delete_declarations(%s, %s::bigint[])", "declaration", "deleted"),
    ("restore again", "restore_production_orders(%s, %s::bigint[])", "order", "restored"),
)

# Made of STEEL (by lots, some of them committed), GEAR (with a counterpart warehouse) and PAINT (manual); the product
# is of level 2, so the rule for semi-finished loads it.
_ITEMS = """
insert into erp.item (company_id, item_id, item_code, tracking)
values (1, 1, 'STEEL', 'lot'), (1, 2, 'GEAR', 'none'), (1, 3, 'PAINT', 'none'), (1, 4, 'FRAME', 'lot');

insert into erp.item_mrp_parameter (company_id, item_id, picking_type, procurement_type)
values (1, 1, 'automatic', 'purchase'), (1, 2, 'automatic', 'production'), (1, 3, 'manual', 'purchase');

insert into erp.warehouse_rule (company_id, level, item_id, section, warehouse_id, issue_movement_reason_id)
values (1, 'item', 2, 'semi_finished', 2, 29);

insert into erp.lot (company_id, item_id, lot_code, start_date)
select 1, 1, 'L' || l, current_date - 60 - l
from generate_series(1, 3) as l;

insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)
values (1, current_date - 30, 1, 12), (1, current_date - 30, 2, 22);

insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, quantity)
select
    1, r.record_date, r.stock_record_id, row_number() over (partition by r.warehouse_id), r.warehouse_id, i.item_id,
    l.lot_id, 1e9
from erp.item as i
inner join erp.stock_record as r on r.warehouse_id = case i.item_id when 2 then 2 else 1 end
left join erp.lot as l on l.company_id = 1 and l.item_id = i.item_id
where i.item_id < 4;

-- the opening stock of everything else
insert into erp.item (company_id, item_id, item_code, tracking)
select 1, 100 + n, 'OLD' || n, case n % 2 when 0 then 'lot' else 'none' end
from generate_series(1, 1000) as n;

insert into erp.lot (company_id, item_id, lot_code, start_date)
select 1, i.item_id, 'L1', current_date - 60
from erp.item as i
where i.item_id > 100 and i.tracking = 'lot';

insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)
values (1, current_date - 60, 1, 12);

insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, quantity)
select 1, r.record_date, r.stock_record_id, row_number() over (), 1, i.item_id, l.lot_id, 100
from erp.item as i
inner join erp.stock_record as r on r.record_date = current_date - 60
left join erp.lot as l on l.company_id = 1 and l.item_id = i.item_id
where i.item_id > 100;
"""

_ORDERS = """
insert into erp.job_order (company_id, job_order_id, job_year, job_number, status)
select distinct 1, n / 10, 2026, n / 10, 'launched'
from generate_series(%(first)s, %(last)s) as n
on conflict do nothing;

insert into erp.production_order (company_id, order_year, order_number, item_id, quantity, level, job_order_id)
select 1, 2026, n, 4, 1 + n %% 9, 2, n / 10
from generate_series(%(first)s, %(last)s) as n
order by n;

insert into erp.production_order_phase (company_id, production_order_id, phase)
select 1, o.production_order_id, p
from erp.production_order as o
cross join unnest(array[10, 20]) as p
where o.order_number between %(first)s and %(last)s
order by o.production_order_id, p;

insert into erp.production_order_material (
    company_id, production_order_id, line, item_id, unit_quantity, phase, sub_phase
)
select 1, o.production_order_id, i, i, i * 0.5, 10, 0
from erp.production_order as o
cross join generate_series(1, 3) as i
where o.order_number between %(first)s and %(last)s
order by o.production_order_id, i;

insert into erp.material_lot (company_id, production_order_id, line, item_id, lot_id, quantity)
select 1, o.production_order_id, 1, l.item_id, l.lot_id, 0.25
from erp.production_order as o
inner join erp.lot as l on l.company_id = 1 and l.item_id = 1 and l.lot_code = 'L' || 1 + o.order_number %% 3
where o.order_number between %(first)s and %(last)s and o.order_number %% 2 = 0
order by o.production_order_id;
"""


@dataclass(frozen=True)
class CallTiming:
    """A call for all orders, and its seconds by what was there when it was planned.

    `young`: next to nothing. `launched`: the orders, all of them restored, so next to no records. `grown`: all that the
    call is about.
    """

    call: str
    orders: int
    young_seconds: float
    launched_seconds: float
    grown_seconds: float

    @property
    def young_ratio(self) -> float:
        """The plan of the young database against that of the grown one."""
        return self.young_seconds / self.grown_seconds

    @property
    def launched_ratio(self) -> float:
        """The plan of the database with launched orders against that of the grown one."""
        return self.launched_seconds / self.grown_seconds


def measure(
    connection: psycopg.Connection[Any], operator: str, orders: int, done: Callable[[str], None]
) -> list[CallTiming]:
    """Measure every call for so many orders, in an empty deployed database, as the role `operator`.

    `connection` is the superuser's, in autocommit mode, by which the orders come; a second one keeps the plans. `done`
    hears of each call: 3 × `STEPS` of them. Raises HarnessError where a call does not answer as it must.
    """
    _write(connection, CONFIGURATION + _ITEMS, {})
    _write(connection, _ORDERS, {"first": 1, "last": FIRST_ORDERS})
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as session:
        session.execute("select set_config('role', %s, false)", [operator])
        first = launched_order_ids(connection)[:1]

        def plan_anew() -> None:
            clean_up(connection)  # throws the plans away
            _call_all(session, first)

        plan_anew()
        _write(connection, _ORDERS, {"first": FIRST_ORDERS + 1, "last": FIRST_ORDERS + orders})
        added = launched_order_ids(connection)[FIRST_ORDERS:]
        connection.execute("checkpoint")
        young = _call_all(session, added, done=lambda step: done(f"{step}, young"))
        plan_anew()
        idle = _call_all(session, added, done=lambda step: done(f"{step}, launched"))
        grown = _call_all(session, added, before=plan_anew, done=lambda step: done(f"{step}, grown"))
    return [CallTiming(step, len(added), young[step], idle[step], grown[step]) for step in young]


def _write(connection: psycopg.Connection[Any], statements: str, parameters: Mapping[str, int]) -> None:
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local role erp_owner")
        cursor.execute(statements.encode(), parameters or None)


def _call_all(
    session: psycopg.Connection[Any],
    order_ids: Sequence[int],
    *,
    before: Callable[[], None] = lambda: None,
    done: Callable[[str], None] = lambda step: None,
) -> dict[str, float]:
    """Take the orders there and back, and return the seconds of each step, commit included.

    `before` is called before each step, `done` hears of it afterwards.
    """
    asked: dict[str, Any] = {"order": list(order_ids), "report": json.dumps(_reports(order_ids))}
    seconds = {}
    for step, call, kind, outcome in STEPS:
        answer_id = "order_id" if kind == "order" else "declaration_id"
        query = f"select r.{answer_id}, r.outcome, nullif(r.reasons, '[]')::text from erp_api.{call} as r".encode()
        before()
        start = time.perf_counter()
        rows = session.execute(query, [COMPANY_ID, asked[kind]]).fetchall()
        seconds[step] = time.perf_counter() - start
        wrong = [(answered, reasons) for _, answered, reasons in rows if answered != outcome]
        if wrong:
            raise HarnessError(
                f"Of {len(rows):,} rows that the call to {step} answered, {len(wrong):,} are not {outcome}.",
                f"The first one is {wrong[0][0]}: {wrong[0][1]}.",
            )
        if kind == "report":
            asked["declaration"] = [answered for answered, *_ in rows]
        done(step)
    return seconds


def _reports(order_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Report both phases of each order from the opening to the closing, where a lot of its own is made."""
    return [
        {"order_id": order_id, "phase": phase, "kind": kind}
        | ({"good_quantity": 1, "lot_code": f"F{order_id}"} if kind == "closing" else {})
        for order_id in order_ids
        for phase in (10, 20)
        for kind in ("opening", "closing")
    ]
