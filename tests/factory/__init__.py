"""A factory to tell stories about: builders for what a test says, defaults for what it does not.

`Factory` has a company with the warehouse MAIN (reason ISS issues, LOA loads), rules that take raw materials and
semi-finished items from there, and the product BIKE, made in whole pieces. Builders write the tables as their owner;
`release`, `restore`, `declare`, `register`, `preview`, `select` and their like use `erp_api` as a member of
`erp_operator`.
Things are named by their codes; orders by their ids. Quantities may be written as text: `"0.125"`.
"""

from __future__ import annotations

from datetime import date

import psycopg

from tests.factory.documents import Documents, order_document, order_key
from tests.factory.orders import Orders
from tests.factory.readings import HISTORY
from tests.factory.words import (
    LONG_AGO,
    MAIN,
    YEAR,
    Material,
    Number,
    Quantity,
    Row,
    codes,
    day,
    needs,
    outcomes,
    phase,
    report,
)

__all__ = [
    "HISTORY",
    "LONG_AGO",
    "MAIN",
    "YEAR",
    "Factory",
    "Material",
    "Number",
    "Quantity",
    "Row",
    "codes",
    "day",
    "needs",
    "order_document",
    "order_key",
    "outcomes",
    "phase",
    "report",
]


class Factory(Orders, Documents):
    """One company with all that a story needs."""

    def __init__(
        self,
        connection: psycopg.Connection,
        operator: str,
        company: str = "ACME",
        *,
        member: str | None = "erp_operator",
    ) -> None:
        self.connection = connection
        self.operator = operator
        self._ids = {}
        self._last_number = 0
        self._execute("set local role erp_owner")
        self.company_id = self._insert("company", "company_id", company_code=company)
        self._insert(
            "production_parameter",
            period_start=date(2020, 1, 1),
            period_end=date(2099, 12, 31),
        )
        if member:
            self._insert("company_member", member_role=member)
        self.warehouse(MAIN)
        self.rule("raw_material", MAIN)
        self.rule("semi_finished", MAIN)
        self.item("BIKE", procurement="production", decimals=0)
