"""Deployers without great powers: what they need, and what they are told they lack."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from rilascio.deployment import deploy, revert, status
from rilascio.deployment.common import ROLES
from rilascio.errors import HarnessError
from rilascio.postgres import throwaway
from rilascio.testing import DatabaseServer
from tests.deploy.folder import Folder, execute, schemas, value


@pytest.fixture
def plain_role(rilascio_server: DatabaseServer, dsn: str) -> Iterator[str]:
    """A role that may create roles and owns the database, but is no superuser."""
    name = f"deployer_{uuid4().hex[:8]}"
    database = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with psycopg.connect(rilascio_server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"create role {name} login createrole".encode())
        admin.execute(f"alter database {database} owner to {name}".encode())
        yield name
        admin.execute(f"alter database {database} owner to current_user".encode())
        if admin.execute("select 1 from pg_roles where rolname = 'erp_owner'").fetchone():
            admin.execute(f"revoke erp_owner from {name}".encode())
        admin.execute(f"drop role {name}".encode())


def test_a_deployer_without_superuser_rights_needs_to_be_member_of_the_owner(
    dsn: str, folder: Folder, plain_role: str
) -> None:
    with psycopg.connect(dsn, autocommit=True) as admin:
        for role in ROLES:
            if not admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                admin.execute(f"create role {role}".encode())
        admin.execute("grant erp_view to erp_owner")
        admin.execute(f"grant erp_owner to {plain_role}".encode())
    report = deploy(make_conninfo(dsn, user=plain_role), bundle=folder.bundle)
    assert report.changed
    assert value(dsn, "select deployed_by from erp_meta.deployment") == plain_role
    assert not deploy(make_conninfo(dsn, user=plain_role), bundle=folder.bundle).changed
    assert revert(make_conninfo(dsn, user=plain_role), to="0000", bundle=folder.bundle).remaining == ()


def test_a_deployer_who_may_create_roles_starts_from_nothing(folder: Folder) -> None:
    """On a server of its own: the roles must not exist yet."""
    with throwaway() as server:
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
            admin.execute("create role chief login createrole createdb")
            admin.execute("create role novice login")
            admin.execute("create database plant owner chief")
            admin.execute("create database workshop owner novice")
        with pytest.raises(HarnessError, match="novice may not create roles") as failure:
            deploy(server.dsn("workshop", user="novice"), bundle=folder.bundle)
        assert failure.value.hint is not None
        assert (
            "create role erp_owner nologin; create role erp_view nologin; create role erp_operator nologin"
            in failure.value.hint
        )
        assert schemas(server.dsn("workshop")) == []

        report = deploy(server.dsn("plant", user="chief"), bundle=folder.bundle)
        assert report.roles == tuple(ROLES)
        assert not deploy(server.dsn("plant", user="chief"), bundle=folder.bundle).changed

        with pytest.raises(HarnessError, match="novice is not a member of erp_owner"):
            deploy(server.dsn("workshop", user="novice"), bundle=folder.bundle)
        execute(server.dsn("workshop"), "grant erp_owner to novice")
        assert deploy(server.dsn("workshop", user="novice"), bundle=folder.bundle).changed

        execute(server.dsn("plant"), "create role passer_by login")
        with pytest.raises(HarnessError, match="permission denied"):
            status(server.dsn("plant", user="passer_by"), bundle=folder.bundle)


def test_an_owner_role_that_may_log_in_is_refused(folder: Folder) -> None:
    with throwaway() as server:
        execute(server.dsn("postgres"), "create role erp_owner login")
        with pytest.raises(HarnessError, match="erp_owner exists and may log in"):
            deploy(server.dsn("postgres"), bundle=folder.bundle)
        assert schemas(server.dsn("postgres")) == []


@pytest.mark.parametrize(
    ("role", "power", "told"),
    [
        ("erp_view", "bypassrls", "erp_view may read past row level security: alter role erp_view nobypassrls"),
        ("erp_view", "superuser", "erp_view may do everything: alter role erp_view nosuperuser"),
        ("erp_owner", "login", "erp_owner may log in: alter role erp_owner nologin"),
    ],
)
def test_what_a_role_that_owns_something_was_given_beyond_it_is_told_and_refused(
    folder: Folder, role: str, power: str, told: str
) -> None:
    with throwaway() as server:
        dsn = server.dsn("postgres")
        deploy(dsn, bundle=folder.bundle)
        assert status(dsn, bundle=folder.bundle).roles == ()
        execute(dsn, f"alter role {role} {power}")
        report = status(dsn, bundle=folder.bundle)
        assert (report.state, report.roles) == ("drifted", (told,))
        with pytest.raises(HarnessError, match=f"The role {role} exists and may"):
            deploy(dsn, bundle=folder.bundle)
        execute(dsn, report.roles[0].split(": ")[1])
        assert status(dsn, bundle=folder.bundle).state == "current"
