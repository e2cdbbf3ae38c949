"""The plan of a deployment: its script does what the deployment does, and its locks are those that PostgreSQL takes."""

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
from psycopg import sql

from rilascio.cli import main
from rilascio.deployment import DeploymentPlan, PlannedStep, deploy, plan, script, status
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.common import ADVISORY_LOCK
from rilascio.deployment.locks import STOPS, statement_locks
from rilascio.deployment.migrations import read_bundle, statements_of
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
    name = f"deploy_{uuid4().hex[:12]}"
    with psycopg.connect(rilascio_server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield rilascio_server.dsn(name)
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


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


STATEMENTS = [
    "alter table erp.shelf add column width integer",
    "alter table erp.shelf add constraint shelf_positive check (shelf_id > 0) not valid",
    "alter table erp.shelf alter column shelf_id set statistics 100",
    "alter table erp.shelf alter column shelf_id set (n_distinct = 10)",
    "alter table erp.shelf add constraint shelf_of_shelf foreign key (shelf_id) references erp.rack (rack_id)",
    "alter table erp.shelf add column rack integer constraint shelf_rack references erp.rack (rack_id)",
    "alter table erp.shelf disable trigger shelf_guard",
    "alter table erp.shelf enable row level security, no force row level security",
    "alter table erp.shelf replica identity full",
    "create table erp.box (shelf_id integer constraint box_shelf references erp.shelf (shelf_id))",
    "create index shelf_again on erp.shelf (shelf_id)",
    "create unique index shelf_anew on only erp.shelf using btree (shelf_id)",
    "comment on table erp.shelf is 'Of wood; on a wall.'",
    "comment on column erp.shelf.shelf_id is 'Its number.'",
    "comment on constraint shelf_pkey on erp.shelf is 'Its key.'",
    "comment on trigger shelf_guard on erp.shelf is 'Its guard.'",
    "comment on view erp_api.shelf_list is 'Shelves.'",
    "comment on function erp_internal.guard() is 'A guard.'",
    "create or replace view erp_api.shelf_list as select s.*, 1 as one from erp_api.shelf_list as s",
    "alter view erp_api.shelf_list owner to erp_owner",
    "drop view erp_api.shelf_names",
    "drop trigger shelf_guard on erp.shelf",
    "create trigger shelf_again after insert on erp.shelf for each row execute function erp_internal.guard()",
    "create policy all_of_them on erp.shelf using (true)",
    "create or replace rule nothing as on delete to erp.shelf do instead nothing",
    "alter sequence erp.number increment by 2",
    "create sequence erp.other",
    "create type erp.size as (width integer)",
    "create schema erp_more",
    "grant select on erp.shelf to erp_reader",
    "revoke all on all tables in schema erp from erp_reader",
    "lock table erp.shelf, erp.rack in share mode",
    "insert into erp.shelf values (1)",
    "update erp.shelf set shelf_id = 2",
    "delete from erp.shelf",
    "drop table erp.rack",
    "create function erp.one() returns integer language sql return 1",
    "drop sequence erp.number",
]


@pytest.fixture
def shelves(dsn: str, folder: Folder) -> str:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "create table erp.rack (rack_id integer constraint rack_pkey primary key)")
    execute(dsn, "create sequence erp.number; create view erp_api.shelf_names as select from erp_api.shelf_list")
    return dsn


def locks_taken(dsn: str, statement: str) -> set[tuple[str, str]]:
    """Run a statement, look which locks on what was there before it holds, and roll it back."""
    with psycopg.connect(dsn) as there, psycopg.connect(dsn) as here:
        names = dict(
            there.execute(
                "select oid, oid::regclass::text from pg_class "
                "where relnamespace::regnamespace::text like 'erp%' and relkind in ('r', 'v', 'S')"
            ).fetchall()
        )
        here.execute(statement.encode())
        held = there.execute(
            "select relation, mode from pg_locks where pid = %s and relation is not null", [here.info.backend_pid]
        ).fetchall()
        here.rollback()
    modes = {mode.title().replace(" ", "") + "Lock": mode for mode in STOPS}
    strongest: dict[str, str] = {}
    for relation, mode in held:
        if relation in names and mode in modes:
            before = strongest.get(names[relation], modes[mode])
            strongest[names[relation]] = max(before, modes[mode], key=list(STOPS).index)
    return set(strongest.items())


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_locks_of_a_statement_are_those_that_it_takes(shelves: str, statement: str) -> None:
    planned = statement_locks(statement)
    assert planned is not None
    existing = {"erp.shelf", "erp.rack", "erp.number", "erp_api.shelf_list", "erp_api.shelf_names"}
    assert {(one.relation, one.mode) for one in planned if one.relation in existing} == locks_taken(shelves, statement)


@pytest.mark.parametrize("statement", ["do $$ begin end $$", "vacuum erp.shelf", "call erp.anything()", "cluster"])
def test_of_a_statement_of_another_kind_no_lock_is_told_rather_than_a_wrong_one(statement: str) -> None:
    assert statement_locks(statement) is None


def test_every_statement_of_the_migrations_is_of_a_kind_whose_locks_are_known(real: Bundle) -> None:
    known = read_bundle(real)
    statements = [s.query.decode() for m in real.migrations() for s in statements_of(known[m.id])]
    assert len(statements) > 500
    assert [s for s in statements if statement_locks(s) is None] == []


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
    deploy(dsn)
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
