"""What somebody changed in a deployed database by hand is put right and said."""

from __future__ import annotations

import pytest

from rilascio.deployment import deploy, status
from tests.deploy.folder import Folder, execute, value


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


def test_a_view_widened_by_hand_is_made_anew_with_what_hangs_on_it(dsn: str, folder: Folder) -> None:
    deploy(dsn, bundle=folder.bundle)
    execute(
        dsn,
        "create or replace view erp_api.shelf_list as"
        " select shelf_id, erp_internal.z_label(shelf_id) as label, 1 as more from erp.shelf",
    )
    report = deploy(dsn, bundle=folder.bundle)
    assert report.repaired == ("view erp_api.shelf_list",)
    assert report.dropped == ("routine erp_internal.a_count()", "view erp_api.shelf_list")
    assert report.created == report.dropped
    assert value(dsn, "select erp_api.count_shelves()") == 0
    assert status(dsn, bundle=folder.bundle).state == "current"


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
