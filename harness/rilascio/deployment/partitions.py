"""Records, movements and their history in monthly partitions: an option for what grows for years.

A table is turned without copying a row: it becomes the first partition, of all days before a boundary that lies ahead,
of a table that takes its name. That takes a moment in which calls wait, the same one for all four tables; what has to
read the rows goes on beside calls before it: the validation of a constraint that holds all rows before the boundary. A
command that was cut off goes on where it was.

Movements name records of their own day, so their foreign keys go from partition to partition of the same days.

No row is ever detached. Movements in force are stock, whatever their age, and history leaves by
`erp_api.archive_history`, which knows what still stands on it; what it has emptied is dropped if one asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rilascio.deployment import tables
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.changes import plan_changes
from rilascio.deployment.common import DEPLOY_TIMEOUT, Connection, Progress
from rilascio.deployment.deployment_log import next_deployment
from rilascio.deployment.session import connected, deployment_lock, error_context, scalar
from rilascio.deployment.sources import Step, apply_sources, run, view_locks
from rilascio.deployment.state import consistent_state, state_of
from rilascio.deployment.statements import Statement
from rilascio.deployment.version_lock import Attempt, lock_version, retry
from rilascio.errors import HarnessError
from rilascio.queries import read_query

TABLES = ("stock_record", "removed_stock_record", "stock_movement", "removed_stock_movement")
"""The tables, those that are named before those that name them."""
FURTHEST_YEARS = 2
"""How far ahead a day may lie that the first partition has to hold."""


@dataclass(frozen=True)
class PartitionReport:
    """What was done, or would be. Tables without their schema."""

    turned: tuple[str, ...] = ()
    """Tables that are partitioned now, and were not."""
    made: tuple[str, ...] = ()
    """Partitions of months."""
    left: tuple[str, ...] = ()
    """Months that cannot be made: some of their days lie in the partition of later days."""
    dropped: tuple[str, ...] = ()
    """Partitions of months that are past and held nothing."""


def partition(
    dsn: str,
    *,
    months: int,
    first_month: date | None = None,
    drop_empty: bool = False,
    dry_run: bool = False,
    lock_timeout: str = DEPLOY_TIMEOUT,
    progress: Progress,
    bundle: Bundle | None = None,
) -> PartitionReport:
    """Turn what is not partitioned yet, and make the partitions of this month and of so many `months` to come.

    `first_month` is the first day of the first month with a partition of its own, where that is not to be the month
    after next: all rows there are lie before it. `drop_empty` drops the months that are past and hold nothing. Run
    again, it does what is left to do. It needs a database to which this release is deployed.
    """
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection, deployment_lock(connection, progress):
        state = consistent_state(connection, bundle)
        if not state.up_to_date:
            raise HarnessError("The database is not at this release.", "Run rilascio deploy first.")
        for one in state.table_differences:
            if (one.expected or "").startswith("partition of "):
                raise HarnessError(
                    f"There is no {one.object} as {one.expected}.",
                    "Nothing was changed. Put it back first: rilascio status says how.",
                )
        turned = tuple(table for table in TABLES if table not in _boundaries(connection))
        boundary = first_month or _next_boundary(connection) if turned else None
        if turned and boundary and not dry_run:
            _turn(connection, bundle, turned, boundary, lock_timeout, progress)
        boundaries = _boundaries(connection)
        if boundary:
            boundaries |= dict.fromkeys(turned, boundary)
        made, left = _missing_months(connection, boundaries, months)
        dropped = _empty_months(connection) if drop_empty else {}
        if (made or dropped) and not dry_run:

            def change(attempt: Attempt) -> None:
                _change(connection, bundle, attempt, TABLES, [Statement(s.encode()) for s in changes])

            changes = (*made.values(), *dropped.values())
            progress(f"Making {len(made)} partitions and dropping {len(dropped)}, while calls wait")
            retry(connection, lock_timeout, progress, change)
        if turned and not dry_run and scalar(connection, "select exists (select from erp.stock_record)"):
            progress("Gathering statistics beside calls")
            connection.execute(f"analyze {', '.join(f'erp.{table}' for table in TABLES)}".encode())
        return PartitionReport(turned, tuple(made), left, tuple(dropped))


def _turn(
    connection: Connection,
    bundle: Bundle,
    missing: tuple[str, ...],
    boundary: date,
    lock_timeout: str,
    progress: Progress,
) -> None:
    for table in missing:
        progress(f"Reading erp.{table} beside calls: all its days lie before {boundary}")
        _hold_before(connection, table, boundary, lock_timeout, progress)

    def turn(attempt: Attempt) -> None:
        _change(connection, bundle, attempt, missing, _turning(missing, boundary))

    progress(f"Turning {', '.join(f'erp.{table}' for table in missing)}, while calls wait")
    retry(connection, lock_timeout, progress, turn)


def _boundaries(connection: Connection) -> dict[str, date]:
    with connection.cursor() as cursor:
        return dict(cursor.execute(read_query(__file__, "partition_bounds"), {"tables": list(TABLES)}).fetchall())


def _next_boundary(connection: Connection) -> date:
    """Return the first of the month after the latest day there is, and of the month after next at the earliest."""
    latest = scalar(
        connection,
        "select max(l.record_date) from erp.company as c cross join lateral ("
        + " union all ".join(
            f"(select record_date from erp.{table} where company_id = c.company_id order by record_date desc limit 1)"
            for table in TABLES
        )
        + ") as l",
    )
    today = scalar(connection, "select current_date")
    if latest is not None and latest > today.replace(year=today.year + FURTHEST_YEARS, day=1):
        raise HarnessError(
            f"Stock moves on {latest}, which is more than {FURTHEST_YEARS} years ahead.",
            "Nothing was changed. The first partition would hold all days until then: put that record right first.",
        )
    return _month_after(max(_month_after(today), latest or today))


def _month_after(day: date, months: int = 1) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _bound(table: str) -> str:
    return f"{table}_before_boundary"


def _hold_before(connection: Connection, table: str, boundary: date, lock_timeout: str, progress: Progress) -> None:
    """Let all rows of a table lie before the boundary, and prove it beside calls. Later days are refused until the
    table is turned."""
    name = _bound(table)
    constraint = Statement(
        f"alter table erp.{table} drop constraint if exists {name},"
        f" add constraint {name} check (record_date < '{boundary}') not valid".encode()
    )

    def hold(attempt: Attempt) -> None:
        with connection.transaction():
            attempt.lock(f"The constraint {name}", f"erp.{table}", constraint)

    retry(connection, lock_timeout, progress, hold)
    with error_context(connection, f"The constraint {name}"):
        connection.execute(f"alter table erp.{table} validate constraint {name}".encode())


def _turning(missing: Iterable[str], boundary: date) -> list[Statement]:
    return [
        Statement(
            read_query(__file__, "turn_table"),
            {"table": f"erp.{table}", "boundary": boundary, "bound": _bound(table)},
            makes_statements=True,
        )
        for table in missing
    ]


def _change(
    connection: Connection, bundle: Bundle, attempt: Attempt, locked: Iterable[str], statements: Iterable[Statement]
) -> None:
    """Change the tables while no call is at work, and apply to them what belongs to them: views, routines, triggers and
    grants. What comes of it is as it should be; what somebody had changed by hand stays a difference."""
    next_deployment(connection)
    with connection.transaction():
        # Many a transaction reads a grid and then calls, so grids come first.
        run(connection, view_locks(connection, _grids(connection)), attempt)
        lock_version(connection, attempt)
        for table in locked:
            lock = Statement(f"lock table erp.{table} in access exclusive mode".encode())
            attempt.lock("The partitioning", f"erp.{table}", lock)
        state = state_of(connection, bundle)
        attempt.set_timeout()
        run(connection, [Step("The partitioning", statement) for statement in statements])
        tables.record_tables(state.table_differences).run(connection)
        state = state_of(connection, bundle)
        changes = plan_changes(connection, state)
        run(connection, view_locks(connection, changes.grids), attempt)
        apply_sources(connection, state, changes, attempt, ())


def _grids(connection: Connection) -> list[str]:
    """Return the views that clients read, by name."""
    with connection.cursor() as cursor:
        found = cursor.execute(
            """
            select 'view ' || c.oid::regclass::text from pg_class as c
            where c.relkind = 'v' and c.relnamespace in ('erp_api'::regnamespace, 'erp_data'::regnamespace)
            order by 1
            """
        ).fetchall()
    return [view for (view,) in found]


def _missing_months(
    connection: Connection, boundaries: dict[str, date], months: int
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the months without a partition, with the statements that make them, and those that cannot be made."""
    tables = [table for table in TABLES if table in boundaries]
    horizon = _month_after(scalar(connection, "select current_date"), months)
    with connection.cursor() as cursor:
        found = cursor.execute(
            read_query(__file__, "missing_months"),
            {"tables": tables, "boundaries": [boundaries[table] for table in tables], "horizon": horizon},
        ).fetchall()
    held = {
        first_day for _, later_name, first_day, end_day, _ in found
        if later_name and _holds(connection, later_name, first_day, end_day)
    }  # fmt: skip
    made = {name: statement for name, _, first_day, _, statement in found if first_day not in held}
    return made, tuple(name for name, _, first_day, _, _ in found if first_day in held)


def _holds(connection: Connection, table: str, first_day: date, end_day: date) -> bool:
    query = f"select exists (select from erp.{table} where record_date >= %s and record_date < %s)"
    return bool(scalar(connection, query, first_day, end_day))


def _empty_months(connection: Connection) -> dict[str, str]:
    """Return the partitions of months that are past and hold nothing, with the statements that drop them: those whose
    rows name others first. Where rows come meanwhile, the statement fails."""
    with connection.cursor() as cursor:
        found = cursor.execute(read_query(__file__, "past_months"), {"tables": list(TABLES)}).fetchall()
    kept: set[str] = set()
    dropped: dict[str, str] = {}
    for name, named, statement in found:
        holding = [t for t in (name, named) if t and scalar(connection, f"select exists (select from erp.{t})")]
        if holding or name in kept:
            # rows that name others lie in the same month, or both months are gone
            kept |= {name, named}
        else:
            dropped[name] = statement
    return dropped
