"""The builders of what orders need: items, warehouses, reasons and rules, locations, lots and stock."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.factory.rows import Rows
from tests.factory.words import LONG_AGO, MAIN, Number


class MasterData(Rows):
    """Makes and changes master data and stock."""

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

    def lot_id(self, item: str, code: str, *, variant: str | None = None) -> int:
        """Return the id of a lot made before."""
        return self.id("lot", item, variant or "", code)

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

    def last_number(self, warehouse: str, on: date, number: int) -> None:
        """Set the counter of record numbers of a warehouse and day, behind the guards."""
        self._execute("select erp_internal.set_write_mode('maintenance')")
        self._insert(
            "stock_record_counter",
            "warehouse_id",
            warehouse_id=self.id("warehouse", warehouse),
            record_date=on,
            last_number=number,
        )
        self._execute("select erp_internal.set_write_mode('')")

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
        record_id = self._insert(
            "stock_record",
            "stock_record_id",
            record_date=on,
            warehouse_id=warehouse_id,
            movement_reason_id=self.id("reason", warehouse, reason),
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
        self.number_records()

    def number_records(self) -> None:
        """Give the records entered by hand their numbers, as the end of the transaction would."""
        self._execute("set constraints erp.stock_record_numbered immediate")
        self._execute("set constraints erp.stock_record_numbered deferred")

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
