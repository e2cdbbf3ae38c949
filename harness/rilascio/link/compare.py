"""Comparing: stock and the statuses of orders as a host has them, beside those that are here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.sql import SQL, Identifier

from rilascio.errors import HarnessError
from rilascio.language import counted
from rilascio.link.host import COMPARED_VIEWS, Host, HostSnapshot, HostView, Notify, read_host
from rilascio.orders import NUMBER_ORDER, Company

SUBJECTS = {"stock": "stock_balance", "orders": "order_status"}
"""What can be compared, with the view of the host that it needs."""

_REQUIRED = {
    "stock_balance": ("warehouse_code", "item_code", "quantity"),
    "order_status": ("order_year", "order_number", "status"),
}
_ARCHIVED = "archived"

Key = tuple[Any, ...]
Value = TypeVar("Value", Decimal, str)


@dataclass(frozen=True)
class Difference(Generic[Value]):
    """A key that both sides do not have alike; a side that does not have it is None."""

    key: Key
    host: Value | None
    here: Value | None


@dataclass(frozen=True)
class Comparison(Generic[Value]):
    """What was held against each other: by which columns, how many keys, and those that differ, sorted."""

    columns: tuple[str, ...]
    compared: int
    differences: list[Difference[Value]]


@dataclass(frozen=True)
class Report:
    """What was compared with which host; None is what was not. `missing` are the views that the host lacks."""

    place: str
    stock: Comparison[Decimal] | None
    orders: Comparison[str] | None
    missing: list[str]

    @property
    def is_equal(self) -> bool:
        return not any(part.differences for part in (self.stock, self.orders) if part)


@dataclass(frozen=True)
class _Stock:
    columns: tuple[str, ...]
    quantities: dict[Key, Decimal]


@dataclass(frozen=True)
class _HostState:
    place: str
    stock: _Stock | None
    orders: dict[Key, str] | None
    missing: list[str]


def compare(
    connection: psycopg.Connection[Any], company: Company, host: Host, subjects: Collection[str], notify: Notify
) -> Report:
    """Hold the stock and the orders of a host against those of the company, each side as it is at one moment.

    `subjects` are keys of `SUBJECTS`; with several of them those are compared whose view the host has. Raises
    HarnessError if it has none of them, or if they cannot be read.
    """
    state = read_host(host, lambda snapshot: _read(snapshot, subjects), notify)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        stock = _compare_stock(state.stock, _own_stock(connection, company, state.stock)) if state.stock else None
        orders = None
        if state.orders is not None:
            orders = _compare_orders(state.orders, _own_orders(connection, company))
    return Report(state.place, stock, orders, state.missing)


def _read(snapshot: HostSnapshot, subjects: Collection[str]) -> _HostState:
    wanted = [SUBJECTS[subject] for subject in subjects]
    views = {name: snapshot.views[name] for name in wanted if name in snapshot.views}
    if not views:
        raise HarnessError(
            f"{snapshot.capitalized} has no view {' or '.join(wanted)}.",
            "Make it there: " + "; ".join(f"{name} ({', '.join(COMPARED_VIEWS[name])})" for name in wanted) + ".",
        )
    for name, view in views.items():
        view.check_columns(COMPARED_VIEWS[name], _REQUIRED[name])
    stock, orders = views.get("stock_balance"), views.get("order_status")
    return _HostState(
        snapshot.place,
        _host_stock(snapshot, stock) if stock else None,
        _host_orders(snapshot, orders) if orders else None,
        [name for name in wanted if name not in views],
    )


def _host_stock(snapshot: HostSnapshot, view: HostView) -> _Stock:
    columns = tuple(name for name in COMPARED_VIEWS[view.name] if name in view.columns and name != "quantity")
    keys = SQL(", ").join(SQL("nullif({}::text, '')").format(Identifier("v", name)) for name in columns)
    query = SQL(
        "select {keys}, sum(q.quantity), count(*) - count(*) filter (where q.quantity > '-Infinity'"
        " and q.quantity < 'Infinity') from {view} as v cross join lateral (select v.quantity::text::numeric) as"
        " q (quantity) group by {numbers}"
    ).format(keys=keys, view=view.identifier, numbers=SQL(", ").join(SQL(str(n)) for n in range(1, len(columns) + 1)))
    with snapshot.reading(view):
        rows = snapshot.connection.execute(query).fetchall()
    for *key, _, strange in rows:
        if strange:
            raise HarnessError(
                f"View {view.name} has {counted(strange, 'row')} without a quantity that is a number, such as that of "
                f"{', '.join(str(part) for part in key if part is not None)}.",
                "Correct the view in the host.",
            )
    return _Stock(columns, {tuple(key): quantity for *key, quantity, _ in rows})


def _own_stock(connection: psycopg.Connection[Any], company: Company, like: _Stock) -> dict[Key, Decimal]:
    keys = SQL(", ").join(Identifier("b", name) for name in like.columns)
    query = SQL(
        "select {keys}, sum(b.quantity) from erp_data.stock_balance as b where b.company_id = %s group by {keys}"
    )
    rows = connection.execute(query.format(keys=keys), [company.company_id])
    return {tuple(key): quantity for *key, quantity in rows}


def _compare_stock(host: _Stock, own: Mapping[Key, Decimal]) -> Comparison[Decimal]:
    zero = Decimal(0)
    keys = {key for side in (host.quantities, own) for key, quantity in side.items() if quantity != zero}
    differing = [key for key in keys if host.quantities.get(key, zero) != own.get(key, zero)]
    return Comparison(
        host.columns,
        len(keys),
        [Difference(key, host.quantities.get(key), own.get(key)) for key in _in_order(differing)],
    )


def _host_orders(snapshot: HostSnapshot, view: HostView) -> dict[Key, str]:
    numbers = SQL(", ").join(
        SQL("trim_scale({}::text::numeric)").format(Identifier("v", name))
        if name in view.columns
        else SQL("0::numeric")
        for name in NUMBER_ORDER
    )
    query = SQL("select {}, v.status::text from {} as v").format(numbers, view.identifier)
    with snapshot.reading(view):
        rows = snapshot.connection.execute(query).fetchall()
    orders: dict[Key, str] = {}
    for year, number, lot, status in rows:
        key = (year, number, lot or Decimal(0))
        if key in orders:
            raise HarnessError(
                f"View {view.name} has order {'/'.join(f'{part}' for part in key)} twice.",
                "Correct the view in the host, so that it has a row for each order.",
            )
        orders[key] = status or ""
    return orders


def _own_orders(connection: psycopg.Connection[Any], company: Company) -> dict[Key, str]:
    rows = connection.execute(
        "select o.order_year, o.order_number, o.order_lot, o.status from erp_data.production_order as o"
        " where o.company_id = %s",
        [company.company_id],
    )
    return {tuple(key): status for *key, status in rows}


def _compare_orders(host: Mapping[Key, str], own: Mapping[Key, str]) -> Comparison[str]:
    forgotten = {key for key, status in own.items() if status == _ARCHIVED and key not in host}
    keys = (host.keys() | own.keys()) - forgotten
    differing = [key for key in keys if host.get(key) != own.get(key)]
    return Comparison(
        NUMBER_ORDER, len(keys), [Difference(key, host.get(key), own.get(key)) for key in _in_order(differing)]
    )


def _in_order(keys: Sequence[Key]) -> list[Key]:
    """Return keys sorted, what has no value first."""
    return sorted(keys, key=lambda key: tuple((part is not None, part) for part in key))
