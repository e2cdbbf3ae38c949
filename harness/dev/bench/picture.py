"""Pictures of a report: how the time of an order grows with the call, and what each step costs a movement.

They carry their own background, so that they can be read on any page, and are darker where the reader prefers that.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from rilascio.errors import USAGE, HarnessError

WIDTH = 720
_BAR = 20
_LINE = 15
"""The least height from one name of a curve to the next."""

_SHOWN = 12
"""Steps that a picture shows, the most expensive first."""

_STYLE = """
<style>
text { font: 12px sans-serif; fill: #1f2328 }
.title { font-weight: bold }
.end { text-anchor: end }
.middle { text-anchor: middle }
.page { fill: #ffffff }
.axis { stroke: #8c959f; fill: none }
.c0 { stroke: #0969da; fill: #0969da }
.c1 { stroke: #bc4c00; fill: #bc4c00 }
.c2 { stroke: #1a7f37; fill: #1a7f37 }
.c3 { stroke: #8250df; fill: #8250df }
polyline { fill: none !important; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.page { fill: #161b22 }
}
</style>
"""


def draw(report: Path, folder: Path) -> list[Path]:
    """Write the pictures of a report's cases into a folder, and return their files."""
    cases = {one["case"]: one for one in json.loads(report.read_text())["cases"]}
    drawn = []
    for name, picture in (("growth", _growth), ("steps", _steps)):
        if name in cases:
            file = folder / f"performance-{name}.svg"
            file.write_text(picture(cases[name]))
            drawn.append(file)
    if not drawn:
        raise HarnessError(
            f"Of the cases in {report} none has a picture.", "Measure the case growth or steps.", exit_code=USAGE
        )
    return drawn


def _growth(case: dict[str, Any]) -> str:
    """Draw the milliseconds of an order over the orders of a call, a curve for each kind of call."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for line in case["lines"]:
        if line["unit"] == "ms":
            curves.setdefault(line["measured"].partition(",")[0], []).append((line["orders"], line["value"]))
    sizes = sorted({size for points in curves.values() for size, _ in points})
    top = max(value for points in curves.values() for _, value in points) * 1.15
    left, right, upper, lower = 60, WIDTH - 110, 50, 280

    def place(size: int, value: float) -> tuple[float, float]:
        share = math.log(size / sizes[0]) / (math.log(sizes[-1] / sizes[0]) or 1)
        return left + (right - left) * share, lower - (lower - upper) * value / top

    parts = [f'<path class="axis" d="M{left} {upper}V{lower}H{right}"/>']
    for size in sizes:
        parts.append(_text(place(size, 0)[0], lower + 18, f"{size:,}", "middle"))
    for step in range(5):
        value = top * step / 4
        parts.append(_text(left - 6, place(sizes[0], value)[1] + 4, f"{value:.2f}", "end"))
    ends = []
    for nth, (call, points) in enumerate(curves.items()):
        placed = [place(*point) for point in sorted(points)]
        parts.append(f'<polyline class="c{nth}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in placed)}"/>')
        parts += [f'<circle class="c{nth}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in placed]
        ends.append((placed[-1][1] + 4, call))
    y = -math.inf
    for end, call in sorted(ends):
        y = max(y + _LINE, end)
        parts.append(_text(right + 8, y, call))
    parts.append(_text((left + right) / 2, lower + 38, "orders of a call", "middle"))
    return _page("Milliseconds of an order, by the orders of a call", lower + 50, parts)


def _steps(case: dict[str, Any]) -> str:
    """Draw the microseconds of a movement by step, one company below the other."""
    scenarios: dict[str, list[tuple[str, float]]] = {}
    for line in case["lines"]:
        scenario, _, step = line["measured"].partition(", ")
        if line["rate"] is not None:
            scenarios.setdefault(scenario, []).append((step, line["value"]))
    widest = max(value for steps in scenarios.values() for _, value in steps)
    parts, y = [], 50
    for nth, (scenario, steps) in enumerate(scenarios.items()):
        parts.append(_text(12, y, f"{scenario}: {sum(value for _, value in steps):.1f} µs in all", "title"))
        y += 10
        for step, value in _shown(steps):
            width = (WIDTH - 340) * max(value, 0) / widest  # the rest of medians may be below zero
            parts.append(_text(260, y + 14, step, "end"))
            parts.append(f'<rect class="c{nth}" x="268" y="{y + 3}" width="{width:.1f}" height="{_BAR - 6}"/>')
            parts.append(_text(274 + width, y + 14, f"{value:.1f}"))
            y += _BAR
        y += 26
    return _page("Microseconds of a movement of a release and of a restore, by step", y, parts)


def _shown(steps: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Give the most expensive steps, and all others as one."""
    dear = sorted((one for one in steps if one[0] != "the rest"), key=lambda one: -one[1])[:_SHOWN]
    yield from dear
    yield "the rest", sum(value for _, value in steps) - sum(value for _, value in dear)


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _page(title: str, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" role="img">'
    page = f'<title>{escape(title)}</title>{_STYLE}<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>'
    return "\n".join([head, page, _text(12, 24, title, "title"), *parts, "</svg>"]) + "\n"
