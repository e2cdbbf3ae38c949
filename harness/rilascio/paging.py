"""Pages of a view by key: the rows behind the last one of the page before, found in an index where there is one.

The key of a row is what the rows are sorted by, as a JSON array, with the grid's own order behind, which no two rows
share. It stays good whatever becomes of the row itself. Rows without a value come last in both directions. An index
puts them first backwards, and a comparison of rows finds none of them; so a page may have two parts, which are read one
behind the other: rows with a value, and rows without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from rilascio.errors import USAGE, HarnessError
from rilascio.filters import ApiView, Filter, Query, SortKey, check_value, order_by
from rilascio.language import _

PAGE_KEY = "page_key"
"""A column that is shown when it is named: what `--after` takes to go on behind the row."""


_VALUES = """
select a.value #>> '{}', a.value::text
from pg_catalog.jsonb_array_elements(%s::jsonb) with ordinality as a (value, nth)
order by a.nth
"""


@dataclass(frozen=True)
class Part:
    """Some rows of a page: the condition ` and …` for them, and the ORDER BY by which they come."""

    where: Query
    order: Composed


def page_key(keys: Sequence[SortKey], row: str) -> Composed:
    """Return the key of a row as SQL."""
    columns = SQL(", ").join(Identifier(row, key.column) for key in keys)
    return SQL("pg_catalog.jsonb_build_array({})").format(columns)


def parse_key(
    connection: psycopg.Connection[Any], view: ApiView, keys: Sequence[SortKey], text: str
) -> list[str | None]:
    """Return the values of a key, each as its column reads it. Raises HarnessError for what is no key of this order."""
    try:
        values = connection.execute(_VALUES, [text]).fetchall()
    except psycopg.DataError:
        values = []
    if len(values) != len(keys) or any(
        value is None and not key.nullable for key, (value, _) in zip(keys, values, strict=True)
    ):
        raise HarnessError(
            _(
                "--after {text!r} is no key of rows that are sorted by {names}.",
                text=text,
                names=", ".join(key.column for key in keys),
            ),
            _("Sort as for the page before, and take the key from its end, or from its page_key in JSON."),
            exit_code=USAGE,
        )
    read = [
        written if value is not None and view.columns[key.column] == "jsonb" else value
        for key, (value, written) in zip(keys, values, strict=True)
    ]
    for key, value in zip(keys, read, strict=True):
        if value is not None:
            check_value(connection, Filter(key.column, "=", value), view.columns[key.column])
    return read


def parts(view: ApiView, keys: Sequence[SortKey], after: Sequence[str | None] | None, limit: int) -> list[Part]:
    """Return the parts of a page of rows behind a key, or of the first page; `limit` 0 is for all rows."""
    nothing = Query(Composed([]), [])
    if not keys:
        return [Part(nothing, Composed([]))]
    first, *others = keys
    if any(key.descending != first.descending for key in others) or any(key.nullable for key in others):
        return [Part(_behind(view, keys, after) if after else nothing, order_by(keys))]
    if not first.nullable:
        return [Part(_compared(view, keys, after) if after else nothing, order_by(keys))]
    if not limit or not (after or first.descending):
        return [Part(_behind(view, keys, after) if after else nothing, order_by(keys))]
    without, order = _without(first), _as_indexed(first, others)
    if after and after[0] is None:
        return _rest_without(view, keys, after)
    having = _compared(view, keys, after) if after else _with(first)
    return [Part(having, order), Part(without, order)]


def parts_before(view: ApiView, keys: Sequence[SortKey], before: Sequence[str | None]) -> list[Part]:
    """Return the parts of a page of rows before a key, the nearest first.

    All keys go in one direction, and only the first one may be without a value.
    """
    reversed_keys = [SortKey(key.column, not key.descending, key.nullable) for key in keys]
    first, *others = reversed_keys
    if before[0] is not None:
        return [Part(_compared(view, reversed_keys, before), _as_indexed(first, others))]
    return [*_rest_without(view, reversed_keys, before), Part(_with(first), _as_indexed(first, others))]


def _rest_without(view: ApiView, keys: Sequence[SortKey], after: Sequence[str | None]) -> list[Part]:
    """Return the parts of the rows behind a key that has no value in its first column, as long as there is none."""
    first, *others = keys
    without, order = _without(first), _as_indexed(first, others)
    # the planner takes a comparison of rows for one of their first columns, and of years there are few
    year = without.then(
        Query(SQL(" and {} = {}").format(Identifier(others[0].column), _value(view, others[0])), [after[1]])
    )
    rest = [Part(year.then(_compared(view, others[1:], after[2:])), order)] if others[1:] else []
    return [*rest, Part(without.then(_compared(view, others[:1], after[1:2])), order)]


def _as_indexed(first: SortKey, others: Sequence[SortKey]) -> Composed:
    """Return the order of an index: sorted by the first column too where all rows are equal in it."""
    return order_by([SortKey(first.column, first.descending), *others])


def _with(key: SortKey) -> Query:
    return Query(SQL(" and {} is not null").format(Identifier(key.column)), [])


def _without(key: SortKey) -> Query:
    return Query(SQL(" and {} is null").format(Identifier(key.column)), [])


def _compared(view: ApiView, keys: Sequence[SortKey], after: Sequence[str | None]) -> Query:
    """Return the condition for rows behind a key of values in one direction, which an index finds."""
    text = SQL(" and ({}) {} ({})").format(
        SQL(", ").join(Identifier(key.column) for key in keys),
        SQL("<" if keys[0].descending else ">"),
        SQL(", ").join(_value(view, key) for key in keys),
    )
    return Query(text, list(after))


def _behind(view: ApiView, keys: Sequence[SortKey], after: Sequence[str | None]) -> Query:
    """Return the condition for rows behind a key in any directions, with values or without: no index finds them."""
    alternatives, parameters = [], []
    equal, equal_parameters = Composed([]), list[object]()
    for key, value in zip(keys, after, strict=True):
        column = Identifier(key.column)
        if value is None:
            equal += SQL("{} is null and ").format(column)
            continue
        behind = SQL("{} < {}" if key.descending else "{} > {}").format(column, _value(view, key))
        if key.nullable:
            behind = SQL("({} or {} is null)").format(behind, column)
        alternatives.append(equal + behind)
        parameters += [*equal_parameters, value]
        equal += SQL("{} = {} and ").format(column, _value(view, key))
        equal_parameters.append(value)
    return Query(SQL(" and ({})").format(SQL(" or ").join(alternatives)), parameters)


def _value(view: ApiView, key: SortKey) -> Composed:
    return SQL("%s::{}").format(SQL(view.columns[key.column]))
