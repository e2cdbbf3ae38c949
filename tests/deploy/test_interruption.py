"""A deployment that was cut off leaves nothing that the next one does not put right."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from rilascio.deployment import deploy, mark, revert, status
from rilascio.errors import HarnessError
from tests.deploy.folder import FILES, Folder, execute, value

PROJECT = Path(__file__).parents[2]


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
    with pytest.raises(HarnessError, match="already exists") as failure:
        deploy(dsn, bundle=folder.bundle)
    assert failure.value.hint is not None
    assert "rilascio mark 0003_index_shelf" in failure.value.hint

    assert mark(dsn, "0003_index_shelf", bundle=folder.bundle)
    assert not mark(dsn, "0003_index_shelf", bundle=folder.bundle)
    execute(dsn, "delete from erp_meta.migration where migration_id = '0003_index_shelf'")
    assert mark(dsn, "0003_index_shelf", bundle=folder.bundle), "half of the mark was gone"
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
    assert revert(dsn, steps=1, bundle=folder.bundle).reverted == ("0003_index_shelf",)
    assert value(dsn, "select to_regclass('erp.shelf_again')") is None


def test_a_killed_deployment_leaves_nothing_half_done(dsn: str, folder: Folder) -> None:
    folder.append("migrations/0002_create_shelf.sql", "select pg_sleep(60);")
    program = (
        "from pathlib import Path; from rilascio.deployment import *; "
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
