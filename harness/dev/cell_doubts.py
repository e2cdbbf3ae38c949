"""Which rows may have a cell that holds no value of its column: told by conditions that cost little.

What is wrong with a cell, `erp_internal.check_KIND_cells` knows, which looks closely at no other rows than these.
"""

from __future__ import annotations

from collections.abc import Mapping

from rilascio.loading.files import AMOUNT, INTEGER_LIMITS, NUMERIC_LIMITS, ORDER, Column, File

PARENT_KEYS = {
    "production_order_phase": ORDER,
    "production_order_material": ORDER,
    "material_lot": (*ORDER, "line"),
    "stock_document_line": ("document_key",),
}
"""What the row of a list does not say itself when it is sent: the object around it does."""

SHAPES = {
    ("integer", INTEGER_LIMITS): "[+-]?[0-9]{1,9}",
    ("integer", (*INTEGER_LIMITS, ">= 0")): "[0-9]{1,9}",
    ("integer", (*INTEGER_LIMITS, ">= 0", "<= 10")): "([0-9]|10)",
    ("integer", (*INTEGER_LIMITS, ">= 0", "<= 100000")): "[0-9]{1,5}",
    ("integer", (*INTEGER_LIMITS, ">= 1")): "[1-9][0-9]{0,8}",
    ("numeric", NUMERIC_LIMITS): "[+-]?[0-9]{1,14}([.][0-9]{1,40})?",
    ("numeric", AMOUNT): "0{0,4}[1-9][0-9]{0,9}([.][0-9]{1,40})?",
    ("numeric", (">= 0", "< 1e15")): "[0-9]{1,14}([.][0-9]{1,40})?",
    ("numeric", (">= 0", "< 1e6")): "[0-9]{1,6}([.][0-9]{1,40})?",
    ("date", ()): "[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)",
}
"""What most cells of a kind and its limits look like; one that does not may still be right."""


def own_columns(file: File) -> list[Column]:
    """Return the columns that a row of the kind says itself when it is sent."""
    return [column for column in file.columns if column.name not in PARENT_KEYS.get(file.name, ())]


def doubts(cells: Mapping[str, Column]) -> list[str]:
    """Return conditions of which at least one holds for a row with a faulty cell; an empty cell is none.

    `cells` are SQL expressions of texts, each with its column.
    """
    found, shaped = list[str](), dict[str, list[str]]()
    for cell, column in cells.items():
        if column.names_zone:
            found.append(f"{cell} is not null")
        elif column.words:
            words = ", ".join(f"'{word}'" for word in column.words)
            found.append(f"{cell} not in ({words})")
        elif column.kind == "boolean":
            found.append(f"{cell} not in ('true', 'false')")
        elif column.kind == "text":
            if column.longest is not None:
                found.append(f"octet_length({cell}) > {column.longest}")
        elif (column.kind, column.limits) in SHAPES:
            shaped.setdefault(SHAPES[column.kind, column.limits], []).append(cell)
        else:
            found.append(f"{cell} is not null")
    for shape, alike in shaped.items():
        if len(alike) == 1 or len(shape) > 40:
            found += [_unlike(cell, f"^{shape}$") for cell in alike]
        else:
            found.append(_unlike(f"concat_ws(',', {', '.join(alike)})", f"^({shape})?(,{shape})*$"))
    return found


def _unlike(text: str, pattern: str) -> str:
    margin = "\n" + " " * 16 if len(text) + len(pattern) > 90 else " "
    return f"{text}{margin}!~ '{pattern}'"
