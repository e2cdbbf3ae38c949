"""Work by hand among the clients' calls: receipts, settings, and orders changed by whoever owns the tables."""

from __future__ import annotations

from itertools import cycle
from random import Random
from time import monotonic, sleep
from typing import Any

import psycopg
from psycopg import errors as pg

from harness.dev.soak.tally import Tally
from harness.dev.soak.world import COMPANIES, DAYS
from rilascio.errors import RecordProtected
from rilascio.queries import read_query

KINDS = ("receipt", "setting", "order change")

# A load of RAW, its lines in one statement or each in its own, in any order of the items.
_RECORD = """
insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)
values (%(c)s, current_date + %(day)s, %(base)s + 1, %(base)s * 10 + 12)
returning stock_record_id
"""

_LINES = read_query(__file__, "receipt_lines")

_CONFIGURATION = "select from erp.production_parameter where company_id = %(c)s for no key update"

# None of them makes wrong what is there already; of those that might, the balances are looked at afterwards.
_SETTINGS = (
    "update erp.production_parameter set period_end = current_date + %(far)s where company_id = %(c)s",
    "update erp.production_parameter set split_on_shortage = not split_on_shortage where company_id = %(c)s",
    "update erp.location set blocked = not blocked where company_id = %(c)s and location_id = %(base)s + 2",
    "update erp.production_parameter set allow_negative_stock = not allow_negative_stock where company_id = %(c)s",
    "update erp.warehouse set check_location = not check_location where company_id = %(c)s and warehouse_code = 'RAW'",
    "update erp.warehouse set allow_negative_stock = not allow_negative_stock"
    " where company_id = %(c)s and warehouse_code = 'RAW'",
)

_BELOW_ZERO = (
    "select from erp_internal.stock_violations(%(c)s) where code in ('lot_negative', 'stock_negative') limit 1"
)

_ORDER = """
select o.production_order_id
from erp.production_order as o
where o.company_id = %(c)s
order by o.status <> 'launched', hashint8extended(o.production_order_id, %(seed)s)
limit 1
"""

_LOCK_ORDER = "select from erp.production_order where company_id = %(c)s and production_order_id = %(order)s"

_ORDER_CHANGES = (
    "update erp.production_order_material set unit_quantity = 5 - unit_quantity"
    " where company_id = %(c)s and production_order_id = %(order)s and line = 1",
    "update erp.production_order_phase set machine = 'M' || %(seed)s"
    " where company_id = %(c)s and production_order_id = %(order)s",
    "delete from erp.material_lot where company_id = %(c)s and production_order_id = %(order)s",
)


class ManualWorker:
    """Somebody who works on the tables as their owner, until the time is over."""

    def __init__(self, dsn: str, name: str) -> None:
        self.dsn = dsn
        self.random = Random(name)
        self.tally = Tally()

    def run(self, until: float) -> None:
        """Work until that moment of the monotonic clock."""
        with psycopg.connect(self.dsn, application_name="rilascio soak", autocommit=True) as connection:
            connection.execute("set role erp_owner")
            connection.execute("set lock_timeout = '2s'")
            for kind in cycle(KINDS):
                if monotonic() >= until:
                    return
                self._work(connection, kind)
                sleep(self.random.uniform(0, 0.1))

    def _work(self, connection: psycopg.Connection[Any], kind: str) -> None:
        company_id = self.random.choice(COMPANIES)
        values = {
            "c": company_id,
            "base": company_id * 100,
            "seed": self.random.randint(0, 99),
            "day": self.random.randint(-DAYS, DAYS),
            "far": self.random.choice([0, 400]),
        }
        outcome = "done"
        try:
            with connection.transaction():
                if kind == "receipt":
                    self._receive(connection, values)
                elif kind == "setting":
                    outcome = self._set(connection, values)
                else:
                    outcome = self._change_order(connection, values)
                if outcome == "undone":
                    raise psycopg.Rollback
        except pg.SerializationFailure:
            self.tally.endings[kind, "retried"] += 1
        except pg.LockNotAvailable:
            self.tally.endings[kind, "cancelled"] += 1
        except psycopg.Error as error:
            self.tally.endings[kind, "failed"] += 1
            self.tally.defects.append(f"A {kind} by hand failed with {error.sqlstate}: {str(error).splitlines()[0]}")
        else:
            self.tally.endings[kind, "rolled_back" if outcome == "undone" else "committed"] += 1
            self.tally.outcomes[kind, outcome] += 1

    def _receive(self, connection: psycopg.Connection[Any], values: dict[str, Any]) -> None:
        row = connection.execute(_RECORD, values).fetchone()
        assert row is not None
        items = self.random.sample(range(1, 4), self.random.randint(1, 3))
        lines = list(enumerate(items, start=1))
        for part in [lines] if self.random.random() < 0.5 else [[line] for line in lines]:
            numbers, codes = zip(*part, strict=True)
            connection.execute(_LINES, {**values, "record": row[0], "lines": list(numbers), "items": list(codes)})

    def _set(self, connection: psycopg.Connection[Any], values: dict[str, Any]) -> str:
        if self.random.random() < 0.5:
            connection.execute(_CONFIGURATION, values)
        connection.execute(self.random.choice(_SETTINGS).encode(), values)
        # runs are kept out by now, so what is there is what the setting has to fit
        return "done" if connection.execute(_BELOW_ZERO, values).fetchone() is None else "undone"

    def _change_order(self, connection: psycopg.Connection[Any], values: dict[str, Any]) -> str:
        row = connection.execute(_ORDER, values).fetchone()
        if row is None:
            return "nothing to do"
        values["order"] = row[0]
        if self.random.random() < 0.5:
            connection.execute(f"{_LOCK_ORDER} for no key update".encode(), values)
        try:
            connection.execute(self.random.choice(_ORDER_CHANGES).encode(), values)
        except RecordProtected:
            return "undone"
        return "done"
