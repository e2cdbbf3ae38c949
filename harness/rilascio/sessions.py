"""The session of a command: its settings, whatever those of the client, the server or the role are."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from rilascio.errors import USAGE, HarnessError
from rilascio.language import _, spoken

CONNECT_SECONDS = 10


def open_session(dsn: str, *, option: str = "", seconds: int = CONNECT_SECONDS) -> psycopg.Connection[Any]:
    """Connect in autocommit mode, so that each call is a transaction of its own.

    `option` names the option that `dsn` comes from, if it is not the usual one; `seconds` is how long to try. Raises
    HarnessError for what is no connection string, and what psycopg raises where nobody answers.
    """
    try:
        parameters = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise HarnessError(
            _("The connection string of {option} is not understood: {error}.", option=option, error=str(error).strip())
            if option
            else _("The connection string is not understood: {error}.", error=str(error).strip()),
            _("Write it like postgresql://user@host:5432/database."),
            exit_code=USAGE,
        ) from error
    for name, variable, value in (
        ("application_name", "PGAPPNAME", "rilascio"),
        ("connect_timeout", "PGCONNECT_TIMEOUT", seconds),
    ):
        if variable not in os.environ:
            parameters.setdefault(name, value)
    parameters["client_encoding"] = "utf8"
    connection = psycopg.connect(**parameters, autocommit=True)  # type: ignore[arg-type]
    try:
        # Texts and dates print and read alike whatever the settings of client, server or role are.
        connection.execute(
            "select set_config('datestyle', 'ISO, YMD', false), set_config('intervalstyle', 'iso_8601', false)"
        )
        if language := spoken():
            connection.execute("select set_config('erp.language', %s, false)", [language])
    except BaseException:
        connection.close()
        raise
    return connection


def place_of(info: psycopg.ConnectionInfo) -> str:
    """Return where a server is, as people name it: host and port, or the socket."""
    return f"{info.host or 'the local socket'}:{info.port}"
