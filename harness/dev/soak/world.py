"""Two small companies where everything is scarce and everybody wants the same, for calls that meet.

Each has the materials BOLT (plain), STEEL (by lots, fifo, some of them committed), GEAR (with a counterpart
warehouse) and FRAME (a product of its own orders), all automatic, and PAINT and OIL (by lots), manual; the products
FRAME (by lots) and BIKE (made of frames); orders in two phases, three to a job order. Stock covers about half of what
the orders ask.

Company 1 checks STEEL by location. Company 2 splits on shortage, works with WIP management, transfers manual materials
at release, and lets RAW go below zero.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from harness.dev.companies import insert_company, load_opening_stock
from rilascio.deployment import deploy
from rilascio.postgres import Server
from rilascio.queries import read_query

DATABASE = "soak"

OPERATOR = "soak_operator"

WRITER = "soak_writer"

COMPANIES = (1, 2)

PHASES = (10, 20)

FIRST_WRITTEN = 1000
"""The number of the first order that a writer may make; the quantities of those before are not changed."""

DAYS = 2
"""Record dates lie so many days around today."""


def create_companies(running: Server, orders: int) -> None:
    """Make the database of a throwaway server, with the companies and logins that may act in both."""
    with psycopg.connect(running.dsn(), autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    deploy(running.dsn(DATABASE))
    with psycopg.connect(running.dsn(DATABASE), autocommit=True) as connection:
        build(connection, orders)
        for login, role in ((OPERATOR, "erp_operator"), (WRITER, "erp_writer")):
            query = sql.SQL("create role {} login in role {}")
            connection.execute(query.format(sql.Identifier(login), sql.Identifier(role)))


WAREHOUSES = {1: "RAW", 2: "SEMI", 3: "WIP", 4: "FIN", 5: "SCR"}

SECTIONS = {"raw_material": 1, "semi_finished": 2, "finished": 4, "scrap": 5}


def build(connection: psycopg.Connection[Any], orders: int) -> None:
    """Make the companies with so many launched orders each, in an empty deployed database.

    Ids of company c begin at 100 c.
    """
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local role erp_owner")
        cursor.execute(read_query(__file__, "identities"))
        for company_id in COMPANIES:
            sections = {**SECTIONS, "wip": 3} if company_id == 2 else SECTIONS
            insert_company(
                connection,
                company_id,
                f"SOAK{company_id}",
                first_id=company_id * 100,
                warehouses=WAREHOUSES,
                counterpart=5,
                sections=sections,
            )
            parameters = {"c": company_id, "base": company_id * 100, "orders": orders, "phases": list(PHASES)}
            for name in ("configuration", "orders", "stock"):
                cursor.execute(read_query(__file__, name), parameters)
            load_opening_stock(connection, company_id)
        # whoever builds them within a transaction of its own reads the numbers too
        cursor.execute("set constraints erp.stock_record_numbered immediate")
        cursor.execute("set constraints erp.stock_record_numbered deferred")
