"""The way back: to nothing, by steps, to a migration; and what stops it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from rilascio.deployment import catalog, deploy, revert, status
from rilascio.deployment.bundle import Bundle
from rilascio.errors import HarnessError
from tests.deploy.folder import Folder, everything, execute, schemas, value


def test_rolling_back_to_nothing_and_up_again(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    report = revert(dsn, to="0000", bundle=folder.bundle)
    assert report.reverted == ("0002_create_shelf", "0001_create_schemas")
    assert report.remaining == ()
    assert "view erp_api.shelf_list" in report.dropped
    assert schemas(dsn) == ["erp_meta"]
    assert deploy(dsn, bundle=folder.bundle).migrations == ("0001_create_schemas", "0002_create_shelf")
    assert status(dsn, bundle=folder.bundle).state == "current"


def test_the_real_sources_roll_back_to_nothing_and_come_up_again_the_same(dsn: str, real: Bundle) -> None:
    deploy(dsn, bundle=real)
    with psycopg.connect(dsn) as connection:
        before = catalog.fingerprint(connection)
    revert(dsn, to="0000", bundle=real)
    assert schemas(dsn) == ["erp_meta"]
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
    with pytest.raises(HarnessError, match="other objects depend on it"):
        revert(dsn, to="0000", bundle=folder.bundle)
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
