"""Whatever somebody does by hand to a deployed database is told by status, which then exits with 3."""

from __future__ import annotations

import json

import psycopg
import pytest
from click.testing import CliRunner

from rilascio.cli import main
from rilascio.deployment import deploy, revert, status
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.session import connected
from rilascio.deployment.state import state_of
from tests.deploy.folder import Folder

BY_HAND = {
    # privileges: of a column, of PUBLIC, and such as are gone
    "privileges on table erp.run": "grant select (note) on erp.run to erp_reader",
    "privileges on table erp.item": "grant select on erp.item to public",
    "privileges on table erp_meta.deployment": "grant update on erp_meta.deployment to erp_operator",
    "privileges on schema erp": "grant usage on schema erp to public",
    "privileges on schema erp_api": "revoke usage on schema erp_api from erp_reader",
    "privileges on sequence erp.run_run_id_seq": "grant usage on sequence erp.run_run_id_seq to public",
    "privileges on type erp_internal.requested_order": "grant usage on type erp_internal.requested_order to public",
    "view erp_api.release_grid": "grant select (order_id) on erp_api.release_grid to public",
    "view erp_api.restore_grid": "grant select on erp_api.restore_grid to public",
    "view erp_api.run_history": "revoke select on erp_api.run_history from erp_operator",
    "routine erp_api.preview_restore(integer,bigint[])": "grant execute on function erp_api.preview_restore to public",
    "routine erp_api.preview_data(integer,jsonb)": "revoke execute on function erp_api.preview_data from erp_writer",
    "routine erp_internal.write_mode()": "grant execute on function erp_internal.write_mode to erp_operator",
    # triggers
    "trigger stock_balance_update_protected on erp.stock_balance": (
        "alter table erp.stock_balance disable trigger stock_balance_update_protected"
    ),
    "trigger run_update_protected on erp.run": "alter table erp.run enable replica trigger run_update_protected",
    "trigger run_delete_protected on erp.run": "drop trigger run_delete_protected on erp.run",
    # what migrations made
    "constraint item_variant_item_fkey on erp.item_variant": "alter table erp.item_variant disable trigger all",
    "constraint run_order_counts on erp.run_order": "alter table erp.run_order drop constraint run_order_counts",
    "index erp.stock_record_run on erp.stock_record": "drop index erp.stock_record_run",
    "policy rows_of_the_readers_companies on erp.site": "drop policy rows_of_the_readers_companies on erp.site",
    "row security of table erp.lot": "alter table erp.lot disable row level security",
    "column uom of erp.item": "alter table erp.item alter column uom set default 'KG'",
    "column tracking of erp.item": "alter table erp.item alter column tracking drop not null",
    "owner of table erp.location": "alter table erp.location owner to {me}",
    # routines and views
    "routine erp_api.check_integrity(integer)": "alter function erp_api.check_integrity(integer) volatile",
    "routine erp_api.list_companies()": "alter function erp_api.list_companies() security invoker",
    "routine erp_api.claim_configuration(integer)": (
        "alter function erp_api.claim_configuration(integer) set search_path = public"
    ),
    "routine erp_api.order_ids(integer,text[])": "alter function erp_api.order_ids(integer, text[]) owner to {me}",
    "routine erp_api.preview_stock(integer,jsonb)": "comment on function erp_api.preview_stock(integer, jsonb) is 'X.'",
    "routine erp_api.order_feasibility(integer,bigint[])": "drop function erp_api.order_feasibility(integer, bigint[])",
    "routine erp_api.mine()": "create function erp_api.mine() returns integer language sql return 1",
    "view erp_api.lock_wait": "alter view erp_api.lock_wait reset (security_barrier)",
    "view erp_api.material_grid": "alter view erp_api.material_grid owner to {me}",
    "view erp_api.mine": "create view erp_api.mine as select 1 as one",
}
"""What may be done by hand, by what it is done to."""


def differing(connection: psycopg.Connection, bundle: Bundle) -> set[str]:
    """Return what differs from what the deployment left."""
    state = state_of(connection, bundle)
    tables = {one.object for one in state.table_differences}
    return {*state.drift.changed, *state.drift.missing, *state.strays, *tables}


def test_whatever_was_done_by_hand_is_told(rilascio_database: str, real: Bundle) -> None:
    with connected(rilascio_database) as connection, connection.transaction(force_rollback=True):
        assert differing(connection, real) == set()
        for change in BY_HAND.values():
            connection.execute(change.replace("{me}", f'"{connection.info.user}"').encode())
        found = differing(connection, real)
    assert BY_HAND.keys() - found == set()


@pytest.mark.parametrize(
    "what",
    [
        "view erp_api.release_grid",
        "trigger run_update_protected on erp.run",
        "column uom of erp.item",
        "view erp_api.mine",
    ],
)
def test_status_exits_with_3_and_names_what_was_done(rilascio_database: str, what: str) -> None:
    with psycopg.connect(rilascio_database) as connection:
        connection.execute(BY_HAND[what].encode())
    answer = CliRunner().invoke(main, ["status", "--format", "json", "--dsn", rilascio_database])
    assert (answer.exit_code, json.loads(answer.stdout)["state"]) == (3, "drifted")


def test_a_column_of_a_view_that_was_granted_by_hand_is_taken_back_by_the_next_deployment(
    rilascio_database: str,
) -> None:
    with psycopg.connect(rilascio_database) as connection:
        connection.execute(BY_HAND["view erp_api.release_grid"].encode())
    assert deploy(rilascio_database).repaired == ("view erp_api.release_grid",)
    with psycopg.connect(rilascio_database) as connection:
        assert connection.execute(
            "select count(*) from pg_attribute where attrelid = 'erp_api.release_grid'::regclass and attacl is not null"
        ).fetchone() == (0,)
    assert status(rilascio_database).state == "current"


LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout",
          "transaction_timeout")  # fmt: skip


def test_no_time_limit_of_its_role_ends_a_deployment(dsn: str, folder: Folder) -> None:
    """Of the database, of which every session would have it; the work of a migration takes longer than that."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        known = {name for (name,) in connection.execute("select name from pg_settings where unit = 'ms'")}
        for limit in known.intersection(LIMITS):
            connection.execute(f"alter database {connection.info.dbname} set {limit} = '40ms'".encode())
    folder.write("migrations/0003_take_long.sql", "select pg_sleep(0.1);")
    folder.write("migrations/0003_take_long.rollback.sql", "select pg_sleep(0.1);")
    folder.append("sql/grants.sql", "select pg_sleep(0.1);")
    assert deploy(dsn, bundle=folder.bundle).changed
    assert status(dsn, bundle=folder.bundle).state == "current"
    assert revert(dsn, steps=1, bundle=folder.bundle).reverted == ("0003_take_long",)
