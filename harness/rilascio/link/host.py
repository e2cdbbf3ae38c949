"""The host: the database of another ERP, where a schema holds views with what rilascio is to read."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from rilascio.errors import HarnessError, describe_error
from rilascio.link.patience import delays, goes_by
from rilascio.loading.files import ALL_FILES
from rilascio.queries import read_query
from rilascio.sessions import open_session

SCHEMA = "rilascio"
COMPARED_VIEWS: Mapping[str, tuple[str, ...]] = {
    "stock_balance": ("warehouse_code", "item_code", "variant_code", "lot_code", "location_code", "quantity"),
    "order_status": ("order_year", "order_number", "order_lot", "status"),
}
"""The views that are compared, and never put, with their columns."""
PULLED_VIEWS = tuple(file.name for file in ALL_FILES)
"""The views that are put, named like the files of the load format."""

Result = TypeVar("Result")
Notify = Callable[[str], None]


@dataclass(frozen=True)
class Host:
    """Where the host is: its connection string and the schema; for how many seconds it is tried again."""

    dsn: str
    schema: str = SCHEMA
    patience: float = 0


@dataclass(frozen=True)
class HostView:
    """A view of the host, with its columns and the names of their types; domains are seen through."""

    schema: str
    name: str
    columns: Mapping[str, str]

    @property
    def identifier(self) -> Identifier:
        return Identifier(self.schema, self.name)

    def check_columns(self, known: Sequence[str], required: Collection[str]) -> None:
        """Raise HarnessError if the view has columns that are not known, or lacks some that are required."""
        if strange := [name for name in self.columns if name not in known]:
            near = difflib.get_close_matches(strange[0].lower(), known, 1)
            raise HarnessError(
                f"View {self.name} has {_named('a column', 'columns', strange)} that it does not take.",
                f"Is {near[0]} meant? It takes: {', '.join(known)}." if near else f"It takes: {', '.join(known)}.",
            )
        if missing := [name for name in known if name in required and name not in self.columns]:
            raise HarnessError(
                f"View {self.name} lacks {_named('the column', 'the columns', missing)}.",
                f"Every row needs them. It takes: {', '.join(known)}.",
            )


def _named(one: str, many: str, names: Sequence[str]) -> str:
    return f"{one if len(names) == 1 else many} {', '.join(names)}"


class HostSnapshot:
    """What the host holds at one moment, read in one transaction."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str) -> None:
        self.connection = connection
        self.place = f"schema {schema} of database {connection.info.dbname}"
        self.views = self._views(schema)

    @property
    def capitalized(self) -> str:
        """Its place at the beginning of a sentence."""
        return self.place[:1].upper() + self.place[1:]

    def _views(self, schema: str) -> dict[str, HostView]:
        found = self.connection.execute("select to_regnamespace(quote_ident(%s))::text", [schema]).fetchone()
        if not found or found[0] is None:
            raise HarnessError(
                f"The host's database {self.connection.info.dbname} has no schema {schema}.",
                "Make it there, with a view for each kind of data, or name another one with --schema.",
            )
        rows = self.connection.execute(read_query(__file__, "host_views"), {"schema": found[0]}).fetchall()
        known = [*PULLED_VIEWS, *COMPARED_VIEWS]
        if strange := [name for name, is_view, _ in rows if is_view and name not in known]:
            near = difflib.get_close_matches(strange[0].lower(), known, 1)
            raise HarnessError(
                f"{self.capitalized} has {_named('a view', 'views', strange)} that nobody reads.",
                f"{f'Is {near[0]} meant? ' if near else ''}Views are named {', '.join(PULLED_VIEWS)}; "
                f"{' and '.join(COMPARED_VIEWS)} are for rilascio compare. Keep others in another schema.",
            )
        return {name: HostView(schema, name, columns) for name, _, columns in rows if name in known}

    @contextmanager
    def reading(self, view: HostView) -> Iterator[None]:
        """Name the view in the sentence of what fails while it is read."""
        try:
            yield
        except psycopg.Error as error:
            if goes_by(error):
                raise
            failure = describe_error(error)
            hint = error.diag.message_hint or "Correct the view in the host, or what it reads."
            if isinstance(error, psycopg.errors.InsufficientPrivilege):
                hint = f"Let the role of --from read it: grant usage on schema {view.schema}, select on its views."
            raise HarnessError(f"View {view.name} of the host cannot be read: {failure.message}", hint) from error

    def stream(self, view: HostView, query: Composed) -> Iterator[bytes]:
        """Yield what a query of a view gives, as CSV, a row at a time."""
        statement = SQL("copy ({}) to stdout (format csv)").format(query)
        with self.reading(view), self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in copy:
                yield bytes(row)


def read_host(host: Host, work: Callable[[HostSnapshot], Result], notify: Notify) -> Result:
    """Return what `work` makes of one read-only snapshot of the host.

    While the host cannot be reached, or its connection breaks off, it is all begun anew until the patience is at an
    end; `notify` is told. Raises HarnessError with one sentence.
    """
    end = time.monotonic() + host.patience
    for delay in delays():
        try:
            with open_session(host.dsn, option="--from") as connection:
                connection.execute("select set_config('extra_float_digits', '1', false)")  # the shortest exact text
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                with connection.transaction():
                    return work(HostSnapshot(connection, host.schema))
        except psycopg.Error as error:
            left = end - time.monotonic()
            if not goes_by(error) or left <= 0:
                _fail(error)
            notify(f"{_host_error(error).message} Trying again for {left:.0f} s.")
            time.sleep(min(delay, left))
    raise AssertionError("unreachable")


def _fail(error: psycopg.Error) -> NoReturn:
    raise _host_error(error) from error


def _host_error(error: psycopg.Error) -> HarnessError:
    failure = describe_error(error)
    hint = "Check --from and that the server is running; --patience SECONDS tries again for a while."
    return HarnessError(f"The host cannot be read. {failure.message}", hint if goes_by(error) else failure.hint)
