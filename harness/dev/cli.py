"""What maintainers run: one command each, all of them on servers that are started for it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from dataclasses import asdict

import click

from harness.dev import docs as documents
from harness.dev.bench import run as benchmark
from harness.dev.crash import crash as crash_servers
from harness.dev.soak import run as soaking
from rilascio.cli import Rilascio
from rilascio.commands.options import dsn_option, report_format_option
from rilascio.errors import USAGE, HarnessError
from rilascio.folders import checkout
from rilascio.output import print_table

seed_option = click.option("--seed", type=int, help="For the same drawing of calls again.  [default: a new one]")


@click.group(cls=Rilascio, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """What only maintainers of rilascio run, in a checkout."""


def _sizes(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part.replace("_", "")) for part in value.split(","))
    except ValueError:
        raise click.BadParameter("numbers of orders with commas between them, for instance 1000,10000") from None
    if min(sizes) < 1:
        raise click.BadParameter("a size is at least 1")
    return sizes


def spread() -> tuple[str, ...]:
    """Return how pytest runs many tests: on a process more than processors, since tests of locks wait a lot.

    Whoever has none left takes over from the others.
    """
    return f"--numprocesses={len(os.sched_getaffinity(0)) + 1}", "--dist=worksteal"


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@dsn_option("An external server to test on.  [default: a server started for the tests]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def test(dsn: str | None, arguments: tuple[str, ...]) -> None:
    """Run the project's tests on a server of their own; the rest of the line goes to pytest.

    Without such a rest all tests run, on several processes. Exits as pytest does.

    \b
    Example:
      make test ARGS="-k restore -x"
    """
    environment = os.environ | ({"RILASCIO_DSN": dsn} if dsn else {})
    command = [sys.executable, "-m", "pytest", *(arguments or spread())]
    sys.exit(subprocess.run(command, cwd=checkout(), env=environment, check=False).returncode)


@main.command()
@click.option(
    "--sizes", default="1000,10000", show_default=True, callback=_sizes, metavar="N,…", help="Numbers of orders."
)
@click.option(
    "--scenario",
    "scenarios",
    type=click.Choice(["plain", "rich", "scarce"]),
    multiple=True,
    default=["plain"],
    show_default=True,
    help="rich: lots, counterparts and three sites. scarce: rich with stock for half of the orders. May be repeated.",
)
@click.option(
    "--integrity",
    type=click.IntRange(min=1),
    metavar="N",
    help="Instead of releases: check the integrity of N movements.",
)
@click.option(
    "--young",
    type=click.IntRange(min=1, max=50_000),
    metavar="N",
    help="Instead of releases: how calls for N orders fare in a session that planned them when the database was young.",
)
@click.option(
    "--puts",
    type=click.IntRange(min=1),
    metavar="N",
    help="Instead of releases: put N orders, and put them again unchanged.",
)
@click.option(
    "--documents",
    type=click.IntRange(min=1),
    metavar="N",
    help="Instead of releases: post N stock documents of three lines.",
)
@click.option(
    "--beside-writer",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many of N orders are released in a second beside a client that puts and posts, and without.",
)
@click.option(
    "--single",
    type=click.IntRange(min=1),
    metavar="N",
    help="Instead of releases of many: N calls with one order each, against bare functions that write the same rows.",
)
@click.option(
    "--grids",
    type=click.IntRange(min=1_000),
    metavar="N",
    help="Instead of releases: pages of the grids over N launched and N executive orders.",
)
@report_format_option
@dsn_option("An external server to measure, as a superuser.  [default: a server started for it]")
def bench(
    sizes: tuple[int, ...],
    scenarios: tuple[str, ...],
    integrity: int | None,
    young: int | None,
    puts: int | None,
    documents: int | None,
    beside_writer: int | None,
    single: int | None,
    grids: int | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """Measure release and restore of many orders against bare inserts of the same rows.

    \b
    Examples:
      make bench ARGS="--sizes 1000,10000 --scenario plain --scenario rich"
      make bench ARGS="--integrity 10000000"
      make bench ARGS="--young 4000"
      make bench ARGS="--puts 100000"
      make bench ARGS="--documents 50000"
      make bench ARGS="--beside-writer 2000"
      make bench ARGS="--single 1000"
      make bench ARGS="--grids 1000000"
    """
    asked = {
        benchmark.run_integrity: integrity,
        benchmark.run_young: young,
        benchmark.run_puts: puts,
        benchmark.run_documents: documents,
        benchmark.run_beside_writer: beside_writer,
        benchmark.run_single: single,
        benchmark.run_grids: grids,
    }
    measures = [(measure, size) for measure, size in asked.items() if size]
    if len(measures) > 1:
        raise HarnessError(
            "--integrity, --young, --puts, --documents, --beside-writer, --single and --grids are measures of their"
            " own.",
            "Run the command once for each.",
            exit_code=USAGE,
        )
    if measures:
        measure, size = measures[0]
        measure(dsn, size, output_format)
    else:
        benchmark.run(dsn, sizes, list(dict.fromkeys(scenarios)), output_format)


@main.command()
@click.option("--seconds", type=click.IntRange(1), default=30, show_default=True, help="How long.")
@click.option("--clients", type=click.IntRange(1, 64), default=8, show_default=True, help="How many at once.")
@seed_option
@click.option(
    "--isolation",
    type=click.Choice(list(soaking.ISOLATIONS)),
    default="mixed",
    show_default=True,
    help="Isolation level of the calls; mixed draws one for each.",
)
@report_format_option
def soak(seconds: int, clients: int, seed: int | None, isolation: str, output_format: str) -> None:
    """Let many clients call everything at once on scarce stock, and check that everything still adds up.

    The clients release, restore, preview, declare, register, roll back and delete overlapping sets of orders of two
    companies; they roll back, cancel and repeat calls at random. Two more write what an ERP sends: master data,
    orders, stock documents, and all of it again as it is. Meanwhile others enter receipts, change settings and orders
    by hand, and deploy again and again. Then no order may be released twice, no stock be below zero, the balance be
    the sum of its movements, the history be complete, and the server's log show no deadlock. Exits with 1 if anything
    of that is broken.

    \b
    Examples:
      make soak ARGS="--seconds 30 --clients 8"
      make soak ARGS="--seconds 600 --clients 16 --isolation serializable --format json"
    """
    soaking.run(seconds, clients, _seed(seed), isolation, output_format)


@main.command()
@click.option("--crashes", type=click.IntRange(1), default=50, show_default=True, help="How many; about 0.4 s each.")
@click.option("--clients", type=click.IntRange(1, 64), default=4, show_default=True, help="How many at once.")
@seed_option
def crash(crashes: int, clients: int, seed: int | None) -> None:
    """Kill a server again and again in the middle of mass calls, and check that each call counts exactly once.

    Exits with 1 at the first call that counts twice, or not at all, or otherwise than it was answered.

    \b
    Example:
      make crash ARGS="--crashes 200 --clients 8"
    """
    seed = _seed(seed)
    done = asdict(crash_servers(crashes, clients, seed)) | {"clients": clients, "seed": seed}
    defects = done.pop("defects")
    print_table(list(done), [list(done.values())])
    for defect in defects:
        click.echo(f"Broken: {defect}")
    if defects:
        raise click.exceptions.Exit(1)


@main.command()
def docs() -> None:
    """Write the documents that the product writes about itself, and say which ones changed."""
    documents.main()


@main.command()
def lint() -> None:
    """Check the SQL sources as no tool does by itself: make lint runs the tools too.

    Every file parses with PostgreSQL's own grammar; yoyo's splitter sees the same statements in a migration as
    PostgreSQL does; and plpgsql_check finds nothing in the deployed routines, where that extension is installed.
    Exits with 1 if anything was found.
    """
    from harness.dev import lint as checks  # its tools are those of the extra `lint`

    checks.main()


def _seed(seed: int | None) -> int:
    return secrets.randbelow(1_000_000) if seed is None else seed
