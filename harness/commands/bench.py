"""`rilascio bench`: release and restore against a floor."""

from __future__ import annotations

import click

from harness.commands.options import dsn_option, report_format_option
from harness.errors import USAGE, HarnessError


def _sizes(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part.replace("_", "")) for part in value.split(","))
    except ValueError:
        raise click.BadParameter("numbers of orders with commas between them, for instance 1000,10000") from None
    if min(sizes) < 1:
        raise click.BadParameter("a size is at least 1")
    return sizes


@click.command()
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
@report_format_option
@dsn_option("An external server to measure, as a superuser.  [default: a server started for it]")
def bench(
    sizes: tuple[int, ...],
    scenarios: tuple[str, ...],
    integrity: int | None,
    young: int | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """Measure release and restore of many orders against bare inserts of the same rows.

    \b
    Examples:
      rilascio bench --sizes 1000,10000 --scenario plain --scenario rich
      rilascio bench --integrity 10000000
      rilascio bench --young 4000
    """
    from harness import bench as benchmark

    if integrity and young:
        raise HarnessError(
            "--integrity and --young are measures of their own.", "Run the command once for each.", exit_code=USAGE
        )
    if young:
        benchmark.run_young(dsn, young, output_format)
        return
    if integrity:
        benchmark.run_integrity(dsn, integrity, output_format)
        return
    benchmark.run(dsn, sizes, list(dict.fromkeys(scenarios)), output_format)
