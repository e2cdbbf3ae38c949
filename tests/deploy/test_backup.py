"""A dump brings back what was dumped, and the database says so."""

from __future__ import annotations

import subprocess

import psycopg
import pytest
from psycopg import sql

from rilascio.deployment import deploy, partition, status
from rilascio.folders import demo_folder
from rilascio.loading import load
from rilascio.postgres import find_bindir
from tests.deploy.folder import execute

RELEASE = "select outcome from erp_api.release_production_orders(1, array[26], '2026-11-23')"
TOTAL = "select sum(on_hand), sum(on_hand * item_id), count(*) from erp.stock_balance where on_hand <> 0"


def dump(dsn: str, *options: str) -> str:
    """Return what pg_dump writes."""
    program = find_bindir() / "pg_dump"
    done = subprocess.run([program, "--dbname", dsn, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bring_back(dsn: str, script: str) -> None:
    """Run a dump, as a whole."""
    program = find_bindir() / "psql"
    command = [program, "--dbname", dsn, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def busy(deployed: str) -> str:
    """Give a database in which a factory was loaded, and an order released."""
    load(deployed, demo_folder(), members=["erp_operator"])
    execute(deployed, RELEASE)
    return deployed


@pytest.mark.parametrize(
    ("options", "partitioned"),
    [([], False), (["--data-only", "--disable-triggers", "--schema=erp"], False), ([], True)],
    ids=["all of it", "data alone", "all of it in partitions"],
)
def test_a_dump_comes_back_whole(busy: str, options: list[str], partitioned: bool) -> None:
    if partitioned:
        partition(busy, months=1, progress=lambda _: None)
    script = dump(busy, *options)
    with psycopg.connect(busy) as connection:
        expected = connection.execute(TOTAL).fetchone()
        name = f"{connection.info.dbname}_again"
    again = psycopg.conninfo.make_conninfo(busy, dbname=name)
    with psycopg.connect(busy, autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            if options:
                deploy(again)
            bring_back(again, script)
            assert status(again).state == "current"
            with psycopg.connect(again) as connection:
                assert connection.execute(TOTAL).fetchone() == expected
                assert connection.execute("select code from erp_api.check_integrity(1)").fetchall() == []
                restore = "select outcome from erp_api.restore_production_orders(1, array[26])"
                assert connection.execute(restore).fetchall() == [("restored",)]
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
