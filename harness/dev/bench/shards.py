"""Companies on two shards behind a proxy: what the proxy adds to a call, and what the second shard brings.

Proxy and shards are servers of PostgreSQL 15 on this machine, whatever server the other cases measure on. So a second
shard brings no second machine's processors, and there is no network between them.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg

from harness.dev import clusters
from harness.dev.bench.place import SETTINGS, Place, medians
from harness.dev.bench.report import Line
from rilascio import cluster, postgres
from rilascio.deployment import deploy
from rilascio.errors import HarnessError
from rilascio.postgres import Server
from rilascio.testing import World, build_world

CLERK = "clerk"
MATERIALS = {f"PART-{number}": number for number in range(1, 6)}

BATCH = 50
"""How many orders a preview of many has."""

CALL_SIZES = (1, 20)
"""How many orders a call of a client has that works without a pause."""

COMPANIES = 4

PREVIEW = "select outcome from erp_api.preview_release(%s, %s)"
RELEASE = "select outcome from erp_api.release_production_orders(%s, %s)"
RESTORE = "select outcome from erp_api.restore_production_orders(%s, %s)"
PAGE = "select * from erp_api.release_grid where company_id = %s order by end_date, order_year, order_number limit 50"


def proxy_lines(place: Place, count: int) -> list[Line]:
    """Measure so many calls of each kind, direct and by the proxy in turns: milliseconds, medians."""
    if not clusters.can_start():
        return [Line(f"not measured: {clusters.MISSING}", None, "ms")]
    with _cluster(1, BATCH) as (proxy, (north, _), worlds), ExitStack() as stack:
        place.done("servers")
        direct, proxied = (stack.enter_context(_session(server.dsn(user=CLERK))) for server in (north, proxy))
        return added_by_proxy(direct, proxied, worlds[0], count)


def added_by_proxy(
    direct: psycopg.Connection[Any], proxied: psycopg.Connection[Any], world: World, count: int
) -> list[Line]:
    """Measure the calls of a company whose orders are all launched, and leave them so."""
    ids = launched_of(world)
    one = [world.company_id, ids[:1]]
    calls: dict[str, tuple[str, Sequence[object]]] = {
        "preview of an order": (PREVIEW, one),
        "release of an order": (RELEASE, one),
        "restore of an order": (RESTORE, one),
        f"preview of {len(ids)} orders": (PREVIEW, [world.company_id, ids]),
        f"a page of {len(ids)} rows": (PAGE, [world.company_id]),
    }
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    ways = {"direct": direct, "proxied": proxied}
    for _ in range(count):
        for way, session in ways.items():
            for what, (query, arguments) in calls.items():
                start = time.perf_counter()
                session.execute(query.encode(), arguments).fetchall()
                taken[what, way].append(1000 * (time.perf_counter() - start))
    return [
        Line(f"{what} by the proxy", proxied_ms, "ms", direct_ms, None, None, proxied_ms - direct_ms, "ms added")
        for what in calls
        for direct_ms, proxied_ms in [[statistics.median(taken[what, way]) for way in ways]]
    ]


def lines(place: Place, count: int) -> list[Line]:
    """Measure four companies, a client with so many calls each, on two shards against one server, in turns."""
    if not clusters.can_start():
        return [Line(f"not measured: {clusters.MISSING}", None, "orders/s")]
    report = []
    with _cluster(COMPANIES, max(CALL_SIZES)) as (proxy, shards, worlds), _one_server(shards[0]) as (alone, all_worlds):
        place.done("servers")
        homes = [shards[nth % 2].dsn(user=CLERK) for nth in range(COMPANIES)]
        for size in CALL_SIZES:
            speeds = []
            for _ in range(place.rounds):
                speeds.append(
                    {
                        "one": speed([alone] * COMPANIES, all_worlds, size, count),
                        "two": speed(homes, worlds, size, count),
                        "proxied": speed([proxy.dsn(user=CLERK)] * COMPANIES, worlds, size, count),
                    }
                )
                place.done(f"calls of {size}")
            medium = medians(speeds)
            report += [
                Line(f"two shards{how} against one server", medium[way], "orders/s", medium["one"], orders=size)
                for how, way in ((", direct,", "two"), (" by the proxy", "proxied"))
            ]
    return report


@contextmanager
def _cluster(companies: int, orders: int) -> Iterator[tuple[Server, list[Server], list[World]]]:
    """Give a proxy, its shards, and companies that lie at these in turns, each with launched orders."""
    with clusters.servers(SETTINGS) as (proxy, *shards), ExitStack() as stack:
        cluster.init(proxy.dsn())
        connections = []
        for name, server in zip(("north", "south"), shards, strict=True):
            connection = stack.enter_context(_session(server.dsn()))
            connection.execute(f"create role {CLERK} login in role erp_operator".encode())
            cluster.add(proxy.dsn(), name, server.dsn())
            connections.append(connection)
        worlds = [_company(connections[nth % 2], nth, orders) for nth in range(companies)]
        cluster.refresh(proxy.dsn())
        yield proxy, shards, worlds


@contextmanager
def _one_server(server: Server) -> Iterator[tuple[str, list[World]]]:
    """Give a database that has all companies, on a server of its own as long as the shard there rests."""
    with _session(server.dsn()) as maintenance:
        maintenance.execute("create database alone")
        at = postgres.url(server.host, server.port, "alone", server.user, server.password)
        deploy(at)
        with _session(at) as connection:
            worlds = [_company(connection, nth, max(CALL_SIZES)) for nth in range(COMPANIES)]
            yield postgres.url(server.host, server.port, "alone", CLERK, None), worlds


def _company(connection: psycopg.Connection[Any], number: int, orders: int) -> World:
    world = build_world(connection, f"COMPANY-{number}", members=(CLERK, "erp_writer"))
    for item in MATERIALS:
        world.stock(item, 1_000_000)
    for _ in range(orders):
        world.order(quantity=10, materials=MATERIALS)
    connection.execute("vacuum analyze")
    return world


def speed(dsns: Sequence[str], worlds: Sequence[World], size: int, count: int) -> float:
    """Return how many orders a second the clients release and restore, each of its company and without a pause."""
    with ExitStack() as stack, ThreadPoolExecutor(len(dsns)) as clients:
        work = [
            (stack.enter_context(_session(dsn)), [world.company_id, launched_of(world)[:size]])
            for dsn, world in zip(dsns, worlds, strict=True)
        ]

        def client(session: psycopg.Connection[Any], call: list[object], calls: int) -> None:
            for _ in range(calls):
                for query, outcome in ((RELEASE, "released"), (RESTORE, "restored")):
                    if {answer for (answer,) in session.execute(query, call)} != {outcome}:
                        raise HarnessError(f"An order was not {outcome}.")

        for session, call in work:
            client(session, call, 2)  # connections and plans are made
        start = time.perf_counter()
        list(clients.map(client, *zip(*work, strict=True), [count] * len(work)))
        return len(dsns) * size * count / (time.perf_counter() - start)


def launched_of(world: World) -> list[int]:
    """Return the launched orders of a company."""
    rows = world.connection.execute(
        "select production_order_id from erp.production_order where company_id = %s and status = 'launched'"
        " order by production_order_id",
        [world.company_id],
    )
    return [order for (order,) in rows]


def _session(dsn: str) -> psycopg.Connection[Any]:
    return psycopg.connect(dsn, autocommit=True)
