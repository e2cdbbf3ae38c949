"""What maintainers run: one command each, all of them on servers that are started for it."""

from __future__ import annotations

import inspect
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from harness.dev import docs as documents
from harness.dev.bench import run as benchmark
from harness.dev.bench.cases import CASES, overview
from harness.dev.bench.picture import draw
from harness.dev.crash import crash as crash_servers
from harness.dev.mutants import command as mutation
from harness.dev.releases import keep_bundle, project, released_versions, text_of
from harness.dev.soak import run as soaking
from rilascio.cli import Rilascio
from rilascio.commands.options import dsn_option, report_format_option
from rilascio.errors import USAGE, HarnessError
from rilascio.folders import checkout
from rilascio.output import print_table
from rilascio.version import RELEASE

seed_option = click.option("--seed", type=int, help="For the same drawing of calls again.  [default: a new one]")


@click.group(cls=Rilascio, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """What only maintainers of rilascio run, in a checkout."""


def _cases(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> list[tuple[str, int]]:
    asked = []
    for named in value:
        name, given, number = named.partition("=")
        case = CASES.get(name)
        if case is None:
            raise click.BadParameter(f"{name!r} is no case; there are {', '.join(CASES)}")
        try:
            count = int(number) if given else case.count
        except ValueError:
            raise click.BadParameter(f"{number!r} is no number, as in {name}={case.count}") from None
        if count < case.least or count > (case.most or count):
            limits = f"at least {case.least:,}" + (f" and at most {case.most:,}" if case.most else "")
            raise click.BadParameter(f"the number of {name} is {limits}")
        asked.append((name, count))
    return asked


def spread() -> tuple[str, ...]:
    """Return how pytest runs many tests: on a process more than processors, since tests of locks wait a lot.

    Whoever has none left takes over from the others.
    """
    return f"--numprocesses={len(os.sched_getaffinity(0)) + 1}", "--dist=worksteal"


PARTITIONED = (
    "tests/procedures/integrity",
    *(
        f"tests/procedures/test_{subject}.py"
        for subject in (
            "archive_history", "frozen_orders", "hand_records", "post_stock", "protection", "registration",
            "release_records", "remove_stock", "restore", "restore_loads", "restore_split",
        )
    ),
)  # fmt: skip
"""The tests in which it may tell that stock lies in monthly partitions: of what writes its tables, finds rows in them
again, guards them, adds them up or takes rows out."""


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@dsn_option("An external server to test on.  [default: a server started for the tests]")
@click.option(
    "--partitioned",
    is_flag=True,
    help="Keep the stock of the tests in monthly partitions; without a rest, run those in which that may tell.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def test(dsn: str | None, partitioned: bool, arguments: tuple[str, ...]) -> None:
    """Run the project's tests on a server of their own; the rest of the line goes to pytest.

    Without such a rest all tests run, on several processes. Exits as pytest does.

    \b
    Examples:
      make test ARGS="-k restore -x"
      make test ARGS="--partitioned"
    """
    environment = os.environ | ({"RILASCIO_DSN": dsn} if dsn else {})
    if partitioned:
        environment |= {"RILASCIO_PARTITIONED": "1"}
        arguments = arguments or (*spread(), *PARTITIONED)
    command = [sys.executable, "-m", "pytest", *(arguments or spread())]
    sys.exit(subprocess.run(command, cwd=checkout(), env=environment, check=False).returncode)


def _with_cases(command: Callable[..., None]) -> Callable[..., None]:
    """Put the list of cases into a help text."""
    command.__doc__ = inspect.cleandoc(command.__doc__ or "").replace("  CASES", overview())
    return command


@main.command()
@click.option(
    "--case",
    "cases",
    multiple=True,
    callback=_cases,
    metavar="NAME[=N]",
    help="What to measure; may be repeated.  [default: plain=1000 and plain=10000]",
)
@click.option("--peer", metavar="COMMAND", help="What times the other system of the case peer.")
@click.option(
    "--draw",
    "report",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure nothing: draw the pictures of the documentation from what --format json has printed.",
)
@report_format_option
@dsn_option("An external server to measure, as a superuser.  [default: a server started for it]")
@_with_cases
def bench(
    cases: list[tuple[str, int]], peer: str | None, report: Path | None, output_format: str, dsn: str | None
) -> None:
    """Measure calls against what they could at best be: bare statements that write the same rows, and the like.

    Whatever is held against something else takes turns with it; medians of five count. docs/explanation/performance.md
    says more of each case. By name, with its N and what it measures:

    \b
      CASES

    The case peer runs a COMMAND of yours in the shell, once a round, in turns with a release of as many orders. It
    gets PEER_DSN (an empty database on the same server, kept from round to round), PEER_ORDERS (how many orders it is
    to release) and PEER_ROUND (from 0), makes its orders, releases them, and prints as its last line the seconds that
    the release took. Both figures and their ratio are printed.

    \b
    Examples:
      make bench ARGS="--case plain=1000 --case rich=10000"
      make bench ARGS="--case growth --case steps --format json" >report.json
      make bench ARGS="--draw report.json"
      make bench ARGS="--case peer=1000 --peer ./time-the-other-system"
    """
    if report is not None:
        for file in draw(report, (checkout() or Path()) / "docs" / "explanation"):
            click.echo(f"Drew {file}.")
        return
    if peer is not None and "peer" not in dict(cases):
        raise HarnessError("--peer goes with the case peer.", "Add --case peer.", exit_code=USAGE)
    benchmark.run(dsn, cases or benchmark.DEFAULT, peer, output_format)


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
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--sample", type=click.IntRange(1, 100), metavar="PERCENT", help="So many of a hundred, at random.")
@seed_option
@click.option(
    "--seconds",
    type=click.FloatRange(0),
    help="As many as fit, at least one, of those whose killer is known, by it alone.",
)
@click.option("--all", "whole_suite", is_flag=True, help="Let what survives its room's tests meet the whole suite.")
@click.option("--tests", multiple=True, metavar="PATH", help="Look here for who kills, not in the room's tests.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many at once.")
@click.option("--fresh", is_flag=True, help="Run again what has been run of the same tree.")
@click.option("--renew", is_flag=True, help="Keep who killed, and show what stale mutants were to change.")
@click.option("--propose", is_flag=True, help="Run nothing: print what the operators make of files, each a WORD.")
@click.option(
    "--kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another kept set, of the folder that it lies in.",
)
@report_format_option
def mutants(seed: int | None, **options: Any) -> None:
    """Put small mistakes into copies of the tree, one at a time, and see whether the tests notice.

    The mistakes are those of harness/dev/mutants/kept.toml whose name, file or room contains a WORD, or all of them.
    Each is met by the test that is known to kill it, and if that does not, by the tests of its room. A run that was
    stopped goes on where it was, as long as the tree is the same. Exits with 1 if fewer than 95 of a hundred are
    killed, if one survives in locks, guards, privileges or write, or if more than 5 of a hundred are stale: their files
    have changed, so that they no longer say what to change.

    \b
    Examples:
      make mutants
      make mutants ARGS="locks guards --jobs 2"
      make mutants ARGS="--sample 10 --seconds 50 --seed 7"
      make mutants ARGS="lock_stock --tests tests/procedures/test_at_once.py --renew"
      make mutants ARGS="--propose sql/procedures/internal/locks/lock_stock.sql"
    """
    mutation.run_command(_seed(seed) if options["sample"] else None, **options)


@main.command()
def docs() -> None:
    """Write the documents that the product writes about itself, and say which ones changed."""
    documents.main()


@main.command()
def pictures() -> None:
    """Write the pictures of the form in the browser, as Chromium shows it on the demo factory."""
    # Playwright and Pillow are needed for it alone
    from harness.dev import web_pictures

    web_pictures.main()


@main.command()
def release() -> None:
    """Keep the bundle of the release that is about to be cut, and write the text of its tag.

    The version stands in harness/rilascio/version.py, and is the newest of CHANGELOG.md. What comes then is printed.

    \b
    Example:
      make release
    """
    text = text_of(RELEASE)
    if released_versions()[0] != RELEASE:
        raise HarnessError(f"The changelog's newest version is {released_versions()[0]}, and this one is {RELEASE}.")
    tag_text = project() / "dist" / f"v{RELEASE}.txt"
    tag_text.parent.mkdir(exist_ok=True)
    tag_text.write_text(text, encoding="utf-8")
    click.echo(f"Kept the bundle of {RELEASE} in {keep_bundle().relative_to(project())}. When it is committed:")
    click.echo(f"  git tag --annotate v{RELEASE} --file {tag_text.relative_to(project())}")
    click.echo("  .venv/bin/python -m build")


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
