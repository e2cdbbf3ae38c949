"""The queries that are too long for a line or two of Python: a `.sql` file each, where the linter reads them too.

They lie in the folder `queries` beside the module that runs them. Parameters are named: `%(schemas)s`.
"""

import re
from pathlib import Path

from psycopg.sql import SQL, Composed


def read_query(module: str, name: str) -> bytes:
    """Return a query by its name; `module` is the `__file__` of the module that runs it."""
    return (Path(module).parent / "queries" / f"{name}.sql").read_bytes()


def with_found(query: bytes, found: bytes) -> bytes:
    """Return a query that begins with `with`, and reads what another one answers under the name `found`."""
    heading = b"with found as (\n" + found.strip() + b"\n),\n\n"
    return re.sub(rb"^with ", lambda _: heading, query, count=1, flags=re.MULTILINE)


def composed_query(module: str, name: str) -> Composed:
    """Return a query by its name, for what puts it into another one."""
    return Composed([SQL(read_query(module, name).decode())])
