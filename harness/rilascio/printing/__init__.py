"""Pick lists on paper: a page, or more, for each order, as PDF or as HTML for a browser to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rilascio.language import marked


@dataclass(frozen=True)
class PickLine:
    """What is to be taken from one place: an empty box, or the day on which it was issued already."""

    line: int
    item: str
    description: str
    quantity: Decimal
    uom: str
    warehouse: str
    location: str
    lot: str
    lies_in: str
    """Where it lies, if no place was chosen yet: `A02: 12, B01: 40`."""
    issued_on: date | None


@dataclass(frozen=True)
class PickList:
    """The pick list of one order; `reference` is the content of its barcode, too."""

    reference: str
    fields: Sequence[tuple[str, str]]
    lines: Sequence[PickLine]


HEADINGS = (
    "",
    marked("Line"),
    marked("Item"),
    marked("Quantity"),
    marked("Warehouse"),
    marked("Location"),
    marked("Lot"),
    marked("Issued"),
)


def cells(line: PickLine) -> tuple[str, ...]:
    """Return what stands in a line, behind its box."""
    return (
        str(line.line),
        line.item,
        f"{line.quantity:f} {line.uom}".strip(),
        line.warehouse,
        line.location,
        line.lot,
        line.issued_on.isoformat() if line.issued_on else "",
    )


def below(line: PickLine) -> str:
    """Return what stands in small letters below an item."""
    return " ".join(filter(None, (line.description, f"({line.lies_in})" if line.lies_in else "")))


def bars(text: str) -> list[int]:
    """Return a text as Code 128: the widths of bars and of the gaps between them, in turn, in narrow bars."""
    from reportlab.graphics.barcode.code128 import Code128

    code = Code128(text)
    code.validate()
    code.encode()
    code.decompose()
    return [ord(width.lower()) - ord("a") + 1 for width in code.decomposed]
