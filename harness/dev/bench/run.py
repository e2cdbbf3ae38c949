"""The benchmark: release and restore of many orders, held against bare inserts of the same rows."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from rich.progress import Progress

from harness.dev.bench import integrity, young
from harness.dev.bench.measure import Latency, Measure, latency, measure
from harness.dev.bench.world import SCENARIOS, build
from rilascio import output, postgres
from rilascio.deployment import deploy

ROUNDS = 3

#: As a real server has them; only vacuum runs when the benchmark says so, not in the middle of a measure.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}

RELEASE_TARGETS = {"plain": 2.0, "rich": 2.0, "scarce": 4.0}
"""Release against the floor: at most."""

GROWTH_TARGET = 1.3
"""Seconds per order of the largest size against those of the smallest: at most."""

YOUNG_TARGET = 2.0
"""Seconds on the plans of a young database against those on plans of the grown one: at most."""

_COLUMNS = (
    "scenario", "on_shortage", "orders", "released", "split", "refused", "records", "movements", "floor_s", "preview_s",
    "release_s", "restore_s", "release_floor", "target", "restore_floor", "release_ms_per_order",
)  # fmt: skip


def run(dsn: str | None, sizes: Sequence[int], scenarios: Sequence[str], output_format: str) -> None:
    """Measure and print. `dsn` names an external server, on which databases are made and dropped again."""
    with server_for(dsn) as (base, location):
        environment = {**_settings(base), "processors": os.cpu_count(), "data": location, "rounds": ROUNDS}
        measures, latencies = measure_all(base, sizes, scenarios)
    growth = growth_of(measures)
    if output_format == "json":
        report = {
            "environment": environment,
            "measures": [_described(m) for m in measures],
            "growth": growth,
            "single_order_latencies": [asdict(one) for one in latencies],
        }
        click.echo(json.dumps(report, indent=2))
        return
    click.echo(", ".join(f"{name} {value}" for name, value in environment.items()))
    click.echo()
    output.print_table(_COLUMNS, [_row(m) for m in measures])
    if growth:
        click.echo()
        output.print_table(list(growth[0]), [list(row.values()) for row in growth])
    click.echo()
    output.print_table(
        ("scenario", "orders", "preview_ms", "release_ms", "restore_ms"),
        [
            (x.scenario, x.orders, *map(_one, (x.preview_milliseconds, x.release_milliseconds, x.restore_milliseconds)))
            for x in latencies
        ],
    )


def run_integrity(dsn: str | None, movements: int, output_format: str) -> None:
    """Measure `check_integrity` over so many movements, and print."""
    with server_for(dsn) as (base, location):
        environment = {**_settings(base), "processors": os.cpu_count(), "data": location}
        with output.progress("Checking", None), database(base) as (connection, operator):
            check = integrity.measure(connection, operator, movements)
    if output_format == "json":
        click.echo(json.dumps({"environment": environment, "integrity": asdict(check)}, indent=2))
        return
    click.echo(", ".join(f"{name} {value}" for name, value in environment.items()))
    click.echo()
    output.print_table(
        ("movements", "seconds", "broken"), [(check.movements, _one(check.seconds), ", ".join(check.broken) or "none")]
    )


def run_young(dsn: str | None, orders: int, output_format: str) -> None:
    """Measure calls for so many orders in a session that planned them when there were few, and print."""
    with server_for(dsn) as (base, location):
        environment = {**_settings(base), "processors": os.cpu_count(), "data": location}
        label = f"young {orders:,}"
        steps = 3 * len(young.STEPS)
        with output.progress(label, steps) as bar, database(base) as (connection, operator):
            calls = young.measure(connection, operator, orders, partial(_done, bar, label))
    if output_format == "json":
        described = [
            asdict(one) | {"young_ratio": one.young_ratio, "launched_ratio": one.launched_ratio, "target": YOUNG_TARGET}
            for one in calls
        ]
        click.echo(json.dumps({"environment": environment, "young": described}, indent=2))
        return
    click.echo(", ".join(f"{name} {value}" for name, value in environment.items()))
    click.echo()
    output.print_table(
        ("call", "orders", "young_s", "launched_s", "grown_s", "young_grown", "launched_grown", "target"),
        [
            (
                one.call, one.orders,
                *(f"{s:.3f}" for s in (one.young_seconds, one.launched_seconds, one.grown_seconds)),
                f"{one.young_ratio:.2f}", f"{one.launched_ratio:.2f}", f"≤ {YOUNG_TARGET:.1f}",
            )
            for one in calls
        ],
    )  # fmt: skip


@contextmanager
def server_for(dsn: str | None) -> Iterator[tuple[str, str]]:
    """Give the URL of a maintenance database and a word on where the data is."""
    if dsn:
        yield dsn, "external server"
        return
    with postgres.throwaway(settings=SETTINGS) as running:
        in_memory = Path("/dev/shm") in running.folder.parents
        yield running.dsn(), "in memory (fsync costs nothing)" if in_memory else "on disk"


def measure_all(base: str, sizes: Sequence[int], scenarios: Sequence[str]) -> tuple[list[Measure], list[Latency]]:
    """Measure every scenario at every size, each in a database of its own."""
    cases = [
        (scenario, size, ("refuse", "split") if scenario == "scarce" else ("refuse",))
        for scenario in scenarios
        for size in sizes
    ]
    measures, latencies = [], []
    with output.progress("Measuring", sum(2 + len(c[2]) * (1 + 4 * ROUNDS) for c in cases)) as bar:
        for scenario, size, shortages in cases:
            label = f"{scenario} {size:,}"
            _step(bar, f"{label}: making the company", 0)
            with database(base) as (connection, operator):
                build(connection, scenario, size)
                _step(bar, label)
                for on_shortage in shortages:
                    done = partial(_done, bar, f"{label}, {on_shortage}" if len(shortages) > 1 else label)
                    measures.append(measure(connection, operator, scenario, on_shortage, ROUNDS, done))
                latencies.append(latency(connection, operator, scenario))
                _step(bar, f"{label}: single orders")
    return measures, latencies


@contextmanager
def database(base: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """Give a superuser's connection to a fresh deployed database, and a role, member of `erp_operator`."""
    name = f"rilascio_bench_{secrets.token_hex(4)}"
    identifier = sql.Identifier(name)
    with psycopg.connect(base, autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("create database {}").format(identifier))
        try:
            dsn = make_conninfo(base, dbname=name)
            deploy(dsn)
            maintenance.execute(sql.SQL("create role {} nologin in role erp_operator").format(identifier))
            with psycopg.connect(dsn, autocommit=True) as connection:
                yield connection, name
        finally:
            maintenance.execute(sql.SQL("drop database {} with (force)").format(identifier))
            maintenance.execute(sql.SQL("drop role if exists {}").format(identifier))


def growth_of(measures: Sequence[Measure]) -> list[dict[str, Any]]:
    """Return, per scenario, how the seconds per order of the largest size stand to those of the smallest."""
    growth = []
    for case in dict.fromkeys((m.scenario, m.on_shortage) for m in measures):
        of_case = sorted((m for m in measures if (m.scenario, m.on_shortage) == case), key=lambda m: m.orders)
        small, large = of_case[0], of_case[-1]
        if small.orders < large.orders:
            ratio = large.release_seconds_per_order / small.release_seconds_per_order
            growth.append(
                {
                    "scenario": case[0],
                    "on_shortage": case[1],
                    "from_orders": small.orders,
                    "to_orders": large.orders,
                    "release_per_order_ratio": round(ratio, 2),
                    "target": GROWTH_TARGET,
                    "floor_per_order_ratio": round(
                        large.floor_seconds / large.orders / (small.floor_seconds / small.orders), 2
                    ),
                }
            )
    return growth


def _done(bar: Progress, label: str, step: str) -> None:
    _step(bar, f"{label}: {step}")


def _step(bar: Progress, label: str, advance: int = 1) -> None:
    bar.update(bar.task_ids[0], description=label, advance=advance)


def _row(m: Measure) -> list[object]:
    return [
        m.scenario, m.on_shortage, m.orders, m.released, m.split, m.refused, m.records, m.movements,
        *(f"{s:.3f}" for s in (m.floor_seconds, m.preview_seconds, m.release_seconds, m.restore_seconds)),
        f"{m.release_ratio:.2f}", f"≤ {RELEASE_TARGETS[m.scenario]:.1f}", f"{m.restore_ratio:.2f}",
        f"{1000 * m.release_seconds_per_order:.3f}",
    ]  # fmt: skip


def _described(m: Measure) -> dict[str, Any]:
    return asdict(m) | {
        "release_ratio": m.release_ratio,
        "release_ratio_target": RELEASE_TARGETS[m.scenario],
        "restore_ratio": m.restore_ratio,
        "release_seconds_per_order": m.release_seconds_per_order,
    }


def _one(value: float) -> str:
    return f"{value:.1f}"


def _settings(base: str) -> dict[str, str]:
    with psycopg.connect(base) as connection:
        return {
            name: str(connection.execute("select current_setting(%s)", [name]).fetchone()[0])  # type: ignore[index]
            for name in ("server_version", *SETTINGS)
        }


assert set(RELEASE_TARGETS) == set(SCENARIOS)
