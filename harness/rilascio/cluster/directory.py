"""The directory of a proxy: which company lies at which shard, and which is on its way from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import class_row

from rilascio.cluster.shards import Shard
from rilascio.deployment.common import OWNER, Connection
from rilascio.deployment.session import scalar
from rilascio.errors import HarnessError
from rilascio.queries import read_query


@dataclass(frozen=True)
class CompanyMove:
    """A company of which two shards have rows."""

    company_id: int
    source_name: str
    target_name: str
    step: str
    """`copying`, `switching` or `moved`."""
    digests: dict[str, Any] | None

    @property
    def command(self) -> str:
        """What goes on with it."""
        return f"rilascio cluster move {self.company_id} {self.target_name}"


def is_proxy(connection: Connection) -> bool:
    """Say whether a database is a proxy."""
    return bool(scalar(connection, "select to_regnamespace('erp_cluster') is not null"))


def refuse_no_proxy(connection: Connection) -> None:
    """Refuse a database that is no proxy."""
    if not is_proxy(connection):
        raise HarnessError("The database is no proxy.", "Make one of an empty database: rilascio cluster init.")


def keep_moves(proxy: Connection) -> None:
    """Let a proxy know moves, one that an earlier release made too; as a superuser."""
    with proxy.transaction():
        proxy.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))
        proxy.execute(read_query(__file__, "keep_moves"))
        proxy.execute("set local role none")


def moves_of(proxy: Connection) -> list[CompanyMove]:
    """Return the companies of which two shards have rows."""
    if not scalar(proxy, "select to_regclass('erp_cluster.company_move') is not null"):
        return []
    with proxy.cursor(row_factory=class_row(CompanyMove)) as cursor:
        return cursor.execute(
            "select company_id, source_name, target_name, step, digests from erp_cluster.company_move order by 1"
        ).fetchall()


def companies_at(proxy: Connection, shard_name: str) -> set[int]:
    """Return the companies that the directory has at a shard."""
    rows = proxy.execute("select company_id from erp_cluster.company where shard_name = %s", [shard_name]).fetchall()
    return {company for (company,) in rows}


def remarks_on_moves(proxy: Connection, shard: Shard) -> list[str]:
    """Return what there is to say of companies that leave a shard, or have left it, a sentence each."""
    return [
        f"a copy of company {move.company_id}, which moved to {move.target_name}, is left: {move.command} --remove"
        if move.step == "moved"
        else f"company {move.company_id} is on its way to {move.target_name}: {move.command} goes on"
        for move in moves_of(proxy)
        if move.source_name == shard.name
    ]
