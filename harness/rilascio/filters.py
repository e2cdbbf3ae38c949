"""Filters and sorting of the views by column: what was typed, checked against the view, as SQL with parameters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier

from rilascio.errors import USAGE, HarnessError
from rilascio.language import _, marked

_FILTER = re.compile(r"\s*(\w+)\s*(!=|<=|>=|=|<|>|~)\s*(.*?)\s*", re.DOTALL)
_QUOTED = re.compile(r"'(.*)'|\"(.*)\"", re.DOTALL)
_ANOTHER_CONDITION = re.compile(r"(?:[,;&]|\band\b)\s*(\w+)\s*[=!<>~]", re.IGNORECASE)

_CELL = re.compile(r"\s*(!=|<=|>=|=|<|>)?\s*(.*?)\s*", re.DOTALL)
_COMPARED = frozenset({"integer", "bigint", "numeric", "boolean"})

_TELLING = 3
"""Letters of a name that is not there from which on a column that holds them may be meant."""

_OPERATORS = {
    "=": SQL("="),
    "!=": SQL("is distinct from"),
    "<": SQL("<"),
    "<=": SQL("<="),
    ">": SQL(">"),
    ">=": SQL(">="),
}

_EXAMPLES = {
    "boolean": marked("true or false"),
    "date": marked("2026-11-30 or today"),
    "timestamp with time zone": "2026-11-30 14:00",
    "integer": "12",
    "bigint": "12",
    "numeric": "12.5",
    "jsonb": '[{"code": "insufficient_stock"}]',
}


@dataclass(frozen=True)
class ApiView:
    """A view of `erp_api` and its columns with their types, in the view's order."""

    name: str
    columns: dict[str, str]

    @property
    def table(self) -> Identifier:
        return Identifier("erp_api", self.name)

    def check(self, column: str) -> str:
        """Return the column, or fail with the names that come nearest."""
        if column in self.columns:
            return column
        near = difflib.get_close_matches(column.lower(), self.columns, n=3, cutoff=0.5)
        near = near or [name for name in self.columns if len(column) >= _TELLING and column.lower() in name]
        names = _(" or ").join(near) if near else ", ".join(self.columns)
        hint = _("Did you mean {names}?", names=names) if near else _("Its columns: {names}.", names=names)
        raise HarnessError(_("{name} has no column {column!r}.", name=self.name, column=column), hint, exit_code=USAGE)


@dataclass(frozen=True)
class Filter:
    """One condition: a column, an operator and a value, `quoted` if it was typed in quotes."""

    column: str
    operator: str
    value: str
    quoted: bool = False


@dataclass(frozen=True)
class Query:
    """A piece of SQL and the parameters it takes."""

    text: Composed
    parameters: list[object]

    def also(self, text: LiteralString, *parameters: object) -> Query:
        """Return it with another piece behind."""
        return self.then(Query(Composed([SQL(text)]), [*parameters]))

    def then(self, other: Query) -> Query:
        """Return it with another one behind."""
        return Query(self.text + other.text, [*self.parameters, *other.parameters])


def open_view(connection: psycopg.Connection[Any], name: str) -> ApiView:
    """Read a view's columns from the catalog. Raises HarnessError if it is not there."""
    rows = connection.execute(
        """
        select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
        from pg_catalog.pg_attribute as a
        where a.attrelid = pg_catalog.to_regclass(%s) and a.attnum > 0 and not a.attisdropped
        order by a.attnum
        """,
        [f"erp_api.{name}"],
    ).fetchall()
    if not rows:
        raise HarnessError(
            _("The database holds no rilascio, or an old one."), _("Run rilascio deploy --dsn URL first.")
        )
    return ApiView(name, dict(rows))


def parse_filter(text: str) -> Filter:
    """Take `COLUMN=VALUE` apart; the operators are = != < <= > >= and ~ (contains).

    A value in quotes is taken as it stands between them; any other one without the blanks around it, and if it begins
    like an operator, the filter is not understood.
    """
    match = _FILTER.fullmatch(text)
    quoted = _QUOTED.fullmatch(match[3]) if match else None
    if not match or match[3].startswith(("=", "<", ">", "~", "!")) or (match[2] == "~" and not match[3]):
        raise HarnessError(
            _("The filter {text!r} is not understood.", text=text),
            _(
                "Write COLUMN=VALUE, with one of = != < <= > >= ~ (contains), in quotes: --where"
                " 'end_date<=2026-12-31'."
            ),
            exit_code=USAGE,
        )
    if quoted:
        return Filter(match[1], match[2], quoted[1] or quoted[2] or "", quoted=True)
    return Filter(match[1], match[2], match[3])


def parse_cell(view: ApiView, column: str, text: str) -> Filter:
    """Read what stands in the cell of a column: a value behind one of = != < <= > >=.

    Without an operator a number, or what holds or not, is meant as a whole, anything else as what a text contains.
    """
    match = _CELL.fullmatch(text)
    assert match is not None
    contains = "=" if view.columns[view.check(column)] in _COMPARED else "~"
    return Filter(column, match[1] or contains, match[2], quoted=True)


def conditions(connection: psycopg.Connection[Any], view: ApiView, filters: Iterable[Filter]) -> Query:
    """Return the filters as SQL: ` and … and …`, every value a parameter of its column's type.

    An empty value asks for rows without a value (`=`) or with one (`!=`). Raises HarnessError for a column that
    is not there and for a value that its type does not take.
    """
    text: list[Composable] = []
    parameters: list[object] = []
    for part in filters:
        column, kind = Identifier(view.check(part.column)), view.columns[part.column]
        check_single(view, part)
        if part.value == "" and part.operator in ("=", "!="):
            negation = SQL("") if part.operator == "=" else SQL("not ")
            text.append(SQL(" and {}coalesce({}::text, '') = ''").format(negation, column))
        elif part.operator == "~":
            contains = SQL(' and pg_catalog.strpos(lower({}::text collate "default"), lower(%s::text)) > 0')
            text.append(contains.format(column))
            parameters.append(part.value)
        else:
            check_value(connection, part, kind)
            text.append(SQL(" and {} {} %s::{}").format(column, _OPERATORS[part.operator], SQL(kind)))
            parameters.append(part.value)
    return Query(Composed(text), parameters)


def check_single(view: ApiView, part: Filter) -> None:
    """Raise HarnessError if the value of a filter goes on with a condition on another column: `a~x,b<y`."""
    for match in () if part.quoted else _ANOTHER_CONDITION.finditer(part.value):
        if difflib.get_close_matches(match[1].lower(), view.columns, n=1, cutoff=0.8):
            first, second = part.value[: match.start()].strip(), part.value[match.start(1) :]
            raise HarnessError(
                _(
                    "{column}{operator}{value} is more than one condition.",
                    column=part.column,
                    operator=part.operator,
                    value=part.value,
                ),
                _(
                    "Repeat the option: --where '{column}{operator}{first}' --where '{second}'. A value"
                    " that reads like this goes in quotes of its own: --where '{column}{operator}\"…\"'.",
                    column=part.column,
                    operator=part.operator,
                    first=first,
                    second=second,
                ),
                exit_code=USAGE,
            )


def check_value(connection: psycopg.Connection[Any], part: Filter, kind: str) -> None:
    """Raise HarnessError unless the type of its column takes the value of a filter."""
    try:
        connection.execute(SQL("select %s::{}").format(SQL(kind)), [part.value])
    except psycopg.DataError:
        example = _EXAMPLES.get(kind)
        raise HarnessError(
            _(
                "{value!r} is no value for {column}, which is of type {kind}.",
                value=part.value,
                column=part.column,
                kind=kind,
            ),
            _(
                "Write it like this: {column}{operator}{example}.",
                column=part.column,
                operator=part.operator,
                example=_(example),
            )
            if example
            else None,
            exit_code=USAGE,
        ) from None


@dataclass(frozen=True)
class SortKey:
    """A column by which rows are sorted; one that is nullable may be without a value, which comes last."""

    column: str
    descending: bool = False
    nullable: bool = False


def sort_keys(view: ApiView, sorts: Sequence[str], default: Sequence[str], *, alike: bool = False) -> list[SortKey]:
    """Return what to sort by for `COLUMN` or `COLUMN:desc`, commas between several; ties go by `default`.

    The columns of `default` always have a value. With `alike` they go the way of the last column asked for, unless they
    have one of their own, so that an index gives the order backwards too.
    """
    requested = [part.strip() for sort in sorts for part in sort.split(",") if part.strip()]
    always = {part.partition(":")[0] for part in default}
    keys: dict[str, SortKey] = {}
    descending = False
    for part in requested:
        column, _colon, direction = part.partition(":")
        if direction not in ("", "asc", "desc"):
            raise HarnessError(
                _("{direction!r} is no direction to sort by.", direction=direction),
                _("Write COLUMN, COLUMN:asc or COLUMN:desc."),
                exit_code=USAGE,
            )
        descending = direction == "desc"
        keys.setdefault(column, SortKey(view.check(column), descending, column not in always))
    for part in default:
        column, _colon, direction = part.partition(":")
        if column in view.columns:
            keys.setdefault(column, SortKey(column, direction == "desc" if direction or not alike else descending))
    return list(keys.values())


def order_by(keys: Sequence[SortKey]) -> Composed:
    """Return an ORDER BY, in which what has no value comes last."""
    terms = [
        SQL("{} desc nulls last" if key.nullable else "{} desc").format(Identifier(key.column))
        if key.descending
        else Identifier(key.column)
        for key in keys
    ]
    return SQL("order by {}").format(SQL(", ").join(terms)) if terms else Composed([])


def ordering(view: ApiView, sorts: Sequence[str], default: Sequence[str]) -> Composed:
    """Return an ORDER BY for what a call is to serve: ties go by `default`, whichever way the others go."""
    return order_by(sort_keys(view, sorts, default))
