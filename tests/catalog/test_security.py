"""The deployed catalog gives nobody more than it should, and no caller can bend what a routine means.

Each check, in `security/`, is a function that returns what is wrong. It is asked twice: of the product as it is
deployed, where it finds nothing, and after a breach, made in a transaction that is rolled back, where it must find that
breach.
"""

from __future__ import annotations

import psycopg
import pytest

from rilascio.deployment import catalog
from rilascio.testing import make_role
from tests.catalog.security import facts, names, privileges, routines
from tests.catalog.security.common import SCHEMAS, Breach, Check

CHECKS: list[Check] = [*privileges.CHECKS, *routines.CHECKS, *names.CHECKS, *facts.CHECKS]

BREACHES: list[Breach] = [*privileges.BREACHES, *routines.BREACHES, *names.BREACHES, *facts.BREACHES]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_deployed_catalog_is_in_order(rilascio: psycopg.Connection, check: Check) -> None:
    assert check(rilascio) == []


@pytest.mark.parametrize(
    ("check", "breach", "seen"), BREACHES, ids=[f"{check.__name__}-{seen}" for check, _, seen in BREACHES]
)
def test_a_breach_is_seen(rilascio: psycopg.Connection, check: Check, breach: str, seen: str) -> None:
    rilascio.execute(breach.encode())
    assert any(seen in problem for problem in check(rilascio))


def test_every_check_has_a_breach_that_it_sees() -> None:
    assert {check for check, _, _ in BREACHES} == set(CHECKS)


def test_a_deployment_finds_nothing_unsafe_either(rilascio: psycopg.Connection) -> None:
    assert catalog.unsafe(rilascio) == []


@pytest.mark.parametrize("member_of", ["erp_operator", "erp_releaser", "erp_writer", "erp_reader"])
def test_who_is_given_a_role_of_ours_holds_no_privilege_on_a_table_or_a_sequence(
    rilascio: psycopg.Connection, member_of: str
) -> None:
    """Asked of PostgreSQL's own functions, which count what comes through other roles and through everybody."""
    role = make_role(rilascio, member_of)
    held = rilascio.execute(
        """
        select c.oid::regclass::text
        from pg_class as c
        where c.relnamespace::regnamespace::text = any(%(schemas)s)
        and case c.relkind
            when 'S' then has_sequence_privilege(%(role)s, c.oid, 'usage, select, update')
            when 'v' then
                has_table_privilege(%(role)s, c.oid, 'insert, update, delete, truncate, references, trigger')
                or has_any_column_privilege(%(role)s, c.oid, 'insert, update, references')
            else
                has_table_privilege(%(role)s, c.oid, 'select, insert, update, delete, truncate, references, trigger')
                or has_any_column_privilege(%(role)s, c.oid, 'select, insert, update, references')
        end
        and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
        """,
        {"schemas": SCHEMAS, "role": role},
    ).fetchall()
    assert held == []
