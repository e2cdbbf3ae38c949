"""The cases of the benchmark by name: what each measures, and how large it is unless somebody says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from harness.dev.bench import (
    beside_writer,
    clients,
    cold,
    documents,
    feed,
    grids,
    growth,
    history,
    integrity,
    measure,
    partitions,
    peer,
    puts,
    shards,
    single,
    sizes,
    steps,
    young,
)  # fmt: skip
from harness.dev.bench.place import Place
from harness.dev.bench.report import Line


@dataclass(frozen=True)
class Case:
    """A case: what it measures with N in its words, its N, and the function that does it."""

    what: str
    count: int
    lines: Callable[[Place, int], Sequence[Line]]
    least: int = 1
    most: int | None = None


CASES = {
    "plain": Case("release, restore and preview of N orders in one call", 10_000, partial(measure.lines, "plain")),
    "rich": Case("the same with lots, counterparts, three sites", 10_000, partial(measure.lines, "rich")),
    "scarce": Case("the same as rich, with stock for half of the orders", 10_000, partial(measure.lines, "scarce")),
    "growth": Case("calls for N orders, a tenth and a hundredth; memory", 100_000, growth.lines, most=200_000),
    "steps": Case("what each function of a release and a restore of N orders costs", 10_000, steps.lines),
    "single": Case("N releases and restores of one order each", 1_000, single.lines),
    "clients": Case("8 clients with N calls of one order each, by pgbench", 200, clients.lines),
    "hot-items": Case("8 sessions with a batch of N orders each on 50 items", 200, clients.batch_lines),
    "beside-writer": Case("N orders beside a client that puts and posts", 2_000, beside_writer.lines),
    "history": Case("calls beside N movements of closed orders", 10_000_000, history.lines),
    "backdated": Case("a release 30 days back, before N movements", 100_000, history.backdated_lines),
    "partitions": Case("calls beside N movements in monthly partitions", 20_000_000, partitions.lines, least=200),
    "cold": Case("the first call of each of N sessions", 20, cold.lines),
    "young": Case("calls for N orders on plans of a young database", 1_000, young.lines, most=50_000),
    "puts": Case("N orders put, and put again unchanged", 100_000, puts.lines),
    "documents": Case("N stock documents of three lines posted", 50_000, documents.lines),
    "feed": Case("a feed of N runs read in pages, and what it costs a release", 100_000, feed.lines),
    "grids": Case("pages over N launched and N executive orders", 1_000_000, grids.lines, least=1_000),
    "integrity": Case("check_integrity over N movements", 10_000_000, integrity.lines),
    "sizes": Case("bytes of a row with its indexes, N orders released", 10_000, sizes.lines),
    "proxy": Case("N calls of each kind by the proxy of a cluster", 140, shards.proxy_lines),
    "shards": Case("4 companies with N calls each on two shards", 50, shards.lines),
    "peer": Case("release of N orders against another system (--peer)", 1_000, peer.lines),
}


def overview() -> str:
    """Return a line for each case: its name, its N and what it measures."""
    return "\n".join(f"  {name:<14}{case.count:>11,}  {case.what}" for name, case in CASES.items())
