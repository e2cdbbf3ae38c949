"""Pages written by hand, of which the answers are written anew: what they tell to type is typed.

Three kinds of blocks are live, on the demo factory, in their order on the page:

- a `console` block: each line after `$ ` is a command of rilascio, the lines below it are its answer. An operator types
  it, the superuser in one that is called `console owner`; `fails` says that it must end with 1;
- an `sql` block with a `text` block after it: the statement, and its answer. Everything that a page does by statements
  is undone at its end. It is done as an operator; where the block is called `sql owner`, as the owner of the tables;
- what stands between the comments `rows of …` and `end of rows`: the rows of an order that came, changed or went since
  the last such place of the page, or since the one of that number.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from contextlib import chdir
from pathlib import Path

import psycopg
from click.testing import CliRunner
from psycopg import sql
from psycopg.conninfo import make_conninfo

from harness.dev.docs.examples import SESSION, answer_to, operator_role
from harness.dev.docs.order_rows import OrderRows, read_order_rows, row_changes
from rilascio.cli import main
from rilascio.language import ENGLISH, speak

ROOT = Path(__file__).resolve().parents[3]
"""The checkout: commands name folders from here."""

WIDTH = 110
"""Columns of the terminal that a page shows."""

_BLOCK = re.compile(
    r"^```console(?P<words>[ a-z]*)\n(?P<console>.*?)^```$"
    r"|^```sql(?P<owner> owner)?\n(?P<statement>[^`]*)^```\n\n```text\n[^`]*^```$"
    r"|^<!-- rows of (?P<year>\d+)/(?P<number>\d+) and (?P<day>[\d-]+)(?: since (?P<since>\d+))? -->$"
    r".*?^<!-- end of rows -->$",
    re.MULTILINE | re.DOTALL,
)


def is_live(text: str) -> bool:
    return _BLOCK.search(text) is not None


def live_pages(folder: Path) -> dict[str, str]:
    """Return the live pages below a folder by their path in it."""
    files = {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in folder.rglob("*.md")}
    return {name: text for name, text in sorted(files.items()) if is_live(text)}


def live_page(dsn: str, text: str) -> str:
    """Return the page with its answers written anew. `dsn` is a superuser's; what commands do there stays."""
    seen: list[OrderRows] = []

    with operator_role(dsn) as role, psycopg.connect(dsn) as connection:

        def answered(block: re.Match[str]) -> str:
            if block["console"]:
                url = dsn if "owner" in block["words"] else make_conninfo(dsn, options=f"-c role={role}")
                expected = (1,) if "fails" in block["words"] else (0, 3)
                return f"```console{block['words']}\n{_typed(block['console'], url, expected)}```"
            if block["statement"]:
                connection.execute(_ACT.format(sql.Identifier("erp_owner" if block["owner"] else role)))
                answer = answer_to(connection, block["statement"])
                return f"{block[0].partition('```text')[0]}```text\n{answer}\n```"
            connection.execute("reset role")
            before = seen[int(block["since"]) - 1] if block["since"] else seen[-1] if seen else None
            seen.append(read_order_rows(connection, int(block["year"]), int(block["number"]), block["day"]))
            lines = row_changes(before, seen[-1])
            return "\n".join([block[0].partition("\n")[0], *lines, "", "<!-- end of rows -->"])

        with connection.transaction(force_rollback=True):
            connection.execute(SESSION)
            return _BLOCK.sub(answered, text)


_ACT = sql.SQL("set local role {}")


def _typed(block: str, dsn: str, expected: Collection[int]) -> str:
    """Return a console block with the answers of its commands, which end with one of the `expected` codes."""
    runner = CliRunner(env={"RILASCIO_DSN": dsn, "COLUMNS": str(WIDTH), "RILASCIO_LANGUAGE": "en"})
    lines = []
    for command in re.findall(r"^\$ rilascio (.*)$", block, re.MULTILINE):
        with chdir(ROOT):
            result = runner.invoke(main, shlex.split(command), prog_name="rilascio")
        if result.exit_code not in expected:
            raise ValueError(f"rilascio {command} ended with {result.exit_code}:\n{result.output}")
        lines += [f"$ rilascio {command}", *(line.rstrip() for line in result.output.splitlines())]
    speak(ENGLISH)  # whatever the last of them spoke
    return "\n".join(lines) + "\n"
