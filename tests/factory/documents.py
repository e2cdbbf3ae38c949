"""Orders as documents: what is put of them, and what `erp_data` shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.factory.readings import Readings
from tests.factory.words import YEAR, Row

Document = Mapping[str, Any]

OF_ORDER = ("company_id", "order_year", "order_number", "order_lot")
"""What the rows of a document's lists do not say themselves."""


def order_document(number: int, **values: Any) -> dict[str, Any]:
    """Describe an order, BIKE unless it says otherwise."""
    return {"order_year": YEAR, "order_number": number, "item_code": "BIKE", "quantity": 1, **values}


def order_key(document: Document, **values: Any) -> dict[str, Any]:
    """Return the key of a document, with what is to be put of it."""
    return {name: document[name] for name in OF_ORDER[1:] if name in document} | values


class Documents(Readings):
    """Puts orders as a member of `erp_writer`, and shows them as they can be put."""

    def put_order(self, document: Document) -> Row:
        """Put one order; return its row. The preview must have said the same."""
        [preview] = self.preview_orders(document)
        [row] = self.put_orders(document)
        assert (preview.outcome, preview.reasons) == (row.outcome, row.reasons)
        return row

    def document(self, order_id: int) -> dict[str, Any]:
        """Return an order as `erp_data` shows it, with its phases, materials and lots."""
        [order] = self._shown("production_order", {"order_id": order_id})
        number = {name: order[name] for name in OF_ORDER}
        phases, materials, lots = (
            self._shown(kind, number)
            for kind in ("production_order_phase", "production_order_material", "material_lot")
        )
        for row in (*phases, *materials, *lots):
            for name in OF_ORDER:
                del row[name]
        of_line = [(lot.pop("line"), lot) for lot in lots]
        for material in materials:
            material["material_lots"] = [lot for line, lot in of_line if line == material["line"]]
        return order | {"phases": phases, "materials": materials}

    def _shown(self, view: str, key: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of a view of `erp_data` that have this key."""
        condition = " and ".join(f"{name} = %s" for name in key)
        query = f"select to_jsonb(v) as shown from erp_data.{view} as v where {condition} order by v::text"
        return [row.shown for row in self.write_call(query.encode(), list(key.values()))]
