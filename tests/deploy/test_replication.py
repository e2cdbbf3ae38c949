"""Others may replicate the database: a publication of all tables stops no call."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import scalar_row

from rilascio import postgres
from rilascio.deployment import deploy, status
from rilascio.folders import demo_folder
from rilascio.loading import load

WITHOUT_IDENTITY = """
    select c.oid::regclass::text
    from pg_class as c
    where c.relnamespace::regnamespace::text in ('erp', 'erp_meta') and c.relkind in ('r', 'p')
    and not case c.relreplident
        when 'd' then exists (select from pg_index as i where i.indrelid = c.oid and i.indisprimary)
        when 'i' then exists (select from pg_index as i where i.indrelid = c.oid and i.indisreplident)
        else c.relreplident = 'f'
    end
    order by 1
"""


@pytest.fixture
def publishing(publisher: postgres.Server) -> str:
    """Give a database with the demo factory, all tables of which are published, and somebody who follows."""
    dsn = publisher.dsn()
    load(dsn, demo_folder(), members=["erp_operator"])
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create publication everything for all tables")
        connection.execute("select pg_create_logical_replication_slot('follower', 'pgoutput')")
    return dsn


def test_every_table_tells_a_subscriber_which_row_is_meant(rilascio: psycopg.Connection) -> None:
    def found() -> list[str]:
        with rilascio.cursor(row_factory=scalar_row) as cursor:
            return cursor.execute(WITHOUT_IDENTITY.encode()).fetchall()

    assert found() == []
    rilascio.execute("alter table erp.item replica identity nothing")
    rilascio.execute("alter table erp.stock_balance replica identity default")
    rilascio.execute("create table erp.without_a_key (a integer)")
    assert found() == ["erp.item", "erp.stock_balance", "erp.without_a_key"]


def test_runs_go_on_while_all_tables_are_published(publishing: str) -> None:
    with (
        psycopg.connect(publishing, autocommit=True) as connection,
        connection.cursor(row_factory=scalar_row) as cursor,
    ):

        def call(function: str, *arguments: object) -> list[str]:
            marks = ", ".join(["%s"] * len(arguments))
            return cursor.execute(f"select outcome from erp_api.{function}({marks})".encode(), arguments).fetchall()

        connection.execute("set role erp_operator")
        order = cursor.execute("select order_id from erp_api.release_grid where order_number = 176").fetchone()
        assert call("release_production_orders", 1, [order], "2026-11-23") == ["released"]
        phases = cursor.execute(
            "select jsonb_agg(jsonb_build_object('order_id', m.order_id, 'phase', 10, 'kind', k) order by k desc)"
            " from (select %s::bigint as order_id) as m, unnest(array['opening', 'closing']) as k",
            [order],
        ).fetchone()
        assert call("declare_production", 1, psycopg.types.json.Jsonb(phases)) == ["declared", "declared"]
        declared = cursor.execute(
            "select declaration_id from erp_api.declaration_grid where order_id = %s", [order]
        ).fetchall()
        assert call("register_declarations", 1, declared, "2026-11-23") == ["registered", "registered"]
        assert call("rollback_declarations", 1, declared) == ["rolled_back", "rolled_back"]
        assert call("delete_declarations", 1, declared) == ["deleted", "deleted"]
        assert call("restore_production_orders", 1, [order]) == ["restored"]
        connection.execute("reset role")
        followed = cursor.execute(
            "select count(*) from pg_logical_slot_peek_binary_changes('follower', null, null,"
            " 'proto_version', '1', 'publication_names', 'everything')"
        ).fetchone()
        assert followed
    assert status(publishing).state == "current"
    assert deploy(publishing).changed is False
