"""Numbers of files with semicolons, which are written with a decimal comma, as SQL of numbers with a point."""

from __future__ import annotations

AMBIGUOUS = "ambiguous_number"
"""The code of a number that may mean two things."""
_DECIMAL_COMMA = r"'^[+-]?([0-9]+,[0-9]*|,[0-9]+)$'"
_THOUSANDS = r"'^[+-]?[1-9][0-9]{0,2}[.][0-9]{3}$'"
"""What may be a decimal fraction or a whole number of thousands."""


def is_ambiguous(cell: str) -> str:
    """SQL that tells whether a cell may mean two numbers."""
    return f"{cell} ~ {_THOUSANDS}"


def ambiguity(cell: str) -> str:
    """SQL of the sentence about a cell that may mean two numbers."""
    return (
        "format('\"%s\" may be %s or %s: write the one that is meant',"
        f" {cell}, replace({cell}, '.', ''), replace({cell}, '.', ','))"
    )


def with_point(cell: str) -> str:
    """SQL of a cell with a point if it is a number; null if it may mean two."""
    return (
        f"case when {is_ambiguous(cell)} then null when {cell} ~ {_DECIMAL_COMMA} then replace({cell}, ',', '.')"
        f" else {cell} end"
    )


def is_zero(cell: str, *, commas: bool) -> str:
    """SQL that tells whether a cell is a zero."""
    point = "[.,]" if commas else "[.]"
    return f"{cell} ~ '^[+-]?(0+{point}?0*|{point}0+)$'"
