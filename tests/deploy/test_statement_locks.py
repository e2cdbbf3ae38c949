"""The locks that a plan tells of a statement are those that PostgreSQL takes."""

from __future__ import annotations

import psycopg
import pytest

from rilascio.deployment import deploy
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.locks import STOPS, statement_locks
from rilascio.deployment.migrations import read_bundle, statements_of
from tests.deploy.folder import Folder, execute

STATEMENTS = [
    "alter table erp.shelf add column width integer",
    "alter table erp.shelf add constraint shelf_positive check (shelf_id > 0) not valid",
    "alter table erp.shelf alter column shelf_id set statistics 100",
    "alter table erp.shelf alter column shelf_id set (n_distinct = 10)",
    "alter table erp.shelf add constraint shelf_of_shelf foreign key (shelf_id) references erp.rack (rack_id)",
    "alter table erp.shelf add column rack integer constraint shelf_rack references erp.rack (rack_id)",
    "alter table erp.shelf disable trigger shelf_guard",
    "alter table erp.shelf enable row level security, no force row level security",
    "alter table erp.shelf replica identity full",
    "create table erp.box (shelf_id integer constraint box_shelf references erp.shelf (shelf_id))",
    "create index shelf_again on erp.shelf (shelf_id)",
    "create unique index shelf_anew on only erp.shelf using btree (shelf_id)",
    "comment on table erp.shelf is 'Of wood; on a wall.'",
    "comment on column erp.shelf.shelf_id is 'Its number.'",
    "comment on constraint shelf_pkey on erp.shelf is 'Its key.'",
    "comment on trigger shelf_guard on erp.shelf is 'Its guard.'",
    "comment on view erp_api.shelf_list is 'Shelves.'",
    "comment on function erp_internal.guard() is 'A guard.'",
    "create or replace view erp_api.shelf_list as select s.*, 1 as one from erp_api.shelf_list as s",
    "alter view erp_api.shelf_list owner to erp_owner",
    "drop view erp_api.shelf_names",
    "drop trigger shelf_guard on erp.shelf",
    "create trigger shelf_again after insert on erp.shelf for each row execute function erp_internal.guard()",
    "create policy all_of_them on erp.shelf using (true)",
    "create or replace rule nothing as on delete to erp.shelf do instead nothing",
    "alter sequence erp.number increment by 2",
    "create sequence erp.other",
    "create type erp.size as (width integer)",
    "create schema erp_more",
    "grant select on erp.shelf to erp_reader",
    "revoke all on all tables in schema erp from erp_reader",
    "lock table erp.shelf, erp.rack in share mode",
    "insert into erp.shelf values (1)",
    "update erp.shelf set shelf_id = 2",
    "delete from erp.shelf",
    "drop table erp.rack",
    "create function erp.one() returns integer language sql return 1",
    "drop sequence erp.number",
]


@pytest.fixture
def shelves(dsn: str, folder: Folder) -> str:
    deploy(dsn, bundle=folder.bundle)
    execute(dsn, "create table erp.rack (rack_id integer constraint rack_pkey primary key)")
    execute(dsn, "create sequence erp.number; create view erp_api.shelf_names as select from erp_api.shelf_list")
    return dsn


def locks_taken(dsn: str, statement: str) -> set[tuple[str, str]]:
    """Run a statement, look which locks on what was there before it holds, and roll it back."""
    with psycopg.connect(dsn) as there, psycopg.connect(dsn) as here:
        names = dict(
            there.execute(
                "select oid, oid::regclass::text from pg_class "
                "where relnamespace::regnamespace::text like 'erp%' and relkind in ('r', 'v', 'S')"
            ).fetchall()
        )
        here.execute(statement.encode())
        held = there.execute(
            "select relation, mode from pg_locks where pid = %s and relation is not null", [here.info.backend_pid]
        ).fetchall()
        here.rollback()
    modes = {mode.title().replace(" ", "") + "Lock": mode for mode in STOPS}
    strongest: dict[str, str] = {}
    for relation, mode in held:
        if relation in names and mode in modes:
            before = strongest.get(names[relation], modes[mode])
            strongest[names[relation]] = max(before, modes[mode], key=list(STOPS).index)
    return set(strongest.items())


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_locks_of_a_statement_are_those_that_it_takes(shelves: str, statement: str) -> None:
    planned = statement_locks(statement)
    assert planned is not None
    existing = {"erp.shelf", "erp.rack", "erp.number", "erp_api.shelf_list", "erp_api.shelf_names"}
    assert {(one.relation, one.mode) for one in planned if one.relation in existing} == locks_taken(shelves, statement)


@pytest.mark.parametrize("statement", ["do $$ begin end $$", "vacuum erp.shelf", "call erp.anything()", "cluster"])
def test_of_a_statement_of_another_kind_no_lock_is_told_rather_than_a_wrong_one(statement: str) -> None:
    assert statement_locks(statement) is None


def test_every_statement_of_the_migrations_is_of_a_kind_whose_locks_are_known(real: Bundle) -> None:
    known = read_bundle(real)
    statements = [s.query.decode() for m in real.migrations() for s in statements_of(known[m.id])]
    assert len(statements) > 500
    assert [s for s in statements if statement_locks(s) is None] == []
