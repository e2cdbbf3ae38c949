"""Which orders a command is about: companies by code, orders by `YEAR/NUMBER[/LOT]` or by filters, and their ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.sql import SQL, Composed

from rilascio.errors import USAGE, HarnessError
from rilascio.filters import Filter, Query, conditions, open_view, ordering
from rilascio.language import _, in_context, marked

STATUSES = (
    marked("launched", context="status"),
    marked("executive", context="status"),
    marked("closed", context="status"),
    marked("archived", context="status"),
)
"""What an order may be."""

NUMBER_ORDER = ("order_year", "order_number", "order_lot")
"""How orders are sorted, and so served, unless said otherwise."""

_REFERENCE = re.compile(r"(\d{1,9})/(\d{1,9})(?:/(\d{1,9}))?", re.ASCII)
_QUANTITY = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)

_NUMBERS = re.compile(r"\s*(?:(\d+)\s*/)?\s*(!=|<=|>=|=|<|>)?\s*(\d+)?\s*(?:/\s*(\d+))?\s*", re.ASCII)

_SHOWN = 5


def status_label(status: str) -> str:
    """Return the status of an order in the language chosen."""
    return in_context("status", status)


@dataclass(frozen=True)
class Company:
    """A company that the caller is a member of."""

    company_id: int
    code: str
    description: str


@dataclass(frozen=True)
class Reference:
    """What a person calls an order: year, number and lot; lot 0 goes without saying."""

    year: int
    number: int
    lot: int = 0

    def __str__(self) -> str:
        return f"{self.year}/{self.number}" + (f"/{self.lot}" if self.lot else "")


@dataclass(frozen=True)
class Order:
    """An order's id and reference."""

    order_id: int
    reference: Reference
    quantity: Decimal | None = None
    """How much of it is meant, None for all."""


def parse_reference(text: str) -> Reference:
    """Read `YEAR/NUMBER` (lot 0) or `YEAR/NUMBER/LOT`."""
    match = _REFERENCE.fullmatch(text.strip())
    if not match:
        raise HarnessError(
            _("{text!r} is no order reference.", text=text),
            _("Write YEAR/NUMBER or YEAR/NUMBER/LOT, like 2026/15/1."),
            exit_code=USAGE,
        )
    return Reference(*(int(part) for part in match.groups() if part is not None))


def parse_part(text: str) -> tuple[Reference, Decimal | None]:
    """Read an order (`parse_reference`) or a part of one, `ORDER=QUANTITY`."""
    order, sign, quantity = text.strip().partition("=")
    reference = parse_reference(order)
    if not sign:
        return reference, None
    if not _QUANTITY.fullmatch(quantity):
        raise HarnessError(
            _("{quantity!r} in {text!r} is no quantity.", quantity=quantity, text=text),
            _("Write {reference}=20 or {reference}=2.5 to release so much of the order.", reference=reference),
            exit_code=USAGE,
        )
    return reference, Decimal(quantity)


def number_filters(text: str) -> list[Filter]:
    """Read `2026/15/1`, `2026/>120`, `2026/` or `>120` as conditions on year, number and lot."""
    match = _NUMBERS.fullmatch(text)
    if not match or (match[2] and not match[3]):
        raise HarnessError(
            _("{text!r} names no orders.", text=text),
            _("Write year and number like 2026/15, 2026/15/1, 2026/ or 2026/>120."),
            exit_code=USAGE,
        )
    year, operator, number, lot = match.groups()
    parts = zip(NUMBER_ORDER, ("=", operator or "=", "="), (year, number, lot), strict=True)
    return [Filter(column, sign, value, quoted=True) for column, sign, value in parts if value]


def find_company(connection: psycopg.Connection[Any], code: str | None) -> Company:
    """Return the company of this code, or the only one that the caller is a member of.

    From then on the session lives in the time zone of the company, if it has one: `today`, and moments that are typed
    without a zone, are the company's.
    """
    open_view(connection, "my_companies")
    company = _company(connection, SQL("erp_api.my_companies"), code)
    connection.execute(
        "select set_config('TimeZone', c.time_zone, false) from erp_api.my_companies as c"
        " where c.company_id = %s and c.time_zone is not null",
        [company.company_id],
    )
    return company


def find_checked_company(connection: psycopg.Connection[Any], code: str | None) -> Company:
    """Return the company of this code, or the only one that the caller may check."""
    return _company(connection, SQL("erp_api.list_companies()"), code)


def _company(connection: psycopg.Connection[Any], source: SQL, code: str | None) -> Company:
    query = SQL("select company_id, company_code, description from {} order by company_code").format(source)
    rows = connection.execute(query).fetchall()
    companies = [Company(*row) for row in rows]
    codes = ", ".join(company.code for company in companies)
    if not companies:
        raise HarnessError(
            _("The role {role} is a member of no company.", role=_acting(connection)),
            _how_to_become_a_member(connection),
        )
    if code is None:
        if len(companies) == 1:
            return companies[0]
        raise HarnessError(
            _("You are a member of {count} companies.", count=len(companies)),
            _("Name one with --company: {codes}.", codes=codes),
            exit_code=USAGE,
        )
    for company in companies:
        if company.code == code:
            return company
    raise HarnessError(
        _("You are a member of no company {code!r}.", code=code), _("Your companies: {codes}.", codes=codes)
    )


def _acting(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute("select current_user").fetchone()
    assert row is not None
    return str(row[0])


def _how_to_become_a_member(connection: psycopg.Connection[Any]) -> str:
    role = sql.Literal(_acting(connection)).as_string(connection)
    return _(
        "Have the DBA make it one, or a role that is granted to it: insert into erp.company_member (company_id,"
        " member_role) select company_id, {role} from erp.company where company_code = 'CODE'; or load a company:"
        " rilascio load FOLDER --member ROLE.",
        role=role,
    )


def find_orders(connection: psycopg.Connection[Any], company: Company, references: Iterable[Reference]) -> list[Order]:
    """Return the orders of these references, in the order given.

    The grids are asked first, then the history of runs. It and the declarations know orders that are closed.
    Raises HarnessError if one is in none of them.
    """
    wanted = list(dict.fromkeys(references))
    found: dict[Reference, int] = {}
    for name in ("release_grid", "restore_grid", "declaration_grid", "run_order_history"):
        open_ones = [reference for reference in wanted if reference not in found]
        if not open_ones:
            break
        named = of_orders(open_ones)
        rows = connection.execute(
            SQL("select order_year, order_number, order_lot, order_id from {} where company_id = %s{}").format(
                open_view(connection, name).table, named.text
            ),
            [company.company_id, *named.parameters],
        ).fetchall()
        found |= {Reference(year, number, lot): order_id for year, number, lot, order_id in rows}
    missing = [reference for reference in wanted if reference not in found]
    if missing:
        raise HarnessError(
            _(
                "Company {company} has no launched or released order {orders}.",
                company=company.code,
                orders=some_of(missing),
            ),
            _("rilascio grid release and grid restore show those there are; a lot above 0 is written YEAR/NUMBER/LOT."),
        )
    return [Order(found[reference], reference) for reference in wanted]


def find_numbers(connection: psycopg.Connection[Any], company: Company, references: Iterable[Reference]) -> list[Order]:
    """Return the orders of these references, whatever their status, in the order given.

    Raises HarnessError if there is none of one.
    """
    wanted = list(dict.fromkeys(references))
    texts = [f"{reference.year}/{reference.number}/{reference.lot}" for reference in wanted]
    rows = connection.execute(
        "select order_id from erp_api.order_ids(%s, %s) order by ordinal", [company.company_id, texts]
    ).fetchall()
    found = list(zip(wanted, (order_id for (order_id,) in rows), strict=True))
    missing = [reference for reference, order_id in found if order_id is None]
    if missing:
        raise HarnessError(
            _("Company {company} has no order {orders}.", company=company.code, orders=some_of(missing)),
            _("A lot above 0 is written YEAR/NUMBER/LOT."),
        )
    return [Order(order_id, reference) for reference, order_id in found]


def of_orders(references: Sequence[Reference]) -> Query:
    """Return a condition on a view's order_year, order_number and order_lot: ` and …`."""
    text = SQL(
        """
        and (order_year, order_number, order_lot) in (
            select w.y, w.n, w.l from unnest(%s::integer[], %s::integer[], %s::integer[]) as w (y, n, l)
        )
        """
    )
    parts = zip(*((reference.year, reference.number, reference.lot) for reference in references), strict=True)
    return Query(Composed([text]), [list(part) for part in parts])


def some_of(references: Sequence[Reference]) -> str:
    """Return the first few of some references, and how many more there are."""
    names = ", ".join(map(str, references[:_SHOWN]))
    more = len(references) - _SHOWN
    return _("{names} and {count:,} more", names=names, count=more) if more > 0 else names


def select_orders(
    connection: psycopg.Connection[Any],
    view_name: str,
    company: Company,
    filters: Sequence[Filter],
    sorts: Sequence[str],
    limit: int | None = None,
) -> list[Order]:
    """Return the orders of a grid that pass the filters, sorted as asked, else by number."""
    view = open_view(connection, view_name)
    chosen = conditions(connection, view, filters)
    query = SQL(
        "select order_id, order_year, order_number, order_lot from {} where company_id = %s{} {} limit %s"
    ).format(view.table, chosen.text, ordering(view, sorts, NUMBER_ORDER))
    rows = connection.execute(query, [company.company_id, *chosen.parameters, limit or None]).fetchall()
    return [Order(order_id, Reference(*reference)) for order_id, *reference in rows]
