"""Which production declarations a command is about: by order, by id or by filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.sql import SQL, Composed

from rilascio.errors import HarnessError
from rilascio.filters import Filter, Query, conditions, open_view, ordering
from rilascio.language import _
from rilascio.orders import NUMBER_ORDER, Company, Reference, of_orders, some_of

FORWARDS = (*NUMBER_ORDER, "closes_order", "declared_at", "declaration_id")
"""How declarations are sorted, and so registered: as they were made, the one that closes the order last."""

BACKWARDS = (*NUMBER_ORDER, "closes_order:desc", "declared_at:desc", "declaration_id:desc")
"""How they are rolled back and deleted: the other way round within each order."""

VIEW = "declaration_grid"


@dataclass(frozen=True)
class Declaration:
    """A declaration's id, and what people know it by; None where the company has no declaration of this id."""

    declaration_id: int
    order_year: int | None = None
    order_number: int | None = None
    order_lot: int | None = None
    phase: int | None = None
    sub_phase: int | None = None
    kind: str | None = None
    registered: bool | None = None

    @property
    def reference(self) -> Reference | None:
        if self.order_year is None or self.order_number is None or self.order_lot is None:
            return None
        return Reference(self.order_year, self.order_number, self.order_lot)


def select_declarations(
    connection: psycopg.Connection[Any],
    company: Company,
    filters: Iterable[Filter],
    sorts: Sequence[str],
    limit: int | None = None,
    *,
    registered: bool,
    backwards: bool = False,
) -> list[Declaration]:
    """Return the declarations that are registered, or are not, and pass the filters, sorted as asked.

    What is not sorted goes by order, and within an order as declared, or `backwards`.
    """
    chosen = conditions(connection, open_view(connection, VIEW), filters)
    chosen = Query(SQL(" and registered = %s") + chosen.text, [registered, *chosen.parameters])
    return _select(connection, company, chosen, sorts, BACKWARDS if backwards else FORWARDS, limit)


def find_declarations(
    connection: psycopg.Connection[Any],
    company: Company,
    references: Sequence[Reference],
    ids: Sequence[int],
    *,
    registered: bool,
    backwards: bool = False,
) -> list[Declaration]:
    """Return the declarations of these orders that are registered, or are not, then those of these ids.

    Orders come as they are named, the declarations of each as declared, or `backwards`; an id may be unknown. Raises
    HarnessError for an order without any declaration.
    """
    found: dict[int, Declaration] = {}
    if references:
        found = _of_orders(connection, company, references, registered, BACKWARDS if backwards else FORWARDS)
    if ids:
        by_id = Query(Composed([SQL(" and declaration_id = any(%s::bigint[])")]), [list(ids)])
        known = {part.declaration_id: part for part in _select(connection, company, by_id)}
        found |= {number: known.get(number, Declaration(number)) for number in ids if number not in found}
    return list(found.values())


def _of_orders(
    connection: psycopg.Connection[Any],
    company: Company,
    references: Sequence[Reference],
    registered: bool,
    default: Sequence[str],
) -> dict[int, Declaration]:
    wanted: Mapping[Reference | None, list[Declaration]] = {reference: [] for reference in references}
    for part in _select(connection, company, of_orders(list(dict.fromkeys(references))), (), default):
        wanted[part.reference].append(part)
    missing = [reference for reference, parts in wanted.items() if reference and not parts]
    if missing:
        raise HarnessError(
            _("Company {company} has no declaration of order {orders}.", company=company.code, orders=some_of(missing)),
            _("rilascio grid declarations shows those there are; a lot above 0 is written YEAR/NUMBER/LOT."),
        )
    every = (part for parts in wanted.values() for part in parts)
    return {part.declaration_id: part for part in every if part.registered == registered}


def _select(
    connection: psycopg.Connection[Any],
    company: Company,
    where: Query,
    sorts: Sequence[str] = (),
    default: Sequence[str] = FORWARDS,
    limit: int | None = None,
) -> list[Declaration]:
    view = open_view(connection, VIEW)
    query = SQL(
        """
        select declaration_id, order_year, order_number, order_lot, phase, sub_phase, kind, registered
        from {} where company_id = %s{} {} limit %s
        """
    ).format(view.table, where.text, ordering(view, sorts, default))
    with connection.cursor(row_factory=class_row(Declaration)) as cursor:
        return cursor.execute(query, [company.company_id, *where.parameters, limit]).fetchall()
