"""Nobody reads or does through PostgreSQL's own work what is not theirs (section 10, "Who may")."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from time import monotonic
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from rilascio import postgres
from rilascio.deployment import deploy
from rilascio.errors import NotAMember, SessionUnfit
from rilascio.testing import acting_as, make_role
from tests.factory import Factory, needs, outcomes

BAIT = """
create table {0}.seen (caller text, what text);
create function {0}.look(p integer) returns integer language plpgsql as $$
begin
    insert into {0}.seen values (session_user, 'work');
    insert into {0}.seen select session_user, 'company ' || company_code from erp_api.my_companies;
    insert into {0}.seen select session_user, 'order ' || order_id from erp_api.release_grid;
    insert into {0}.seen select session_user, 'wait' from erp_api.lock_wait;
    begin
        insert into {0}.seen
        select session_user, 'preview ' || outcome from erp_api.preview_release({1}, array[{2}]);
    exception when others then
        insert into {0}.seen values (session_user, sqlstate);
    end;
    begin
        insert into {0}.seen
        select session_user, 'release ' || outcome from erp_api.release_production_orders({1}, array[{2}]);
    exception when others then
        insert into {0}.seen values (session_user, sqlstate);
    end;
    return p;
end $$;
create function {0}.bait(p integer) returns integer language plpgsql immutable as $$
begin
    return {0}.look(p);
end $$;
create table {0}.trap (a integer) with (autovacuum_analyze_threshold = 0, autovacuum_analyze_scale_factor = 0);
create index trap_bait on {0}.trap ({0}.bait(a));
create materialized view {0}.picture as select {0}.look(1) as a with no data;
insert into {0}.trap values (1);
"""


class Trap(NamedTuple):
    """A superuser's connection, the schema of a login that is a member of no company, and an order of a company."""

    connection: psycopg.Connection
    schema: str
    login: str
    factory: Factory
    order: int

    def seen(self) -> list[str]:
        """Return what the login's function has seen under another's name."""
        rows = self.connection.execute(
            f"select distinct what from {self.schema}.seen where caller <> %s order by 1".encode(), [self.login]
        ).fetchall()
        return [what for (what,) in rows]


@pytest.fixture(scope="module")
def vacuumed() -> Iterator[str]:
    """Give the URL of a database where autovacuum looks every second."""
    with postgres.throwaway(settings={"autovacuum_naptime": "1s"}) as running:
        dsn = postgres.url(running.host, running.port, "postgres", running.user, running.password)
        deploy(dsn)
        yield dsn


@pytest.fixture
def trap(vacuumed: str) -> Iterator[Trap]:
    """Lay the trap: the superuser is a member of the company, the login that lays it may call but is of no company."""
    with psycopg.connect(vacuumed) as connection:
        login = make_role(connection, "erp_operator", password=secrets.token_hex(8))
        user = connection.execute("select session_user::text").fetchone()
        assert user is not None
        factory = Factory(connection, user[0], f"C{secrets.token_hex(4)}", member=user[0])
        factory.item("NUT")
        factory.stock("NUT", 100)
        order = factory.order(needs("NUT", 1), quantity=5)
        connection.execute("reset role")
        assert [row.outcome for row in factory.preview(order)] == ["released"]
        connection.execute("reset role")
        schema = f"of_{login}"
        connection.execute(sql.SQL("create schema {} authorization {}").format(*map(sql.Identifier, (schema, login))))
        connection.commit()
        with acting_as(connection, login):
            connection.execute(BAIT.format(schema, factory.company_id, order).encode())
            connection.execute(sql.SQL("delete from {}.seen").format(sql.Identifier(schema)))
        connection.commit()
        yield Trap(connection, schema, login, factory, order)


def autovacuum(trap: Trap) -> None:
    deadline = monotonic() + 60
    while monotonic() < deadline:
        with trap.connection.transaction():
            row = trap.connection.execute(
                "select autoanalyze_count from pg_stat_user_tables where schemaname = %s and relname = 'trap'"
                " and pg_sleep(0.05) is not null",
                [trap.schema],
            ).fetchone()
        if row and row[0]:
            return
    pytest.fail("autovacuum never came")


def statement(text: str) -> Callable[[Trap], None]:
    def execute(trap: Trap) -> None:
        trap.connection.execute(text.format(trap.schema).encode())

    return execute


WORK = {
    "autovacuum": autovacuum,
    "analyze": statement("analyze {}.trap"),
    "reindex": statement("reindex table {}.trap"),
    "create index": statement("create index on {0}.trap ({0}.bait(a + 1))"),
    "refresh": statement("refresh materialized view {}.picture"),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_R43_work_that_postgresql_does_in_anothers_name_reads_and_does_nothing(
    trap: Trap, work: Callable[[Trap], None]
) -> None:
    """The functions of a table's owner run with the session of whoever maintains the table."""
    trap.connection.commit()
    trap.connection.autocommit = True
    work(trap)
    trap.connection.autocommit = False
    assert trap.seen() == ["55000", "work"]
    assert [row.order_id for row in trap.factory.select("release_grid")] == [trap.order]


def test_R43_a_session_whose_triggers_are_asleep_calls_nothing(factory: Factory) -> None:
    factory.item("NUT")
    factory.stock("NUT", 100)
    order = factory.order(needs("NUT", 1))
    factory.connection.execute("reset role; set local session_replication_role = replica")
    for call in (factory.preview, factory.release):
        with pytest.raises(SessionUnfit, match="replica"):
            call(order)
    factory.connection.execute("reset role; set local session_replication_role = origin")
    assert outcomes(factory.release(order)) == ["released"]


def test_R61_a_session_that_listens_calls_as_ever(committed: tuple[Factory, psycopg.Connection]) -> None:
    factory, _ = committed
    factory.item("NUT")
    factory.stock("NUT", 100)
    order = factory.order(needs("NUT", 1))
    factory.connection.commit()
    factory.connection.execute("listen news")
    factory.connection.commit()
    assert outcomes(factory.release(order)) == ["released"]
    factory.connection.commit()
    listened = factory.connection.execute("select pg_listening_channels()").fetchall()
    assert listened == [("news",)]


# --- roles that are no longer what they were ------------------------------------------------------------------------


class Shift(NamedTuple):
    """A session of a login that acts under a role, a member of the company, and a superuser beside it."""

    session: psycopg.Connection
    admin: psycopg.Connection
    login: str
    role: str
    factory: Factory
    order: int

    def preview(self) -> list[str]:
        """Ask for a preview, and return the outcomes."""
        rows = self.session.execute(
            "select outcome from erp_api.preview_release(%s, array[%s])", [self.factory.company_id, self.order]
        ).fetchall()
        return [outcome for (outcome,) in rows]


@pytest.fixture
def shift(rilascio_database: str, rilascio_login: Callable[..., str]) -> Iterator[Shift]:
    """Give a shift in which a first call has gone well."""
    role = f"shift_{secrets.token_hex(4)}"
    dsn = rilascio_login()
    with psycopg.connect(rilascio_database, autocommit=True) as admin, psycopg.connect(dsn, autocommit=True) as session:
        login = session.info.user
        admin.execute(f"create role {role} in role erp_operator role {login}".encode())
        with psycopg.connect(rilascio_database) as connection:
            factory = Factory(connection, role, member=role)
            order = factory.order()
        session.execute(f"set role {role}".encode())
        shift = Shift(session, admin, login, role, factory, order)
        assert shift.preview() == ["released"]
        yield shift
        for name in (role, f"{role}_new"):
            admin.execute(f"drop role if exists {name}".encode())
        if not admin.execute("select from pg_roles where rolname = %s", [login]).fetchall():
            admin.execute(f"create role {login}".encode())  # for the fixture to drop


def test_R61_a_role_renamed_while_it_acts_is_refused_and_nobody_steps_into_its_name(shift: Shift) -> None:
    shift.admin.execute(f"alter role {shift.role} rename to {shift.role}_new".encode())
    with pytest.raises(SessionUnfit, match=f"Role {shift.role}, which this session has set, was renamed"):
        shift.preview()
    shift.admin.execute(f"create role {shift.role} in role erp_operator".encode())
    with pytest.raises(SessionUnfit, match=f"Role {shift.role}, which this session has set, was renamed"):
        shift.preview()
    shift.session.execute("reset role")
    with pytest.raises(NotAMember, match=f"role {shift.login} is not a member"):
        shift.preview()
    shift.admin.execute(f"grant {shift.role} to {shift.login}".encode())
    assert shift.preview() == ["released"]


def test_R61_a_role_that_may_no_longer_be_set_is_refused_while_it_acts(shift: Shift) -> None:
    if shift.session.info.server_version < 160000:
        pytest.skip("before PostgreSQL 16 who may hand a role on has it too")
    shift.admin.execute(f"grant {shift.role} to {shift.login} with admin true, inherit false, set false".encode())
    with pytest.raises(SessionUnfit, match=f"taken from role {shift.login}"):
        shift.preview()


def test_R61_a_role_dropped_while_it_acts_is_refused(shift: Shift) -> None:
    shift.admin.execute(f"drop role {shift.role}".encode())
    with pytest.raises(InsufficientPrivilege, match="permission denied for schema"):
        shift.preview()
    shift.session.execute("reset role")
    with pytest.raises(NotAMember, match="is not a member"):
        shift.preview()
    assert shift.session.execute("select count(*) from erp_api.my_companies").fetchall() == [(0,)]


def test_R61_a_login_dropped_while_its_role_acts_is_refused(shift: Shift) -> None:
    shift.admin.execute(f"drop role {shift.login}".encode())
    with pytest.raises(SessionUnfit, match="The role that this session logged in as was dropped"):
        shift.preview()


def test_R61_a_member_that_is_no_role_stands_in_nobodys_way(factory: Factory) -> None:
    factory._insert("company_member", member_role="nobody of that name")
    order = factory.order()
    assert [row.company_id for row in factory.select("my_companies")] == [factory.company_id]
    assert outcomes(factory.release(order)) == ["released"]


# --- who is a member ------------------------------------------------------------------------------------------------


def test_R61_a_superuser_is_a_member_only_where_a_row_names_it(factory: Factory) -> None:
    order = factory.order()
    role = make_role_of_superuser(factory.connection)
    with pytest.raises(NotAMember, match="is not a member"):
        Acting(factory, role).preview(order)
    assert Acting(factory, role).companies() == []
    factory._insert("company_member", member_role=role)
    assert Acting(factory, role).companies() == [factory.company_id]
    assert Acting(factory, role).preview(order) == ["released"]


def test_R61_a_superuser_is_a_member_through_a_role_granted_to_it(factory: Factory) -> None:
    role = make_role_of_superuser(factory.connection)
    factory.connection.execute(f"reset role; grant erp_operator to {role}".encode())
    assert Acting(factory, role).preview(factory.order()) == ["released"]


@pytest.mark.parametrize("options", ["admin true, inherit false, set false", "admin true, inherit false, set true"])
def test_R61_a_role_that_one_may_only_hand_on_makes_nobody_a_member(factory: Factory, options: str) -> None:
    if factory.connection.info.server_version < 160000:
        pytest.skip("before PostgreSQL 16 who may hand a role on has it too")
    factory.connection.execute("reset role; create role firm; create role clerk in role erp_reader")
    factory.connection.execute(f"grant firm to clerk with {options}".encode())
    factory.connection.execute("set local role erp_owner")
    factory.connection.execute("update erp.company_member set member_role = 'firm'")
    assert Acting(factory, "clerk").companies() == ([factory.company_id] if "set true" in options else [])


def test_R61_membership_reaches_through_roles_that_are_not_inherited(factory: Factory) -> None:
    factory.connection.execute(
        "reset role; create role firm; create role desk noinherit in role firm;"
        "create role clerk in role desk, erp_reader"
    )
    factory.connection.execute("set local role erp_owner")
    factory.connection.execute("update erp.company_member set member_role = 'firm'")
    assert Acting(factory, "clerk").companies() == [factory.company_id]


class Acting(NamedTuple):
    """A role at work beside the operator."""

    factory: Factory
    role: str

    def companies(self) -> list[int]:
        """Return the companies that the role sees."""
        with self.factory.acting(self.role):
            rows = self.factory.connection.execute("select company_id from erp_api.my_companies").fetchall()
        return [company_id for (company_id,) in rows]

    def preview(self, order: int) -> list[str]:
        """Ask for a preview, and return the outcomes."""
        with self.factory.acting(self.role):
            rows = self.factory.connection.execute(
                "select outcome from erp_api.preview_release(%s, array[%s])", [self.factory.company_id, order]
            ).fetchall()
        return [outcome for (outcome,) in rows]


def make_role_of_superuser(connection: psycopg.Connection) -> str:
    """Make a superuser, and return its name."""
    name = f"boss_{secrets.token_hex(4)}"
    connection.execute(f"reset role; create role {name} superuser; set local role erp_owner".encode())
    return name
