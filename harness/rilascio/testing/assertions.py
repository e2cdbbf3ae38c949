"""Assertions on movements and stock; what they found instead is told line by line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rilascio.output import cell
from rilascio.testing.world import Number, World

Line = tuple[Any, ...]


def assert_movements(
    world: World,
    order_id: int,
    expected: Sequence[Sequence[Any]],
    *,
    columns: Sequence[str] = ("item_code", "quantity"),
) -> None:
    """Assert that these movements, and no others, are in force for an order, in whatever order they stand.

    A line of `expected` has the `columns` of `erp_data.stock_movement`; issues are below zero:
    `assert_movements(world, order, [("SCREW", -40), ("NUT", -80)])`
    """
    __tracebackhide__ = True
    found = [tuple(_exact(getattr(row, name)) for name in columns) for row in world.movements(order_id)]
    wanted = [
        tuple(_number(value) if name == "quantity" else value for name, value in zip(columns, line, strict=True))
        for line in expected
    ]
    missing, surplus = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
    if not missing and not surplus:
        return
    lines = [*_marked(wanted, missing, "missing"), *(("too many", *line) for line in surplus.elements())]
    order = world.order_row(order_id)
    name = f"{order.order_year}/{order.order_number}/{order.order_lot}" if order else f"with the id {order_id}"
    raise AssertionError(
        f"Movements of order {name}: {missing.total()} missing, {surplus.total()} too many.\n\n"
        + _table(("", *columns), lines)
    )


def assert_stock(
    world: World,
    expected: Mapping[str | Sequence[str | None], Number],
    *,
    by: Sequence[str] = ("item_code",),
) -> None:
    """Assert how much is on hand of each of these items.

    The keys of `expected` are items, or have the columns `by` of `erp_data.stock_balance`, by which stock is summed
    then; what else there is of an item that is named counts too:
    `assert_stock(world, {("STEEL", "L1"): 5, ("STEEL", "L2"): 0}, by=("item_code", "lot_code"))`
    """
    __tracebackhide__ = True
    wanted = {(key,) if isinstance(key, str) else tuple(key): _number(value) for key, value in expected.items()}
    items = {dict(zip(by, key, strict=True))["item_code"] for key in wanted}
    found: dict[Line, Decimal] = defaultdict(Decimal)
    for row in world.stock_rows():
        if row.item_code in items:
            found[tuple(getattr(row, name) for name in by)] += row.quantity
    keys = [*wanted, *(key for key in found if key not in wanted)]
    lines = [(*key, wanted.get(key, Decimal()), _number(found.get(key, Decimal()))) for key in keys]
    wrong = [line for line in lines if line[-2] != line[-1]]
    if wrong:
        marked = [("wrong" if line in wrong else "", *line) for line in lines]
        raise AssertionError(
            f"Stock: {len(wrong)} of {len(lines)} lines are wrong.\n\n" + _table(("", *by, "expected", "found"), marked)
        )


def _marked(lines: Sequence[Line], marked: Counter[Line], mark: str) -> list[Line]:
    """Put the mark before as many of the lines as are counted."""
    left = Counter(marked)
    answer = []
    for line in lines:
        answer.append((mark if left[line] > 0 else "", *line))
        left[line] -= 1
    return answer


def _number(value: Number) -> Decimal:
    """Return a number without the zeros that its scale adds: 40.000 is 40."""
    return Decimal(f"{Decimal(str(value)).normalize():f}")


def _exact(value: Any) -> Any:
    return _number(value) if isinstance(value, Decimal) else value


def _table(headings: Sequence[str], rows: Sequence[Line]) -> str:
    """Lay out rows as text, numbers to the right."""
    texts = [list(headings), *([cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    numeric = [any(isinstance(value, Decimal) for value in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in texts
    )
