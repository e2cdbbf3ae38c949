"""The floor: what a release wrote, written again by bare statements.

The same rows with the same ids go from temporary tables into the same tables with the same indexes, constraints and
foreign keys; only our own triggers are off. What release decided and looked up, the floor gets for nothing, and it
keeps no run, so it is a bound that no release can reach.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg

_TRIGGERED = ("production_order", "production_order_split", "stock_record", "stock_movement", "stock_balance")

_REMEMBER = """
create temporary table before_order as
select o.production_order_id, o.quantity, o.status, o.changed_at, o.changed_by
from erp.production_order as o;
create temporary table before_job as
select j.job_order_id, j.status
from erp.job_order as j;
create temporary table before_balance as
select b.*
from erp.stock_balance as b;
analyze before_order;
analyze before_job;
analyze before_balance;
"""

_CAPTURE = """
create temporary table floor_record as
select r.*
from erp.stock_record as r
where r.run_id = {run_id}
order by r.stock_record_id;
create temporary table floor_movement as
select m.*
from erp.stock_movement as m
inner join floor_record as r using (company_id, record_date, stock_record_id)
order by m.stock_record_id, m.line;
create temporary table floor_order as
select o.*
from erp.production_order as o
where o.release_run_id = {run_id}
order by o.production_order_id;
create temporary table floor_remainder as
select o.*
from erp.production_order as o
where not exists (select from before_order as b where b.production_order_id = o.production_order_id)
order by o.production_order_id;
create temporary table floor_split as
select s.*
from erp.production_order_split as s;
create temporary table floor_phase as
select p.*
from erp.production_order_phase as p
inner join floor_remainder as o using (company_id, production_order_id)
order by p.production_order_id, p.phase, p.sub_phase;
create temporary table floor_material as
select m.*
from erp.production_order_material as m
inner join floor_remainder as o using (company_id, production_order_id)
order by m.production_order_id, m.line;
create temporary table floor_job as
select j.*
from erp.job_order as j
inner join before_job as b using (job_order_id)
where j.status <> b.status;
create temporary table floor_balance as
select b.*, coalesce(a.on_hand, 0) as on_hand_before
from erp.stock_balance as b
left join before_balance as a
    on
        a.company_id = b.company_id and a.warehouse_id = b.warehouse_id and a.item_id = b.item_id
        and coalesce(a.item_variant_id, 0) = coalesce(b.item_variant_id, 0)
        and coalesce(a.lot_id, 0) = coalesce(b.lot_id, 0)
        and coalesce(a.location_id, 0) = coalesce(b.location_id, 0)
where b.on_hand <> coalesce(a.on_hand, 0);
analyze floor_record;
analyze floor_movement;
analyze floor_order;
analyze floor_remainder;
analyze floor_split;
analyze floor_phase;
analyze floor_material;
analyze floor_job;
analyze floor_balance;
"""

_SET_BALANCE = """
update erp.stock_balance as b
set on_hand = f.{column}
from floor_balance as f
where
    b.company_id = f.company_id and b.warehouse_id = f.warehouse_id and b.item_id = f.item_id
    and coalesce(b.item_variant_id, 0) = coalesce(f.item_variant_id, 0)
    and coalesce(b.lot_id, 0) = coalesce(f.lot_id, 0)
    and coalesce(b.location_id, 0) = coalesce(f.location_id, 0)
"""

_WRITE = (
    "insert into erp.production_order select f.* from floor_remainder as f",
    "insert into erp.production_order_split select f.* from floor_split as f",
    "insert into erp.production_order_phase select f.* from floor_phase as f",
    "insert into erp.production_order_material select f.* from floor_material as f",
    "insert into erp.stock_record select f.* from floor_record as f",
    "insert into erp.stock_movement select f.* from floor_movement as f",
    _SET_BALANCE.format(column="on_hand"),
    """
    update erp.production_order as o
    set
        status = f.status, release_run_id = f.release_run_id, quantity = f.quantity,
        changed_at = f.changed_at, changed_by = f.changed_by
    from floor_order as f
    where o.company_id = f.company_id and o.production_order_id = f.production_order_id
    """,
    """
    update erp.job_order as j
    set status = f.status
    from floor_job as f
    where j.company_id = f.company_id and j.job_order_id = f.job_order_id
    """,
)

_UNDO = (
    """
    delete from erp.stock_movement as m
    using floor_movement as f
    where
        m.company_id = f.company_id and m.record_date = f.record_date and m.stock_record_id = f.stock_record_id
        and m.line = f.line
    """,
    """
    delete from erp.stock_record as r
    using floor_record as f
    where r.company_id = f.company_id and r.record_date = f.record_date and r.stock_record_id = f.stock_record_id
    """,
    "delete from erp.production_order_split",
    """
    delete from erp.production_order as o
    using floor_remainder as f
    where o.company_id = f.company_id and o.production_order_id = f.production_order_id
    """,
    _SET_BALANCE.format(column="on_hand_before"),
    """
    update erp.production_order as o
    set
        status = b.status, release_run_id = null, quantity = b.quantity, changed_at = b.changed_at,
        changed_by = b.changed_by
    from floor_order as f
    inner join before_order as b using (production_order_id)
    where o.company_id = f.company_id and o.production_order_id = f.production_order_id
    """,
    """
    update erp.job_order as j
    set status = b.status
    from floor_job as f
    inner join before_job as b using (job_order_id)
    where j.company_id = f.company_id and j.job_order_id = f.job_order_id
    """,
)


def remember(connection: psycopg.Connection[Any]) -> None:
    """Keep how orders and balances stand before the release that `capture` is to look at."""
    connection.execute(_REMEMBER)


def capture(connection: psycopg.Connection[Any], run_id: int) -> None:
    """Copy what the release with that run wrote, since `remember`, into temporary tables."""
    connection.execute(_CAPTURE.format(run_id=int(run_id)))


def write(connection: psycopg.Connection[Any]) -> float:
    """Write what was captured, in one transaction, and return the seconds that took, commit included."""
    with connection.transaction():
        _switch_triggers(connection, "disable")
        start = time.perf_counter()
        for statement in _WRITE:
            connection.execute(statement)
    return time.perf_counter() - start


def undo(connection: psycopg.Connection[Any]) -> None:
    """Take back what `write` wrote, and let our triggers work again."""
    with connection.transaction():
        for statement in _UNDO:
            connection.execute(statement)
        _switch_triggers(connection, "enable")


def forget(connection: psycopg.Connection[Any]) -> None:
    """Drop the temporary tables."""
    connection.execute("discard temporary")


def _switch_triggers(connection: psycopg.Connection[Any], how: str) -> None:
    for table in _TRIGGERED:
        connection.execute(f"alter table erp.{table} {how} trigger user")
