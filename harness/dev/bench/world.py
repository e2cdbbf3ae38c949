"""A company for the benchmark, made by set-based SQL in an empty database.

2,000 material items, three quarters of them automatic, half purchased and half produced; each order has two phases
and eight materials, six of them automatic. Warehouses come from company rules. Scenarios:

* `plain`: nothing else, and stock for everything;
* `rich`: half of the items have 5 to 10 lots each (fifo), a quarter has an item rule whose issue reason has a
  counterpart warehouse, the orders belong to job orders of three sites, each with a raw material warehouse of its own;
* `scarce`: like `rich`, with stock for the first half of the orders only.
"""

from __future__ import annotations

from typing import Any

import psycopg

from harness.dev.companies import insert_company, load_opening_stock
from rilascio.queries import read_query

SCENARIOS = ("plain", "rich", "scarce")

COMPANY_ID = 1


WAREHOUSES = {1: "RAW", 2: "SEMI", 3: "WIP", 11: "RAW1", 12: "RAW2", 13: "RAW3"}


def insert_configuration(connection: psycopg.Connection[Any]) -> None:
    """Make the company, without items."""
    sections = {"raw_material": 1, "semi_finished": 2}
    insert_company(connection, COMPANY_ID, "BENCH", first_id=0, warehouses=WAREHOUSES, counterpart=3, sections=sections)
    connection.execute(read_query(__file__, "sites"))


def build(connection: psycopg.Connection[Any], scenario: str, orders: int) -> None:
    """Make the company of a scenario with so many launched orders, in an empty deployed database."""
    parameters = {"orders": orders, "rich": scenario != "plain", "scarce": scenario == "scarce"}
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local role erp_owner")
        insert_configuration(connection)
        for name in ("items", "orders", "stock"):
            cursor.execute(read_query(__file__, name), parameters)
        load_opening_stock(connection, COMPANY_ID)
