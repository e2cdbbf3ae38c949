"""The lines `-- requires:` of the sources name what PostgreSQL looks up when it makes their objects, and no more."""

import dataclasses

import psycopg
import pytest

from harness.dev.requirements import requirement_errors
from rilascio.deployment.bundle import Bundle, Source


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return Bundle.shipped().sources()


def test_every_line_has_an_effect_and_none_is_missing(rilascio: psycopg.Connection, sources: list[Source]) -> None:
    assert requirement_errors(rilascio, sources) == []


@pytest.mark.parametrize(
    ("name", "stated", "problem"),
    [
        ("views/release_grid", (), "lacks -- requires: views/internal/order_base"),
        ("internal/lookups/phase_roles", (), "lacks -- requires: internal/lookups/phases_of_order"),
        ("internal/messages/render_reasons", (), "lacks -- requires: internal/messages/message_language"),
        ("triggers/run", ("internal/guards/refuse_truncate",), "lacks -- requires: internal/guards/protect_history"),
        # a body of PL/pgSQL is resolved when it runs
        (
            "procedures/list_companies",
            ("internal/guards/is_monitor",),
            "requires without effect internal/guards/is_monitor",
        ),
    ],
    ids=["view", "begin atomic", "default", "trigger", "without effect"],
)
def test_a_line_that_is_missing_or_idle_is_told(
    rilascio: psycopg.Connection, sources: list[Source], name: str, stated: tuple[str, ...], problem: str
) -> None:
    changed = [dataclasses.replace(s, requires=stated) if s.name == name else s for s in sources]
    path = next(s.path for s in sources if s.name == name)
    assert requirement_errors(rilascio, changed) == [f"{path}: {problem}"]
