"""The builders of production orders with their materials, phases and declarations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

from tests.factory.master_data import MasterData
from tests.factory.words import YEAR, Material, Number, day


class Orders(MasterData):
    """Makes and changes orders; lots that their materials name are made too."""

    _last_number: int

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
        with self.maintenance() if values.get("status", "launched") != "launched" else nullcontext():
            for one in phases:
                self.add_phase(order_id, one)
            for line, material in enumerate(materials, start=1):
                self._material(order_id, line, material)
        return order_id

    def add_phase(self, order_id: int, described: Mapping[str, Any]) -> None:
        """Add a phase (see `phase`) to an order."""
        columns = dict(described)
        site = columns.pop("site", None)
        self._insert(
            "production_order_phase",
            production_order_id=order_id,
            machine_site_id=self.id("site", site) if site else None,
            **columns,
        )

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
                item_id=self.id("item", material.item),
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
