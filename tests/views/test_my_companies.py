"""Where a client begins: its companies with what it may do there, and the registry of reasons."""

from __future__ import annotations

import re
from datetime import date

import psycopg
import pytest

from rilascio.testing import make_role
from tests.catalog.security.privileges import RELEASING, ROUTINES
from tests.factory import Factory, needs

RIGHTS = {
    "may_read": ["erp_reader", *RELEASING, "erp_writer"],
    "may_release": RELEASING,
    "may_restore": ["erp_operator"],
    "may_write": ["erp_writer"],
    "may_archive_history": ["erp_archivist"],
}
"""The roles that have each right."""

FUNCTIONS = {right: [name for name, held in ROUTINES.items() if held == roles] for right, roles in RIGHTS.items()}
"""What each right lets its holder call, all of it or nothing."""

OF_OTHER_ROLES = {"check_integrity", "list_companies", "prune_request_keys"}
"""What is no client's daily work, and no right of its own."""

ROLES = ["erp_reader", "erp_releaser", "erp_operator", "erp_writer"]
"""The roles that read."""


def test_R43_every_function_belongs_to_a_right() -> None:
    assert ROUTINES.keys() - {name for names in FUNCTIONS.values() for name in names} == OF_OTHER_ROLES
    assert all(FUNCTIONS.values())


def member(factory: Factory, *roles: str, options: str = "") -> str:
    """Make a role with these roles that is a member of the company."""
    factory.connection.execute("reset role")
    role = make_role(factory.connection, roles[0])
    for other in roles[1:]:
        factory.connection.execute(f"grant {other} to {role}".encode())
    if options:
        factory.connection.execute(f"alter role {role} {options}".encode())
    factory.connection.execute("set local role erp_owner")
    factory._insert("company_member", member_role=role)
    return role


@pytest.mark.parametrize(
    "roles", [*([role] for role in [*ROLES, "erp_archivist"]), ["erp_releaser", "erp_writer"], ROLES]
)
def test_R43_a_client_is_told_what_its_roles_let_it_do(factory: Factory, roles: list[str]) -> None:
    factory.operator = role = member(factory, *roles)
    [row] = factory.call("select * from erp_api.my_companies")
    assert (row.company_id, row.company_code, row.feed_begins_after) == (factory.company_id, "ACME", 0)
    assert row.may_read == bool(set(roles) & set(ROLES))
    for right, functions in FUNCTIONS.items():
        held = factory.call(
            "select pg_catalog.has_function_privilege(%s, p.oid, 'execute') as held from pg_proc as p"
            " where p.pronamespace = 'erp_api'::regnamespace and p.proname = any(%s)",
            [role, functions],
        )
        assert [one.held for one in held] == [getattr(row, right)] * len(functions), right


def test_R43_a_right_that_is_not_inherited_is_no_right_yet(factory: Factory) -> None:
    """Who has to take on a role first may not call as it is."""
    factory.operator = role = member(factory, "erp_reader")
    factory.connection.execute("reset role")
    factory.connection.execute(f"create role desk noinherit in role erp_operator; grant desk to {role}".encode())
    [row] = factory.call("select may_read, may_release, may_restore, may_write from erp_api.my_companies")
    assert tuple(row) == (True, False, False, False)


def test_R43_companies_of_others_are_not_there(factory: Factory) -> None:
    Factory(factory.connection, factory.operator, "OTHER", member=None)
    factory.connection.execute("set local role erp_owner")
    assert [row.company_code for row in factory.call("select * from erp_api.my_companies")] == ["ACME"]


@pytest.mark.parametrize("zone", [None, "Pacific/Kiritimati", "Etc/GMT+12"])
def test_R18_a_client_is_told_which_day_it_is_in_the_company(factory: Factory, zone: str | None) -> None:
    factory.parameters(time_zone=zone)
    [row] = factory.call("select * from erp_api.my_companies")
    order = factory.order(needs(factory.item("NUT")))
    factory.stock("NUT", 1)
    factory.release(order)
    today: date = row.today
    assert (row.time_zone, {m.record_date for m in factory.movements(order)}) == (zone, {today})


def test_R63_clients_read_the_registry_of_reasons(factory: Factory, rilascio: psycopg.Connection) -> None:
    factory.connection.execute("reset role")
    catalog = rilascio.execute(
        "select code, severity, meaning, language, message, hint from erp_internal.reason_catalog()"
        " order by precedence, language"
    ).fetchall()
    assert len(catalog) > 80
    for role in ROLES:
        factory.operator = member(factory, role)
        rows = factory.call("select code, severity, meaning, language, message_pattern, hint from erp_api.reason_code")
        assert list(map(tuple, rows)) == catalog


PLACES = """
select col_description('erp_api.reason_code'::regclass, a.attnum)
from pg_attribute as a
where a.attrelid = 'erp_api.reason_code'::regclass and a.attname = 'message_pattern'
"""
"""What says which place of a pattern stands for what."""


def places(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"%(\d+)[$]s", text)]


def test_R63_every_place_of_a_pattern_is_told_to_clients(rilascio: psycopg.Connection) -> None:
    [(told,)] = rilascio.execute(PLACES).fetchall()
    patterns = rilascio.execute("select message_pattern from erp_api.reason_code").fetchall()
    used = {place for (pattern,) in patterns for place in places(pattern)}
    assert places(told) == list(range(1, max(used) + 1))


def test_R63_a_message_is_its_pattern_filled_in(factory: Factory) -> None:
    order = factory.order(needs(factory.item("NUT")), number=7)
    [reason] = factory.preview(order)[0].reasons
    [(told,)] = factory.call(PLACES)
    known = {2: "NUT", 3: "MAIN", 5: "1", 6: "0", 7: "PC", 14: "Order 2026/7/0"}
    [row] = factory.call(
        "select format(message_pattern, variadic %s::text[]) as message, hint, severity from erp_api.reason_code"
        " where code = %s and language = 'en'",
        [[known.get(place, "") for place in places(told)], reason["code"]],
    )
    assert (row.message, row.hint, row.severity) == (reason["message"], reason["hint"], "refusal")
