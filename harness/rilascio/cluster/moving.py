"""Move a company from one shard to another, while people work.

What the target lacks is copied beside their work, in one snapshot. Then calls of the company are refused for a moment,
and what has changed meanwhile is brought over. Both are the same step: rows are compared by the digests of chunks, rows
whose ids lie together; a chunk that differs is deleted at the target, and copied. So a move that was cut off begins
anew, and finds most of it done.

A company is in force at one shard at a time (`erp.company.active`), or at none. The source closes it before the target
opens it, and only then the directory names the target. Each of these is a commit by itself, at another server, so
before the first the directory says that it may be at either, and calls are refused until the last.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from rilascio.cluster import views
from rilascio.cluster.company_rows import Contents, Table, bring_over, contents, draw_ids, measured, parts_of, tables_of
from rilascio.cluster.directory import CompanyMove, companies_at, keep_moves, moves_of, refuse_no_proxy
from rilascio.cluster.reports import MovedTable, MoveReport
from rilascio.cluster.shards import Shard, at, shards_of
from rilascio.deployment.common import DEPLOY_TIMEOUT, Connection, Progress, silent
from rilascio.deployment.session import connected, deployment_lock, error_context, scalar
from rilascio.deployment.statements import Statement
from rilascio.deployment.version_lock import Attempt, retry
from rilascio.errors import USAGE, HarnessError
from rilascio.queries import read_query

APPLICATION = "rilascio cluster move"


@dataclass(frozen=True)
class _Move:
    """A move that is to begin or to go on, with the proxy's session that keeps all others away."""

    proxy: Connection
    company_id: int
    source: Shard
    target: Shard
    under_way: CompanyMove | None
    lock_timeout: str
    notify: Progress

    @property
    def step(self) -> str:
        """How far it is: the empty text before it has begun."""
        return self.under_way.step if self.under_way else ""

    def report(self, outcome: str, tables: Sequence[MovedTable] = (), seconds: float | None = None) -> MoveReport:
        """Say what was done."""
        return MoveReport(self.company_id, self.source.name, self.target.name, outcome, tuple(tables), seconds)


def plan_move(dsn: str, company_id: int, target: str) -> MoveReport:
    """Say what would be moved. Writes nothing."""
    with _found(dsn, company_id, target, DEPLOY_TIMEOUT, silent) as move, _at(move.source) as source:
        if _is_there(move):
            return move.report("unchanged")
        _refuse_unready(move)
        found = [(table, *measured(source, table, company_id)) for table in tables_of(source)]
        return move.report("planned", [MovedTable(table.name, rows, size) for table, rows, size in found if rows])


def move_company(
    dsn: str,
    company_id: int,
    target: str,
    *,
    lock_timeout: str = DEPLOY_TIMEOUT,
    progress: Progress | None = None,
) -> MoveReport:
    """Move a company, or go on with its move. A copy of it stays at the source, where nobody reads or writes it."""
    with _found(dsn, company_id, target, lock_timeout, progress or silent) as move:
        if _is_there(move):
            return move.report("unchanged")
        _refuse_unready(move)
        with _both(move) as (source, at_target):
            tables = tables_of(source)
            keep_moves(move.proxy)
            move.proxy.execute(
                "insert into erp_cluster.company_move (company_id, source_name, target_name) values (%s, %s, %s)"
                " on conflict do nothing",
                [company_id, move.source.name, move.target.name],
            )
            if move.step != "switching":
                _copy_beside_work(move, source, at_target, tables)
            return _switch(dsn, move, source, at_target, tables)


def undo_move(
    dsn: str,
    company_id: int,
    target: str,
    *,
    lock_timeout: str = DEPLOY_TIMEOUT,
    progress: Progress | None = None,
) -> MoveReport:
    """Take back a move that has not come to its end: the company stays where it was, and its copy goes."""
    with _found(dsn, company_id, target, lock_timeout, progress or silent) as move:
        if not move.step:
            return move.report("unchanged")
        with _both(move) as (source, at_target):
            if move.step == "moved" or _is_active(at_target, company_id):
                raise HarnessError(
                    f"Company {company_id} has moved to {move.target.name}.",
                    f"{_command(move)} ends the move; after --remove it can be moved back.",
                )
            move.notify(f"Company {company_id} is in force at {move.source.name}")
            _set_active(source, company_id, True)
            move.proxy.execute(
                "update erp_cluster.company_move set step = 'copying' where company_id = %s", [company_id]
            )
            _delete_copy(move, at_target, tables_of(source))
        return move.report("undone")


def remove_copy(
    dsn: str,
    company_id: int,
    target: str,
    *,
    discard_changes: bool = False,
    lock_timeout: str = DEPLOY_TIMEOUT,
    progress: Progress | None = None,
) -> MoveReport:
    """Remove the copy that a company left at its source, if it is as it was left."""
    with _found(dsn, company_id, target, lock_timeout, progress or silent) as move:
        if move.step != "moved" or not move.under_way:
            raise HarnessError(
                f"There is no copy of company {company_id} to be removed.",
                f"Its move has not come to its end: {_command(move)}." if move.step else None,
            )
        with _at(move.source) as source, deployment_lock(source, move.notify):
            tables = tables_of(source)
            left = move.under_way.digests or {}
            with source.transaction():
                found = {table.name: contents(source, table, company_id) for table in tables}
            changed = [name for name, one in found.items() if left.get(name) != [one.rows, one.digest]]
            if changed and not discard_changes:
                raise HarnessError(
                    f"Somebody has changed the copy of company {company_id} at {move.source.name}, in"
                    f" {', '.join(changed)}, since it was closed there.",
                    "Nothing was removed. What was written there is missing at"
                    f" {move.target.name}: bring it there, and then remove the copy with --discard-changes.",
                )
            _delete_copy(move, source, tables)
        return move.report("removed", [MovedTable(name, one.rows) for name, one in found.items() if one.rows])


# --- what is found ---------------------------------------------------------------------------------------------------


@contextmanager
def _found(dsn: str, company_id: int, target_name: str, lock_timeout: str, notify: Progress) -> Iterator[_Move]:
    with connected(_named(dsn)) as proxy, deployment_lock(proxy, notify):
        refuse_no_proxy(proxy)
        shards = {shard.name: shard for shard in shards_of(proxy, dsn)}
        if target_name not in shards:
            raise HarnessError(
                f"There is no shard {target_name}.", f"The shards are: {', '.join(shards)}.", exit_code=USAGE
            )
        home = scalar(proxy, "select shard_name from erp_cluster.company where company_id = %s", company_id)
        if home is None:
            raise HarnessError(
                f"No shard has a company {company_id}.",
                "A company that was made a moment ago is known after rilascio cluster refresh.",
                exit_code=USAGE,
            )
        under_way = next((move for move in moves_of(proxy) if move.company_id == company_id), None)
        if under_way and under_way.target_name != target_name:
            raise HarnessError(
                f"Company {company_id} left a copy at {under_way.source_name} when it moved to {home}."
                if under_way.step == "moved"
                else f"Company {company_id} is on its way to {under_way.target_name}.",
                f"Remove it first: {under_way.command} --remove."
                if under_way.step == "moved"
                else f"Go on with {under_way.command}, or take it back with --undo.",
            )
        source = shards[under_way.source_name if under_way else home]
        yield _Move(proxy, company_id, source, shards[target_name], under_way, lock_timeout, notify)


def _is_there(move: _Move) -> bool:
    return move.step == "moved" or move.source == move.target


def _command(move: _Move) -> str:
    return f"rilascio cluster move {move.company_id} {move.target.name}"


def _refuse_unready(move: _Move) -> None:
    """Refuse shards that differ in their release, and a target that cannot take the company."""
    with _at(move.source) as source, _at(move.target) as target:
        here, there = (one.execute(read_query(__file__, "deployed")).fetchone() for one in (source, target))
        assert here  # each was deployed, or it were no shard
        assert there
        if here != there or not here[-1]:
            raise HarnessError(
                f"Shard {move.source.name} is at release {here[0]} and shard {move.target.name} at {there[0]}, and both"
                " have to be at this one.",
                "Bring them there: rilascio cluster deploy.",
            )
        asked = {"company_id": move.company_id}
        code, members = source.execute(read_query(__file__, "company_code_and_roles"), asked).fetchone() or ("", [])
        missing, taken = target.execute(
            read_query(__file__, "obstacles"), {**asked, "code": code, "roles": members, "new": not move.step}
        ).fetchone() or ("", True)
    if missing:
        raise HarnessError(
            f"Shard {move.target.name} lacks roles that are members of the company: {missing}.",
            "Make them: rilascio cluster refresh.",
        )
    if taken:
        raise HarnessError(
            f"Shard {move.target.name} has another company with the code {code} or the number {move.company_id}.",
            "Code and number of a company are its own in the whole cluster: give that one another code, if it is that.",
        )


def _named(dsn: str) -> str:
    return make_conninfo(dsn, application_name=conninfo_to_dict(dsn).get("application_name") or APPLICATION)


@contextmanager
def _at(shard: Shard) -> Iterator[Connection]:
    with at(Shard(shard.name, shard.address, _named(shard.dsn))) as connection:
        yield connection


@contextmanager
def _both(move: _Move) -> Iterator[tuple[Connection, Connection]]:
    """Connect to both shards, and let nobody deploy there. Transactions at the source see one state; at the target no
    trigger fires, and no foreign key is checked: what comes is what the source has."""
    with ExitStack() as stack:
        source, target = (stack.enter_context(_at(shard)) for shard in (move.source, move.target))
        for connection in (source, target):
            stack.enter_context(deployment_lock(connection, move.notify))
        source.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        target.execute("set session_replication_role = replica")
        yield source, target


def _delete_copy(move: _Move, connection: Connection, tables: list[Table]) -> None:
    """Delete the rows of a company that is not in force there, and forget its move."""
    if _is_active(connection, move.company_id):
        raise HarnessError(f"Company {move.company_id} is in force there.", "Nothing was deleted.")
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        for table in tables:
            query = sql.SQL("delete from {table} as t where {chosen}")
            deleted = connection.execute(query.format(**parts_of(table, move.company_id))).rowcount
            if deleted:
                move.notify(f"{table.name}: {deleted} rows deleted")
    move.proxy.execute("delete from erp_cluster.company_move where company_id = %s", [move.company_id])


# --- the move --------------------------------------------------------------------------------------------------------


def _copy_beside_work(move: _Move, source: Connection, target: Connection, tables: list[Table]) -> None:
    move.notify(f"Copying company {move.company_id} from {move.source.name} to {move.target.name}, beside calls")
    with source.transaction():
        copied = [t.name for t in tables if bring_over(source, target, t, move.company_id, move.notify)[1]]
    draw_ids(source, target)
    if copied:
        move.notify("Gathering statistics beside calls")
        target.execute(f"analyze {', '.join(copied)}".encode())


def _switch(dsn: str, move: _Move, source: Connection, target: Connection, tables: list[Table]) -> MoveReport:
    """Refuse calls of the company, bring over what has changed, and let the target have it."""
    company_id = move.company_id
    with _at(move.source) as holder, connected(_named(dsn)) as switcher, ExitStack() as refused:
        move.notify("Waiting for the calls of the company that are under way")
        retry(move.proxy, move.lock_timeout, move.notify, lambda attempt: _hold(move, attempt, holder))
        refused.callback(_let_in, move)
        began = time.monotonic()
        move.notify("Bringing over what has changed, while calls of the company are refused")
        found: dict[str, Contents] = {}
        if not _is_active(target, company_id):
            with source.transaction():
                for table in tables:
                    found[table.name], _ = bring_over(source, target, table, company_id, move.notify)
            draw_ids(source, target)
        digests = {name: [one.rows, one.digest] for name, one in found.items()} or None

        def change_directory(attempt: Attempt) -> None:
            with error_context(switcher, "The directory"), switcher.transaction():
                Attempt(switcher, attempt.timeout).set_timeout()
                _direct(switcher, move)
                # All that might fail is done. What follows is a row each, at three servers.
                move.proxy.execute(
                    "update erp_cluster.company_move set step = 'switching', digests = coalesce(%s, digests)"
                    " where company_id = %s",
                    [digests and Jsonb(digests), company_id],
                )
                move.notify(f"Closing the company at {move.source.name}")
                _set_active(holder, company_id, False)
                holder.execute("commit")
                move.notify(f"Opening it at {move.target.name}")
                _set_active(target, company_id, True)
                move.notify("Sending calls there")
                switcher.execute(
                    "update erp_cluster.company_move set step = 'moved' where company_id = %s", [company_id]
                )

        retry(switcher, move.lock_timeout, move.notify, change_directory)
        seconds = time.monotonic() - began
    return move.report("moved", [MovedTable(name, one.rows) for name, one in found.items() if one.rows], seconds)


def _hold(move: _Move, attempt: Attempt, holder: Connection) -> None:
    """Let the proxy refuse calls of the company once those under way have ended, and whoever works at the source wait,
    until the sessions end. What cannot be had is given back, so that calls go on."""
    company: dict[str, Any] = {"company_id": move.company_id}
    attempt.lock(
        "The move",
        "erp_cluster.company",
        Statement(b"select pg_advisory_lock('erp_cluster.company'::regclass::integer, %(company_id)s)", company),
    )
    held = Attempt(holder, attempt.timeout)
    try:
        with error_context(holder, "The move"):
            holder.execute("begin")
            try:
                for statement in HOLDING:
                    held.set_timeout()
                    holder.execute(statement, company)
            except BaseException:
                holder.execute("rollback")
                raise
    except BaseException:
        _let_in(move)
        raise


def _let_in(move: _Move) -> None:
    """Let the proxy send calls of the company again. Where the session has ended, they are let in already."""
    with suppress(psycopg.OperationalError):
        move.proxy.execute("select pg_advisory_unlock('erp_cluster.company'::regclass::integer, %s)", [move.company_id])


HOLDING = (
    # a run names the company before it locks the configuration, and so does what is told of changes by hand
    "select from erp.company where company_id = %(company_id)s for update",
    # written, so that a transaction with an older snapshot ends
    "update erp.production_parameter set period_start = period_start where company_id = %(company_id)s",
    # whoever numbers the feed locks nothing else, and does not wait
    "select pg_advisory_xact_lock('erp.run_place_counter'::regclass::integer, %(company_id)s)",
)
"""What waits for all that writes to a company, and lets others wait."""


def _direct(switcher: Connection, move: _Move) -> None:
    """Let the directory and the grids name the target."""
    switcher.execute(
        "update erp_cluster.company set shard_name = %s where company_id = %s", [move.target.name, move.company_id]
    )
    views.move_company(
        switcher, {shard.name: sorted(companies_at(switcher, shard.name)) for shard in (move.source, move.target)}
    )


def _is_active(connection: Connection, company_id: int) -> bool:
    return bool(scalar(connection, "select active from erp.company where company_id = %s", company_id))


def _set_active(connection: Connection, company_id: int, active: bool) -> None:
    connection.execute("update erp.company set active = %s where company_id = %s", [active, company_id])
