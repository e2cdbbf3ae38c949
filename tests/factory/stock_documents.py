"""The stock documents of other programs, as they are sent."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.factory.words import MAIN, Number, day

Document = dict[str, Any]
Line = dict[str, Any]


ON = day(10)
"""When stock moves, unless told otherwise."""


def document(key: str | None, *lines: Line, on: date | None = ON, **values: Any) -> Document:
    """Describe a document; its lines come from `line` and `counted`."""
    return {"document_key": key, "record_date": on, "lines": list(lines), **values}


def line(item: str, quantity: Number, reason: str = "LOA", *, warehouse: str = MAIN, **values: Any) -> Line:
    """Describe a line that moves; the other values are columns, as `lot_code`."""
    return {"warehouse_code": warehouse, "reason_code": reason, "item_code": item, "quantity": quantity, **values}


def counted(item: str, quantity: Number, *, warehouse: str = MAIN, **values: Any) -> Line:
    """Describe a line that counts, with reasons for both directions of a difference."""
    return {
        "warehouse_code": warehouse,
        "item_code": item,
        "counted_quantity": quantity,
        "reason_code": "ISS",
        "load_reason_code": "LOA",
        **values,
    }
