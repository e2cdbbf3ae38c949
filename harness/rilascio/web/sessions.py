"""Sessions of the form: each of a role in one company, kept from one page to the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from flask import current_app
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed

from rilascio.orders import Company, find_company
from rilascio.sessions import open_session

Row = dict[str, Any]


@dataclass(frozen=True)
class Session:
    """A connection in autocommit mode, and the company that it is for."""

    connection: psycopg.Connection[Any]
    company: Company

    def company_facts(self) -> Row:
        """Return what today is, and what the role may do."""
        query = SQL("select today, may_release, may_restore from erp_api.my_companies where company_id = %s")
        [facts] = self.rows(Composed([query]), [self.company.company_id])
        return facts

    def rows(self, query: Composed | bytes, parameters: Any = ()) -> list[Row]:
        """Return the rows of a query by the names of its columns."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()


class Sessions:
    """Those that nobody uses at the moment, to be used again."""

    def __init__(self, dsn: str, company: str | None) -> None:
        self._dsn, self._company = dsn, company
        self._idle: SimpleQueue[Session] = SimpleQueue()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session to whoever reads; what did not end well is not used again."""
        one = self._known() or self._open()
        try:
            yield one
        finally:
            if one.connection.info.transaction_status == TransactionStatus.IDLE:
                self._idle.put(one)
            else:
                one.connection.close()

    def _known(self) -> Session | None:
        while True:
            try:
                one = self._idle.get_nowait()
            except Empty:
                return None
            try:
                one.connection.execute("")
            except psycopg.OperationalError:  # the server went away meanwhile
                one.connection.close()
            else:
                return one

    def _open(self) -> Session:
        connection = open_session(self._dsn)
        try:
            return Session(connection, find_company(connection, self._company))
        except BaseException:
            connection.close()
            raise


@contextmanager
def session() -> Iterator[Session]:
    """Give a session of the form that answers."""
    sessions: Sessions = current_app.config["SESSIONS"]
    with sessions.session() as one:
        yield one
