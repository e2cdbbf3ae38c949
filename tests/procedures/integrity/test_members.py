"""The members of a company are roles of the server; where one is not, it is found (rules, section 10)."""

from psycopg.sql import SQL, Identifier

from rilascio.testing import make_role
from tests.procedures.integrity.busy import Busy, check


def test_a_member_that_is_no_role(busy: Busy) -> None:
    busy.connection.execute("reset role")
    role = make_role(busy.connection, "erp_reader")
    busy.connection.execute("set local role erp_owner")
    busy._insert("company_member", member_role=role)
    assert check(busy) == []

    busy.connection.execute("reset role")
    busy.connection.execute(SQL("drop role {}").format(Identifier(role)))
    busy.connection.execute("set local role erp_owner")

    [row] = check(busy)
    assert (row.code, row.severity) == ("member_unknown", "warning")
    assert row.examples == [{"member_role": role}]
