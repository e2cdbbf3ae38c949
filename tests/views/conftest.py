"""The factory of the stories told here; what a test does with it is rolled back."""

import psycopg
import pytest

from tests.factory import Factory


@pytest.fixture
def factory(rilascio: psycopg.Connection, rilascio_operator: str) -> Factory:
    """Give a factory whose operator is a member of `erp_operator`."""
    return Factory(rilascio, rilascio_operator)
