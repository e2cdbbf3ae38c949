"""The benchmark: calls for many orders and stock documents, held against bare statements that write the same rows."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
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

from harness.dev.bench import beside_writer, documents, grids, integrity, puts, single, young
from harness.dev.bench.measure import Latency, Measure, latency, measure
from harness.dev.bench.world import SCENARIOS, build
from rilascio import output, postgres
from rilascio.deployment import deploy

ROUNDS = 3

WRITER_ROUNDS = 5
"""Stretches of releases beside a writer, and as many without."""

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

PUT_TARGETS = {"first": 1.5, "unchanged": 0.4}
"""The first put of orders against the floor, and the same put again against the first one: at most."""

THROUGHPUT_TARGET = 0.9
"""Orders released beside a writer against those released without: at least."""

SINGLE_TARGET = 2.0
"""A call with one order against its bare function: at most."""

SLOW_TARGET = 3.0
"""What one call in a hundred exceeds, against the median: at most."""

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
    with _measuring(dsn, "Checking", None) as (environment, connection, role, _):
        check = integrity.measure(connection, role, movements)
    _print(
        environment,
        {"integrity": asdict(check)},
        ("movements", "seconds", "broken"),
        [(check.movements, _one(check.seconds), ", ".join(check.broken) or "none")],
        output_format,
    )


def run_young(dsn: str | None, orders: int, output_format: str) -> None:
    """Measure calls for so many orders in a session that planned them when there were few, and print."""
    with _measuring(dsn, f"young {orders:,}", 3 * len(young.STEPS)) as (environment, connection, role, done):
        calls = young.measure(connection, role, orders, done)
    described = [
        asdict(one) | {"young_ratio": one.young_ratio, "launched_ratio": one.launched_ratio, "target": YOUNG_TARGET}
        for one in calls
    ]
    _print(
        environment,
        {"young": described},
        ("call", "orders", "young_s", "launched_s", "grown_s", "young_grown", "launched_grown", "target"),
        [
            (
                one.call, one.orders,
                *(f"{s:.3f}" for s in (one.young_seconds, one.launched_seconds, one.grown_seconds)),
                f"{one.young_ratio:.2f}", f"{one.launched_ratio:.2f}", f"≤ {YOUNG_TARGET:.1f}",
            )
            for one in calls
        ],
        output_format,
    )  # fmt: skip


def run_puts(dsn: str | None, orders: int, output_format: str) -> None:
    """Measure the first and the second put of so many orders, and print."""
    with _measuring(dsn, f"puts {orders:,}", puts.step_count(orders)) as (environment, connection, role, done):
        put = puts.measure(connection, role, orders, done)
    measures = [
        ("copy and insert", put.floor_seconds, put.floor_processor_seconds, None),
        ("first put", put.first_seconds, put.first_processor_seconds, "first"),
        ("unchanged", put.unchanged_seconds, put.unchanged_processor_seconds, "unchanged"),
    ]
    _print(
        environment,
        {"puts": _known(asdict(put) | put.ratios) | {f"{name}_target": target for name, target in PUT_TARGETS.items()}},
        ("step", "orders", "phases", "materials", "calls", "seconds", "processor_s", "ratio", "processor", "target"),
        [
            (
                step, put.orders, put.phases, put.materials, put.calls, f"{seconds:.3f}", f"{processor:.2f}",
                f"{put.ratios[f'{name}_ratio']:.2f}" if name else None,
                f"{put.ratios[f'{name}_processor_ratio']:.2f}" if name else None,
                f"≤ {PUT_TARGETS[name]:.1f}" if name else None,
            )
            for step, seconds, processor, name in measures
        ],
        output_format,
    )  # fmt: skip


def run_documents(dsn: str | None, count: int, output_format: str) -> None:
    """Measure the posting of so many stock documents, and print."""
    with _measuring(dsn, f"documents {count:,}", documents.step_count(count)) as (environment, connection, role, done):
        posting = documents.measure(connection, role, count, done)
    _print(
        environment,
        {
            "documents": asdict(posting)
            | {"documents_per_second": posting.documents_per_second, "post_ratio": posting.post_ratio}
        },
        ("documents", "movements", "calls", "floor_s", "post_s", "documents_per_s", "post_floor"),
        [
            (
                posting.documents, posting.movements, posting.calls, f"{posting.floor_seconds:.3f}",
                f"{posting.post_seconds:.3f}", f"{posting.documents_per_second:,.0f}", f"{posting.post_ratio:.2f}",
            )
        ],
        output_format,
    )  # fmt: skip


def run_beside_writer(dsn: str | None, orders: int, output_format: str) -> None:
    """Measure the release of so many orders beside a writer and without, and print."""
    with _measuring(dsn, f"beside writer {orders:,}", 2 * WRITER_ROUNDS) as (environment, connection, role, done):
        beside = beside_writer.measure(connection, role, orders, WRITER_ROUNDS, done)
    _print(
        environment | {"rounds": WRITER_ROUNDS},
        {
            "beside_writer": asdict(beside)
            | {"throughput_ratio": beside.throughput_ratio, "throughput_ratio_target": THROUGHPUT_TARGET}
        },
        ("orders", "without_per_s", "beside_per_s", "ratio", "target", "written_per_s", "writer_repeats"),
        [
            (
                beside.orders, _one(beside.orders_per_second_without), _one(beside.orders_per_second_beside),
                f"{beside.throughput_ratio:.2f}", f"≥ {THROUGHPUT_TARGET:.1f}", _one(beside.writer_rows_per_second),
                beside.writer_repeats,
            )
        ],
        output_format,
    )  # fmt: skip


def run_single(dsn: str | None, orders: int, output_format: str) -> None:
    """Measure calls with one order, so many of them, and print."""
    measures = []
    for scenario in ("plain", "rich"):
        with _measuring(dsn, f"single {scenario} {orders:,}", 2) as (environment, connection, role, done):
            measures += single.measure(connection, role, scenario, orders, done)
    _print(
        environment,
        {
            "single": [asdict(one) | {"bare_ratio": one.bare_ratio, "slow_ratio": one.slow_ratio} for one in measures],
            "bare_ratio_target": SINGLE_TARGET,
            "slow_ratio_target": SLOW_TARGET,
        },
        ("scenario", "call", "orders", "bare_ms", "call_ms", "ratio", "target", "p99_ms", "p99_median", "p99_target"),
        [
            (
                one.scenario, one.call, one.orders, f"{one.bare_milliseconds:.2f}", f"{one.milliseconds:.2f}",
                f"{one.bare_ratio:.2f}", f"≤ {SINGLE_TARGET:.1f}", f"{one.slow_milliseconds:.2f}",
                f"{one.slow_ratio:.2f}", f"≤ {SLOW_TARGET:.1f}",
            )
            for one in measures
        ],
        output_format,
    )  # fmt: skip


def run_grids(dsn: str | None, orders: int, output_format: str) -> None:
    """Measure pages of the grids over so many orders of each status, and print."""
    with _measuring(dsn, f"grids {orders:,}", grids.step_count()) as (environment, connection, role, done):
        filled, answered = grids.measure(connection, role, orders, done)
    _print(
        environment | asdict(filled) | {"rounds": grids.ROUNDS},
        {"grids": [asdict(one) | {"ratio": one.ratio} for one in answered]},
        ("grid", "asked", "rows", "ms", "against_ms", "ratio", "target", "ok"),
        [
            (
                one.grid, one.name, one.rows, _one(one.milliseconds),
                None if one.against_milliseconds is None else _one(one.against_milliseconds),
                None if one.ratio is None else f"{one.ratio:.2f}", one.target, "yes" if one.ok else "no",
            )
            for one in answered
        ],
        output_format,
    )  # fmt: skip


@contextmanager
def _measuring(
    dsn: str | None, label: str, steps: int | None
) -> Iterator[tuple[dict[str, Any], psycopg.Connection[Any], str, Callable[[str], None]]]:
    """Give the environment, a database with its role, and what to tell of each step, with a bar of progress."""
    with server_for(dsn) as (base, location):
        environment = {**_settings(base), "processors": os.cpu_count(), "data": location}
        with output.progress(label, steps) as bar, database(base) as (connection, role):
            yield environment, connection, role, partial(_done, bar, label)


def _print(
    environment: dict[str, Any],
    report: dict[str, Any],
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    output_format: str,
) -> None:
    if output_format == "json":
        click.echo(json.dumps({"environment": environment, **report}, indent=2))
        return
    click.echo(", ".join(f"{name} {value}" for name, value in environment.items()))
    click.echo()
    output.print_table(columns, rows)


def _known(measured: dict[str, Any]) -> dict[str, Any]:
    """Leave empty what an external server does not let us measure."""
    return {name: None if value != value else value for name, value in measured.items()}


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
    """Give a superuser's connection to a fresh deployed database, and a role that may release and write."""
    name = f"rilascio_bench_{secrets.token_hex(4)}"
    identifier = sql.Identifier(name)
    with psycopg.connect(base, autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("create database {}").format(identifier))
        try:
            dsn = make_conninfo(base, dbname=name)
            deploy(dsn)
            maintenance.execute(sql.SQL("create role {} nologin in role erp_operator, erp_writer").format(identifier))
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
