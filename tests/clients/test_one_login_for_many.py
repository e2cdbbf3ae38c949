"""What is set for a request alone: one login that becomes the role of each, as PostgREST has it, and PgBouncer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

from harness.dev.docs import DOCS
from rilascio.errors import NotAMember
from rilascio.folders import demo_folder
from tests.clients.pgbouncer import over_tcp, pooled

LOADED = ("demo", demo_folder())

RELEASE = "select outcome from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23')"


class Door:
    """A connection of the login, and the statements of the page with the names of this test."""

    def __init__(self, connection: psycopg.Connection, request: str, suffix: str) -> None:
        self.connection = connection
        self.suffix = suffix
        self._request = request

    def request(self) -> list[tuple[str, ...]]:
        """Send the request of the page as anna; return what its call answered."""
        cursor = self.connection.execute(self._request.encode())
        answers = []
        while cursor.nextset():
            answers += cursor.fetchall() if cursor.description else []
        return answers

    def acting_as(self, role: str | None, query: str) -> list[tuple[object, ...]]:
        """Ask as a role, or as the login itself, in a transaction."""
        with self.connection.transaction():
            if role:
                self.connection.execute(SQL("set local role {}").format(Identifier(f"{role}_{self.suffix}")))
            return self.connection.execute(query.encode()).fetchall()


@pytest.fixture(params=["straight", "through PgBouncer"])
def door(request: pytest.FixtureRequest, rilascio_database: str) -> Iterator[Door]:
    suffix = secrets.token_hex(4)
    page = (DOCS / "how-to" / "clients.md").read_text(encoding="utf-8")
    chapter = page[page.index("## One login for many users") :]
    roles, asked = (
        re.sub(r"\b(authenticator|anna)\b(?!@)", rf"\1_{suffix}", block)
        for block in re.findall(r"```sql\n(.*?)```", chapter, re.DOTALL)[:2]
    )
    login, password = f"authenticator_{suffix}", secrets.token_hex(8)
    assert "'a secret'" in roles
    address = over_tcp(rilascio_database) | {"user": login, "password": password}
    with psycopg.connect(rilascio_database, autocommit=True) as owner:
        owner.execute(roles.replace("a secret", password).encode())
        owner.execute("delete from erp.company_member where member_role = 'erp_operator'")
        owner.execute(f"create role beppe_{suffix} in role erp_operator role {login}".encode())
        try:
            with ExitStack() as stack:
                if request.param != "straight":
                    port = stack.enter_context(pooled(address["host"], address["port"], {login: password}))
                    address |= {"host": "127.0.0.1", "port": port}
                connection = psycopg.connect(make_conninfo(**address), autocommit=True, prepare_threshold=None)
                yield Door(stack.enter_context(connection), asked, suffix)
        finally:
            for role in (login, f"anna_{suffix}", f"beppe_{suffix}"):
                owner.execute(f"drop owned by {role}; drop role {role}".encode())


def test_R61_a_request_acts_as_the_role_that_it_sets_and_the_run_tells_both(door: Door) -> None:
    assert door.request()[-1] == ("released",)
    histories = "select session_role, caller_role, actor from erp_api.run_history where kind = 'release'"
    assert door.acting_as("anna", histories) == [
        (f"authenticator_{door.suffix}", f"anna_{door.suffix}", "anna@example.org")
    ]


def test_R61_what_a_request_sets_ends_with_it(door: Door) -> None:
    door.request()
    assert door.acting_as(None, "select current_user, coalesce(current_setting('erp.actor', true), '')") == [
        (f"authenticator_{door.suffix}", "")
    ]


def test_R61_membership_is_that_of_the_role_and_the_login_may_nothing(door: Door) -> None:
    companies = "select company_code from erp_api.my_companies"
    assert door.acting_as("anna", companies) == [("DEMO",)]
    assert door.acting_as("beppe", companies) == []
    with pytest.raises(NotAMember):
        door.acting_as("beppe", RELEASE)
    for query in (companies, RELEASE):
        with pytest.raises(InsufficientPrivilege, match="permission denied for schema erp_api"):
            door.acting_as(None, query)


def test_R61_R76_what_a_session_sets_or_listens_for_is_lost_behind_a_pooler(rilascio_login: Callable[..., str]) -> None:
    address = over_tcp(rilascio_login())
    session = "select coalesce(current_setting('erp.actor', true), ''), array(select pg_listening_channels())"
    with (
        pooled(address["host"], address["port"], {address["user"]: address["password"]}) as port,
        psycopg.connect(make_conninfo(**address | {"host": "127.0.0.1", "port": port}), autocommit=True) as connection,
    ):
        connection.execute("set erp.actor = 'anna'")
        connection.execute("listen erp_runs")
        assert connection.execute(session.encode()).fetchone() == ("", [])
        with connection.transaction():
            connection.execute("select set_config('erp.actor', 'anna', true)")
            assert connection.execute(session.encode()).fetchone() == ("anna", [])
