"""Deployment: what a database administrator may rely on. Small bundles of two tables, and the real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from harness import catalog
from harness.deploy import deploy, mark, rollback, status
from harness.deploying.bundle import Bundle
from harness.deploying.common import ADVISORY_LOCK
from harness.errors import HarnessError
from harness.server import throwaway
from harness.testing import DatabaseServer

PROJECT = Path(__file__).parents[2]

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
    "sql/retired.sql": "drop function if exists erp_api.old_name();",
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


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "bundle")


@pytest.fixture
def dsn(rilascio_server: DatabaseServer) -> Iterator[str]:
    """An empty database, gone afterwards."""
    name = f"deploy_{uuid4().hex[:12]}"
    with psycopg.connect(rilascio_server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield rilascio_server.dsn(name)
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def real() -> Bundle:
    bundle = Bundle.shipped()
    if not (bundle.sql_folder / "grants.sql").exists():
        pytest.skip("the SQL sources are not complete")
    return bundle


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


# --- the way up --------------------------------------------------------------------------------------------------


def test_an_empty_database_gets_everything_and_it_belongs_to_the_owner(dsn: str, folder: Folder) -> None:
    said: list[str] = []
    report = deploy(dsn, bundle=folder.bundle, progress=said.append)

    assert report.changed
    assert report.migrations == ("0001_create_schemas", "0002_create_shelf")
    assert "procedures/count_shelves" in report.sources
    assert report.strays == ()
    assert any("0002_create_shelf" in line for line in said)
    assert value(dsn, "select erp_api.count_shelves()") == 0
    with psycopg.connect(dsn) as connection:
        assert catalog.unsafe(connection) == []
    owner = value(dsn, "select rolsuper or rolcanlogin from pg_roles where rolname = 'erp_owner'")
    assert owner is False


def test_deploying_again_writes_nothing_at_all(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    before = everything(dsn)

    report = deploy(dsn, bundle=folder.bundle)

    assert not report.changed
    assert (report.migrations, report.sources, report.repaired) == ((), (), ())
    assert everything(dsn) == before


def test_the_real_sources_deploy_and_deploying_them_again_writes_nothing(dsn: str, real: Bundle) -> None:
    assert deploy(dsn, bundle=real).strays == ()
    before = everything(dsn)
    assert not deploy(dsn, bundle=real).changed
    assert everything(dsn) == before
    assert status(dsn, bundle=real).state == "current"


def test_four_deployments_at_once_apply_once(dsn: str, folder: Folder) -> None:
    barrier = threading.Barrier(4)

    def one(_: int) -> bool:
        barrier.wait()
        return deploy(dsn, bundle=folder.bundle).changed

    with ThreadPoolExecutor(4) as pool:
        changed = list(pool.map(one, range(4)))

    assert sorted(changed) == [False, False, False, True]
    assert value(dsn, "select count(*) from erp_meta.deployment") == 1
    assert value(dsn, "select count(*) from erp_meta._yoyo_log where operation = 'apply'") == 2


def test_databases_of_one_cluster_deployed_at_once_share_the_roles(
    rilascio_server: DatabaseServer, folder: Folder
) -> None:
    names = [f"deploy_{uuid4().hex[:12]}" for _ in range(3)]
    with psycopg.connect(rilascio_server.dsn("postgres"), autocommit=True) as admin:
        for name in names:
            admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            with ThreadPoolExecutor(3) as pool:
                reports = list(pool.map(lambda n: deploy(rilascio_server.dsn(n), bundle=folder.bundle), names))
            assert all(report.changed for report in reports)
        finally:
            for name in names:
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_a_waiting_deployment_says_for_whom_it_waits(dsn: str, folder: Folder) -> None:
    said: list[str] = []
    with psycopg.connect(dsn, autocommit=True) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select pg_advisory_lock(%s)", [ADVISORY_LOCK])
        waiting = pool.submit(deploy, dsn, bundle=folder.bundle, progress=said.append)
        deadline = time.monotonic() + 30
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
        assert said == [f"Waiting for another deployment (process {other.info.backend_pid}, {other.info.user})"]
        assert schemas(dsn) == []
        other.execute("select pg_advisory_unlock(%s)", [ADVISORY_LOCK])
        assert waiting.result(timeout=60).changed


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(dsn: str, folder: Folder) -> None:
    before = everything(dsn)
    report = deploy(dsn, bundle=folder.bundle, dry_run=True)
    assert report.dry_run
    assert report.changed
    assert report.migrations == ("0001_create_schemas", "0002_create_shelf")
    assert everything(dsn) == before

    deploy(dsn, bundle=folder.bundle)
    folder.append("sql/views/shelf_list.sql", "\n-- better\n")
    assert deploy(dsn, bundle=folder.bundle, dry_run=True).sources == ("views/shelf_list",)


def test_a_changed_source_replaces_every_routine_in_one_transaction(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    folder.write(
        "sql/procedures/internal/z_label.sql",
        FILES["sql/procedures/internal/z_label.sql"].replace("'shelf '", "'rack '"),
    )
    report = deploy(dsn, bundle=folder.bundle)
    assert report.sources == ("internal/z_label",)
    assert report.migrations == ()
    assert value(dsn, "select erp_internal.z_label(1)") == "rack 1"
    assert value(dsn, "select count(distinct xmin::text) from erp_meta.deployment") == 2


def test_a_routine_whose_file_is_gone_is_called_a_stray_until_it_is_retired(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    folder.remove("sql/procedures/count_shelves.sql")
    assert deploy(dsn, bundle=folder.bundle).strays == ("routine erp_api.count_shelves()",)
    assert status(dsn, bundle=folder.bundle).strays == ("routine erp_api.count_shelves()",)

    folder.append("sql/retired.sql", "drop function if exists erp_api.count_shelves();")
    assert deploy(dsn, bundle=folder.bundle).strays == ()
    assert status(dsn, bundle=folder.bundle).state == "current"


# --- what is refused, and leaves no trace ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["erp", "erp_api", "erp_internal", "erp_meta"])
def test_a_database_with_a_schema_of_our_names_that_we_did_not_make_is_refused_untouched(
    dsn: str, folder: Folder, name: str
) -> None:
    execute(dsn, f"create schema {name}; create table {name}.migration (migration_id text)")
    before = everything(dsn)
    with pytest.raises(HarnessError, match=f"already holds the schema {name}, which rilascio did not make"):
        deploy(dsn, bundle=folder.bundle)
    assert everything(dsn) == before
    assert status(dsn, bundle=folder.bundle).state == "foreign"


def test_an_edited_migration_is_refused_by_name(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    folder.append("migrations/0002_create_shelf.sql", "alter table erp.shelf add column width integer;")
    before = everything(dsn)
    with pytest.raises(HarnessError, match=r"Edited after it was applied: 0002_create_shelf\.sql"):
        deploy(dsn, bundle=folder.bundle)
    assert everything(dsn) == before


def test_other_line_ends_are_no_edit(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    file = folder.path / "migrations/0002_create_shelf.sql"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert not deploy(dsn, bundle=folder.bundle).changed


def test_an_older_release_does_not_deploy_over_a_newer_one(dsn: str, folder: Folder) -> None:
    folder.write("migrations/0003_create_bin.sql", "create table erp.bin ();")
    folder.write("migrations/0003_create_bin.rollback.sql", "drop table erp.bin;")
    deploy(dsn, bundle=folder.bundle)
    folder.remove("migrations/0003_create_bin.sql")
    folder.remove("migrations/0003_create_bin.rollback.sql")
    with pytest.raises(HarnessError, match="does not know: 0003_create_bin"):
        deploy(dsn, bundle=folder.bundle)


def test_a_failing_migration_keeps_the_ones_before_it_and_nothing_of_itself(dsn: str, folder: Folder) -> None:
    folder.write("migrations/0003_break_it.sql", "create table erp.half (); select 1 / 0;")
    folder.write("migrations/0003_break_it.rollback.sql", "drop table erp.half;")
    with pytest.raises(HarnessError, match="Migration 0003_break_it failed: division by zero"):
        deploy(dsn, bundle=folder.bundle)
    assert value(dsn, "select to_regclass('erp.half')") is None
    assert status(dsn, bundle=folder.bundle).pending == ("0003_break_it",)

    folder.write("migrations/0003_break_it.sql", "create table erp.half ();")
    assert deploy(dsn, bundle=folder.bundle).migrations == ("0003_break_it",)


def test_a_failure_in_the_middle_of_the_sources_leaves_none_of_them(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    before = value(dsn, "select pg_get_viewdef('erp_api.shelf_list'::regclass)")
    folder.append("sql/procedures/internal/z_label.sql", "create table erp_internal.trace ();")
    folder.append("sql/procedures/count_shelves.sql", "\nselect no_such_thing;\n")

    with pytest.raises(HarnessError, match=r"procedures/count_shelves\.sql, line \d+, failed: column") as told:
        deploy(dsn, bundle=folder.bundle)

    assert told.value.exit_code == 1
    assert value(dsn, "select to_regclass('erp_internal.trace')") is None
    assert value(dsn, "select pg_get_viewdef('erp_api.shelf_list'::regclass)") == before
    assert value(dsn, "select count(*) from erp_meta.deployment") == 1


def test_a_source_that_ends_the_transaction_is_refused(dsn: str, folder: Folder) -> None:
    folder.append("sql/views/shelf_list.sql", "commit;")
    with pytest.raises(HarnessError, match=r"views/shelf_list\.sql"):
        deploy(dsn, bundle=folder.bundle)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("sql/grants.sql", "revoke execute on all routines in schema erp_api from public;", "a_count.*everybody"),
        (
            "sql/procedures/count_shelves.sql",
            "create or replace function erp_api.count_shelves() returns bigint language sql security definer return 0;",
            "count_shelves.*without search_path",
        ),
    ],
)
def test_an_unsafe_deployment_is_undone(dsn: str, folder: Folder, name: str, text: str, problem: str) -> None:
    folder.write(name, text)
    with pytest.raises(HarnessError, match=problem):
        deploy(dsn, bundle=folder.bundle)
    assert value(dsn, "select to_regclass('erp_api.shelf_list')") is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda f: shutil.rmtree(f.path / "migrations"), "folder .*migrations is missing"),
        (lambda f: shutil.rmtree(f.path / "sql"), "folder .*sql is missing"),
        (lambda f: f.remove("migrations/0002_create_shelf.rollback.sql"), "0002_create_shelf has no way back"),
        (lambda f: f.remove("migrations/0002_create_shelf.sql"), "leads back from a migration that does not"),
        (lambda f: f.write("migrations/shelves.sql", ""), "not named like a migration"),
        (lambda f: f.write("migrations/0002_again.sql", ""), "Two migrations bear the number 0002|no way back"),
        (lambda f: f.remove("sql/grants.sql"), r"grants\.sql is missing"),
        (lambda f: f.write("sql/functions/x.sql", ""), "lies where no deployment looks"),
        (lambda f: f.write("sql/views/deep/x.sql", ""), "lies where no deployment looks"),
        (lambda f: f.append("sql/views/shelf_list.sql", "\n-- requires: views/none"), "requires views/none"),
        (
            lambda f: f.append("sql/procedures/internal/z_label.sql", "\n-- requires: internal/a_count"),
            "require each other: .*internal/a_count",
        ),
        (lambda f: (f.path / "sql/grants.sql").write_bytes(b"\xff"), "is not UTF-8"),
    ],
)
def test_a_broken_bundle_is_told_and_the_database_is_not_touched(
    dsn: str, folder: Folder, change: Any, problem: str
) -> None:
    change(folder)
    with pytest.raises(HarnessError, match=problem):
        deploy(dsn, bundle=folder.bundle)
    assert schemas(dsn) == []


def test_an_old_server_and_a_wrong_timeout_are_told(dsn: str, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HarnessError, match="'soon' is not a lock timeout") as told:
        deploy(dsn, bundle=folder.bundle, lock_timeout="soon")
    assert told.value.exit_code == 2
    monkeypatch.setattr("harness.deploying.session.MINIMUM_SERVER_VERSION", 990000)
    with pytest.raises(HarnessError, match="rilascio needs 15 or newer"):
        deploy(dsn, bundle=folder.bundle)


def test_a_lock_held_by_another_session_ends_in_a_sentence_that_names_it(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    folder.append("sql/triggers/shelf.sql", "\n-- again\n")
    with psycopg.connect(make_conninfo(dsn, application_name="month end")) as other:
        other.execute("lock table erp.shelf in share mode")
        with pytest.raises(HarnessError, match=r"triggers/shelf\.sql waited too long for a lock held by.*month end"):
            deploy(dsn, bundle=folder.bundle, lock_timeout="50ms")
    assert deploy(dsn, bundle=folder.bundle).changed


# --- drift -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by_hand", "identity"),
    [
        (
            "create or replace function erp_internal.z_label(p_id integer) returns text language sql immutable"
            " return 'mine'",
            "routine erp_internal.z_label(integer)",
        ),
        ("drop function erp_api.count_shelves()", "routine erp_api.count_shelves()"),
        ("drop trigger shelf_guard on erp.shelf", "trigger shelf_guard on erp.shelf"),
        ("grant execute on function erp_api.count_shelves() to public", "routine erp_api.count_shelves()"),
        ("revoke usage on schema erp_api from erp_operator", "privileges on schema erp_api"),
        (
            "create or replace view erp_api.shelf_list as select shelf_id, 'x'::text as label from erp.shelf",
            "view erp_api.shelf_list",
        ),
    ],
)
def test_what_somebody_changed_by_hand_is_put_right_and_said(
    dsn: str, folder: Folder, by_hand: str, identity: str
) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, by_hand)
    drifted = status(dsn, bundle=folder.bundle)
    assert drifted.state == "drifted"
    assert identity in drifted.changed_in_database + drifted.missing_in_database

    report = deploy(dsn, bundle=folder.bundle)

    assert identity in report.repaired
    assert report.unrepaired == ()
    assert status(dsn, bundle=folder.bundle).state == "current"
    assert not deploy(dsn, bundle=folder.bundle).changed


def test_a_change_by_hand_that_no_source_rules_is_said_once_and_kept(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "grant select on erp.shelf to erp_reader")
    assert deploy(dsn, bundle=folder.bundle).unrepaired == ("privileges on table erp.shelf",)
    assert not deploy(dsn, bundle=folder.bundle).changed


def test_a_view_widened_by_hand_is_told_with_the_way_out(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(
        dsn,
        "create or replace view erp_api.shelf_list as"
        " select shelf_id, erp_internal.z_label(shelf_id) as label, 1 as more from erp.shelf",
    )
    with pytest.raises(HarnessError, match=r"views/shelf_list\.sql failed: cannot drop columns from view") as told:
        deploy(dsn, bundle=folder.bundle)
    assert told.value.hint is not None
    assert told.value.hint.startswith("If the view was changed by hand, drop it")


def test_after_an_upgrade_of_the_server_the_next_deployment_takes_fingerprints_anew(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(
        dsn,
        "update erp_meta.deployment set server_version = server_version - 1,"
        " catalog = (select jsonb_object_agg(key, 'older words') from jsonb_each(catalog))",
    )
    assert status(dsn, bundle=folder.bundle).state == "behind"
    report = deploy(dsn, bundle=folder.bundle)
    assert report.changed
    assert (report.repaired, report.unrepaired) == ((), ())
    assert status(dsn, bundle=folder.bundle).state == "current"


# --- interrupted deployments -------------------------------------------------------------------------------------


def test_a_lock_row_that_a_killed_deployment_left_does_not_stop_the_next(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "insert into erp_meta.yoyo_lock (locked, ctime, pid) values (1, now(), 4711)")
    folder.write("migrations/0003_create_bin.sql", "create table erp.bin ();")
    folder.write("migrations/0003_create_bin.rollback.sql", "drop table erp.bin;")
    assert deploy(dsn, bundle=folder.bundle).migrations == ("0003_create_bin",)
    assert value(dsn, "select count(*) from erp_meta.yoyo_lock") == 0


def test_a_migration_that_committed_without_its_mark_is_marked_by_the_next_deployment(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "delete from erp_meta._yoyo_migration where migration_id = '0002_create_shelf'")
    assert status(dsn, bundle=folder.bundle).unmarked == ("0002_create_shelf",)

    report = deploy(dsn, bundle=folder.bundle)

    assert report.marked == ("0002_create_shelf",)
    assert report.migrations == ()
    assert status(dsn, bundle=folder.bundle).state == "current"


def test_a_migration_without_a_transaction_that_was_cut_off_is_marked_by_hand(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    folder.write(
        "migrations/0003_index_shelf.sql",
        "-- transactional: false\ncreate index concurrently shelf_again on erp.shelf (shelf_id);",
    )
    folder.write("migrations/0003_index_shelf.rollback.sql", "drop index erp.shelf_again;")
    execute(dsn, "create index shelf_again on erp.shelf (shelf_id)")
    with pytest.raises(HarnessError, match="already exists") as told:
        deploy(dsn, bundle=folder.bundle)
    assert told.value.hint is not None
    assert "rilascio mark 0003_index_shelf" in told.value.hint

    assert mark(dsn, "0003_index_shelf", bundle=folder.bundle)
    assert not mark(dsn, "0003_index_shelf", bundle=folder.bundle)
    assert deploy(dsn, bundle=folder.bundle).migrations == ()
    assert status(dsn, bundle=folder.bundle).state == "current"


def test_a_migration_without_a_transaction_applies_and_comes_back(dsn: str, folder: Folder) -> None:
    folder.write(
        "migrations/0003_index_shelf.sql",
        "-- transactional: false\ncreate index concurrently shelf_again on erp.shelf (shelf_id);",
    )
    folder.write("migrations/0003_index_shelf.rollback.sql", "drop index concurrently erp.shelf_again;")
    deploy(dsn, bundle=folder.bundle)
    assert value(dsn, "select indisvalid from pg_index where indexrelid = 'erp.shelf_again'::regclass")
    assert rollback(dsn, steps=1, bundle=folder.bundle).rolled_back == ("0003_index_shelf",)
    assert value(dsn, "select to_regclass('erp.shelf_again')") is None


def test_a_killed_deployment_leaves_nothing_half_done(dsn: str, folder: Folder) -> None:
    folder.append("migrations/0002_create_shelf.sql", "select pg_sleep(60);")
    program = (
        "from pathlib import Path; from harness.deploy import *; "
        f"deploy({dsn!r}, bundle=Bundle(Path({str(folder.path / 'migrations')!r}), Path({str(folder.path / 'sql')!r})))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT)
    sleeping = (
        "select count(*) from pg_stat_activity"
        " where query like '%pg_sleep(60)%' and wait_event = 'PgSleep' and pid <> pg_backend_pid()"
        " and datname = current_database()"
    )
    deadline = time.monotonic() + 30
    while not value(dsn, sleeping) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    execute(
        dsn,
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%'"
        " and pid <> pg_backend_pid() and datname = current_database()",
    )

    folder.write("migrations/0002_create_shelf.sql", FILES["migrations/0002_create_shelf.sql"])
    assert deploy(dsn, bundle=folder.bundle).migrations == ("0002_create_shelf",)
    assert status(dsn, bundle=folder.bundle).state == "current"


# --- the way back ------------------------------------------------------------------------------------------------


def test_rolling_back_to_nothing_and_up_again(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    report = rollback(dsn, to="0000", bundle=folder.bundle)
    assert report.rolled_back == ("0002_create_shelf", "0001_create_schemas")
    assert report.remaining == ()
    assert "view erp_api.shelf_list" in report.dropped
    assert schemas(dsn) == ["erp_meta"]
    assert deploy(dsn, bundle=folder.bundle).migrations == ("0001_create_schemas", "0002_create_shelf")
    assert status(dsn, bundle=folder.bundle).state == "current"


def test_the_real_sources_roll_back_to_nothing_and_come_up_again_the_same(dsn: str, real: Bundle) -> None:
    deploy(dsn, bundle=real)
    with psycopg.connect(dsn) as connection:
        before = catalog.fingerprint(connection)
    rollback(dsn, to="0000", bundle=real)
    assert schemas(dsn) == ["erp_meta"]
    deploy(dsn, bundle=real)
    with psycopg.connect(dsn) as connection:
        assert catalog.fingerprint(connection) == before


def test_one_step_back_keeps_the_rest(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    assert rollback(dsn, steps=1, bundle=folder.bundle).remaining == ("0001_create_schemas",)
    assert status(dsn, bundle=folder.bundle).pending == ("0002_create_shelf",)
    assert deploy(dsn, bundle=folder.bundle).migrations == ("0002_create_shelf",)


def test_going_back_to_a_migration_keeps_it(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    assert rollback(dsn, to="0001", bundle=folder.bundle).rolled_back == ("0002_create_shelf",)
    assert rollback(dsn, to="0001_create_schemas", bundle=folder.bundle).rolled_back == ()


def test_a_way_back_that_something_foreign_hangs_on_changes_nothing(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "create view public.report as select * from erp_api.shelf_list")
    before = everything(dsn)
    with pytest.raises(HarnessError, match="other objects depend on it"):
        rollback(dsn, to="0000", bundle=folder.bundle)
    assert value(dsn, "select erp_api.count_shelves()") == 0
    assert status(dsn, bundle=folder.bundle).state == "current"
    assert {row for row in before if row[0].startswith("pg_")} == {
        row for row in everything(dsn) if row[0].startswith("pg_")
    }


@pytest.mark.parametrize("arguments", [{}, {"steps": 0}, {"steps": 1, "to": "0001"}])
def test_a_way_back_without_a_goal_is_refused(dsn: str, folder: Folder, arguments: dict[str, Any]) -> None:
    with pytest.raises(HarnessError) as told:
        rollback(dsn, bundle=folder.bundle, **arguments)
    assert told.value.exit_code == 2


# --- deployers without great powers ------------------------------------------------------------------------------


@pytest.fixture
def plain_role(rilascio_server: DatabaseServer, dsn: str) -> Iterator[str]:
    """A role that may create roles and owns the database, but is no superuser."""
    name = f"deployer_{uuid4().hex[:8]}"
    database = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(rilascio_server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"create role {name} login createrole".encode())
        admin.execute(f"alter database {database} owner to {name}".encode())
        yield name
        admin.execute(f"alter database {database} owner to current_user".encode())
        if admin.execute("select 1 from pg_roles where rolname = 'erp_owner'").fetchone():
            admin.execute(f"revoke erp_owner from {name}".encode())
        admin.execute(f"drop role {name}".encode())


def test_a_deployer_without_superuser_rights_needs_to_be_member_of_the_owner(
    dsn: str, folder: Folder, plain_role: str
) -> None:
    with psycopg.connect(dsn, autocommit=True) as admin:
        for role in ("erp_owner", "erp_operator", "erp_reader"):
            if not admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                admin.execute(f"create role {role}".encode())
        admin.execute(f"grant erp_owner to {plain_role}".encode())
    report = deploy(make_conninfo(dsn, user=plain_role), bundle=folder.bundle)
    assert report.changed
    assert value(dsn, "select deployed_by from erp_meta.deployment") == plain_role
    assert not deploy(make_conninfo(dsn, user=plain_role), bundle=folder.bundle).changed
    assert rollback(make_conninfo(dsn, user=plain_role), to="0000", bundle=folder.bundle).remaining == ()


def test_a_deployer_who_may_create_roles_starts_from_nothing(folder: Folder) -> None:
    """On a server of its own: the roles must not exist yet."""
    with throwaway() as server:
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
            admin.execute("create role chief login createrole createdb")
            admin.execute("create role novice login")
            admin.execute("create database plant owner chief")
            admin.execute("create database workshop owner novice")
        with pytest.raises(HarnessError, match="novice may not create roles") as told:
            deploy(server.dsn("workshop", user="novice"), bundle=folder.bundle)
        assert told.value.hint is not None
        assert "create role erp_owner nologin; create role erp_operator nologin" in told.value.hint
        assert schemas(server.dsn("workshop")) == []

        report = deploy(server.dsn("plant", user="chief"), bundle=folder.bundle)
        assert report.roles == ("erp_owner", "erp_operator", "erp_reader")
        assert not deploy(server.dsn("plant", user="chief"), bundle=folder.bundle).changed

        with pytest.raises(HarnessError, match="novice is not a member of erp_owner"):
            deploy(server.dsn("workshop", user="novice"), bundle=folder.bundle)
        execute(server.dsn("workshop"), "grant erp_owner to novice")
        assert deploy(server.dsn("workshop", user="novice"), bundle=folder.bundle).changed

        execute(server.dsn("plant"), "create role passer_by login")
        with pytest.raises(HarnessError, match="permission denied"):
            status(server.dsn("plant", user="passer_by"), bundle=folder.bundle)


def test_an_owner_role_that_may_log_in_is_refused(folder: Folder) -> None:
    with throwaway() as server:
        execute(server.dsn("postgres"), "create role erp_owner login")
        with pytest.raises(HarnessError, match="erp_owner exists and may log in"):
            deploy(server.dsn("postgres"), bundle=folder.bundle)
        assert schemas(server.dsn("postgres")) == []


# --- from the wheel ----------------------------------------------------------------------------------------------


def test_the_wheel_deploys_from_an_empty_environment_without_a_checkout(dsn: str, real: Bundle, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "-w", tmp_path, PROJECT], env=clean, capture_output=True, text=True, check=False
    )
    if "No module named pip" in built.stderr or "No matching distribution" in built.stderr:
        pytest.skip("needs pip and a package index")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("rilascio-*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, env=clean)
    bin_folder = tmp_path / "venv" / "bin"
    subprocess.run([bin_folder / "python", "-m", "pip", "-q", "install", wheel], check=True, env=clean)

    done = subprocess.run(
        [bin_folder / "rilascio", "deploy", "--dsn", dsn],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    there = status(dsn, bundle=real)
    assert replace(there, last=None).state == "current"
