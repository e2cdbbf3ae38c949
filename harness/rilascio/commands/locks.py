"""`rilascio locks`: who waits for whom."""

from __future__ import annotations

import click
from psycopg.sql import SQL

from rilascio.commands.options import connect, dsn_option, format_option
from rilascio.language import _
from rilascio.output import print_csv, print_json, print_table

_WAITS = SQL("select {} from erp_api.lock_wait order by waiting_time desc nulls last, waiting_pid, blocking_pid")

_SHOWN = SQL(
    "waiting_pid, waiting_role, waiting_kind, waits_for, round(extract(epoch from waiting_time), 1),"
    " blocking_pid, blocking_role, blocking_kind, blocking_state"
)

_COLUMNS = (
    "session", "role", "run", "waits_for", "seconds", "held_by", "held_by_role", "held_by_run", "held_by_state",
)  # fmt: skip


@click.command()
@format_option
@dsn_option()
def locks(output_format: str, dsn: str | None) -> None:
    """Tell who waits for whom at this moment, and for which order, stock or numbering.

    A row per waiting session and session that holds what it waits for, the longest wait first. A session is named by
    its process id, which pg_cancel_backend takes. What a session runs shows to superusers, to members of
    pg_read_all_stats and to those of its own role; to others, waits show for rows of their companies and of their own
    sessions, and, without names, to members of erp_monitor.

    \b
    Example:
      rilascio locks
    """
    with connect(dsn) as connection:
        if output_format == "json":
            print_json(connection, _WAITS.format(SQL("*")), [])
            return
        if output_format == "csv":
            print_csv(connection, _WAITS.format(SQL("*")), [])
            return
        rows = connection.execute(_WAITS.format(_SHOWN)).fetchall()
    if not rows:
        click.echo(_("Nobody waits."))
        return
    print_table(_COLUMNS, rows, flexible=["role", "held_by_role"], wrapped=["waits_for"], droppable=["held_by_state"])
