"""The statements of a deployment, each written once: a deployment runs them, a plan shows them, a script holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import ClientCursor

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Statement:
    """A statement with its parameters. One that `makes_statements` answers with others, a row each, which are run."""

    query: bytes
    parameters: Mapping[str, Any] | None = None
    makes_statements: bool = False

    def run(self, connection: Connection) -> list[Any]:
        """Run it, and the statements that it makes; return what it answers."""
        cursor = connection.execute(self.query, self.parameters)
        rows = cursor.fetchall() if cursor.description else []
        if self.makes_statements and rows:
            connection.execute(";\n".join(made for (made,) in rows).encode())
        return rows

    def text(self, connection: Connection) -> str:
        """Return it as psql would be given it, without a semicolon."""
        if self.parameters is None:
            return self.query.decode().strip()
        # a cursor that writes parameters into the text, in the words of the connection
        return ClientCursor(connection).mogrify(self.query, self.parameters).strip()


def raise_unless(condition: str, message: str, hint: str = "") -> str:
    """Return a block that ends in an error unless an expression, or a query in parentheses, is true."""
    using = f" using hint = {quoted(hint)}" if hint else ""
    return (
        f"do $block$\nbegin\n    if not ({condition}) then\n"
        f"        raise exception '%', {quoted(message)}{using};\n    end if;\nend;\n$block$"
    )


def quoted(text: str) -> str:
    """Return a literal of SQL, where standard_conforming_strings is on."""
    return "'" + text.replace("'", "''") + "'"
