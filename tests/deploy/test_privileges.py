"""Whatever was granted beforehand or by hand: after a deployment everybody may do what the matrix says."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from rilascio.deployment import catalog, deploy, revert, status
from rilascio.deployment.bundle import Bundle
from rilascio.errors import HarnessError
from rilascio.testing import DatabaseServer
from tests.catalog.security.privileges import privileges_beyond_the_matrix
from tests.deploy.folder import Folder, execute, value

KINDS = ["tables", "sequences", "functions", "types", "schemas"]


@pytest.fixture
def other(rilascio_server: DatabaseServer) -> Iterator[str]:
    """Give a role that has nothing to do with us. What it is granted goes with the database, which is made after it."""
    name = f"other_{uuid4().hex[:8]}"
    execute(rilascio_server.dsn(), f"create role {name}")
    yield name
    execute(rilascio_server.dsn(), f"drop role {name}")


def beyond(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return privileges_beyond_the_matrix(connection)


def default_privileges(dsn: str, role: str) -> None:
    """Let a role have everything on whatever the owner makes."""
    for kind in KINDS:
        execute(dsn, f"alter default privileges for role erp_owner grant all on {kind} to {role}")


def test_what_default_privileges_would_give_to_others_is_nobodys(
    rilascio_template: object, other: str, dsn: str, real: Bundle
) -> None:
    default_privileges(dsn, other)
    default_privileges(dsn, "public")
    deploy(dsn, bundle=real)
    assert beyond(dsn) == []
    assert value(dsn, "select count(*) from pg_default_acl where defaclnamespace <> 0") == 0


def test_what_was_granted_by_hand_is_taken_back_by_the_next_deployment(other: str, deployed: str) -> None:
    assert beyond(deployed) == []
    execute(
        deployed,
        f"""
        grant usage on schema erp, erp_internal, erp_meta to {other} with grant option;
        grant all on all tables in schema erp to {other} with grant option;
        grant usage on all sequences in schema erp to public;
        grant update (note) on erp.run to {other};
        grant execute on all functions in schema erp_internal to public;
        grant usage on type erp_internal.requested_order to {other};
        grant select on erp_meta.deployment to erp_reader;
        grant execute on function erp_api.restore_production_orders to erp_releaser;
        set role {other};
        grant select on erp.item to erp_reader;
        reset role;
        alter default privileges for role erp_owner in schema erp grant select on tables to {other};
        """,
    )
    assert len(beyond(deployed)) > 100
    assert deploy(deployed).changed
    assert beyond(deployed) == []


@pytest.mark.parametrize(
    "grant",
    [
        "update on erp_meta.deployment",
        "usage on schema erp_meta",
        "usage on type erp_internal.requested_order",
        "select (note) on erp.run",
        "usage on sequence erp.run_run_id_seq",
    ],
)
def test_a_grant_by_hand_is_named_and_taken_back_by_the_same_release(other: str, deployed: str, grant: str) -> None:
    execute(deployed, f"grant {grant} to {other}")
    assert [change.split()[0] for change in status(deployed).changed_in_database] == ["privileges"]
    assert len(deploy(deployed).repaired) == 1
    assert beyond(deployed) == []
    assert status(deployed).state == "current"


def test_a_deployment_that_fails_leaves_nothing_open(
    rilascio_template: object, other: str, dsn: str, folder: Folder
) -> None:
    """Migrations are committed before the grants are made: meanwhile nobody but the owner may do anything."""
    default_privileges(dsn, other)
    default_privileges(dsn, "public")
    folder.write("sql/grants.sql", "select 1 / 0;")
    with pytest.raises(HarnessError, match="division by zero"):
        deploy(dsn, bundle=folder.bundle)
    assert value(dsn, "select to_regclass('erp.shelf') is not null") is True
    for privilege in ("select", "insert"):
        assert value(dsn, f"select has_table_privilege('{other}', 'erp.shelf', '{privilege}')") is False
    assert value(dsn, f"select has_schema_privilege('{other}', 'erp', 'usage')") is False
    revert(dsn, to="0000", bundle=folder.bundle)
    with psycopg.connect(dsn) as connection:
        assert list(catalog.existing_schemas(connection)) == []


BOUND = """
    select c.oid::regclass::text, c.relrowsecurity, c.relforcerowsecurity, p.polname, p.polpermissive, p.polcmd,
        p.polroles::text, pg_get_expr(p.polqual, p.polrelid)
    from pg_class as c
    left join pg_policy as p on p.polrelid = c.oid
    where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')
    order by 1, p.polname
"""


def test_privileges_that_are_right_lock_no_table_and_no_view(rilascio: psycopg.Connection, real: Bundle) -> None:
    rilascio.execute(real.sources()[-1].text.encode())
    exclusive = rilascio.execute(
        """
        select l.relation::regclass::text
        from pg_locks as l
        inner join pg_class as c on c.oid = l.relation
        where l.pid = pg_backend_pid() and l.mode = 'AccessExclusiveLock' and c.relkind in ('r', 'p', 'v')
        """
    )
    assert exclusive.fetchall() == []


@pytest.mark.parametrize(
    "breach",
    [
        "drop policy rows_of_the_readers_companies on erp.lot",
        "alter policy rows_of_the_readers_companies on erp.lot using (true)",
        "alter policy rows_of_the_readers_companies on erp.lot to erp_reader",
        "alter policy rows_of_the_readers_companies on erp.lot rename to mine",
        "create policy everybody on erp.lot for select using (true)",
        "alter table erp.lot disable row level security",
        "alter table erp.lot force row level security",
        "update pg_policy set polpermissive = false where polrelid = 'erp.lot'::regclass",
        "update pg_policy set polcmd = '*' where polrelid = 'erp.lot'::regclass",
    ],
)
def test_rows_that_are_bound_otherwise_are_bound_as_before_by_the_next_deployment(
    rilascio: psycopg.Connection, real: Bundle, breach: str
) -> None:
    before = rilascio.execute(BOUND).fetchall()
    rilascio.execute(breach.encode())
    assert rilascio.execute(BOUND).fetchall() != before
    rilascio.execute(real.sources()[-1].text.encode())
    assert rilascio.execute(BOUND).fetchall() == before
