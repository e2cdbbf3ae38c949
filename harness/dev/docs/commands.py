"""The page of the command line: what every command says of itself."""

from __future__ import annotations

from collections.abc import Iterator

import click

from harness.dev.docs.markdown import fenced, generated_from
from rilascio.cli import main

WIDTH = 100


def commands_page() -> str:
    """Return the help text of every command, as a terminal of `WIDTH` columns shows it."""
    helps = list(_helps(main, click.Context(main, info_name="rilascio", terminal_width=WIDTH, **main.context_settings)))
    lines = [
        "# Command line",
        "",
        generated_from("the help texts in harness/rilascio/commands"),
        "",
        "What each command says with `--help`. To work on the project itself there is `make`, which alone says what",
        "there is.",
        "",
        ", ".join(f"[{path}](#{path.replace(' ', '-')})" for path, _ in helps),
    ]
    for path, text in helps:
        lines += ["", f"## {path}", "", *fenced("text", text)]
    return "\n".join(lines) + "\n"


def _helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the path and the help text of a command and of those below it."""
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _helps(below, click.Context(below, info_name=name, parent=context))
