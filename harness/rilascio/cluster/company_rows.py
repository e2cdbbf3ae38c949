"""What a company has in the tables of a shard, found by the catalog: counted, told by digests, and brought over."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import class_row

from rilascio.deployment.common import Connection, Progress
from rilascio.errors import HarnessError
from rilascio.queries import read_query


@dataclass(frozen=True)
class Table:
    """A table with rows of companies: its columns, how each is read, and in which chunk a row lies."""

    name: str
    columns: list[str]
    expressions: list[str]
    chunk: str


@dataclass(frozen=True)
class Contents:
    """What a table has of a company: by chunk, how many rows, and their digest, in whatever order they lie."""

    chunks: dict[int, tuple[int, str]]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(rows for rows, _ in self.chunks.values())

    @property
    def digest(self) -> str:
        """The digest of all of them."""
        return hashlib.sha256(repr(sorted(self.chunks.items())).encode()).hexdigest()


def tables_of(connection: Connection) -> list[Table]:
    with connection.cursor(row_factory=class_row(Table)) as cursor:
        return cursor.execute(read_query(__file__, "moved_tables")).fetchall()


def measured(connection: Connection, table: Table, company_id: int) -> tuple[int, int]:
    query = sql.SQL(
        "select count(*), coalesce(sum(pg_column_size(t.*)), 0)::bigint from {} as t where t.company_id = %s"
    ).format(sql.SQL(table.name))
    (rows, size) = connection.execute(query, [company_id]).fetchone() or (0, 0)
    return rows, size


# --- sessions --------------------------------------------------------------------------------------------------------


def contents(connection: Connection, table: Table, company_id: int, chunks: list[int] | None = None) -> Contents:
    """Count the rows that a table has of a company, and add up their digests: of all chunks, or of these."""
    query = sql.SQL(
        "select d.chunk, count(*), concat_ws(' ', sum(('x' || left(d.digest, 16))::bit(64)::bigint),"
        " sum(('x' || right(d.digest, 16))::bit(64)::bigint))"
        " from (select {chunk} as chunk, md5(row({values})::text) as digest from {table} as t where {chosen}) as d"
        " group by d.chunk"
    ).format(**parts_of(table, company_id, chunks))
    return Contents({chunk: (rows, digest) for chunk, rows, digest in connection.execute(query)})


def parts_of(table: Table, company_id: int, chunks: list[int] | None = None) -> dict[str, sql.Composable]:
    chosen = sql.SQL("t.company_id = {}").format(sql.Literal(company_id))
    if chunks is not None:
        chosen += sql.SQL(" and {} = any({}::bigint[])").format(sql.SQL(table.chunk), sql.Literal(chunks))
    return {
        "table": sql.SQL(table.name),
        "columns": sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        "values": sql.SQL(", ".join(table.expressions)),
        "chunk": sql.SQL(table.chunk),
        "chosen": chosen,
    }


def bring_over(
    source: Connection, target: Connection, table: Table, company_id: int, notify: Progress
) -> tuple[Contents, int]:
    """Let the target have of a table what the source has; return what that is, and how many rows were copied."""
    with ThreadPoolExecutor(1) as other:
        at_target = other.submit(contents, target, table, company_id)
        wanted = contents(source, table, company_id).chunks
        found = at_target.result().chunks
    differing = [one for one in wanted.keys() | found.keys() if wanted.get(one) != found.get(one)]
    if not differing:
        return Contents(wanted), 0
    parts = parts_of(table, company_id, differing)
    with target.transaction():
        target.execute(sql.SQL("delete from {table} as t where {chosen}").format(**parts))
        copied = _stream(
            source,
            sql.SQL("copy (select {values} from {table} as t where {chosen}) to stdout").format(**parts),
            target,
            sql.SQL("copy {table} ({columns}) from stdin").format(**parts),
        )
        # the others were equal, and nobody writes to the copy
        if contents(target, table, company_id, differing).chunks != {
            one: wanted[one] for one in differing if one in wanted
        }:
            raise HarnessError(
                f"{table.name} differs at the two shards after it was copied.",
                "Nothing was switched. Somebody writes to the copy, or the servers write the same values differently.",
            )
    notify(f"{table.name}: {copied} rows copied, of {Contents(wanted).rows}")
    return Contents(wanted), copied


def _stream(here: Connection, query: sql.SQL | sql.Composed, there: Connection, into: sql.SQL | sql.Composed) -> int:
    with here.cursor() as reader, there.cursor() as writer:
        with reader.copy(query) as rows, writer.copy(into) as copy:
            for block in rows:
                copy.write(block)
        return writer.rowcount


def draw_ids(source: Connection, target: Connection) -> None:
    """Let the target number what is new from where the source has come, so that no id is given twice in a company, nor
    one that was given and is gone: history names orders that are no more."""
    for name, last_value in source.execute(read_query(__file__, "drawn_ids")).fetchall():
        target.execute(read_query(__file__, "draw_up_to"), {"name": name, "last_value": last_value})
