"""Who watches needs neither the owner nor a company: status, check and locks, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.rows import scalar_row

from rilascio.cli import main
from rilascio.errors import NotAMember
from tests import sessions
from tests.factory import Factory, needs

RELEASE = "select * from erp_api.release_production_orders(%s, %s)"


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


@pytest.fixture
def factories(rilascio_database: str) -> tuple[Factory, Factory]:
    """Give two companies, each with an order that wants bolts, and with a balance that lies in the second."""
    with psycopg.connect(rilascio_database) as connection:
        made = []
        for code in ("ACME", "OTHER"):
            factory = Factory(connection, "erp_operator", code)
            factory.item("BOLT")
            factory.stock("BOLT", 100)
            factory.order(needs("BOLT", 1), number=1)
            made.append(factory)
        connection.execute("reset role; set local session_replication_role = replica")
        connection.execute(
            "update erp.stock_balance set on_hand = on_hand + 1 where company_id = %s", [made[1].company_id]
        )
        first, second = made
        return first, second


@pytest.fixture
def monitor(
    factories: tuple[Factory, Factory], rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> str:
    dsn = rilascio_login("erp_monitor")
    monkeypatch.setenv("RILASCIO_DSN", dsn)
    return dsn


def test_a_monitor_asks_for_the_status(rilascio_database: str, monitor: str) -> None:
    result = rilascio("status", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (0, "current")
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("alter table erp.item alter column uom drop not null")
        connection.execute("alter table erp.stock_movement disable trigger all")
        connection.execute("drop view erp_api.run_history")
    result = rilascio("status")
    assert result.exit_code == 3
    for shown in ("column uom of erp.item", "trigger ", "view erp_api.run_history"):
        assert shown in result.stdout


def test_a_monitor_checks_every_company(monitor: str) -> None:
    assert rilascio("check", "--company", "ACME").stdout == "Nothing is found.\n"
    result = rilascio("check", "--company", "OTHER", "--format", "json")
    assert (result.exit_code, [one["code"] for one in json.loads(result.stdout)]) == (3, ["balance_differs"])
    assert rilascio("check").exit_code == 2
    assert "ACME, OTHER" in rilascio("check").stderr
    assert rilascio("check", "--company", "NONE").exit_code == 1


def test_a_monitor_sees_who_waits_but_not_for_what(
    factories: tuple[Factory, Factory], monitor: str, rilascio_database: str, rilascio_login: Callable[..., str]
) -> None:
    first, _ = factories
    with psycopg.connect(rilascio_database, autocommit=True) as observer, psycopg.connect(rilascio_database) as holder:
        holder.execute("select from erp.production_order for update")
        with sessions.several(rilascio_login, 1) as [waiter]:
            order = holder.execute("select min(production_order_id) from erp.production_order").fetchone()
            assert order is not None
            waiter.send(RELEASE, [first.company_id, [order[0]]])
            sessions.wait_until_blocked(observer, waiter, holder)
            [wait] = json.loads(rilascio("locks", "--format", "json").stdout)
            assert (wait["waiting_pid"], wait["blocking_pid"]) == (
                waiter.connection.info.backend_pid,
                holder.info.backend_pid,
            )
            assert (wait["company_id"], wait["waits_for"]) == (None, "a row of erp.production_order")
            holder.rollback()


@pytest.mark.parametrize(
    "command",
    [
        ("grid", "release"),
        ("grid", "movements", "2026/1"),
        ("preview", "2026/1"),
        ("release", "2026/1"),
        ("restore", "2026/1"),
        ("doctor",),
        ("deploy",),
    ],
)
def test_a_monitor_does_and_reads_nothing_else(monitor: str, command: tuple[str, ...]) -> None:
    result = rilascio(*command)
    assert result.exit_code in (1, 2)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_monitor_may_use_no_other_function_view_or_table(rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database) as connection, connection.cursor(row_factory=scalar_row) as cursor:
        held = cursor.execute(
            """
            select p.oid::regproc::text
            from pg_proc as p
            where p.pronamespace in ('erp_api'::regnamespace, 'erp_internal'::regnamespace)
            and has_schema_privilege('erp_monitor', p.pronamespace, 'usage')
            and has_function_privilege('erp_monitor', p.oid, 'execute')
            union all
            select c.oid::regclass::text
            from pg_class as c
            where c.relnamespace::regnamespace::text like 'erp%'
            and has_schema_privilege('erp_monitor', c.relnamespace, 'usage') and c.relkind in ('r', 'p', 'v', 'm')
            and has_any_column_privilege('erp_monitor', c.oid, 'select, insert, update, references')
            order by 1
            """
        ).fetchall()
    assert held == [
        "erp_api.check_integrity",
        "erp_api.list_companies",
        "erp_api.lock_wait",
        "erp_meta._yoyo_migration",
        "erp_meta.deployment",
        "erp_meta.expected_object",
        "erp_meta.migration",
        "erp_meta.source",
    ]


def test_an_operator_checks_the_own_companies_alone(
    factories: tuple[Factory, Factory], rilascio_login: Callable[..., str], rilascio_database: str
) -> None:
    first, second = factories
    dsn = rilascio_login()
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("delete from erp.company_member where company_id = %s", [second.company_id])
    assert rilascio("check", "--dsn", dsn).stdout == "Nothing is found.\n"
    with psycopg.connect(dsn) as connection:
        codes = connection.execute("select company_id from erp_api.list_companies()").fetchall()
        assert codes == [(first.company_id,)]
        with pytest.raises(NotAMember, match="is not a member of it"):
            connection.execute("select * from erp_api.check_integrity(%s)", [second.company_id])
