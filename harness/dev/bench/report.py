"""What a case reports: lines of one form, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

from rilascio import output


@dataclass(frozen=True)
class Line:
    """Something that was measured.

    `against`: the same of what it is held against, in the same unit. `target`: what is allowed, such as `≤ 1.35 ×` of
    the ratio or `≤ 25 ms` of the value itself. `orders`: of how many orders, where a case has several sizes. `rate`:
    the absolute figure beside a ratio, in `rate_unit`. `details`: what else is known.
    """

    measured: str
    value: float | None
    unit: str
    against: float | None = None
    target: str | None = None
    orders: int | None = None
    rate: float | None = None
    rate_unit: str | None = None
    details: dict[str, Any] | None = None

    @property
    def ratio(self) -> float | None:
        """The value against the other."""
        return self.value / self.against if self.value is not None and self.against else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one, and where the server does not let us measure."""
        if self.target is None:
            return None
        sign, limit, unit = self.target.split()
        held = self.ratio if unit == "×" else self.value
        if held is None:
            return None
        return held <= float(limit) if sign == "≤" else held >= float(limit)

    def described(self) -> dict[str, Any]:
        """Return the line as JSON has it."""
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


@dataclass(frozen=True)
class Measured:
    """A case that was measured with so many orders, movements or whatever it counts."""

    case: str
    count: int
    lines: Sequence[Line]


def print_report(environment: dict[str, Any], cases: Sequence[Measured], output_format: str) -> None:
    """Print what was measured."""
    if output_format == "json":
        report = {
            "environment": environment,
            "cases": [
                {"case": one.case, "count": one.count, "lines": [line.described() for line in one.lines]}
                for one in cases
            ],
        }
        click.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    click.echo(", ".join(f"{name} {value}" for name, value in environment.items()))
    click.echo()
    output.print_table(
        ("case", "N", "measured", "value", "against", "ratio", "target", "met", "rate"),
        [_row(one, line) for one in cases for line in one.lines],
    )


def _row(one: Measured, line: Line) -> Sequence[object]:
    return (
        one.case, one.count, line.measured, _figure(line.value, line.unit), _figure(line.against, line.unit),
        _figure(line.ratio), line.target, None if line.met is None else "yes" if line.met else "no",
        _figure(line.rate, line.rate_unit),
    )  # fmt: skip


def _figure(value: float | None, unit: str | None = None) -> str | None:
    if value is None:
        return None
    digits = 0 if value >= 1000 or not value else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}" + (f" {unit}" if unit else "")
