"""`rilascio follow`: the runs of a company, one after the other, for a program or as lines of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click

from rilascio.commands.options import company_option, connect, dsn_option, required
from rilascio.errors import USAGE, HarnessError
from rilascio.link.adapter import Adapter
from rilascio.link.cursor import Cursor, FileCursor, HostCursor, MemoryCursor
from rilascio.link.feed import Feed
from rilascio.link.follow import Follower
from rilascio.orders import find_company
from rilascio.output import remark


@click.command()
@company_option
@click.option(
    "--cursor",
    metavar="FILE|host",
    help="Where is kept how far it has come: a file, which is made; or host, if the program of --exec keeps it.",
)
@click.option(
    "--after", type=click.IntRange(min=0), metavar="PLACE", help="Begin after this place, and keep no cursor."
)
@click.option("--exec", "command_line", metavar="PROGRAM", help="The program that acts on runs, with its arguments.")
@click.option(
    "--batch",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    metavar="N",
    help="How many runs at a time.",
)
@click.option("--once", is_flag=True, help="End when nothing follows.")
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="When to look again when nothing follows.",
)
@click.option("--resync", is_flag=True, help="Hand on nothing: set the cursor behind the last run, and end.")
@dsn_option()
def follow(
    company: str | None,
    cursor: str | None,
    after: int | None,
    command_line: str | None,
    batch: int,
    once: bool,
    every: float,
    resync: bool,
    dsn: str | None,
) -> None:
    """Hand on what was done in a company, run by run, in an order in which none is missed.

    Each run is a line of JSON: its place, kind and moment, what it answered for orders and sent rows, the movements
    that it made and those that it took back. Lines are printed, or given to a program: PROGRAM apply reads them from
    standard input, up to --batch of them. Exit code 0 says that it has acted on all of them, and the cursor moves; 75
    that it wants the same later. Any other ends the command, and the cursor stays. So a run may be handed on twice, and
    the program must know it again, by its place or run_id.

    With --cursor host the program keeps the cursor, best in the transaction in which it acts: PROGRAM cursor prints
    the last place that it has acted on, 0 at first, and may print the run_id after it; PROGRAM cursor PLACE RUN_ID
    sets it.

    A server that cannot be reached is tried again, for ever or, with --once, five times. A cursor that the database
    does not know, since it was restored from a backup, ends the command, and so does one behind which runs were
    archived: compare both sides, then call with --resync.

    \b
    Examples:
      rilascio follow --after 0 --once
      rilascio follow --cursor erp.cursor --exec "python adapter.py" --once
      rilascio follow --cursor host --exec "./adapter --erp live" --every 1
      rilascio follow --cursor erp.cursor --resync
    """
    adapter = Adapter(command_line) if command_line is not None else None
    url = required(dsn)

    def feed() -> Feed:
        connection = connect(url)
        return Feed(connection, find_company(connection, company))

    with _cursor(cursor, after, adapter, resync) as keeper:
        follower = Follower(feed, keeper, adapter, _print, remark, batch, every, once)
        if resync:
            remark(f"The cursor stands at place {follower.resync().place}, the last; nothing was handed on.")
        else:
            follower.follow()


def _cursor(
    cursor: str | None, after: int | None, adapter: Adapter | None, resync: bool
) -> AbstractContextManager[Cursor]:
    """Return what keeps the place, as the options say."""
    if (cursor is None) == (after is None):
        raise HarnessError(
            "Say where to begin: either --cursor or --after.",
            "--cursor FILE goes on where the last call ended; --after 0 begins with the first run.",
            exit_code=USAGE,
        )
    if after is not None:
        if resync:
            raise HarnessError("--resync sets a cursor: it does not go with --after.", None, exit_code=USAGE)
        return nullcontext(MemoryCursor(after))
    assert cursor is not None
    if cursor != "host":
        return FileCursor(Path(cursor))
    if adapter is None:
        raise HarnessError("--cursor host belongs to --exec: the program keeps it.", None, exit_code=USAGE)
    return nullcontext(HostCursor(adapter))


def _print(lines: Sequence[str]) -> None:
    """Print lines, and see them off before the cursor moves."""
    click.echo("\n".join(lines))
