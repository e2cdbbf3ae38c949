from pathlib import Path

import pytest

SQL = Path(__file__).parents[1] / "sql"


@pytest.fixture
def shop(rilascio_world):
    """An empty company, on a Monday, with our function in the database."""
    rilascio_world.connection.execute((SQL / "release_late.sql").read_text())
    rilascio_world.freeze("2026-03-02")
    return rilascio_world


@pytest.fixture
def demo(rilascio_demo):
    """The demo factory with our function in the database."""
    rilascio_demo.connection.execute((SQL / "release_late.sql").read_text())
    return rilascio_demo
