"""`rilascio soak`: many clients at once, and whether everything still adds up."""

from __future__ import annotations

import secrets

import click

from harness.commands.options import report_format_option


@click.command()
@click.option("--seconds", type=click.IntRange(1), default=30, show_default=True, help="How long.")
@click.option("--clients", type=click.IntRange(1, 64), default=8, show_default=True, help="How many at once.")
@click.option("--seed", type=int, help="For the same drawing of calls again.  [default: a new one each time]")
@click.option(
    "--isolation",
    type=click.Choice(["read-committed", "repeatable-read", "serializable", "mixed"]),
    default="mixed",
    show_default=True,
    help="Isolation level of the calls; mixed draws one for each.",
)
@report_format_option
def soak(seconds: int, clients: int, seed: int | None, isolation: str, output_format: str) -> None:
    """Let many clients call everything at once on scarce stock, and check that everything still adds up.

    A server is started for it and gone afterwards. The clients release, restore, preview, declare, register, roll
    back and delete overlapping sets of orders of two companies; they roll back, cancel and repeat calls at random.
    Meanwhile others enter receipts, change settings and orders by hand, and deploy again and again.
    Then no order may be released twice, no stock be below zero, the balance be the sum of its movements, the
    history be complete, and the server's log show no deadlock. Exits with 1 if anything of that is broken.

    \b
    Examples:
      rilascio soak --seconds 30 --clients 8
      rilascio soak --seconds 600 --clients 16 --isolation serializable --format json
    """
    from harness import soak as soaking

    soaking.run(seconds, clients, secrets.randbelow(1_000_000) if seed is None else seed, isolation, output_format)
