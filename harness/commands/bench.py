"""`rilascio bench`: release and restore against a floor."""

from __future__ import annotations

import importlib
import importlib.util

import click

from harness.commands.options import dsn_option
from harness.errors import HarnessError


@click.command()
@click.argument("sizes", nargs=-1, type=click.IntRange(min=1), metavar="[ORDERS]...")
@dsn_option("An external server to measure.  [default: a server started for it]")
def bench(sizes: tuple[int, ...], dsn: str | None) -> None:
    """Measure release and restore of so many ORDERS against bare inserts of the same rows.

    Without sizes 1,000 and 10,000 orders.

    \b
    Example:
      rilascio bench 1000 10000
    """
    if importlib.util.find_spec("harness.bench") is None:
        raise HarnessError(
            "The benchmark is not part of this installation.", "Clone the project, and run make bench in it."
        )
    importlib.import_module("harness.bench").main_bench(dsn, sizes or (1_000, 10_000))
