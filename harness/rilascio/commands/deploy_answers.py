"""What the commands of deployment share: options, whose privileges are lacking, and how reports are printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click
from psycopg.errors import InsufficientPrivilege

from rilascio.deployment import Difference
from rilascio.errors import HarnessError
from rilascio.interruption import interrupted

patience_option = click.option(
    "--lock-timeout",
    default="60s",
    show_default=True,
    metavar="TIME",
    help="How long to try for locks that others hold.",
)
lock_timeout_option = click.option(
    "--lock-timeout",
    default="5s",
    show_default=True,
    metavar="TIME",
    help="How long a statement waits for a lock that others hold.",
)


@contextmanager
def as_owner(roles: str = "erp_owner") -> Iterator[None]:
    """Say of a lack of privileges whose they are, and of an interruption that nothing was left half done."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise interrupted(
            error, "What was not finished is rolled back.", "rilascio status tells what the database holds."
        ) from error
    except HarnessError as error:
        advised = (error.hint or "").startswith("Have ")
        if isinstance(error.__cause__, InsufficientPrivilege) and not advised:
            raise HarnessError(error.message, f"Connect as a superuser or as a member of {roles}.") from error
        raise


def print_differences(found: Sequence[Difference]) -> None:
    if not found:
        return
    click.echo("  tables that are not as the migrations made them:")
    for one in found:
        match one.problem:
            case "missing":
                click.echo(f"    {one.object} is missing: {one.expected}")
            case "added":
                click.echo(f"    {one.object} was added: {one.found}")
            case _:
                click.echo(f"    {one.object} is {one.found}, and should be {one.expected}")
    repairs = list(dict.fromkeys(one.repair for one in found if one.repair))
    if repairs:
        click.echo("  no deployment changes them; as erp_owner, or a superuser, once their data is looked after:")
        for repair in repairs:
            click.echo(f"    {repair}")
    if len(repairs) < len(found):
        click.echo("  what has no statement here is put back from a backup, or after a look at the migrations")


def print_report(report: Any) -> None:
    click.echo(json.dumps(asdict(report), indent=1, ensure_ascii=False))


def print_list(title: str, names: tuple[str, ...], *, short: bool = False) -> None:
    if short and len(names) > 10:
        click.echo(f"  {title}: {len(names)}")
    elif names:
        click.echo(f"  {title}:")
        for name in names:
            click.echo(f"    {name}")
