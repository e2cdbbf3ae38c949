"""A host: the database of another ERP, on the same server, with views for rilascio over tables of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import conninfo_to_dict

from rilascio.cli import main
from rilascio.link import patience
from tests.clients.conftest import loaded_template, rilascio_database

__all__ = ["loaded_template", "rilascio_database"]

HOST = """
create table part (code char(12), name text, decimals double precision, phantom boolean, quantity double precision);
insert into part values ('BIKE', 'City bike, 28"', 0, false, null), ('WHEEL', E'Wheel\\nspoked', 0, false, 20),
    ('GREASE', '', 3, false, 0.00001234);
create table work_order (number numeric(12, 2), part text, quantity numeric, due date);
insert into work_order values (1, 'BIKE', 2.50, '2026-01-31'), (2, 'BIKE', 1, null);
create table need (number integer, line smallint, part text, unit_quantity double precision);
insert into need values (1, 1, 'WHEEL', 2), (1, 2, 'GREASE', 1e-5), (2, 1, 'WHEEL', 2);
create table goods_receipt (number integer, part text, quantity numeric);

create schema rilascio;
create view rilascio.company as
select 'SHOP'::text as company_code, date '2020-01-01' as period_start, date '2099-12-31' as period_end;
create view rilascio.warehouse as select 'MAIN'::varchar(8) as warehouse_code, false as check_location;
create view rilascio.movement_reason (warehouse_code, reason_code, direction) as
values ('MAIN', 'IN', 'load'), ('MAIN', 'OUT', 'issue');
create view rilascio.warehouse_rule (level, section, warehouse_code, issue_reason_code, load_reason_code) as
values ('company', 'raw_material', 'MAIN', 'OUT', 'IN'), ('company', 'semi_finished', 'MAIN', 'OUT', 'IN');
create view rilascio.item as
select code as item_code, name as description, decimals as quantity_decimals, phantom from part;
create view rilascio.item_mrp_parameter as
select code as item_code, 'automatic' as picking_type, case code when 'BIKE' then 'production' else 'purchase' end
as procurement_type from part;
create view rilascio.opening_stock as
select 'MAIN' as warehouse_code, code as item_code, quantity, date '2026-01-05' as record_date, 'IN' as reason_code
from part where quantity is not null;
create view rilascio.production_order as
select 2026 as order_year, number as order_number, part as item_code, quantity, due as end_date from work_order;
create view rilascio.production_order_material as
select 2026 as order_year, number as order_number, line, part as item_code, unit_quantity from need;
create view rilascio.stock_document_line as
select 'GR-' || number as document_key, 'MAIN' as warehouse_code, 'IN' as reason_code, part as item_code, quantity
from goods_receipt order by number;
"""


class HostDatabase:
    """The database of another ERP. `dsn` is the URL of its superuser."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.name = str(conninfo_to_dict(dsn)["dbname"])

    def execute(self, statements: str) -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute(statements.encode())

    def view(self, name: str, query: str) -> None:
        """Make a view for rilascio another one."""
        self.execute(f"drop view if exists rilascio.{name}; create view rilascio.{name} as {query}")


@pytest.fixture
def make_database(rilascio_server: Any) -> Iterator[Callable[..., HostDatabase]]:
    """Give a function that makes an empty database, with what `create database` is told besides."""
    with ExitStack() as made:

        def make(options: str = "") -> HostDatabase:
            name = f"host_{secrets.token_hex(4)}"
            return HostDatabase(made.enter_context(rilascio_server.database(name, "template0", options)))

        yield make


@pytest.fixture
def host(make_database: Callable[..., HostDatabase], monkeypatch: pytest.MonkeyPatch) -> HostDatabase:
    """Give a host that makes bikes, and name it in RILASCIO_HOST_DSN."""
    database = make_database()
    database.execute(HOST)
    monkeypatch.setenv("RILASCIO_HOST_DSN", database.dsn)
    return database


@pytest.fixture
def writer(
    host: HostDatabase, rilascio_database: str, rilascio_login: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Have the host pulled a first time; name the database in RILASCIO_DSN as a member of erp_writer; give the URL."""
    dsn = rilascio_login("erp_writer")
    user = str(conninfo_to_dict(dsn)["user"])
    assert rilascio("pull", "--first", "--member", user, "--dsn", rilascio_database).exit_code == 0
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    return dsn


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once what would wait; let tables be as wide as they like."""
    monkeypatch.setattr(patience, "FIRST_DELAY", 0.0)
    monkeypatch.delenv("COLUMNS", raising=False)


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


def query(dsn: str, text: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(text.encode()).fetchall()
