"""A small bundle of two tables to deploy, and questions to a database about what a deployment did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from rilascio.deployment import catalog
from rilascio.deployment.bundle import Bundle

FILES = {
    "migrations/0001_create_schemas.sql": """
        create schema erp;
        create schema erp_api;
        create schema erp_internal;
    """,
    "migrations/0001_create_schemas.rollback.sql": """
        drop schema erp_internal;
        drop schema erp_api;
        drop schema erp;
    """,
    "migrations/0002_create_shelf.sql": """
        create table erp.shelf (shelf_id integer constraint shelf_pkey primary key);
    """,
    "migrations/0002_create_shelf.rollback.sql": "drop table erp.shelf;",
    # The helper reads a view, and a view calls a helper: only the stated requirements give the right order.
    "sql/procedures/internal/a_count.sql": """-- requires: views/shelf_list
        create or replace function erp_internal.a_count() returns bigint language sql stable
        begin atomic select count(*) from erp_api.shelf_list; end;
    """,
    "sql/procedures/internal/z_label.sql": """
        create or replace function erp_internal.z_label(p_id integer) returns text language sql immutable
        return 'shelf ' || p_id;
    """,
    "sql/triggers/shelf.sql": """-- requires: internal/guard
        create or replace trigger shelf_guard before delete on erp.shelf
        for each statement execute function erp_internal.guard();
    """,
    "sql/procedures/internal/guard.sql": """
        create or replace function erp_internal.guard() returns trigger language plpgsql
        as $$ begin return null; end $$;
    """,
    "sql/views/shelf_list.sql": """-- requires: internal/z_label
        create or replace view erp_api.shelf_list as
        select s.shelf_id, erp_internal.z_label(s.shelf_id) as label from erp.shelf as s;
    """,
    "sql/procedures/count_shelves.sql": """
        create or replace function erp_api.count_shelves() returns bigint language plpgsql stable
        security definer set search_path = pg_catalog, pg_temp
        as $$ begin return erp_internal.a_count(); end $$;
    """,
    "sql/grants.sql": """
        revoke execute on all routines in schema erp_internal, erp_api from public;
        grant usage on schema erp_api to erp_operator, erp_reader;
        grant execute on all routines in schema erp_api to erp_operator;
        grant select on all tables in schema erp_api to erp_operator, erp_reader;
    """,
}


class Folder:
    """A bundle in a folder of its own, to be changed at will."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bundle = Bundle(path / "migrations", path / "sql")
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def append(self, name: str, text: str) -> None:
        self.write(name, (self.path / name).read_text() + text)

    def remove(self, name: str) -> None:
        (self.path / name).unlink()


def execute(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(statement.encode())


def value(dsn: str, query: str) -> Any:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def everything(dsn: str) -> set[tuple[Any, ...]]:
    """Every row of the catalogs that a deployment writes to, by its version: equal means nothing was written."""
    catalogs = ("pg_class", "pg_proc", "pg_rewrite", "pg_trigger", "pg_namespace", "pg_attribute", "pg_description")
    with psycopg.connect(dsn) as connection:
        rows = {
            (name, str(row))
            for name in catalogs
            for row in connection.execute(f"select xmin, ctid from pg_catalog.{name}".encode())
        }
        for table in connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname like 'erp%'"
        ).fetchall():
            rows |= {(table[0], str(row)) for row in connection.execute(f"select xmin, ctid from {table[0]}".encode())}
        return rows


def schemas(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return list(catalog.existing_schemas(connection))
