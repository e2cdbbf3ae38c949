"""How the time of an order grows with the size of a call, and the memory of the process that serves it.

One company; calls for all of its orders, a tenth and a hundredth of them take turns.
"""

from __future__ import annotations

from harness.dev.bench.measure import CALLS, clean_up, launched_order_ids, timed_call, warm
from harness.dev.bench.place import Place, medians
from harness.dev.bench.report import Line
from harness.dev.bench.timing import peak_memory
from harness.dev.bench.world import build
from rilascio.language import counted


def lines(place: Place, count: int) -> list[Line]:
    """Measure preview, release and restore of so many orders and of fewer."""
    sizes = sorted({max(1, count // 100), max(1, count // 10), count})
    taken: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    memory = 0.0
    with place.database() as (connection, operator):
        build(connection, "plain", count)
        ids = launched_order_ids(connection)
        for _ in range(place.rounds):
            for size in sizes:
                seconds = {}
                for call, query, arguments in CALLS:
                    clean_up(connection)
                    warm(connection, operator, ids[0])
                    with peak_memory(connection) as peak:
                        seconds[call] = timed_call(connection, operator, query, ids[:size], *arguments)[1]
                    memory = max(memory, *peak)
                    place.done(f"{call} of {size:,}")
                taken[size].append(seconds)
    report = []
    for call, *_ in CALLS:
        smaller: float | None = None
        for size in sizes:
            of_an_order = 1000 * medians(taken[size])[call] / size
            named = f"{call}, each of {counted(size, 'order')}" + (" against each of a tenth" if smaller else "")
            target = "≤ 1.1 ×" if smaller and size == count and call == "release" else None
            report.append(Line(named, of_an_order, "ms", smaller, target, size, 1000 / of_an_order, "orders/s"))
            smaller = of_an_order
    if memory:
        report.append(Line("memory of the process that serves", memory / 1e9, "GB", target="≤ 1.0 GB", orders=count))
    return report
