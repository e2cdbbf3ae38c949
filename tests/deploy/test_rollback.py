"""The way back: to nothing, by steps, to a migration; and what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rilascio import postgres
from rilascio.deployment import Lost, catalog, deploy, plan_revert, revert, status
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.common import ROLES
from rilascio.errors import HarnessError
from tests.deploy.folder import Folder, everything, execute, schemas, value


def test_rolling_back_to_nothing_and_up_again(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    report = revert(dsn, to="0000", bundle=folder.bundle)
    assert report.reverted == ("0002_create_shelf", "0001_create_schemas")
    assert report.remaining == ()
    assert "view erp_api.shelf_list" in report.dropped
    assert schemas(dsn) == []
    assert deploy(dsn, bundle=folder.bundle).migrations == ("0001_create_schemas", "0002_create_shelf")
    assert status(dsn, bundle=folder.bundle).state == "current"


def test_the_real_sources_roll_back_to_nothing_and_come_up_again_the_same(dsn: str, real: Bundle) -> None:
    deploy(dsn, bundle=real)
    with psycopg.connect(dsn) as connection:
        before = catalog.fingerprint(connection)
    revert(dsn, to="0000", bundle=real)
    assert schemas(dsn) == []
    deploy(dsn, bundle=real)
    with psycopg.connect(dsn) as connection:
        assert catalog.fingerprint(connection) == before


def test_one_step_back_keeps_the_rest(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    assert revert(dsn, steps=1, bundle=folder.bundle).remaining == ("0001_create_schemas",)
    assert status(dsn, bundle=folder.bundle).pending == ("0002_create_shelf",)
    assert deploy(dsn, bundle=folder.bundle).migrations == ("0002_create_shelf",)


def test_going_back_to_a_migration_keeps_it(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    assert revert(dsn, to="0001", bundle=folder.bundle).reverted == ("0002_create_shelf",)
    assert revert(dsn, to="0001_create_schemas", bundle=folder.bundle).reverted == ()


def test_a_way_back_that_something_foreign_hangs_on_changes_nothing(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "create view public.report as select * from erp_api.shelf_list")
    before = everything(dsn)
    with pytest.raises(HarnessError, match="other objects depend on it") as failure:
        revert(dsn, to="0000", bundle=folder.bundle)
    assert "In the way, and not of rilascio: view public.report. Have it dropped by its owner" in str(
        failure.value.hint
    )
    assert "cascade" not in str(failure.value.hint).lower()
    assert value(dsn, "select erp_api.count_shelves()") == 0
    assert status(dsn, bundle=folder.bundle).state == "current"
    assert {row for row in before if row[0].startswith("pg_")} == {
        row for row in everything(dsn) if row[0].startswith("pg_")
    }


@pytest.mark.parametrize("arguments", [{}, {"steps": 0}, {"steps": 1, "to": "0001"}])
def test_a_way_back_without_a_goal_is_refused(dsn: str, folder: Folder, arguments: dict[str, Any]) -> None:
    with pytest.raises(HarnessError) as failure:
        revert(dsn, bundle=folder.bundle, **arguments)
    assert failure.value.exit_code == 2


def test_what_would_be_lost_is_told_before_and_nothing_is_done(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "insert into erp.shelf select generate_series(1, 3)")
    before = everything(dsn)
    plan = plan_revert(dsn, to="0000", bundle=folder.bundle)
    assert plan.database == value(dsn, "select current_database()")
    assert (plan.reverted, plan.remaining) == (("0002_create_shelf", "0001_create_schemas"), ())
    assert plan.lost == (Lost("erp.shelf", "", 3, counted=True),)
    assert plan_revert(dsn, to="0002", bundle=folder.bundle).lost == ()
    assert everything(dsn) == before


def test_a_column_that_goes_is_told_with_the_rows_that_lose_it(dsn: str, folder: Folder) -> None:
    folder.write("migrations/0003_add_width.sql", "alter table erp.shelf add column width integer;")
    folder.write("migrations/0003_add_width.rollback.sql", "alter table erp.shelf drop column width;")
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "insert into erp.shelf values (1)")
    assert plan_revert(dsn, steps=1, bundle=folder.bundle).lost == (Lost("erp.shelf", "width", 1, counted=True),)
    assert plan_revert(dsn, steps=2, bundle=folder.bundle).lost == (Lost("erp.shelf", "", 1, counted=True),)


def test_the_rows_of_a_large_table_are_an_estimate(dsn: str, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "insert into erp.shelf select generate_series(1, 500)")
    execute(dsn, "analyze erp.shelf")
    execute(dsn, "insert into erp.shelf values (501)")
    monkeypatch.setattr("rilascio.deployment.removal._COUNTED_BYTES", 0)
    assert plan_revert(dsn, steps=1, bundle=folder.bundle).lost == (Lost("erp.shelf", "", 500, counted=False),)


def traces(dsn: str) -> list[Any]:
    """Return what a server holds of us: schemas, default privileges and what may be done with the database."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            """
            select 'schema ' || n.nspname from pg_namespace as n where n.nspname like 'erp%'
            union all
            select 'default privileges of ' || d.defaclrole::regrole from pg_default_acl as d
            union all
            select 'database ' || a.grantee::regrole::text
            from pg_database as d cross join lateral aclexplode(d.datacl) as a
            where d.datname = current_database() and a.grantee::regrole::text like 'erp%'
            """
        ).fetchall()


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server of its own, since roles are the server's."""
    with postgres.throwaway() as server:
        yield server


ROLE_NAMES = "select array_agg(rolname::text order by 1) from pg_roles where rolname like 'erp%'"


def test_all_the_way_back_nothing_is_left_behind(server: postgres.Server, real: Bundle) -> None:
    dsn = server.dsn()
    before = everything(dsn), traces(dsn)
    deploy(dsn, bundle=real)
    execute(dsn, "create role anna in role erp_operator")
    execute(dsn, "alter default privileges for role erp_owner grant select on tables to anna")
    assert len(traces(dsn)) >= 7
    report = revert(dsn, to="0000", bundle=real, roles_too=True)
    assert (sorted(report.dropped_roles), report.kept_roles) == (sorted(ROLES), {})
    execute(dsn, "drop role anna")
    assert (everything(dsn), traces(dsn)) == before
    assert value(dsn, ROLE_NAMES) is None
    deploy(dsn, bundle=real)
    revert(dsn, to="0000", bundle=real, roles_too=True)


def test_roles_that_something_else_uses_stay_with_what_it_is(server: postgres.Server, folder: Folder) -> None:
    dsn = server.dsn()
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("create database other")
    other = make_conninfo(dsn, dbname="other")
    deploy(dsn, bundle=folder.bundle)
    deploy(other, bundle=folder.bundle)
    execute(dsn, "create table public.report (); grant select on public.report to erp_monitor")
    report = revert(dsn, to="0000", bundle=folder.bundle, roles_too=True)
    assert "the database other" in report.kept_roles["erp_owner"]
    assert "its privileges on table public.report" in report.kept_roles["erp_monitor"]
    assert set(report.dropped_roles) | set(report.kept_roles) == set(ROLES)
    assert status(other, bundle=folder.bundle).state == "current"
    execute(dsn, "drop table public.report")
    assert revert(other, to="0000", bundle=folder.bundle, roles_too=True).kept_roles == {}
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("drop database other")


def test_roles_do_not_go_while_something_remains(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    with pytest.raises(HarnessError, match="1 migrations remain") as failure:
        revert(dsn, steps=1, bundle=folder.bundle, roles_too=True)
    assert "--to 0000 --drop-roles" in str(failure.value.hint)
    assert status(dsn, bundle=folder.bundle).state == "current"


def test_what_somebody_put_beside_the_log_stops_the_last_step_which_is_tried_again(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "create table erp_meta.notes ()")
    with pytest.raises(HarnessError, match="The way back from erp_meta failed: cannot drop schema erp_meta"):
        revert(dsn, to="0000", bundle=folder.bundle)
    execute(dsn, "drop table erp_meta.notes")
    assert revert(dsn, to="0000", bundle=folder.bundle).reverted == ()
    assert schemas(dsn) == []
