"""A role that may call the functions can bend none of them, whatever it makes, is named or sets (rules, section 10)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import InsufficientPrivilege, ObjectNotInPrerequisiteState
from psycopg.rows import namedtuple_row

from rilascio.errors import SessionUnfit
from rilascio.testing import acting_as, make_role
from tests.factory import Factory, Row, report
from tests.procedures.test_companies import CALLS, Shop, company_views, furnish, named

TRAPS = r"""
create sequence evil.sprung;
grant usage on sequence evil.sprung to public;
-- leaves a trace that outlives the exception, whoever may catch that
create function evil.spring() returns void language plpgsql as
'begin perform pg_catalog.nextval(''evil.sprung''); raise exception ''sprung as %'', current_user; end';

do $do$
declare
    v_ours constant text := (
        select string_agg(concat_ws(' ', p.prosrc, case when p.prokind = 'f' then pg_get_functiondef(p.oid) end), ' ')
        from pg_catalog.pg_proc as p
        where p.pronamespace::regnamespace::text in ('erp_api', 'erp_internal')
    ) || (
        select string_agg(pg_get_viewdef(c.oid), ' ')
        from pg_class as c
        where c.relnamespace::regnamespace::text in ('erp_api', 'erp_data', 'erp_internal') and c.relkind = 'v'
    );
    v_words constant text [] := array(select distinct w[1] from regexp_matches(lower(v_ours), '[a-z_]\w*', 'g') as w);
    c_body constant text :=
        ' language plpgsql as ''begin perform evil.spring(); return null; end''';
    v_made integer := 0;
    v_one record;
begin
    -- every function and aggregate of PostgreSQL's whose name stands in our sources
    for v_one in
        select
            quote_ident(p.proname) as name, p.prokind, p.prorettype::regtype::text as returned, p.proretset,
            pg_get_function_identity_arguments(p.oid) as arguments, p.pronargs,
            array_to_string(array(select t::regtype::text from unnest(p.proargtypes::oid []) as t), ', ') as types
        from pg_catalog.pg_proc as p
        where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any (v_words)
    loop
        begin
            if v_one.prokind = 'a' then
                execute format(
                    'create function evil.%I(%s) returns %s' || c_body, 'step_' || v_made,
                    concat_ws(', ', v_one.returned, nullif(v_one.types, '')), v_one.returned
                );
                execute format(
                    'create aggregate evil.%s(%s) (sfunc = evil.%I, stype = %s)', v_one.name,
                    case when v_one.pronargs = 0 then '*' else v_one.types end, 'step_' || v_made, v_one.returned
                );
            else
                execute format(
                    'create function evil.%s(%s) returns %s %s' || replace(c_body, 'return null;', ''), v_one.name,
                    v_one.types, case when v_one.proretset then 'setof' else '' end, v_one.returned
                );
            end if;
            v_made := v_made + 1;
        exception
            when others then null; -- pseudo-types that only C knows
        end;
    end loop;
    -- every operator over the types that we use
    for v_one in
        select
            o.oprname as name, o.oprleft::regtype::text as l, o.oprright::regtype::text as r,
            o.oprresult::regtype::text as returned
        from pg_operator as o
        where o.oprnamespace = 'pg_catalog'::regnamespace
        and array[o.oprleft, o.oprright] <@ array[
            'int2', 'int4', 'int8', 'numeric', 'text', 'name', 'date', 'timestamptz', 'interval', 'bool', 'uuid',
            'jsonb', 'oid', '"char"', 'anyarray', 'anycompatiblearray', 'anycompatible', 'anyelement'
        ]::regtype []::oid []
    loop
        begin
            execute format(
                'create function evil.%I(%s, %s) returns %s' || c_body, 'operator_' || v_made, v_one.l, v_one.r,
                v_one.returned
            );
            execute format(
                'create operator evil.%s (function = evil.%I, leftarg = %s, rightarg = %s)', v_one.name,
                'operator_' || v_made, v_one.l, v_one.r
            );
            v_made := v_made + 1;
        exception
            when others then null;
        end;
    end loop;
    if v_made < 300 then
        raise exception 'only % traps', v_made;
    end if;
    -- tables and helpers that are named like ours
    for v_one in
        select c.relname as name
        from pg_class as c
        where c.relnamespace::regnamespace::text in ('erp', 'erp_api', 'erp_data', 'erp_internal')
            and c.relkind in ('r', 'v', 'c')
        union
        select unnest(array['old_rows', 'new_rows', 'pg_roles', 'pg_proc'])
    loop
        execute format('create table evil.%I (company_id pg_catalog.text)', v_one.name);
        execute format('create temporary table %I (company_id pg_catalog.text)', v_one.name);
    end loop;
    for v_one in
        select
            p.proname as name, p.prorettype::regtype::text as returned,
            array_to_string(array(select t::regtype::text from unnest(p.proargtypes::oid []) as t), ', ') as types
        from pg_catalog.pg_proc as p
        where p.pronamespace::regnamespace::text in ('erp_api', 'erp_internal')
    loop
        begin
            execute format('create function evil.%I(%s) returns %s' || c_body, v_one.name, v_one.types, v_one.returned);
            execute format(
                'create function pg_temp.%I(%s) returns %s' || c_body, v_one.name, v_one.types, v_one.returned
            );
        exception
            when others then null; -- types of ours that are closed to it
        end;
    end loop;
    -- types, last of all, since nothing works any more where they are
    for v_one in select unnest(array['integer', 'int4', 'bigint', 'int8', 'numeric', 'text', 'date', 'uuid', 'jsonb',
        'bool', 'boolean', 'timestamptz', 'interval', 'name', 'regclass', 'tid']) as name
    loop
        execute format('create domain evil.%I as pg_catalog.int4 check (false)', v_one.name);
        execute format('create domain pg_temp.%I as pg_catalog.int4 check (false)', v_one.name);
    end loop;
end;
$do$;
"""


class RoleSession(Factory):
    """A session of a role that logged in, calling what a factory calls; it has made nothing."""

    def __init__(self, connection: psycopg.Connection, company_id: int) -> None:
        self.connection = connection
        self.company_id = company_id

    def call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query; what fails is undone."""
        with self.connection.transaction(), self.connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query, arguments, binary=True).fetchall()

    def write_call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query; the role puts data too."""
        return self.call(query, arguments)

    def archive_call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query; the role archives history too."""
        return self.call(query, arguments)

    def select(self, view: str, *order_ids: int, order_by: str = "1") -> list[Row]:
        """Select a view, without a word in the query that could mean something else."""
        return self.call(f"select * from erp_api.{view}")

    def data(self, kind: str) -> list[dict[str, Any]]:
        """Select the rows of a kind, likewise."""
        rows = self.call(f"select pg_catalog.to_jsonb(v) from erp_data.{kind} as v")
        return sorted((row for (row,) in rows), key=str)

    def _shown(self, view: str, key: dict[str, Any]) -> list[dict[str, Any]]:
        """Choose among the rows here: in the query, no equals sign is safe."""
        return [row for row in self.data(view) if key.items() <= row.items()]


class Place:
    """A database with a company in full swing, committed, and sessions of its operators."""

    def __init__(self, dsn: str, login: Callable[..., str]) -> None:
        self.login = login
        self.owner = psycopg.connect(dsn, autocommit=True)
        with self.owner.transaction():
            self.shop: Shop = furnish(Factory(self.owner, "erp_operator"))
        self.views = named(self.owner, "erp_api", "v")
        self.marks = self.owner.execute(
            "select c.oid::regclass::text, pg_sequence_last_value(c.oid) from pg_class as c"
            " where c.relkind = 'S' and c.relnamespace = 'erp'::regnamespace"
        ).fetchall()

    @contextmanager
    def session(self, member_of: str = "erp_operator") -> Iterator[psycopg.Connection]:
        """Log in as a new role that puts data too, in a transaction that is rolled back."""
        url = self.login(member_of)
        role = sql.Identifier(str(conninfo_to_dict(url)["user"]))
        self.owner.execute(sql.SQL("grant erp_writer, erp_archivist to {}").format(role))
        for name, mark in self.marks:
            self.owner.execute("select setval(%s::regclass, %s, %s)", [name, mark or 1, mark is not None])
        with psycopg.connect(url) as connection:
            yield connection
            connection.rollback()

    def results(self, connection: psycopg.Connection, leaving_out: Collection[str] = ()) -> dict[str, list[str]]:
        """Make every call and select every view; moments and the role's name aside."""
        role = connection.info.user
        shop = self.shop._replace(factory=RoleSession(connection, self.shop.factory.company_id))

        def plain(rows: list[Row]) -> list[str]:
            return sorted(
                str(tuple("moment" if isinstance(value, datetime) else value for value in row)).replace(role, "ROLE")
                for row in rows
            )

        with connection.transaction(force_rollback=True):
            answers = {f"{view} before": plain(shop.factory.select(view)) for view in self.views}
            answers |= {name: plain(call(shop)) for name, call in CALLS.items() if name not in leaving_out}
            return answers | {f"{view} after": plain(shop.factory.select(view)) for view in self.views}


@pytest.fixture
def place(rilascio_database: str, rilascio_login: Callable[..., str]) -> Iterator[Place]:
    """Give the database and its sessions."""
    made = Place(rilascio_database, rilascio_login)
    yield made
    made.owner.close()


def test_R40_an_evil_path_changes_no_answer_and_springs_no_trap(place: Place) -> None:
    """The role's own schema comes first for functions, operators, aggregates and types, its temporary tables for all.

    It has never called anything before, so every routine is compiled and planned under that path.
    """
    with place.session() as honest:
        expected = place.results(honest)
    with place.session() as evil:
        place.owner.execute(f"create schema evil authorization {evil.info.user}".encode())
        evil.execute(TRAPS.encode())
        evil.commit()
        evil.execute("set search_path = evil, pg_temp, pg_catalog, erp_api, erp_internal, erp")
        for trap in (
            *("select now()", "select 1 + 1", "select 'a'::pg_catalog.text = 'b'", "select 1::pg_catalog.numeric < 2"),
            *("select sum(1.5)", "select count(*)", "select jsonb_build_object()", "select cardinality(array[1])"),
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="sprung"), evil.transaction():
                evil.execute(trap)
        with pytest.raises(psycopg.errors.CheckViolation), evil.transaction():
            evil.execute("select 1::uuid")
        sprung = place.owner.execute("select last_value from evil.sprung").fetchone()
        results = place.results(evil)
        assert place.owner.execute("select last_value from evil.sprung").fetchone() == sprung
    assert results == expected
    place.owner.execute("drop schema evil cascade")


SETTINGS = {
    "planner": [
        *(f"enable_{way} = off" for way in ("hashjoin", "mergejoin", "nestloop", "indexscan", "bitmapscan")),
        *(f"enable_{way} = off" for way in ("seqscan", "sort", "hashagg", "material", "memoize", "indexonlyscan")),
        *("from_collapse_limit = 1", "join_collapse_limit = 1", "geqo_threshold = 2", "work_mem = '64kB'"),
        *("plan_cache_mode = force_custom_plan", "constraint_exclusion = on"),
    ],
    "parallel": [
        *("parallel_setup_cost = 0", "parallel_tuple_cost = 0", "min_parallel_table_scan_size = 0"),
        *("max_parallel_workers_per_gather = 1", "PARALLEL = on"),
    ],
    "meaning": [
        *("transform_null_equals = on", "datestyle = 'German, DMY'"),
        *("intervalstyle = 'sql_standard'", "extra_float_digits = -10", "backslash_quote = on", "lc_numeric = 'C'"),
        *("check_function_bodies = off", "quote_all_identifiers = on", "client_encoding = 'latin1'"),
        *("plpgsql.extra_warnings = 'all'", "plpgsql.variable_conflict = 'use_variable'", "xmloption = document"),
        *("default_toast_compression = 'pglz'",),
    ],
    "isolation": ["default_transaction_isolation = 'serializable'"],
    "ours": [
        *("erp.write_mode = 'run'", "erp.language = 'it''; drop table erp.run; --'", "erp.nothing = 'x'"),
        *("application_name = 'O''Brien'",),
    ],
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_R40_a_setting_changes_no_answer(place: Place, kind: str) -> None:
    parallel = "debug_parallel_query" if place.owner.info.server_version >= 160000 else "force_parallel_mode"
    application = "set application_name = 'O''Brien'"
    # what runs decide by is put at read committed alone
    leaving_out = {"claim_configuration", "deleted"} if kind == "isolation" else set()
    with place.session() as honest:
        honest.execute(application)
        expected = place.results(honest, leaving_out)
    with place.session() as other:
        for setting in (application, *SETTINGS[kind]):
            other.execute(f"set {setting.replace('PARALLEL', parallel).removeprefix('set ')}".encode())
        other.commit()
        assert place.results(other, leaving_out) == expected
        if leaving_out:
            with pytest.raises(SessionUnfit, match="read committed"):
                place.results(other)


def test_R43_who_would_read_without_row_level_security_reads_nothing(place: Place) -> None:
    with place.session() as session:
        session.execute("set row_security = off")
        for view in company_views(place.owner, "erp_api"):
            with pytest.raises(InsufficientPrivilege, match="row-level security"), session.transaction():
                session.execute(f"select from erp_api.{view}".encode())
        assert RoleSession(session, place.shop.factory.company_id).preview(place.shop.launched)


def test_R51_a_moment_is_understood_whatever_a_backslash_means_to_the_session(place: Place) -> None:
    shop = place.shop
    results = report("opening", declared_at="2027-01-01T08:00Z")
    with place.session() as connection:
        connection.execute("set standard_conforming_strings = off")
        [row] = RoleSession(connection, shop.factory.company_id).declare(shop.executive, results)
        assert row.outcome == "declared"


def test_R40_nulls_within_arrays_are_nulls_whatever_the_session_reads_them_as(place: Place) -> None:
    with place.session() as connection:
        connection.execute("set array_nulls = off")
        assert place.results(connection)["diagnose_configuration"]


def test_R20_the_write_mode_maintenance_opens_no_table_to_an_operator(place: Place) -> None:
    """Neither before a call nor after one, in a session of its own."""
    shop = place.shop
    with place.session() as connection:
        for _ in range(2):
            connection.execute("select set_config('erp.write_mode', 'run ' || pg_current_xact_id(), false)")
            for manual_change in ("delete from erp.run", "update erp.production_order set status = 'launched'"):
                with pytest.raises(InsufficientPrivilege), connection.transaction():
                    connection.execute(manual_change.encode())
            RoleSession(connection, shop.factory.company_id).restore(shop.executive)
    with place.session() as connection:
        RoleSession(connection, shop.factory.company_id).restore(shop.executive)
        row = connection.execute("select current_setting('erp.write_mode', true)").fetchone()
        assert row is not None
        assert not row[0]


# --- what is not allowed ---------------------------------------------------------------------------------------------

DENIED = [
    # becoming another
    "set role erp_owner",
    "set local role postgres",
    "select set_config('role', 'erp_owner', false)",
    "set session authorization erp_owner",
    "alter role erp_operator createrole",
    "grant erp_owner to erp_operator",
    "create role accomplice superuser",
    # putting the guards to sleep
    "set session_replication_role = replica",
    "set local session_replication_role = replica",
    "select set_config('session_replication_role', 'replica', true)",
    "alter table erp.run disable trigger all",
    "set log_statement = 'none'",
    # changing what is there
    "comment on function erp_api.preview_restore is 'mine'",
    "comment on view erp_api.my_companies is 'mine'",
    "comment on schema erp is 'mine'",
    "alter function erp_api.preview_restore reset all",
    "alter function erp_internal.member_companies(name) owner to current_user",
    "alter view erp_api.my_companies reset (security_barrier)",
    "alter view erp_api.my_companies owner to current_user",
    "alter schema erp rename to mine",
    "alter table erp.company owner to current_user",
    "drop function erp_api.preview_restore",
    "drop schema erp_internal cascade",
    "create or replace view erp_api.my_companies as select 1 as company_id",
    "create rule mine as on insert to erp_api.my_companies do instead nothing",
    "create trigger mine before insert on erp.run for each row execute function suppress_redundant_updates_trigger()",
    "create policy mine on erp.run using (true)",
    "create index on erp.run (note)",
    "create statistics mine on company_id, note from erp.run",
    "grant select on erp.run to public",
    "alter default privileges for role erp_owner grant all on tables to public",
    # adding to it
    "create table erp.mine ()",
    "create table erp_api.mine ()",
    "create function erp_api.mine() returns int return 1",
    "create function erp_internal.mine() returns int return 1",
    "create type erp_api.mine as (a int)",
    "create operator erp_api.=== (function = int4eq, leftarg = int, rightarg = int)",
    "create schema mine",
    "create extension dblink",
    # reading and writing beneath
    "create temporary view mine as table erp.run",
    "create temporary table mine (like erp.run)",
    "create temporary table mine (company_id int references erp.company)",
    "copy erp.run to stdout",
    "copy (select * from erp.run) to stdout",
    "lock table erp.run",
    "explain select * from erp.run",
    "select nextval('erp.run_run_id_seq')",
    "select setval('erp.run_run_id_seq', 1)",
    "select last_value from erp.run_run_id_seq",
    "select * from erp_api.my_companies for update",
    "lock table erp_api.my_companies",
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to program 'true'",
    # the helpers, by every road that leads to a function
    "select erp_internal.closes_order(1, 1, 1, 1)",
    "select * from erp_internal.order_base",
    "do 'begin perform erp_internal.set_write_mode(''run''); end'",
    "create function pg_temp.mine() returns int[] begin atomic select erp_internal.member_companies('postgres'); end",
    "create operator pg_temp.=== (function = erp_internal.order_blockers, leftarg = int, rightarg = bigint)",
    "create aggregate pg_temp.mine(bigint) (sfunc = erp_internal.order_blockers, stype = int)",
    "create temporary table mine (a int default erp_internal.caller_role()::text::int)",
    "create temporary table mine (a int check (erp_internal.write_mode() = ''))",
    "select 1 order by 1 using operator(erp_internal.<)",
    "select 'erp_internal.member_companies(name)'::regprocedure",
    "select null::erp_internal.refusal",
]


@pytest.mark.parametrize("manual_change", DENIED)
@pytest.mark.parametrize("member_of", ["erp_operator", "erp_releaser", "erp_writer", "erp_reader"])
def test_R20_an_operator_or_reader_gets_no_further_than_its_privileges(
    place_of_roles: Any, member_of: str, manual_change: str
) -> None:
    connection = place_of_roles[member_of]
    with pytest.raises(InsufficientPrivilege), connection.transaction():
        connection.execute(manual_change.encode())


@pytest.mark.parametrize(
    "manual_change", ["insert into {} default values", "update {} set company_id = 1", "delete from {}"]
)
@pytest.mark.parametrize("member_of", ["erp_operator", "erp_releaser", "erp_writer", "erp_reader"])
def test_R20_nobody_writes_through_a_view(place_of_roles: Any, member_of: str, manual_change: str) -> None:
    """For want of the privilege, or, where the view joins tables, since PostgreSQL knows no way."""
    connection = place_of_roles[member_of]
    views = connection.execute(
        """
        select c.oid::regclass::text
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'company_id'
        where c.relnamespace = 'erp_api'::regnamespace and c.relkind = 'v'
        """
    ).fetchall()
    assert len(views) > 8
    for (view,) in views:
        with pytest.raises((InsufficientPrivilege, ObjectNotInPrerequisiteState)), connection.transaction():
            connection.execute(manual_change.format(view).encode())


@pytest.fixture(scope="module")
def place_of_roles(_rilascio_connection: Any, rilascio_server: Any) -> Iterator[dict[str, psycopg.Connection]]:
    """Give a session of each role, logged in, for all that is denied."""
    owner = _rilascio_connection()
    sessions = {}
    names = []
    for member_of in ("erp_operator", "erp_releaser", "erp_writer", "erp_reader"):
        names.append(make_role(owner, member_of, password="secret"))
        owner.commit()
        dsn = rilascio_server.dsn(str(conninfo_to_dict(owner.info.dsn)["dbname"]), names[-1], "secret")
        sessions[member_of] = psycopg.connect(dsn)
    yield sessions
    for session in sessions.values():
        session.close()
    for name in names:
        owner.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(name)))
    owner.commit()


def test_R20_no_table_is_touched_in_any_way(rilascio: psycopg.Connection) -> None:
    tables = named(rilascio, "erp", "rp")
    for member_of in ("erp_operator", "erp_releaser", "erp_writer", "erp_reader"):
        role = make_role(rilascio, member_of)
        for table in tables:
            for manual_change in (
                "select from {}",
                "insert into {} default values",
                "delete from {}",
                "truncate {}",
                "table {}",
            ):
                with pytest.raises(InsufficientPrivilege), acting_as(rilascio, role):
                    rilascio.execute(manual_change.format(f"erp.{table}").encode())


@pytest.mark.parametrize(
    ("member_of", "schemas"), [("erp_reader", ["erp_api", "erp_internal"]), ("erp_operator", ["erp_internal"])]
)
def test_R40_a_reader_calls_nothing_but_the_feed_and_an_operator_no_helper(
    rilascio: psycopg.Connection, member_of: str, schemas: list[str]
) -> None:
    role = make_role(rilascio, member_of)
    calls = rilascio.execute(
        """
        select format('select %%s(%%s)', p.oid::regproc, concat_ws(', ', variadic array(
            select case when t::regtype::text like 'erp%%' then 'null' else format('null::%%s', t::regtype) end
            from unnest(p.proargtypes::oid []) as t
        )))
        from pg_catalog.pg_proc as p
        where p.pronamespace::regnamespace::text = any(%s) and p.prorettype <> 'trigger'::regtype
            and p.proname <> 'next_runs'
        """,
        [schemas],
    ).fetchall()
    assert len(calls) > 50
    for (call,) in calls:
        with pytest.raises(InsufficientPrivilege, match="permission denied"), acting_as(rilascio, role):
            rilascio.execute(call.encode())


def test_R40_a_reader_selects_every_view(factory: Factory) -> None:
    """All of a view, as an operator does: also where it asks functions that the reader may not call by name. Only what
    each may do differs."""
    shop = furnish(factory)
    connection = factory.connection
    connection.execute("reset role")
    reader = make_role(connection, "erp_reader")
    connection.execute(f"insert into erp.company_member values ({factory.company_id}, '{reader}')".encode())
    connection.execute("set local role erp_owner")
    of_companies = company_views(connection, "erp_api")

    def selected(view: str) -> list[str]:
        rows = shop.factory.select(view) if view in of_companies else shop.factory.call(f"select * from erp_api.{view}")
        assert rows or view == "lock_wait"
        return sorted(str({k: v for k, v in row._asdict().items() if not k.startswith("may_")}) for row in rows)

    for view in named(connection, "erp_api", "v"):
        expected = selected(view)
        shop.factory.operator = reader
        assert selected(view) == expected
        shop.factory.operator = "erp_operator"
