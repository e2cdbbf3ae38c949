"""Where the SQL sources and the demo factory lie: in the checkout, or packed inside the installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    return _PACKAGE / "_bundle" / name


def sql_folder() -> Path:
    """Return the folder of routines, views, triggers and grants."""
    return _folder("sql")


def migrations_folder() -> Path:
    """Return the folder of the numbered migrations."""
    return _folder("migrations")


def demo_folder() -> Path:
    """Return the folder of CSV files of the demo factory."""
    return _PACKAGE / "demo_factory"
