"""The company of the stories, and the two ways in which somebody changes its rows past the API."""

import psycopg
import pytest

from tests.faults.outside import Outside


@pytest.fixture
def outside(rilascio: psycopg.Connection, rilascio_operator: str) -> Outside:
    """Give a company whose rows somebody changes by hand."""
    return Outside(rilascio, rilascio_operator)


@pytest.fixture(params=["by hand", "maintenance"])
def changed(request: pytest.FixtureRequest, outside: Outside) -> Outside:
    """Give the same company twice: changed by hand, which may be refused, and in write mode maintenance."""
    outside.in_maintenance = request.param == "maintenance"
    return outside
