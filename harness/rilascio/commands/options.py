"""What several commands share: options, and the connection they work on."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
import psycopg

from rilascio.commands.completion import complete_columns, complete_filter
from rilascio.errors import USAGE, HarnessError
from rilascio.language import _
from rilascio.link.host import SCHEMA
from rilascio.output import FORMATS, write_utf8
from rilascio.sessions import open_session

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Option = Callable[[Decorated], Decorated]


def dsn_option(purpose: str = "The database, as a URL or as key=value pairs.") -> Option[Any]:
    """Return the option `--dsn`, which `RILASCIO_DSN` stands in for."""
    return click.option("--dsn", envvar="RILASCIO_DSN", show_envvar=True, metavar="URL", help=purpose)


proxy_option: Option[Any] = dsn_option(
    "The proxy's database; shards are reached as the same role, with the same password."
)

company_option: Option[Any] = click.option(
    "--company", metavar="CODE", help="The company; not needed by a member of one company alone."
)


def _format_option(formats: Sequence[str], purpose: str) -> Option[Any]:
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default="table",
        show_default=True,
        callback=lambda _context, _parameter, output_format: write_utf8(output_format),
        help=purpose,
    )


format_option = _format_option(FORMATS, "csv and json give all columns and exact numbers, dates in ISO 8601; in UTF-8.")

report_format_option = _format_option(["table", "json"], "For people or machines.")

_host_option = click.option(
    "--from",
    "host_dsn",
    envvar="RILASCIO_HOST_DSN",
    show_envvar=True,
    metavar="URL",
    help="The database of the other ERP, as a URL or as key=value pairs.",
)
_schema_option = click.option(
    "--schema",
    default=SCHEMA,
    show_default=True,
    metavar="NAME",
    help="The schema of that database that holds the views.",
)
_patience_option = click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="How long to try again while that database cannot be reached; by default not at all.",
)


def host_options(command: Decorated) -> Decorated:
    """Add the options of a command that reads the views of another ERP's database."""
    for option in (_patience_option, _schema_option, _host_option):
        command = option(command)
    return command


where_option: Option[Any] = click.option(
    "--where",
    "filters",
    multiple=True,
    metavar="COLUMN=VALUE",
    shell_complete=complete_filter,
    help="Only rows that pass; repeat it for more conditions. Operators: = != < <= > >= and ~ (contains, in any "
    "case). An empty value means none; one in quotes of its own is taken as it stands.",
)

sort_option: Option[Any] = click.option(
    "--sort",
    "sorts",
    multiple=True,
    metavar="COLUMN[:desc]",
    shell_complete=complete_columns,
    help="Order of the rows, those without a value last; commas between several columns.",
)


_READ_BY_LIBPQ = ("PGSERVICE", "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER")
"""The variables that name a database to every PostgreSQL client."""


def required(dsn: str | None) -> str:
    """Return the connection string, or fail with what to do without one.

    It is empty if the environment names a database as it does to psql: libpq reads the rest there.
    """
    if dsn:
        return dsn
    if any(os.environ.get(name) for name in _READ_BY_LIBPQ):
        return ""
    raise HarnessError(
        _("No database is named."),
        _(
            "Add --dsn URL or set RILASCIO_DSN, or PGHOST, PGDATABASE, PGUSER or PGSERVICE as for psql. No server at"
            " hand? rilascio demo --keep starts one and prints its URL."
        ),
        exit_code=USAGE,
    )


def required_host(dsn: str | None) -> str:
    """Return the connection string of the other ERP's database, or fail with what to do without one."""
    if dsn:
        return dsn
    raise HarnessError(
        _("No database to read from is named."), _("Add --from URL or set RILASCIO_HOST_DSN."), exit_code=USAGE
    )


def connect(dsn: str | None) -> psycopg.Connection[Any]:
    """Connect in autocommit mode, so that each call is a transaction of its own."""
    return open_session(required(dsn))
