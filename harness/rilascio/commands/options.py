"""What several commands share: options, and the connection they work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict

from rilascio.errors import USAGE, HarnessError
from rilascio.output import FORMATS

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Option = Callable[[Decorated], Decorated]

_CONNECT_SECONDS = 10


def dsn_option(purpose: str = "The database, as a URL or as key=value pairs.") -> Option[Any]:
    """Return the option `--dsn`, which `RILASCIO_DSN` stands in for."""
    return click.option("--dsn", envvar="RILASCIO_DSN", show_envvar=True, metavar="URL", help=purpose)


company_option: Option[Any] = click.option(
    "--company", metavar="CODE", help="The company; not needed by a member of one company alone."
)

format_option: Option[Any] = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="csv and json give all columns and exact numbers, dates in ISO 8601.",
)

report_format_option: Option[Any] = click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people or machines.",
)

where_option: Option[Any] = click.option(
    "--where",
    "filters",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Only rows that pass; repeat it for more conditions. Operators: = != < <= > >= and ~ (contains, in any "
    "case). An empty value means none.",
)

sort_option: Option[Any] = click.option(
    "--sort",
    "sorts",
    multiple=True,
    metavar="COLUMN[:desc]",
    help="Order of the rows, those without a value last; commas between several columns.",
)


def required(dsn: str | None) -> str:
    """Return the connection string, or fail with what to do without one."""
    if dsn:
        return dsn
    raise HarnessError(
        "No database is named.",
        "Add --dsn URL or set RILASCIO_DSN. No server at hand? rilascio demo --keep starts one and prints its URL.",
        exit_code=USAGE,
    )


def connect(dsn: str | None) -> psycopg.Connection[Any]:
    """Connect in autocommit mode, so that each call is a transaction of its own."""
    text = required(dsn)
    try:
        parameters = conninfo_to_dict(text)
    except psycopg.ProgrammingError as error:
        raise HarnessError(
            f"The connection string is not understood: {str(error).strip()}.",
            "Write it like postgresql://user@host:5432/database.",
            exit_code=USAGE,
        ) from error
    parameters.setdefault("application_name", "rilascio")
    parameters.setdefault("connect_timeout", _CONNECT_SECONDS)
    parameters["client_encoding"] = "utf8"
    connection = psycopg.connect(**parameters, autocommit=True)  # type: ignore[arg-type]
    try:
        # Texts and dates print and read alike whatever the settings of client, server or role are.
        connection.execute(
            "select set_config('datestyle', 'ISO, YMD', false), set_config('intervalstyle', 'iso_8601', false)"
        )
    except BaseException:
        connection.close()
        raise
    return connection
