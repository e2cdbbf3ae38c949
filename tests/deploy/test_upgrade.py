"""From an earlier bundle to this one, and on, with data: routines, views and triggers are those of the release."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.dev.soak.invariants import broken_invariants, order_totals
from harness.dev.soak.world import build
from rilascio.deployment import catalog, deploy, status
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.session import connected
from tests.deploy.folder import everything
from tests.deploy.release import ReleaseFolder

EARLIER = Path(__file__).parent / "earlier"

ORDERS = "array(select order_id from erp_api.{} where company_id = 1)"
RELEASE = f"select outcome from erp_api.release_production_orders(1, {ORDERS.format('release_grid')}, null, 'split')"
PREVIEW = f"select outcome from erp_api.preview_release(1, {ORDERS.format('release_grid')})"
RESTORE = f"select outcome from erp_api.restore_production_orders(1, {ORDERS.format('restore_grid')})"


@pytest.fixture
def earlier(tmp_path: Path) -> Bundle:
    release = ReleaseFolder(tmp_path / "earlier")
    shutil.copytree(EARLIER, release.folder / "sql", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.md"))
    return release.bundle


@pytest.fixture
def database(dsn: str, earlier: Bundle) -> str:
    """Deploy the earlier bundle, with orders, some of them released."""
    assert deploy(dsn, bundle=earlier).strays == ()
    with psycopg.connect(dsn) as connection:
        connection.execute("set role erp_owner")
        build(connection, 12)
    assert "released" in called(dsn, RELEASE)
    return dsn


def called(dsn: str, query: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        connection.execute("set role erp_operator")
        return [row[0] for row in connection.execute(query.encode()).fetchall()]


def rows(dsn: str) -> dict[str, Any]:
    """Every row of the product's tables."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'erp'::regnamespace"
        ).fetchall()
        return {
            name: connection.execute(f"select array_agg(t::text order by t::text) from {name} as t".encode()).fetchone()
            for (name,) in tables
        }


def upgraded(dsn: str, bundle: Bundle) -> tuple[set[str], set[str]]:
    """Deploy a bundle as its dry run foresaw, and leave the data alone; return what was dropped and what was made."""
    before, data = everything(dsn), rows(dsn)
    plan = deploy(dsn, bundle=bundle, dry_run=True)
    assert everything(dsn) == before
    report = deploy(dsn, bundle=bundle)
    assert (plan.dropped, plan.created, plan.replaced) == (report.dropped, report.created, report.replaced)
    assert report.strays == ()
    assert status(dsn, bundle=bundle).state == "current"
    assert rows(dsn) == data
    return set(report.dropped), set(report.created)


def same_as_new(dsn: str, fresh: str, bundle: Bundle) -> None:
    """Compare every routine, view, trigger and privilege with those of a new database."""
    deploy(fresh, bundle=bundle)
    found = []
    for database in (dsn, fresh):
        with connected(database) as connection:
            found.append(catalog.fingerprint(connection))
    assert found[0] == found[1]


def test_an_earlier_release_with_its_data_becomes_this_one(database: str, deployed: str, real: Bundle) -> None:
    dropped, created = upgraded(database, real)

    gone = {
        "routine erp_api.restore_orders(integer,bigint[])",
        "routine erp_internal.open_orders(integer)",
        "routine erp_internal.count_records()",
        "trigger stock_record_counted on erp.stock_record",
        "view erp_api.order_list",
        "view erp_internal.phase_role",
    }
    anew = {
        "routine erp_api.preview_restore(integer,bigint[])",
        "routine erp_internal.assert_row_count(bigint,bigint)",
        "routine erp_internal.order_label(integer,integer,integer)",
    }
    assert dropped >= gone | anew
    assert created >= anew
    assert not created & gone
    same_as_new(database, deployed, real)
    assert set(called(database, RESTORE)) <= {"restored", "refused"}
    assert "released" in called(database, RELEASE)
    with psycopg.connect(database) as connection:
        assert broken_invariants(connection, order_totals(connection)) == []


def test_this_release_with_its_data_becomes_one_with_other_shapes(
    database: str, deployed: str, real: Bundle, release: ReleaseFolder
) -> None:
    deploy(database, bundle=real)
    release.change("procedures/internal/calls/distinct_ids", r"\bp_name\b", "p_argument")
    release.change("procedures/internal/messages/order_label", r"returns text", "returns character varying")
    release.change("procedures/preview_release", r"ordinal integer,", "ordinal bigint,")
    release.change("procedures/preview_release", r"w\.ordinal,", "w.ordinal::bigint,")
    release.change("views/run_history", r"    r\.application_name,\n", "")
    release.change("views/run_history", r"comment on column erp_api\.run_history\.application_name[^\n]*\n", "")
    (release.folder / "sql/views/lock_wait.sql").unlink()
    release.change("grants", r"erp_api\.lock_wait,\n", "")

    dropped, created = upgraded(database, release.bundle)

    assert "view erp_api.lock_wait" in dropped - created
    assert dropped & created >= {
        "view erp_api.run_history",
        "routine erp_internal.order_label(integer,integer,integer)",
    }
    same_as_new(database, deployed, release.bundle)
    assert set(called(database, RESTORE)) <= {"restored", "refused"}
    assert set(called(database, PREVIEW)) <= {"released", "split", "refused"}
    assert "release" in called(database, "select kind from erp_api.run_history")
