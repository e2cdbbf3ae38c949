"""The factory of the stories told here; what a test does with it is rolled back, unless it is committed."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.factory import Factory


@pytest.fixture
def factory(rilascio: psycopg.Connection, rilascio_operator: str) -> Factory:
    """Give a factory whose operator is a member of `erp_operator`."""
    return Factory(rilascio, rilascio_operator)


@pytest.fixture
def committed(rilascio_database: str) -> Iterator[tuple[Factory, psycopg.Connection]]:
    """Give a factory whose data is committed, and a connection that watches the server."""
    with (
        psycopg.connect(rilascio_database) as connection,
        psycopg.connect(rilascio_database, autocommit=True) as observer,
    ):
        yield Factory(connection, "erp_operator"), observer


@pytest.fixture
def line_side(factory: Factory) -> Factory:
    """Give a factory under WIP management with the warehouse LINE, where MAT issues materials and SEM the others."""
    factory.parameters(wip_management=True)
    factory.warehouse("LINE")
    factory.reason("LINE", "MAT", "issue")
    factory.reason("LINE", "SEM", "issue")
    factory.rule("wip", "LINE", issue="MAT", semi_finished_issue="SEM")
    return factory
