"""Which run a command is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from rilascio.errors import HarnessError
from rilascio.language import _
from rilascio.orders import Company


@dataclass(frozen=True)
class Run:
    """A run: what it was, and how many orders it released."""

    run_id: int
    kind: str
    released_count: int


def find_run(connection: psycopg.Connection[Any], company: Company, number: int) -> Run:
    """Return the run of this number. Raises HarnessError if the company has none."""
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        found = cursor.execute(
            """
            select run_id, kind, released_count + split_count as released_count
            from erp_api.run_history where company_id = %s and run_id = %s
            """,
            [company.company_id, number],
        ).fetchone()
    if found is None:
        raise HarnessError(
            _("Company {company} has no run {number}.", company=company.code, number=number),
            _("rilascio runs shows the last ones."),
        )
    return found
