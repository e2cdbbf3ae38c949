"""The queries that are too long for a line or two of Python: a `.sql` file each, where the linter reads them too.

They lie in the folder `queries` beside the module that runs them. Parameters are named: `%(schemas)s`.
"""

from pathlib import Path


def read_query(module: str, name: str) -> bytes:
    """Return a query by its name; `module` is the `__file__` of the module that runs it."""
    return (Path(module).parent / "queries" / f"{name}.sql").read_bytes()
