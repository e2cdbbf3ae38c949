"""A factory to tell stories about: builders for what a test says, defaults for what it does not.

`Factory` has a company with the warehouse MAIN (reason ISS issues, LOA loads), rules that take raw materials and
semi-finished items from there, and the product BIKE, made in whole pieces. Builders write the tables as their owner;
`release`, `restore`, `declare`, `register`, `preview`, `select` and their like use `erp_api` as a member of
`erp_operator`.
Things are named by their codes; orders by their ids. Quantities may be written as text: `"0.125"`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

LONG_AGO = date(2020, 1, 2)
"""When stock came in that was always there."""

MAIN = "MAIN"
YEAR = 2026

Number = Decimal | int | str
Row = Any
"""A row of the database with its columns as attributes."""

Quantity = Any
"""A Decimal of the database, to be compared with plain numbers."""

HISTORY = {
    "run",
    "run_order",
    "removed_stock_record",
    "removed_stock_movement",
    "stock_record_counter",
}
"""The tables that a release and its restore leave different (R34): runs, history and counters."""


def day(number: int) -> date:
    """Return the day so many days after the first of March 2026."""
    return date(2026, 3, 1) + timedelta(days=number)


def codes(row: Row) -> list[str]:
    """Return the codes of a row's reasons."""
    return [reason["code"] for reason in row.reasons]


def outcomes(rows: Sequence[Row]) -> list[str]:
    """Return what became of each order."""
    return [row.outcome for row in rows]


@dataclass(frozen=True)
class Material:
    """A material row of an order; see `needs`."""

    item: str
    unit_quantity: Number
    lots: Mapping[str, Number]
    values: dict[str, Any] = field(default_factory=dict)


def needs(
    item: str,
    unit_quantity: Number = 1,
    *,
    lots: Mapping[str, Number] | None = None,
    **values: Any,
) -> Material:
    """Describe a material: `lots` are its commitments; `variant`, `warehouse`, `reason`, `location` are codes.

    The other values are columns: `fixed`, `scrap_percent`, `picked_quantity`, `movable`, `phase`, `sub_phase`, `line`.
    """
    return Material(item, unit_quantity, lots or {}, values)


def phase(number: int, **values: Any) -> dict[str, Any]:
    """Describe a phase; `site` is the code of its machine's site, the other values are columns."""
    return {"phase": number, **values}


def report(kind: str, phase: int = 10, good: int = 0, scrap: int = 0, **values: Any) -> dict[str, Any]:
    """Describe a declaration of work on a phase; the other values are keys of its JSON, as `lot_code`."""
    return {"kind": kind, "phase": phase, "good_quantity": good, "scrap_quantity": scrap, **values}


class Factory:
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
        self._ids: dict[tuple[str, ...], int] = {}
        self._last_number = 0
        self._execute("set local role erp_owner")
        self.company_id: int = self._insert("company", "company_id", company_code=company)
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

    # --- builders ----------------------------------------------------------------------------------------------------

    def parameters(self, **values: Any) -> None:
        """Change the company's production parameters."""
        self._update("production_parameter", values)

    def item(
        self,
        code: str,
        picking: str | None = "automatic",
        procurement: str = "purchase",
        *,
        decimals: int = 3,
        by_lot: bool = False,
        **values: Any,
    ) -> str:
        """Make an item; without `picking` it has no MRP parameters. Return its code."""
        self._ids["item", code] = self._insert(
            "item",
            "item_id",
            item_code=code,
            quantity_decimals=decimals,
            tracking="lot" if by_lot else "none",
            **values,
        )
        if picking:
            self._insert(
                "item_mrp_parameter",
                item_id=self.id("item", code),
                picking_type=picking,
                procurement_type=procurement,
            )
        return code

    def pick(self, item: str, picking: str) -> None:
        """Change the picking type of an item."""
        self._execute(
            "update erp.item_mrp_parameter set picking_type = %s where company_id = %s and item_id = %s",
            [picking, self.company_id, self.id("item", item)],
        )

    def variant(self, item: str, code: str) -> str:
        """Make a variant of an item. Return its code."""
        self._ids["variant", item, code] = self._insert(
            "item_variant", "item_variant_id", item_id=self.id("item", item), variant_code=code
        )
        return code

    def site(self, code: str) -> str:
        """Make a site. Return its code."""
        self._ids["site", code] = self._insert("site", "site_id", site_code=code)
        return code

    def warehouse(self, code: str, **values: Any) -> str:
        """Make a warehouse with a reason that issues, ISS, and one that loads, LOA. Return its code."""
        self._ids["warehouse", code] = self._insert("warehouse", "warehouse_id", warehouse_code=code, **values)
        self.reason(code, "ISS", "issue")
        self.reason(code, "LOA", "load")
        return code

    def change_warehouse(self, code: str, **values: Any) -> None:
        """Change columns of a warehouse."""
        self._update("warehouse", values, warehouse_id=self.id("warehouse", code))

    def reason(self, warehouse: str, code: str, direction: str, **values: Any) -> str:
        """Make a reason, or change the one of that code. Return its code.

        `counterpart` is the pair of a warehouse and a reason, `location` the default location.
        """
        if "counterpart" in values:
            other = values.pop("counterpart")
            values["counterpart_warehouse_id"] = self.id("warehouse", other[0])
            values["counterpart_movement_reason_id"] = self.id("reason", *other)
        if "location" in values:
            values["default_location_id"] = self.id("location", warehouse, values.pop("location"))
        if ("reason", warehouse, code) in self._ids:
            self._update(
                "movement_reason",
                {"direction": direction, **values},
                movement_reason_id=self.id("reason", warehouse, code),
            )
        else:
            self._ids["reason", warehouse, code] = self._insert(
                "movement_reason",
                "movement_reason_id",
                warehouse_id=self.id("warehouse", warehouse),
                reason_code=code,
                direction=direction,
                **values,
            )
        return code

    def rule(
        self,
        section: str,
        warehouse: str,
        *,
        site: str | None = None,
        item: str | None = None,
        issue: str | None = "ISS",
        semi_finished_issue: str | None = None,
        load: str | None = "LOA",
    ) -> None:
        """Say where a section is, for a site, an item or (neither) the company; what was said before is replaced."""
        self.no_rule(section, site=site, item=item)
        self._insert(
            "warehouse_rule",
            level="site" if site else "item" if item else "company",
            site_id=self.id("site", site) if site else None,
            item_id=self.id("item", item) if item else None,
            section=section,
            warehouse_id=self.id("warehouse", warehouse),
            issue_movement_reason_id=self.id("reason", warehouse, issue) if issue else None,
            semi_finished_issue_movement_reason_id=(
                self.id("reason", warehouse, semi_finished_issue) if semi_finished_issue else None
            ),
            load_movement_reason_id=self.id("reason", warehouse, load) if load else None,
        )

    def no_rule(self, section: str, *, site: str | None = None, item: str | None = None) -> None:
        """Leave a section empty."""
        self._execute(
            "delete from erp.warehouse_rule where company_id = %s and section = %s"
            " and site_id is not distinct from %s and item_id is not distinct from %s",
            [
                self.company_id,
                section,
                self.id("site", site) if site else None,
                self.id("item", item) if item else None,
            ],
        )

    def location(self, code: str, *, warehouse: str = MAIN, blocked: bool = False) -> str:
        """Make a location. Return its code."""
        self._ids["location", warehouse, code] = self._insert(
            "location",
            "location_id",
            warehouse_id=self.id("warehouse", warehouse),
            location_code=code,
            blocked=blocked,
        )
        return code

    def block(self, code: str, *, warehouse: str = MAIN) -> None:
        """Block a location."""
        self._update("location", {"blocked": True}, location_id=self.id("location", warehouse, code))

    def keep(self, item: str, location: str, *, warehouse: str = MAIN, priority: int = 1) -> None:
        """Enter a location of an item in the item-location map."""
        self._insert(
            "item_location",
            item_id=self.id("item", item),
            warehouse_id=self.id("warehouse", warehouse),
            location_id=self.id("location", warehouse, location),
            priority=priority,
        )

    def lot(self, item: str, code: str, *, variant: str | None = None, **values: Any) -> str:
        """Make a lot, or change the one of that code. Return its code."""
        key = ("lot", item, variant or "", code)
        if key in self._ids:
            self._update("lot", values, lot_id=self._ids[key])
        else:
            self._ids[key] = self._insert(
                "lot",
                "lot_id",
                item_id=self.id("item", item),
                item_variant_id=self.id("variant", item, variant) if variant else None,
                lot_code=code,
                **values,
            )
        return code

    def stock(
        self,
        item: str,
        quantity: Number,
        *,
        warehouse: str = MAIN,
        lot: str | None = None,
        location: str | None = None,
        variant: str | None = None,
        on: date = LONG_AGO,
        order: int | None = None,
    ) -> None:
        """Load stock of an item, or issue it (below zero), by hand, for an order or not. A lot that is new is made."""
        if lot and ("lot", item, variant or "", lot) not in self._ids:
            self.lot(item, lot, variant=variant)
        reason = "LOA" if Decimal(quantity) > 0 else "ISS"
        warehouse_id = self.id("warehouse", warehouse)
        number = self._one(
            "insert into erp.stock_record_counter as c (company_id, warehouse_id, record_date, last_number)"
            " values (%s, %s, %s, 1) on conflict on constraint stock_record_counter_pkey"
            " do update set last_number = c.last_number + 1 returning c.last_number",
            [self.company_id, warehouse_id, on],
        )
        record_id = self._insert(
            "stock_record",
            "stock_record_id",
            record_date=on,
            warehouse_id=warehouse_id,
            movement_reason_id=self.id("reason", warehouse, reason),
            record_number=number,
            **self._reference(order),
        )
        self._insert(
            "stock_movement",
            record_date=on,
            stock_record_id=record_id,
            line=1,
            warehouse_id=warehouse_id,
            item_id=self.id("item", item),
            item_variant_id=self.id("variant", item, variant) if variant else None,
            lot_id=self._ids["lot", item, variant or "", lot] if lot else None,
            location_id=self.id("location", warehouse, location) if location else None,
            quantity=Decimal(quantity),
        )

    def _reference(self, order: int | None) -> dict[str, Any]:
        if order is None:
            return {}
        row = self.order_row(order)
        return {
            "production_order_id": order,
            "order_year": row.order_year,
            "order_number": row.order_number,
            "order_lot": row.order_lot,
        }

    def job(self, number: int, *, site: str | None = None, **values: Any) -> int:
        """Make a job order. Return its number."""
        self._ids["job", str(number)] = self._insert(
            "job_order",
            "job_order_id",
            job_year=YEAR,
            job_number=number,
            site_id=self.id("site", site) if site else None,
            **values,
        )
        return number

    def order(
        self,
        *materials: Material,
        quantity: Number = 1,
        number: int | None = None,
        item: str = "BIKE",
        variant: str | None = None,
        job: int | None = None,
        phases: Sequence[Mapping[str, Any]] = (),
        **values: Any,
    ) -> int:
        """Make a production order with its materials (lines 1, 2, ...) and phases. Return its id."""
        self._last_number = number or self._last_number + 1
        order_id: int = self._insert(
            "production_order",
            "production_order_id",
            order_year=YEAR,
            order_number=self._last_number,
            item_id=self.id("item", item),
            item_variant_id=self.id("variant", item, variant) if variant else None,
            quantity=Decimal(quantity),
            job_order_id=self.id("job", str(job)) if job else None,
            **values,
        )
        for one in phases:
            columns = dict(one)
            site = columns.pop("site", None)
            self._insert(
                "production_order_phase",
                production_order_id=order_id,
                machine_site_id=self.id("site", site) if site else None,
                **columns,
            )
        for line, material in enumerate(materials, start=1):
            self._material(order_id, line, material)
        return order_id

    def _material(self, order_id: int, line: int, material: Material) -> None:
        columns = dict(material.values)
        line = columns.pop("line", line)
        if warehouse := columns.pop("warehouse", None):
            columns["warehouse_id"] = self.id("warehouse", warehouse)
            columns["movement_reason_id"] = self.id("reason", warehouse, columns.pop("reason", "ISS"))
            if location := columns.pop("location", None):
                columns["location_id"] = self.id("location", warehouse, location)
        variant = columns.pop("variant", None)
        if variant:
            columns["item_variant_id"] = self.id("variant", material.item, variant)
        if "phase" in columns:
            columns.setdefault("sub_phase", 0)
        self._insert(
            "production_order_material",
            production_order_id=order_id,
            line=line,
            item_id=self.id("item", material.item),
            unit_quantity=Decimal(material.unit_quantity),
            **columns,
        )
        for lot, quantity in material.lots.items():
            if ("lot", material.item, variant or "", lot) not in self._ids:
                self.lot(material.item, lot, variant=variant)
            self._insert(
                "material_lot",
                production_order_id=order_id,
                line=line,
                lot_id=self._ids["lot", material.item, variant or "", lot],
                quantity=Decimal(quantity),
            )

    def change_order(self, order_id: int, **values: Any) -> None:
        """Change columns of an order."""
        self._update("production_order", values, production_order_id=order_id)

    def change_material(self, order_id: int, line: int = 1, **values: Any) -> None:
        """Change columns of a material row."""
        self._update("production_order_material", values, production_order_id=order_id, line=line)

    def enter_declaration(self, order_id: int, number: int = 10, **values: Any) -> int:
        """Enter a declaration of production by hand, as an import would, on an order of any status. Return its id."""
        declaration_id: int = self._insert(
            "production_declaration",
            "production_declaration_id",
            **{
                "production_order_id": order_id,
                "phase": number,
                "kind": "opening",
                "declared_at": day(0),
                **values,
            },
        )
        return declaration_id

    # --- calls of the product ----------------------------------------------------------------------------------------

    def release(
        self,
        *order_ids: int,
        on: date | None = None,
        on_shortage: str | None = None,
        all_or_none: bool = False,
        key: uuid.UUID | None = None,
        note: str | None = None,
    ) -> list[Row]:
        """Call `erp_api.release_production_orders`."""
        return self.call(
            "select * from erp_api.release_production_orders(%s, %s, %s, %s, %s, %s, %s)",
            [self.company_id, list(order_ids), on, on_shortage, all_or_none, key, note],
        )

    def restore(
        self, *order_ids: int, all_or_none: bool = False, key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.restore_production_orders`."""
        return self.call(
            "select * from erp_api.restore_production_orders(%s, %s, %s, %s, %s)",
            [self.company_id, list(order_ids), all_or_none, key, note],
        )

    def preview(self, *order_ids: int, on: date | None = None, on_shortage: str | None = None) -> list[Row]:
        """Call `erp_api.preview_release`."""
        return self.call(
            "select * from erp_api.preview_release(%s, %s, %s, %s)",
            [self.company_id, list(order_ids), on, on_shortage],
        )

    def preview_restore(self, *order_ids: int) -> list[Row]:
        """Call `erp_api.preview_restore`."""
        return self.call("select * from erp_api.preview_restore(%s, %s)", [self.company_id, list(order_ids)])

    def declare(
        self, order_id: int, *reports: Mapping[str, Any], key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.declare_production` with reports (see `report`) on an order."""
        return self.call(
            "select * from erp_api.declare_production(%s, %s, %s, %s)",
            [self.company_id, Jsonb([{"order_id": order_id, **one} for one in reports]), key, note],
        )

    def declared(self, order_id: int, *reports: Mapping[str, Any]) -> list[int]:
        """Declare, and return the ids; nothing may be refused."""
        rows = self.declare(order_id, *reports)
        assert outcomes(rows) == ["declared"] * len(reports), rows
        return [row.declaration_id for row in rows]

    def register(self, *ids: int, on: date | None = None, key: uuid.UUID | None = None) -> list[Row]:
        """Call `erp_api.register_declarations`."""
        return self.call(
            "select * from erp_api.register_declarations(%s, %s, %s, %s)", [self.company_id, list(ids), on, key]
        )

    def roll_back(self, *ids: int, key: uuid.UUID | None = None) -> list[Row]:
        """Call `erp_api.rollback_declarations`."""
        return self.call("select * from erp_api.rollback_declarations(%s, %s, %s)", [self.company_id, list(ids), key])

    def undeclare(self, *ids: int, key: uuid.UUID | None = None) -> list[Row]:
        """Call `erp_api.delete_declarations`."""
        return self.call("select * from erp_api.delete_declarations(%s, %s, %s)", [self.company_id, list(ids), key])

    def preview_registration(self, *ids: int, on: date | None = None) -> list[Row]:
        """Call `erp_api.preview_registration`."""
        return self.call("select * from erp_api.preview_registration(%s, %s, %s)", [self.company_id, list(ids), on])

    def select(self, view: str, *order_ids: int, order_by: str = "1") -> list[Row]:
        """Select a view of `erp_api`, all of the company or the rows of these orders."""
        query = sql.SQL("select * from erp_api.{} where company_id = %s{} order by {}").format(
            sql.Identifier(view),
            sql.SQL(" and order_id = any(%s)" if order_ids else ""),
            sql.SQL(order_by),
        )
        return self.call(query, [self.company_id, *([list(order_ids)] if order_ids else [])])

    def call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query as the operator; what fails is undone and leaves the transaction usable."""
        with self.acting(self.operator), self.connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query, arguments).fetchall()

    @contextmanager
    def acting(self, role: str) -> Iterator[None]:
        """Act under a role for a while, then as the owner of the tables again."""
        with self.connection.transaction():
            self._execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            yield
            self._execute("set local role erp_owner")

    # --- what there is -----------------------------------------------------------------------------------------------

    def movements(self, *order_ids: int) -> list[Row]:
        """Return the movements that the releases in force of orders made, in the order written."""
        return self.select(
            "restore_movement_grid",
            *order_ids,
            order_by="array_position(array[{}]::bigint[], order_id), material_line, mirror, line".format(
                ", ".join(map(str, order_ids))
            ),
        )

    def moved(self, *order_ids: int) -> list[tuple[Any, ...]]:
        """Return what moved for orders: warehouse, reason, item, lot, location, quantity."""
        return [
            (m.warehouse_code, m.reason_code, m.item_code, m.lot_code, m.location_code, m.quantity)
            for m in self.movements(*order_ids)
        ]

    def lots_of(self, order_id: int, line: int = 1) -> list[tuple[str, Quantity]]:
        """Return what was taken of which lot for a material row, by line of the record."""
        return [(m.lot_code, -m.quantity) for m in self.movements(order_id) if m.material_line == line and not m.mirror]

    def balance(
        self, item: str, warehouse: str = MAIN, *, lot: str | None = None, location: str | None = None
    ) -> Quantity:
        """Return the stock on hand of an item in a warehouse; `location=""` asks what lies in none."""
        return self._one(
            "select coalesce(sum(b.on_hand), 0) from erp.stock_balance as b"
            " left join erp.lot as t on t.company_id = b.company_id and t.lot_id = b.lot_id"
            " left join erp.location as l on l.company_id = b.company_id and l.location_id = b.location_id"
            " where b.company_id = %s and b.item_id = %s and b.warehouse_id = %s"
            " and (%s::text is null or t.lot_code = %s) and (%s::text is null or coalesce(l.location_code, '') = %s)",
            [self.company_id, self.id("item", item), self.id("warehouse", warehouse), lot, lot, location, location],
        )

    def declaration_movements(self, *ids: int) -> list[tuple[Any, ...]]:
        """Return what the registrations in force of declarations moved: item, warehouse, lot, quantity."""
        return [
            (m.item_code, m.warehouse_code, m.lot_code, m.quantity)
            for m in self.call(
                "select * from erp_api.declaration_movement_grid where company_id = %s and declaration_id = any(%s)"
                " order by array_position(%s::bigint[], declaration_id), material_line nulls first, mirror,"
                " stock_record_id, line",
                [self.company_id, list(ids), list(ids)],
            )
        ]

    def order_row(self, order_id: int) -> Row:
        """Return an order as its table has it, None if there is none."""
        return self._row(
            "select * from erp.production_order where company_id = %s and production_order_id = %s",
            [self.company_id, order_id],
        )

    def status(self, order_id: int) -> str:
        """Return the status of an order."""
        return str(self.order_row(order_id).status)

    def job_status(self, number: int) -> str:
        """Return the status of a job order."""
        return str(
            self._one(
                "select status from erp.job_order where company_id = %s and job_number = %s", [self.company_id, number]
            )
        )

    def commitments(self, order_id: int) -> dict[tuple[int, str], Quantity]:
        """Return the lot commitments of an order by line and lot."""
        with self.connection.cursor() as cursor:
            rows = cursor.execute(
                "select m.line, t.lot_code, m.quantity from erp.material_lot as m"
                " join erp.lot as t on t.company_id = m.company_id and t.lot_id = m.lot_id"
                " where m.company_id = %s and m.production_order_id = %s",
                [self.company_id, order_id],
            ).fetchall()
        return {(line, lot): quantity for line, lot, quantity in rows}

    def table(self, name: str, order_id: int | None = None) -> list[dict[str, Any]]:
        """Return the rows of a table, of the company or of an order, as they are."""
        query = sql.SQL("select to_jsonb(t) from erp.{} as t where t.company_id = %s{} order by t::text").format(
            sql.Identifier(name), sql.SQL("" if order_id is None else " and t.production_order_id = %s")
        )
        with self.connection.cursor() as cursor:
            arguments = [self.company_id, *([] if order_id is None else [order_id])]
            return [row[0] for row in cursor.execute(query, arguments)]

    def snapshot(self, *, leaving_out: set[str] = HISTORY, to_the_byte: bool = False) -> dict[str, list[str]]:
        """Return every table of `erp` but those left out, as texts; balances at zero and `changed_*` aside.

        Balances are compared as numbers, 5 and 5.000 being one, unless it is `to_the_byte`.
        """
        with self.connection.cursor() as cursor:
            names = [
                row[0]
                for row in cursor.execute(
                    "select c.relname::text from pg_class as c"
                    " where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') order by 1"
                )
                if row[0] not in leaving_out
            ]
            query = sql.SQL(" union all ").join(
                sql.SQL("select {}, (({}) - 'changed_at' - 'changed_by')::text from erp.{} as t{}").format(
                    sql.Literal(name),
                    sql.SQL("to_jsonb(t) || jsonb_build_object('on_hand', trim_scale(t.on_hand))")
                    if name == "stock_balance" and not to_the_byte
                    else sql.SQL("to_jsonb(t)"),
                    sql.Identifier(name),
                    sql.SQL(" where t.on_hand <> 0" if name == "stock_balance" else ""),
                )
                for name in names
            )
            rows = cursor.execute(query).fetchall()
        answer: dict[str, list[str]] = {name: [] for name in names}
        for name, text in sorted(rows):
            answer[name].append(text)
        return answer

    def everything(self) -> dict[str, list[str]]:
        """Return every table but the runs: what a refused order leaves as it is."""
        return self.snapshot(leaving_out={"run", "run_order"})

    def id(self, kind: str, *code: str) -> int:
        """Return the id of something made before."""
        return self._ids[kind, *code]

    # --- beneath -----------------------------------------------------------------------------------------------------

    def _insert(self, table: str, returning: str | None = None, **values: Any) -> Any:
        if table != "company":
            values = {"company_id": self.company_id, **values}
        query = sql.SQL("insert into erp.{} ({}) values ({}){}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join([sql.Placeholder()] * len(values)),
            sql.SQL(" returning {}").format(sql.Identifier(returning)) if returning else sql.SQL(""),
        )
        cursor = self._execute(query, list(values.values()))
        return cursor.fetchone()[0] if returning else None  # type: ignore[index]

    def _update(self, table: str, values: Mapping[str, Any], **where: Any) -> None:
        where = {"company_id": self.company_id, **where}
        query = sql.SQL("update erp.{} set {} where {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values),
            sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in where),
        )
        assert self._execute(query, [*values.values(), *where.values()]).rowcount == 1

    def _execute(self, query: Any, arguments: Sequence[Any] = ()) -> psycopg.Cursor:
        return self.connection.execute(query, arguments or None)

    def _one(self, query: str, arguments: Sequence[Any]) -> Any:
        row = self._execute(query, arguments).fetchone()
        assert row is not None
        return row[0]

    def _row(self, query: str, arguments: Sequence[Any]) -> Row:
        with self.connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query, arguments).fetchone()
