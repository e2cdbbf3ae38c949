"""What each step of a release and a restore costs a movement: what each function takes itself, as the server counts.

Functions that are put into a query have no time of their own: it belongs to the function whose query it is, as does
the check of a foreign key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from harness.dev.bench.measure import RELEASE, RESTORE, clean_up, launched_order_ids, timed_call, warm
from harness.dev.bench.place import Place, medians
from harness.dev.bench.report import Line
from harness.dev.bench.world import build
from rilascio.folders import sql_folder

SHOWN = 0.01
"""Functions with less than this share of a call are one line together."""

_SELF_TIMES = """
select f.funcname, sum(f.self_time)
from pg_catalog.pg_stat_user_functions as f
group by f.funcname
having sum(f.self_time) > 0
"""


def lines(place: Place, count: int) -> list[Line]:
    """Measure release and restore of so many orders, function by function, in a plain and in a rich company."""
    return [line for scenario in ("plain", "rich") for line in _lines(place, scenario, count)]


def _lines(place: Place, scenario: str, count: int) -> list[Line]:
    taken: dict[str, list[dict[str, float]]] = {"release": [], "restore": []}
    movements = 0
    with place.database() as (connection, operator):
        build(connection, scenario, count)
        ids = launched_order_ids(connection)
        for _ in range(place.rounds):
            clean_up(connection)
            warm(connection, operator, ids[0])
            release, spent = _spent(connection, operator, RELEASE, ids, "refuse")
            movements = int(release["movements"])
            taken["release"].append(spent)
            clean_up(connection)
            taken["restore"].append(_spent(connection, operator, RESTORE, ids)[1])
            place.done(scenario)
    return [line for call, rounds in taken.items() for line in _shares(f"{scenario} {call}", rounds, movements, count)]


def _spent(
    connection: psycopg.Connection[Any], operator: str, *call: Any
) -> tuple[Mapping[str, Any], dict[str, float]]:
    """Call, and return the answer and the milliseconds that each function spent itself; under no name, all of them."""
    before = _self_times(connection)
    connection.execute("set track_functions = 'all'")
    answer, seconds = timed_call(connection, operator, *call)
    connection.execute("set track_functions = 'none'")
    spent = {name: ms - before.get(name, 0.0) for name, ms in _self_times(connection).items()}
    return answer, {"": 1000 * seconds} | spent


def _shares(call: str, rounds: Sequence[Mapping[str, float]], movements: int, count: int) -> list[Line]:
    """Return what each function takes of a call for a movement, by the medians of the rounds."""
    names = {name for one in rounds for name in one}
    spent = medians([dict.fromkeys(names, 0.0) | dict(one) for one in rounds])
    whole = spent.pop("")
    shown = {name: ms for name, ms in spent.items() if ms >= SHOWN * whole}
    rooms = _rooms()
    report = [
        Line(
            f"{call}, {rooms.get(name, '')}{name}", 1000 * ms / movements, "µs", rate=100 * ms / whole,
            rate_unit="%", orders=count,
        )
        for name, ms in sorted(shown.items(), key=lambda one: -one[1])
    ]  # fmt: skip
    rest = whole - sum(shown.values())
    report.append(Line(f"{call}, the rest", 1000 * rest / movements, "µs", None, None, count, 100 * rest / whole, "%"))
    report.append(Line(f"{call}, a movement in all", 1000 * whole / movements, "µs", orders=count))
    return report


def _self_times(connection: psycopg.Connection[Any]) -> dict[str, float]:
    """Return the milliseconds that each function has spent itself so far."""
    connection.execute("select pg_catalog.pg_stat_force_next_flush()")
    return {name: float(milliseconds) for name, milliseconds in connection.execute(_SELF_TIMES)}


def _rooms() -> dict[str, str]:
    """Return the folder of the source of each function, as far as it has a file of its name."""
    folder = sql_folder() / "procedures" / "internal"
    return {file.stem: f"{file.parent.name}/" for file in folder.glob("*/*.sql")}
