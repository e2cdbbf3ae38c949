"""The plan of a deployment: its script does what the deployment does, and it refuses what that refuses."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner

from rilascio.cli import main
from rilascio.deployment import DeploymentPlan, PlannedStep, deploy, plan, script, status
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.common import ADVISORY_LOCK
from rilascio.errors import HarnessError
from rilascio.postgres.programs import find_bindir
from rilascio.testing import DatabaseServer
from tests.deploy.folder import FILES, Folder, everything, execute, schemas

NEXT = {
    "migrations/0003_widen_shelf.sql": "alter table erp.shelf add column width integer;",
    "migrations/0003_widen_shelf.rollback.sql": "alter table erp.shelf drop column width;",
}
CONCURRENTLY = {
    "migrations/0003_index_shelf.sql": (
        "-- transactional: false\ncreate index concurrently shelf_again on erp.shelf (shelf_id);"
    ),
    "migrations/0003_index_shelf.rollback.sql": "drop index concurrently erp.shelf_again;",
}


@pytest.fixture
def other(rilascio_server: DatabaseServer) -> Iterator[str]:
    """A second empty database, gone afterwards."""
    with rilascio_server.database(f"deploy_{uuid4().hex[:12]}") as dsn:
        yield dsn


def psql(dsn: str, text: str, file: Path) -> subprocess.CompletedProcess[str]:
    file.write_text(text)
    command = [find_bindir() / "psql", "--no-psqlrc", "--file", file, dsn]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PGOPTIONS": ""})


def dump(dsn: str) -> list[str]:
    """Everything that a dump has of a database but for what differs from one moment to the next."""
    command = [find_bindir() / "pg_dump", "--schema-only", "--no-security-labels", dsn]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        line
        for line in done.stdout.splitlines()
        if not line.startswith(("\\restrict", "\\unrestrict", "    SET vacuum_failsafe_age", " SELECT "))
    ]


def written_down(dsn: str) -> dict[str, Any]:
    """What a database knows of its deployments, but for numbers, moments and machines."""
    queries = {
        "deployment": "select deployed_by, kind, release, server_version, migrations, sources, source_checksum, "
        "catalog, catalog_checksum from erp_meta.deployment order by deployment_id",
        "migration": "select migration_id, checksum, applied_by from erp_meta.migration order by 1",
        "expected": "select * from erp_meta.expected_object order by 1",
        "source": "select * from erp_meta.source order by 1",
        "yoyo": "select migration_hash, migration_id from erp_meta._yoyo_migration order by 1",
        "yoyo log": "select migration_hash, migration_id, operation from erp_meta._yoyo_log order by created_at_utc, 2",
        "yoyo version": "select version from erp_meta._yoyo_version",
        "yoyo lock": "select count(*) from erp_meta.yoyo_lock",
    }
    with psycopg.connect(dsn) as connection:
        return {name: connection.execute(query.encode()).fetchall() for name, query in queries.items()}


def next_release(folder: Folder, more: dict[str, str]) -> None:
    """Let a release have another migration, a routine and a view of another shape, one more view, and one file less."""
    for name, text in more.items():
        folder.write(name, text)
    label = FILES["sql/procedures/internal/z_label.sql"]
    folder.write("sql/procedures/internal/z_label.sql", label.replace("p_id", "p_shelf_id"))
    folder.write(
        "sql/views/wide_shelf.sql", "create or replace view erp_api.wide_shelf as select s.* from erp.shelf as s;"
    )
    folder.remove("sql/procedures/old.sql")


@pytest.fixture
def older(folder: Folder) -> Folder:
    folder.write("sql/procedures/old.sql", FILES["sql/procedures/count_shelves.sql"].replace("count_", "old_"))
    return folder


def steps_of(planned: DeploymentPlan) -> list[PlannedStep]:
    """Return the steps of a plan but for those that name the database or the roles of its server."""
    return [step for transaction in planned.transactions for step in transaction.steps if step.what != "roles"]


def both(dsn: str, other: str, folder: Folder, tmp_path: Path) -> DeploymentPlan:
    """Deploy to one database, and run the script of the plan on another: afterwards they are alike."""
    planned = plan(other, bundle=folder.bundle)
    assert steps_of(plan(dsn, bundle=folder.bundle)) == steps_of(planned)
    report = deploy(dsn, bundle=folder.bundle)
    done = psql(other, script(planned), tmp_path / "deploy.sql")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"Deployed release {report.release}."
    assert dump(dsn) == dump(other)
    assert written_down(dsn) == written_down(other)
    there = [replace(status(database, bundle=folder.bundle), last=None) for database in (dsn, other)]
    assert there[0] == there[1]
    assert not deploy(other, bundle=folder.bundle).changed
    assert plan(other, bundle=folder.bundle).transactions == ()
    return planned


def test_the_script_of_an_empty_database_does_what_a_deployment_does(
    dsn: str, other: str, older: Folder, tmp_path: Path
) -> None:
    both(dsn, other, older, tmp_path)
    assert status(other, bundle=older.bundle).state == "current"


@pytest.mark.parametrize("more", [NEXT, CONCURRENTLY, {}], ids=["migration", "without a transaction", "sources alone"])
def test_the_script_of_an_upgrade_does_what_a_deployment_does(
    dsn: str, other: str, older: Folder, tmp_path: Path, more: dict[str, str]
) -> None:
    for database in (dsn, other):
        deploy(database, bundle=older.bundle)
        # by hand: put right by both; a column that nobody expects: left alone, and still told, by both
        execute(database, "drop trigger shelf_guard on erp.shelf; alter table erp.shelf add column note text")
        execute(database, "set role erp_owner; create view erp_internal.somebodys as select 1 as one")
    next_release(older, more)
    both(dsn, other, older, tmp_path)
    for database in (dsn, other):
        assert [d.object for d in status(database, bundle=older.bundle).tables] == ["column note of erp.shelf"]


def test_the_script_of_this_release_does_what_a_deployment_does(
    dsn: str, other: str, real: Bundle, tmp_path: Path
) -> None:
    planned = plan(other, bundle=real)
    done = psql(other, script(planned), tmp_path / "deploy.sql")
    assert (done.returncode, done.stderr) == (0, "")
    deploy(dsn, bundle=real)
    assert dump(dsn) == dump(other)
    assert written_down(dsn) == written_down(other)
    assert status(other, bundle=real).state == "current"


def test_a_script_changes_nothing_of_a_database_that_is_no_longer_as_it_was(
    dsn: str, older: Folder, tmp_path: Path
) -> None:
    deploy(dsn, bundle=older.bundle)
    next_release(older, NEXT)
    planned = plan(dsn, bundle=older.bundle)
    execute(dsn, "alter table erp.shelf add column note text")
    before = everything(dsn)

    done = psql(dsn, script(planned), tmp_path / "deploy.sql")

    assert done.returncode == 3
    assert "The database is no longer as it was when this script was written." in done.stderr
    assert "rilascio deploy --sql" in done.stderr
    assert everything(dsn) == before


def test_a_script_that_is_run_twice_or_beside_a_deployment_says_so_and_changes_nothing(
    dsn: str, older: Folder, tmp_path: Path
) -> None:
    planned = plan(dsn, bundle=older.bundle)
    with psycopg.connect(dsn, autocommit=True) as deployer:
        deployer.execute("select pg_advisory_lock(%s)", [ADVISORY_LOCK])
        beside = psql(dsn, script(planned), tmp_path / "deploy.sql")
    assert (beside.returncode, "Another deployment is at work." in beside.stderr) == (3, True)
    assert schemas(dsn) == []
    assert psql(dsn, script(planned), tmp_path / "deploy.sql").returncode == 0
    before = everything(dsn)
    twice = psql(dsn, script(planned), tmp_path / "deploy.sql")
    assert (twice.returncode, "no longer as it was" in twice.stderr) == (3, True)
    assert everything(dsn) == before


def test_a_script_that_does_not_get_a_lock_is_rolled_back_and_can_be_run_again(
    dsn: str, older: Folder, tmp_path: Path
) -> None:
    deploy(dsn, bundle=older.bundle)
    next_release(older, NEXT)
    planned = plan(dsn, bundle=older.bundle)
    before = everything(dsn)
    with psycopg.connect(dsn) as reader:
        reader.execute("select from erp.shelf")
        done = psql(dsn, script(planned), tmp_path / "deploy.sql")
    assert (done.returncode, "lock timeout" in done.stderr) == (3, True)
    assert everything(dsn) == before
    assert psql(dsn, script(planned), tmp_path / "deploy.sql").returncode == 0
    assert not deploy(dsn, bundle=older.bundle).changed


def test_planning_writes_and_locks_nothing(dsn: str, older: Folder) -> None:
    deploy(dsn, bundle=older.bundle)
    next_release(older, NEXT)
    before = everything(dsn)
    with psycopg.connect(dsn) as other:
        other.execute("lock table erp.shelf in share row exclusive mode")
        assert plan(dsn, lock_timeout="500ms", bundle=older.bundle).transactions
    assert everything(dsn) == before


def test_what_a_deployment_refuses_its_plan_and_its_dry_run_refuse_too(dsn: str, older: Folder) -> None:
    deploy(dsn, bundle=older.bundle)
    execute(dsn, "create view erp_internal.somebodys as select 1 as one")
    next_release(older, NEXT)
    refused = "Not everything in the schemas of rilascio belongs to erp_owner"
    with pytest.raises(HarnessError, match=refused):
        deploy(dsn, bundle=older.bundle)
    with pytest.raises(HarnessError, match=refused):
        deploy(dsn, bundle=older.bundle, dry_run=True)
    with pytest.raises(HarnessError, match=refused):
        plan(dsn, bundle=older.bundle)


def shown(dsn: str, *options: str) -> str:
    """Run `rilascio deploy` with options; return what it prints."""
    result = CliRunner().invoke(main, ["deploy", "--dsn", dsn, *options])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, folder: Folder) -> Folder:
    """Let the command deploy the bundle of the folder."""
    monkeypatch.setattr(Bundle, "shipped", lambda: folder.bundle)
    return folder


def test_the_command_shows_statements_locks_and_how_bodies_differ(dsn: str, shipped: Folder) -> None:
    gone = "sql/procedures/internal/gone.sql"
    shipped.write(gone, "create or replace function erp_internal.gone() returns int language sql return 1;")
    deploy(dsn)
    shipped.remove(gone)
    shipped.write("migrations/0003_widen_shelf.sql", NEXT["migrations/0003_widen_shelf.sql"])
    shipped.write("migrations/0003_widen_shelf.rollback.sql", NEXT["migrations/0003_widen_shelf.rollback.sql"])
    label = FILES["sql/procedures/internal/z_label.sql"]
    shipped.write("sql/procedures/internal/z_label.sql", label.replace("'shelf '", "'rack '"))
    execute(dsn, "create or replace function erp_internal.guard() returns trigger language plpgsql as 'begin end'")
    before = everything(dsn)

    text = shown(dsn, "--plan")

    assert "      alter table erp.shelf add column width integer\n      locks erp.shelf: access exclusive" in text
    assert "lock on erp.shelf: access exclusive, stops reading and writing" in text
    assert "lock on erp_internal.deployed_version: access exclusive" in text
    assert "-        return 'shelf ' || p_id;\n+        return 'rack ' || p_id;" in text
    assert "-begin end\n+ begin return null; end " in text, "what was changed by hand"
    assert "waits for locks for 0.5 s at most" in text
    assert "for 60s in all" in text
    (planned,) = json.loads(shown(dsn, "--plan", "--format", "json"))["transactions"]
    assert {
        "what": "migration 0003_widen_shelf",
        "statement": "alter table erp.shelf add column width integer",
        "locks": [{"relation": "erp.shelf", "mode": "access exclusive"}],
        "makes_statements": False,
    } in planned["steps"]
    named = [(step["what"], step["statement"].split("(")[0]) for step in planned["steps"]]
    assert ("drop", "drop routine erp_internal.gone") in named
    assert everything(dsn) == before


def test_the_command_writes_a_script_that_psql_runs(dsn: str, shipped: Folder, tmp_path: Path) -> None:
    file = tmp_path / "deploy.sql"
    said = shown(dsn, "--sql", str(file))
    assert said == f"Wrote {file}: {len(file.read_text().splitlines()):,} lines for psql.\n"
    assert schemas(dsn) == []
    assert shown(dsn, "--sql", "-") == file.read_text()
    assert psql(dsn, file.read_text(), file).returncode == 0
    assert shown(dsn, "--plan").startswith("Nothing to do: the database is at release ")
    file.unlink()
    assert shown(dsn, "--sql", str(file)) == ""
    assert not file.exists()


def test_a_plan_a_script_and_a_dry_run_exclude_each_other(dsn: str) -> None:
    result = CliRunner().invoke(main, ["deploy", "--dsn", dsn, "--plan", "--dry-run"])
    assert (result.exit_code, "exclude each other" in result.output) == (2, True)
