"""The busy factory of the checks of integrity."""

import psycopg
import pytest

from tests.procedures.integrity.busy import Busy


@pytest.fixture
def busy(rilascio: psycopg.Connection, rilascio_operator: str) -> Busy:
    """Give a healthy factory in which everything has happened."""
    factory = Busy(rilascio, rilascio_operator)
    factory.live()
    return factory
