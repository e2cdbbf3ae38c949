"""The views of the proxy, made from those of a shard.

Each is a table partitioned by company, whose parts are foreign tables: the view at one shard, for some companies.
PostgreSQL asks only the shards whose companies a query wants, and sends them its filters, its order and its limit. A
role reaches a shard as itself, by a user mapping that it cannot change, since nobody but the owner may use the foreign
servers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import class_row

from rilascio.cluster.roles import Role
from rilascio.cluster.shards import Shard
from rilascio.deployment.common import OWNER, Connection
from rilascio.queries import read_query

SCHEMAS = ["erp_api", "erp_data"]
COMPANY = "company_id"

COMPANIES_OF_A_PART = 500
"""How many company numbers a part of a view stands for: the catalog has no room for a list of more than some 700."""

FETCHED = 200
"""How many rows a shard sends at a time. It is not told a limit, so this is what a page costs at least."""


@dataclass(frozen=True)
class View:
    """A view that clients select, as the catalog describes it."""

    schema: str
    name: str
    columns: list[str]
    column_names: list[str]
    column_descriptions: list[str | None]
    description: str | None
    grantees: list[str]

    @property
    def identifier(self) -> sql.Identifier:
        """Its name in a statement."""
        return sql.Identifier(self.schema, self.name)

    @property
    def signature(self) -> tuple[object, ...]:
        """What a reader relies on."""
        return self.schema, self.name, self.columns

    @property
    def kind(self) -> sql.SQL:
        """What stands for it at the proxy: one that names no company is the same at every shard."""
        return sql.SQL("table" if COMPANY in self.column_names else "foreign table")


def views_of(connection: Connection) -> list[View]:
    """Return the views of a shard, or what stands for them at a proxy."""
    with connection.cursor(row_factory=class_row(View)) as cursor:
        return cursor.execute(read_query(__file__, "views"), {"schemas": SCHEMAS}).fetchall()


def reach_as_themselves(proxy: Connection, shard: Shard, roles: Mapping[str, Role]) -> None:
    """Make the foreign server of a shard, and let each role that logs in reach it as itself; as superuser.

    A mapping that is there stays, with the password that it may have been given.
    """
    server = _server(shard.name)
    known = proxy.execute("select from pg_foreign_server where srvname = %s", [_server_name(shard.name)])
    if known.fetchone() is None:
        options = {**conninfo_to_dict(shard.address), "fetch_size": str(FETCHED), "async_capable": "true"}
        proxy.execute(
            sql.SQL("create server {} foreign data wrapper postgres_fdw options ({})").format(
                server,
                sql.SQL(", ").join(
                    sql.SQL("{} {}").format(sql.Identifier(key), str(one)) for key, one in options.items()
                ),
            )
        )
        proxy.execute(sql.SQL("alter server {} owner to {}").format(server, sql.Identifier(OWNER)))
    for role in roles.values():
        if role.may_log_in:
            proxy.execute(
                sql.SQL(
                    "create user mapping if not exists for {} server {} options (user {}, password_required 'false')"
                ).format(sql.Identifier(role.name), server, role.name)
            )


def make_views(proxy: Connection, views: list[View], companies: Mapping[str, list[int]]) -> None:
    """Make the views of the proxy what those of the shards are; within a transaction, as superuser.

    `companies` are those of each shard. What is right already is left alone: readers would wait.
    """
    signatures = [view.signature for view in views]
    there = []
    for found in views_of(proxy):
        if found.signature in signatures:
            there.append(found.signature)
        else:
            proxy.execute(sql.SQL("drop {} {}").format(found.kind, found.identifier))
    for view in views:
        parted = COMPANY in view.column_names
        if view.signature not in there:
            where = (
                sql.SQL("partition by list ({})").format(sql.Identifier(COMPANY))
                if parted
                else _at_shard(view, next(iter(companies)))
            )
            proxy.execute(sql.SQL("create {} {} ({}) {}").format(view.kind, view.identifier, _columns(view), where))
        if parted:
            for shard, ids in companies.items():
                _make_parts(proxy, view, shard, ids)
        _describe(proxy, view)


def move_company(proxy: Connection, companies: Mapping[str, list[int]]) -> None:
    """Let the views read the companies of these shards there. The shard that gives one up comes first: while a part of
    a view holds a company, no other takes it."""
    for view in views_of(proxy):
        if COMPANY in view.column_names:
            for shard, ids in companies.items():
                _make_parts(proxy, view, shard, ids)


def _make_parts(proxy: Connection, view: View, shard: str, companies: list[int]) -> None:
    """Make the parts of a view that are at one shard; a company's number tells in which it is."""
    parts: dict[str, list[int]] = {
        name: []
        for (name,) in proxy.execute(
            "select c.relname::text from pg_inherits as i"
            " inner join pg_class as c on c.oid = i.inhrelid inner join pg_foreign_table as f on f.ftrelid = c.oid"
            " inner join pg_foreign_server as s on s.oid = f.ftserver"
            " where i.inhparent = %s::regclass and s.srvname = %s",
            [view.identifier.as_string(proxy), _server_name(shard)],
        )
    }
    for company in companies:
        name = f"{view.name} of {shard} {company // COMPANIES_OF_A_PART}"
        parts.setdefault(name, []).append(company)
    for name, ids in parts.items():
        _make_part(proxy, view, shard, name, ids)


def _make_part(proxy: Connection, view: View, shard: str, name: str, companies: list[int]) -> None:
    """Make a part of a view that is at one shard; its comment tells for which companies it was made."""
    part = sql.Identifier("erp_shard", name)
    made_for = f"Of the companies {', '.join(map(str, companies))}."
    (oid, comment) = proxy.execute(
        "select t.oid, obj_description(t.oid, 'pg_class') from to_regclass(%s) as t (oid)", [part.as_string(proxy)]
    ).fetchone() or (None, None)
    if comment == made_for:
        return
    if oid is None and not companies:
        return
    if oid is None:
        make = [
            "create foreign table {part} partition of {view} {values} {where}",
            "alter foreign table {part} owner to {owner}",
        ]
    elif companies:  # as it is, but of others: to make it anew would take longer, and readers wait
        make = ["alter table {view} detach partition {part}", "alter table {view} attach partition {part} {values}"]
    else:
        make = ["drop foreign table {part}"]
    if companies:
        make.append("comment on foreign table {part} is {made_for}")
    proxy.execute(
        sql.SQL("; ".join(make)).format(
            part=part,
            view=view.identifier,
            values=sql.SQL("for values in ({})").format(sql.SQL(", ").join(companies)),
            where=_at_shard(view, shard),
            owner=sql.Identifier(OWNER),
            made_for=made_for,
        )
    )


def _describe(proxy: Connection, view: View) -> None:
    """Give a view its owner, its readers and its words."""
    proxy.execute(sql.SQL("alter {} {} owner to {}").format(view.kind, view.identifier, sql.Identifier(OWNER)))
    proxy.execute(sql.SQL("comment on {} {} is {}").format(view.kind, view.identifier, view.description))
    for column, description in zip(view.column_names, view.column_descriptions, strict=True):
        proxy.execute(
            sql.SQL("comment on column {}.{} is {}").format(view.identifier, sql.Identifier(column), description)
        )
    if view.grantees:
        proxy.execute(
            sql.SQL("grant select on {} to {}").format(
                view.identifier, sql.SQL(", ").join(map(sql.Identifier, view.grantees))
            )
        )


def _columns(view: View) -> sql.SQL:
    return sql.SQL(", ".join(view.columns))


def _at_shard(view: View, shard: str) -> sql.Composed:
    return sql.SQL("server {} options (schema_name {}, table_name {})").format(_server(shard), view.schema, view.name)


def _server(shard: str) -> sql.Identifier:
    return sql.Identifier(_server_name(shard))


def _server_name(shard: str) -> str:
    # one that no shard can have, or PL/Proxy would take the server for a cluster of its own
    return f"views of {shard}"
