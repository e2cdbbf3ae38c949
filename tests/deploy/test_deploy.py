"""Deployment: what it brings to a database, and that doing it again, or at once, does no more."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
from psycopg import sql

from rilascio.deployment import catalog, deploy, status
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.common import ADVISORY_LOCK
from rilascio.testing import DatabaseServer
from tests.deploy.folder import FILES, Folder, everything, schemas, value


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


def test_a_changed_source_replaces_what_it_makes_and_nothing_else(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    folder.write(
        "sql/procedures/internal/z_label.sql",
        FILES["sql/procedures/internal/z_label.sql"].replace("'shelf '", "'rack '"),
    )
    report = deploy(dsn, bundle=folder.bundle)
    assert report.sources == ("internal/z_label",)
    assert report.replaced == ("routine erp_internal.z_label(integer)",)
    assert (report.dropped, report.created) == ((), ())
    assert report.migrations == ()
    assert value(dsn, "select erp_internal.z_label(1)") == "rack 1"
    assert value(dsn, "select count(distinct xmin::text) from erp_meta.deployment") == 2
