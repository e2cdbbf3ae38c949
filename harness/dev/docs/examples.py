"""The examples: scripts of SQL that run on the demo factory, and what they answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from harness.dev.docs.markdown import Connection, aligned

Example = list[tuple[str, str]]
"""Each statement with what it answers."""

SESSION = "set local datestyle = 'ISO'; set local timezone = 'UTC'; set local application_name = 'psql'"
"""What a session of psql has by itself, and an answer depends on."""


def run_example(connection: Connection, role: str, script: str) -> Example:
    """Run a script as that role, and undo it. An error ends the script and is shown."""
    answers: Example = []
    with connection.transaction(force_rollback=True):
        connection.execute(SESSION)
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        try:
            with connection.transaction():
                for statement in statements_of(script):
                    answers.append((statement, answer_to(connection, statement)))
        except psycopg.Error as error:
            lines = [f"ERROR:  {error.sqlstate}: {error.diag.message_primary}"]
            if error.diag.message_hint:
                lines.append(f"HINT:  {error.diag.message_hint}")
            answers.append((statement, "\n".join(lines)))
    return answers


def answer_to(connection: Connection, statement: str) -> str:
    """Return what one statement answers, laid out as psql does."""
    with connection.cursor() as cursor:
        cursor.execute(statement.encode())
        return "\n".join(aligned(cursor)) if cursor.description else cursor.statusmessage or ""


@contextmanager
def operator_role(dsn: str) -> Iterator[str]:
    """Make a role that releases, puts data and archives, a member of every company, and give its name; then drop it."""
    name = f"rilascio_docs_{secrets.token_hex(4)}"
    role = sql.Identifier(name)
    with psycopg.connect(dsn, autocommit=True) as connection:
        given = "erp_operator, erp_writer, erp_archivist"
        connection.execute(sql.SQL(f"create role {{0}} nologin in role {given}").format(role))
        try:
            connection.execute("insert into erp.company_member select company_id, %s from erp.company", [name])
            yield name
        finally:
            connection.execute("delete from erp.company_member where member_role = %s", [name])
            connection.execute(sql.SQL("drop role {}").format(role))


def heading_of(script: str) -> str:
    """Return the comment by which a script begins: what it shows."""
    return script.partition("\n")[0].removeprefix("-- ")


def statements_of(script: str) -> list[str]:
    """Return the statements of a script, each with its semicolon; none has another at the end of a line."""
    body = script.partition("\n")[2] if script.startswith("--") else script
    return [statement.strip() for statement in re.findall(r".+?;$", body, re.MULTILINE | re.DOTALL)]


def example_text(script: str, example: Example) -> str:
    """Return the text of an `.out` file: every statement, and below it its answer."""
    blocks = [f"-- {heading_of(script)}"]
    for statement, answer in example:
        blocks += [statement, answer]
    return "\n\n".join(blocks) + "\n"


def scripts(folder: Path) -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.sql"))}
