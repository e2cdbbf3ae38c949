"""Status: what it says about each state a database can be in. It never writes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import psycopg
import pytest

from rilascio.deployment import catalog, deploy, revert, status
from rilascio.deployment.bundle import Bundle
from rilascio.errors import HarnessError
from rilascio.testing import DatabaseServer
from tests.deploy.folder import Folder, execute

MIGRATION = """
    create schema erp;
    comment on schema erp is 'Tables.';
    create schema erp_api;
    comment on schema erp_api is 'The contract.';
    create schema erp_internal;
"""
WAY_BACK = "drop schema erp_internal; drop schema erp_api; drop schema erp;"
ROUTINE = """
    create or replace function erp_api.answer() returns integer language sql immutable return 42;
    comment on function erp_api.answer() is 'The answer.';
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    migrations, sources = tmp_path / "migrations", tmp_path / "sql"
    (sources / "procedures").mkdir(parents=True)
    migrations.mkdir()
    (migrations / "0001_create_schemas.sql").write_text(MIGRATION)
    (migrations / "0001_create_schemas.rollback.sql").write_text(WAY_BACK)
    (sources / "procedures" / "answer.sql").write_text(ROUTINE)
    (sources / "grants.sql").write_text("revoke execute on all routines in schema erp_api from public;")
    return Bundle(migrations, sources)


def test_an_empty_database_has_everything_pending(dsn: str, bundle: Bundle) -> None:
    report = status(dsn, bundle=bundle)
    assert report.state == "empty"
    assert report.pending == ("0001_create_schemas",)
    assert report.last is None
    with psycopg.connect(dsn) as connection:
        assert catalog.existing_schemas(connection) == {}


def test_a_deployed_database_is_current_and_says_when_and_by_whom(dsn: str, bundle: Bundle) -> None:
    deploy(dsn, bundle=bundle)
    report = status(dsn, bundle=bundle)
    assert report.state == "current"
    assert report.applied == ("0001_create_schemas",)
    assert report.last is not None
    with psycopg.connect(dsn) as connection:
        assert report.last.deployed_by == connection.info.user
    assert report.last.release == report.release


def test_a_report_can_be_written_as_json(dsn: str, bundle: Bundle) -> None:
    report = deploy(dsn, bundle=bundle)
    assert json.loads(json.dumps(asdict(report)))["migrations"] == ["0001_create_schemas"]
    assert json.loads(json.dumps(asdict(status(dsn, bundle=bundle))))["state"] == "current"


def test_a_new_migration_or_a_changed_source_puts_the_database_behind(dsn: str, bundle: Bundle) -> None:
    deploy(dsn, bundle=bundle)
    (bundle.sql_folder / "procedures" / "answer.sql").write_text(ROUTINE.replace("42", "43"))
    report = status(dsn, bundle=bundle)
    assert (report.state, report.sources_changed) == ("behind", ("procedures/answer",))

    (bundle.migrations_folder / "0002_create_bin.sql").write_text("create table erp.bin ();")
    (bundle.migrations_folder / "0002_create_bin.rollback.sql").write_text("drop table erp.bin;")
    report = status(dsn, bundle=bundle)
    assert (report.state, report.pending) == ("behind", ("0002_create_bin",))


def test_an_edited_migration_is_named(dsn: str, bundle: Bundle) -> None:
    deploy(dsn, bundle=bundle)
    (bundle.migrations_folder / "0001_create_schemas.sql").write_text(MIGRATION + "create schema more;")
    report = status(dsn, bundle=bundle)
    assert (report.state, report.edited) == ("edited", ("0001_create_schemas",))


def test_a_migration_without_a_file_tells_of_a_newer_release(dsn: str, bundle: Bundle) -> None:
    deploy(dsn, bundle=bundle)
    execute(dsn, "insert into erp_meta.migration (migration_id, checksum) values ('0009_from_tomorrow', 'x')")
    report = status(dsn, bundle=bundle)
    assert (report.state, report.unknown) == ("newer", ("0009_from_tomorrow",))


def test_a_routine_changed_dropped_or_added_by_hand_is_drift(dsn: str, bundle: Bundle) -> None:
    deploy(dsn, bundle=bundle)
    execute(dsn, "create function erp_api.guest() returns integer language sql return 1")
    report = status(dsn, bundle=bundle)
    assert (report.state, report.strays) == ("drifted", ("routine erp_api.guest()",))

    execute(dsn, ROUTINE.replace("42", "41"))
    assert status(dsn, bundle=bundle).changed_in_database == ("routine erp_api.answer()",)

    execute(dsn, "drop function erp_api.answer()")
    report = status(dsn, bundle=bundle)
    assert (report.state, report.missing_in_database) == ("drifted", ("routine erp_api.answer()",))


def test_after_a_step_back_the_last_entry_is_the_rollback(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    revert(dsn, steps=1, bundle=folder.bundle)
    report = status(dsn, bundle=folder.bundle)
    assert report.state == "behind"
    assert report.last is not None
    assert report.last.kind == "revert"


def test_a_migration_marked_by_hand_without_checksum_is_told(dsn: str, bundle: Bundle) -> None:
    deploy(dsn, bundle=bundle)
    execute(dsn, "delete from erp_meta.migration")
    report = status(dsn, bundle=bundle)
    assert (report.state, report.unrecorded) == ("behind", ("0001_create_schemas",))
    with pytest.raises(HarnessError, match="Marked as applied, but never by a deployment"):
        deploy(dsn, bundle=bundle)


def test_a_database_that_is_not_there_is_one_sentence(rilascio_server: DatabaseServer, bundle: Bundle) -> None:
    with pytest.raises(HarnessError, match='database "nowhere" does not exist') as failure:
        status(rilascio_server.dsn("nowhere"), bundle=bundle)
    assert "\n" not in failure.value.message
    with pytest.raises(HarnessError, match="cannot be reached"):
        status("host=/nowhere dbname=x", bundle=bundle)
    with pytest.raises(HarnessError):
        status("no conninfo at all", bundle=bundle)


# --- the lint that guards the catalog ------------------------------------------------------------------------------


def test_the_lint_finds_what_breaks_a_rule_of_the_house(dsn: str, bundle: Bundle) -> None:
    deploy(dsn, bundle=bundle)
    with psycopg.connect(dsn) as connection:
        clean = [
            lint(connection)
            for lint in (
                catalog.missing_comments,
                catalog.unpinned_definers,
                catalog.public_privileges,
                catalog.unnamed_constraints,
                catalog.foreign_owned,
            )
        ]
        assert clean == [[], [], [], [], []]
        connection.execute(
            """
            create table erp.sloppy (a integer check (a > 0), b integer, check (b > 0), check (a > b));
            create index on erp.sloppy (b);
            grant select on erp.sloppy to public;
            create function erp_api.open_door() returns integer language sql security definer return 1;
            """
        )
        assert {o.object for o in catalog.missing_comments(connection)} == {
            "table erp.sloppy",
            "column erp.sloppy.a",
            "column erp.sloppy.b",
            "routine erp_api.open_door()",
        }
        assert [o.object for o in catalog.unpinned_definers(connection)] == ["routine erp_api.open_door()"]
        assert [o.object for o in catalog.public_privileges(connection)] == [
            "relation erp.sloppy",
            "routine erp_api.open_door()",
        ]
        assert "constraint sloppy_check on erp.sloppy" in {o.object for o in catalog.unnamed_constraints(connection)}
        assert "index erp.sloppy_b_idx" in {o.object for o in catalog.unnamed_constraints(connection)}
        assert "table erp.sloppy" in {o.object for o in catalog.foreign_owned(connection)}
        connection.rollback()
