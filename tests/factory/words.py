"""The words of the stories: days, materials, phases and reports, and what is read off an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

LONG_AGO = date(2020, 1, 2)
"""When stock came in that was always there."""

MAIN = "MAIN"
YEAR = 2026

Number = Decimal | int | str
Row = Any
"""A row of the database with its columns as attributes."""

Quantity = Any
"""A Decimal of the database, to be compared with plain numbers."""


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
