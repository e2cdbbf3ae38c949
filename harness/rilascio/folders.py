"""Where the SQL sources and the demo factory lie, in the checkout or packed inside the installed package, and where
is kept what outlives a program."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLE = _PACKAGE / "_bundle"


def checkout() -> Path | None:
    """Return the folder of the checkout that holds this package, or None where it is installed."""
    return None if _BUNDLE.is_dir() else _PACKAGE.parents[1]


def sql_folder() -> Path:
    """Return the folder of routines, views, triggers and grants."""
    return (checkout() or _BUNDLE) / "sql"


def migrations_folder() -> Path:
    """Return the folder of the numbered migrations."""
    return (checkout() or _BUNDLE) / "migrations"


def demo_folder() -> Path:
    """Return the folder of CSV files of the demo factory."""
    return _PACKAGE / "demo_factory"


def state_folder() -> Path:
    """Return the folder of what the user's programs keep from one run to the next, as the XDG specification has it."""
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (named if named.is_absolute() else Path("~/.local/state").expanduser()) / "rilascio"
