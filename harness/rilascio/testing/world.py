"""Small worlds to test in: a company, and what a test says of its items, stock and orders; defaults for the rest.

What a world is made of comes in as an ERP sends it, by `put_data`, `put_production_orders` and `post_stock`, in the
columns of `erp_data`. So a world holds nothing that a company at work could not.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from rilascio.testing.calls import Calls, Refused, Row, accepted, acting_as, as_json
from rilascio.testing.company_day import freeze_day

Number = Decimal | int | str
"""A quantity. Fractions are written as text or Decimal: `"0.125"`."""

MAIN = "MAIN"
PRODUCT = "PRODUCT"
ORDER_YEAR = 2026
"""The year of the orders that a test makes, unless it says otherwise, in whichever year it runs."""

MEMBERS = ("erp_operator", "erp_releaser", "erp_writer", "erp_reader")

REASONS = {"ISS": "issue", "LOA": "load"}
"""The movement reasons of a warehouse that is made with defaults."""

SECTIONS = ("raw_material", "semi_finished", "finished", "scrap")


class World(Calls):
    """A company to test in: builders of what is there, and the calls of the product.

    Things are named by their codes, orders by their ids. Builders are `item`, `warehouse`, `stock`, `order`,
    `parameters`, and `make` for whatever else there is; they take the columns of `erp_data` as keywords. The calls,
    such as `release`, are methods too: they answer the rows of the function of `erp_api`.

    A connection that may act as `operator` and `writer` will do: that of `rilascio`, whose work is rolled back, or any
    other of a superuser.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        company_id: int,
        *,
        operator: str = "erp_operator",
        writer: str = "erp_writer",
    ) -> None:
        """Take a company that is there. Its calls are made under the role `operator`, data are put as `writer`."""
        self.connection = connection
        self.company_id = company_id
        self.operator = operator
        self.writer = writer

    # --- what is there ---

    def make(self, **rows: Iterable[Mapping[str, Any]]) -> None:
        """Put rows of any kind, as `put` does, and raise Refused unless all are taken.

        `world.make(location=[{"warehouse_code": "MAIN", "location_code": "A01"}])`
        """
        sent = Jsonb({kind: list(of_kind) for kind, of_kind in rows.items()}, dumps=as_json)
        accepted(self.write_call("select * from erp_api.put_data(%s, %s)", [self.company_id, sent]))

    def parameters(self, **columns: Any) -> None:
        """Change columns of the company, as `wip_management`, `split_on_shortage` or `period_end`."""
        self.make(company=[{"company_code": self._company().company_code, **columns}])

    def warehouse(self, code: str, **columns: Any) -> str:
        """Make a warehouse with a reason that issues, ISS, and one that loads, LOA. Return its code."""
        self.make(
            warehouse=[{"warehouse_code": code, **columns}],
            movement_reason=[
                {"warehouse_code": code, "reason_code": reason, "direction": direction}
                for reason, direction in REASONS.items()
            ],
        )
        return code

    def item(
        self, code: str, *, picking: str | None = "automatic", procurement: str = "purchase", **columns: Any
    ) -> str:
        """Make an item, or change it. Return its code.

        `picking` is automatic, with_list or manual, `procurement` is purchase, production or subcontract; without
        `picking` the item has no MRP parameters. `tracking="lot"` makes a lot item.
        """
        parameters = {"item_code": code, "picking_type": picking, "procurement_type": procurement}
        self.make(item=[{"item_code": code, **columns}], item_mrp_parameter=[parameters] if picking else [])
        return code

    def stock(
        self,
        item: str,
        quantity: Number,
        *,
        warehouse: str = MAIN,
        lot: str | None = None,
        on: date | str | None = None,
        reason: str | None = None,
        **columns: Any,
    ) -> None:
        """Load stock of an item, or issue it (below zero), on a day, or else on the first of the open period.

        An item that is not there is made with defaults, a lot item if it has a `lot`; so is the lot. `reason` is the
        first of the warehouse with the right direction, unless it is named; `location_code` and `variant_code` are
        columns.
        """
        self._item_missing(item, tracking="lot" if lot else "none")
        key = {"item_code": item, "variant_code": columns.get("variant_code"), "lot_code": lot}
        if lot and not self._shown("lot", **key):
            self.make(lot=[key])
        direction = "load" if Decimal(quantity) > 0 else "issue"
        document = {
            "document_key": f"test {uuid.uuid4()}",
            "record_date": on or self._company().period_start,
            "lines": [
                {
                    "warehouse_code": warehouse,
                    "reason_code": reason or self._reason(warehouse, direction),
                    "item_code": item,
                    "lot_code": lot,
                    "quantity": abs(Decimal(quantity)),
                    **columns,
                }
            ],
        }
        accepted(self.post(document))

    def order(
        self,
        item: str = PRODUCT,
        quantity: Number = 1,
        *,
        materials: Mapping[str, Number | Mapping[str, Any]] | Sequence[Mapping[str, Any]] = (),
        phases: Iterable[int | Mapping[str, Any]] = (),
        **columns: Any,
    ) -> int:
        """Make a launched order of an item. Return its id.

        `materials` says how much of each item goes into one piece, `{"SCREW": 4, "STEEL": {"unit_quantity": "0.5",
        "fixed": True}}`, or is a list of rows where an item stands in several; lines count from 1. `phases` are numbers
        or rows. Items that are not there are made with defaults, `item` as one that is produced, in whole pieces. The
        order gets the next number of its year, `ORDER_YEAR`.
        """
        if isinstance(materials, Mapping):
            materials = [
                {"item_code": code, **(needed if isinstance(needed, Mapping) else {"unit_quantity": needed})}
                for code, needed in materials.items()
            ]
        self._item_missing(item, procurement="production", quantity_decimals=0)
        for material in materials:
            self._item_missing(material["item_code"])
        year = columns.pop("order_year", ORDER_YEAR)
        document = {
            "order_year": year,
            "order_number": columns.pop("order_number", None) or self._next_number(year),
            "item_code": item,
            "quantity": quantity,
            **columns,
            "materials": [{"line": line, **material} for line, material in enumerate(materials, 1)],
            "phases": [one if isinstance(one, Mapping) else {"phase": one} for one in phases],
        }
        [made] = accepted(self.put_orders(document))
        return int(made.order_id)

    def freeze(self, day: date | str) -> None:
        """Let it be this day, in every company of the database; see `freeze_day`."""
        freeze_day(self.connection, day)

    # --- what has become of it ---

    def order_row(self, order_id: int) -> Row:
        """Return an order as `erp_data.production_order` shows it, with its `status`, or None if there is none."""
        found = self._shown("production_order", order_id=order_id)
        return found[0] if found else None

    def movements(self, order_id: int) -> list[Row]:
        """Return all movements in force that were made for an order, as `erp_data.stock_movement` shows them."""
        order = self.order_row(order_id)
        names = ("order_year", "order_number", "order_lot")
        return self._shown("stock_movement", **{name: getattr(order, name) for name in names}) if order else []

    def stock_rows(self) -> list[Row]:
        """Return all that is on hand, as `erp_data.stock_balance` shows it."""
        return self._shown("stock_balance")

    def balance(self, item: str, **columns: Any) -> Decimal:
        """Return what is on hand of an item; `warehouse_code`, `lot_code` and the like name a part of it."""
        return sum((row.quantity for row in self._shown("stock_balance", item_code=item, **columns)), Decimal())

    # --- beneath ---

    def _company(self) -> Row:
        return self._shown("company")[0]

    def _reason(self, warehouse: str, direction: str) -> str:
        codes = [
            row.reason_code for row in self._shown("movement_reason", warehouse_code=warehouse, direction=direction)
        ]
        if not codes:
            raise Refused(f"Warehouse {warehouse} has no reason with the direction {direction}: make it first.")
        return str(min(codes))

    def _item_missing(self, code: str, *, procurement: str = "purchase", **columns: Any) -> None:
        """Make an item unless it is there."""
        if not self._shown("item", item_code=code):
            self.item(code, procurement=procurement, **columns)

    def _next_number(self, year: int) -> int:
        [row] = self.write_call(
            "select coalesce(max(o.order_number), 0) + 1 as free from erp_data.production_order as o"
            " where o.company_id = %s and o.order_year = %s",
            [self.company_id, year],
        )
        return int(row.free)

    def _shown(self, view: str, **key: Any) -> list[Row]:
        """Return the rows of a view of `erp_data` that have these values."""
        query = sql.SQL("select * from erp_data.{} where {}").format(
            sql.Identifier(view),
            sql.SQL(" and ").join(
                sql.SQL("{} is not distinct from {}").format(sql.Identifier(name), sql.Literal(value))
                for name, value in {"company_id": self.company_id, **key}.items()
            ),
        )
        return self.write_call(query)


def build_world(
    connection: psycopg.Connection[Any],
    company_code: str = "ACME",
    *,
    members: Sequence[str] = MEMBERS,
    operator: str = "erp_operator",
    writer: str = "erp_writer",
    **columns: Any,
) -> World:
    """Make a company, and return it as a world.

    It has the warehouse MAIN, where materials come from and products and scrap go to, and a period that is open from
    2020 to 2099; the other `columns` are those of `erp_data.company`. Whoever is a member of one of the product's roles
    is a member of it, unless `members` names other roles; `writer` must be among them.

    The connection must be that of a superuser, or of a member of `erp_owner`, `operator` and `writer`.
    """
    company = {"company_code": company_code, "period_start": "2020-01-01", "period_end": "2099-12-31", **columns}
    rules = [
        {"level": "company", "section": section, "warehouse_code": MAIN}
        | {"issue_reason_code": "ISS", "load_reason_code": "LOA"}
        for section in SECTIONS
    ]
    reasons = [
        {"warehouse_code": MAIN, "reason_code": code, "direction": direction} for code, direction in REASONS.items()
    ]
    data = {
        "company": [company],
        "warehouse": [{"warehouse_code": MAIN}],
        "movement_reason": reasons,
        "warehouse_rule": rules,
    }
    with acting_as(connection, "erp_owner"):
        opened = connection.execute(
            "select o.company_id, o.run_id from erp_internal.open_company(%s, session_user::text, '{}', null) as o",
            [company_code],
        ).fetchone()
        assert opened is not None  # the function returns a row
        loaded = connection.execute(
            "select l.outcome, l.reasons from erp_internal.load_data(%s, %s) as l",
            [opened[0], Jsonb(data, dumps=as_json)],
        ).fetchall()
        refusals = [reason["message"] for outcome, reasons in loaded if outcome == "refused" for reason in reasons]
        if refusals:
            raise Refused(" ".join(refusals))
        connection.execute("select erp_internal.close_load(%s, %s)", opened)
        connection.execute(
            "insert into erp.company_member (company_id, member_role) select %s, unnest(%s::text[])",
            [opened[0], list(members)],
        )
    return World(connection, opened[0], operator=operator, writer=writer)
