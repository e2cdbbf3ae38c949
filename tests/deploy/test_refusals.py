"""What a deployment refuses, and that it leaves no trace."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rilascio.deployment import deploy, status
from rilascio.errors import HarnessError
from tests.clients.pgbouncer import pooled
from tests.deploy.folder import Folder, everything, execute, schemas, value


@pytest.mark.parametrize("name", ["erp", "erp_api", "erp_internal", "erp_meta"])
def test_a_database_with_a_schema_of_our_names_that_we_did_not_make_is_refused_untouched(
    dsn: str, folder: Folder, name: str
) -> None:
    execute(dsn, f"create schema {name}; create table {name}.migration (migration_id text)")
    before = everything(dsn)
    with pytest.raises(HarnessError, match=f"already holds the schema {name}, which rilascio did not make") as failure:
        deploy(dsn, bundle=folder.bundle)
    assert "create database NAME template template0 encoding 'UTF8'" in str(failure.value.hint)
    assert f"alter schema {name} rename to" in str(failure.value.hint)
    assert everything(dsn) == before
    assert status(dsn, bundle=folder.bundle).state == "foreign"


def test_an_edited_migration_is_refused_by_name(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    folder.append("migrations/0002_create_shelf.sql", "alter table erp.shelf add column width integer;")
    before = everything(dsn)
    with pytest.raises(HarnessError, match=r"Edited after it was applied: 0002_create_shelf\.sql") as failure:
        deploy(dsn, bundle=folder.bundle)
    assert "Put the file back as it was" in str(failure.value.hint)
    assert "deployed from another state of rilascio" in str(failure.value.hint)
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

    with pytest.raises(HarnessError, match=r"procedures/count_shelves\.sql, line \d+, failed: column") as failure:
        deploy(dsn, bundle=folder.bundle)

    assert failure.value.exit_code == 1
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
    with pytest.raises(HarnessError, match="'soon' is not a lock timeout") as failure:
        deploy(dsn, bundle=folder.bundle, lock_timeout="soon")
    assert failure.value.exit_code == 2
    monkeypatch.setattr("rilascio.deployment.session.MINIMUM_SERVER_VERSION", 990000)
    with pytest.raises(HarnessError, match="rilascio needs 15 or newer"):
        deploy(dsn, bundle=folder.bundle)


def test_a_lock_held_by_another_session_ends_in_a_sentence_that_names_it(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    folder.append("sql/triggers/shelf.sql", "\n-- again\n")
    with psycopg.connect(make_conninfo(dsn, application_name="month end")) as other:
        other.execute("lock table erp.shelf in share mode")
        with pytest.raises(HarnessError, match=r"triggers on erp\.shelf waited too long for a lock held by.*month end"):
            deploy(dsn, bundle=folder.bundle, lock_timeout="50ms")
    assert deploy(dsn, bundle=folder.bundle).changed


@pytest.fixture
def stranger(dsn: str) -> Iterator[str]:
    """Give a role that is none of ours."""
    name = f"stranger_{uuid4().hex[:8]}"
    execute(dsn, f"create role {name}")
    yield name
    execute(dsn, f"drop owned by {name}; drop role {name}")


@pytest.mark.parametrize(
    ("thing", "way_back"),
    [
        ("table erp.shelf", "alter table erp.shelf owner to erp_owner;"),
        ("view erp_api.shelf_list", "alter view erp_api.shelf_list owner to erp_owner;"),
        ("function erp_api.count_shelves()", "alter routine erp_api.count_shelves() owner to erp_owner;"),
    ],
)
def test_what_belongs_to_another_is_named_with_the_statement_that_gives_it_back(
    dsn: str, folder: Folder, stranger: str, thing: str, way_back: str
) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, f"alter {thing} owner to {stranger}")
    folder.append("sql/triggers/shelf.sql", "\n-- again\n")
    with pytest.raises(HarnessError, match=f"belongs to {stranger}") as failure:
        deploy(dsn, bundle=folder.bundle)
    assert way_back in str(failure.value.hint)
    execute(dsn, way_back)
    assert deploy(dsn, bundle=folder.bundle).changed


def test_a_table_of_somebody_elses_in_our_schema_is_to_be_moved(dsn: str, folder: Folder, stranger: str) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, f"create table erp.notes (); alter table erp.notes owner to {stranger}")
    folder.append("sql/triggers/shelf.sql", "\n-- again\n")
    with pytest.raises(HarnessError, match=f"the table erp.notes belongs to {stranger}") as failure:
        deploy(dsn, bundle=folder.bundle)
    assert "a schema of its own (alter … set schema …)" in str(failure.value.hint)
    execute(dsn, "alter table erp.notes set schema public")
    assert deploy(dsn, bundle=folder.bundle).changed


@pytest.mark.parametrize("ignored", ["", ", options"])
def test_a_pooler_is_told_and_how_to_go_past_it(dsn: str, folder: Folder, ignored: str) -> None:
    """One that refuses the settings of a session, and one that drops them silently."""
    where = conninfo_to_dict(dsn)
    with pooled(
        str(where["host"]), str(where["port"]), {str(where["user"]): str(where["password"])}, ignored=ignored
    ) as port:
        through = make_conninfo(dsn, host="127.0.0.1", port=port)
        with pytest.raises(HarnessError, match="stands a pooler") as failure:
            deploy(through, bundle=folder.bundle)
    assert "name the server's own host and port" in str(failure.value.hint)
    assert schemas(dsn) == []
