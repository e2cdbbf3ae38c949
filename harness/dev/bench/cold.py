"""What the first call of a session takes, which plans everything, against the same call of one that did it before."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from harness.dev.bench.measure import ONE, clean_up, launched_order_ids, session_of
from harness.dev.bench.place import Place, medians
from harness.dev.bench.report import Line
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.errors import HarnessError

TARGET = "≤ 25 ms"


def lines(place: Place, count: int) -> list[Line]:
    """Measure the first call of so many sessions, each kind of call in sessions of its own."""
    taken = []
    with place.database() as (connection, operator):
        build(connection, "plain", 2 * count + 1)
        ids = launched_order_ids(connection)
        clean_up(connection)
        with session_of(connection, operator) as session:
            for call in ONE:
                _milliseconds(session, call, ids[-1])
            for order_id in ids[:count]:
                spent = {}
                for call in ONE:
                    with session_of(connection, operator) as new:
                        spent[f"cold {call}"] = _milliseconds(new, call, order_id)
                    spent[f"warm {call}"] = _milliseconds(session, call, order_id + count)
                taken.append(spent)
                place.done("sessions")
    spent = medians(taken)
    return [
        Line(
            f"first {call} of a session against a later one", spent[f"cold {call}"], "ms", spent[f"warm {call}"], TARGET
        )
        for call in ONE
    ]


def _milliseconds(session: psycopg.Connection[Any], call: str, order_id: int) -> float:
    query, outcome = ONE[call]
    start = time.perf_counter()
    rows = session.execute(query.encode(), [COMPANY_ID, order_id]).fetchall()
    taken = time.perf_counter() - start
    if not rows or rows[0][0] != outcome:
        raise HarnessError(f"Order {order_id} is not {outcome}.")
    return 1000 * taken
