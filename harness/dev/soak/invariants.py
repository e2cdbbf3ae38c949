"""What must hold of the companies at any quiet moment: what `check_integrity` looks for, and here what it may not.

It has to put up with imports and with work by hand, of which the soak knows that there was none: orders made executive
or declarations entered without a run, quantities produced elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from harness.dev.soak.world import FIRST_WRITTEN
from rilascio.errors import HarnessError
from rilascio.queries import read_query

Totals = Mapping[tuple[int, int, int], Decimal]
"""The quantity of all lots of an order, by company, year and number."""

INVARIANTS: dict[str, bytes] = {
    sentence: read_query(__file__, name)
    for sentence, name in {
        "An order is released once more than restored if it is executive or closed, else as often": "releases_differ",
        "A declaration is there if it was declared and not deleted, registered if registered and not rolled back": (
            "declarations_differ"
        ),
        "No launched order has declarations": "declared_too_early",
        "An order has produced nothing unless a registration counted it": "produced_without_registration",
    }.items()
}
"""Each invariant as a sentence, with the query whose rows break it."""

EXAMPLES = 3


def order_totals(connection: psycopg.Connection[Any]) -> Totals:
    """Return what the orders are for, all lots together: no split and no merge may change it."""
    rows = connection.execute(
        "select company_id, order_year, order_number, sum(quantity) from erp.production_order group by 1, 2, 3"
    ).fetchall()
    return {(company_id, year, number): quantity for company_id, year, number, quantity in rows}


def broken_invariants(connection: psycopg.Connection[Any], before: Totals) -> list[str]:
    """Return a sentence for each invariant that does not hold; `before` are the totals before the first call."""
    now = order_totals(connection)
    broken: dict[str, Sequence[Any]] = {
        "The lots of an order number add up to what was ordered": [
            f"order {key}: {before.get(key)}, now {now.get(key)}"
            for key in sorted(before.keys() | now.keys())
            if key[2] < FIRST_WRITTEN and before.get(key) != now.get(key)
        ]
    }
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        for sentence, query in INVARIANTS.items():
            broken[sentence] = cursor.execute(query).fetchall()
        broken["check_integrity finds nothing"] = cursor.execute(
            "select c.company_id, f.code, f.finding_count, f.examples"
            " from erp.company as c cross join erp_api.check_integrity(c.company_id) as f"
        ).fetchall()
    return [_sentence(sentence, found) for sentence, found in broken.items() if found]


def fail_on_defects(defects: list[str]) -> None:
    """Fail with the first of the sentences and how many there are."""
    if defects:
        more = f" And {len(defects) - 1} more." if len(defects) > 1 else ""
        raise HarnessError(f"{defects[0]}{more}", "This is a defect of the product: report it with the seed.")


def _sentence(sentence: str, found: Sequence[Any]) -> str:
    examples = "; ".join(str(one).removeprefix("Row") for one in found[:EXAMPLES])
    return f"“{sentence}” does not hold ({len(found):,} found, as {examples})."
