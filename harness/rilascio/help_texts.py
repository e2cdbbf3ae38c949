"""Help in the language chosen: the texts and names of commands and options, and the words that click itself has."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from typing import TypeVar

import click
import click.parser

from rilascio.language import LANGUAGES, _, in_context, plural, translations

_UNWRAPPED = "\b\n"
"""How a paragraph begins of which click keeps the lines."""

for _module in (
    click.core,
    click.decorators,
    click.exceptions,
    click.formatting,
    click.parser,
    click.termui,
    click.types,
):
    # click asks gettext for its words, which knows only the environment, and catalogs that are files of their own
    vars(_module).update(_=_, ngettext=plural)

Shown = TypeVar("Shown", bound=click.Command)


class Group(click.Group):
    """A group that shows its commands in the order in which they were added, by their names in the language chosen.

    A command can be called by its name in any language.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [in_context(self.context_of_names, name) for name in self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = self.commands.get(cmd_name) or self._called_elsewhere(cmd_name)
        return in_language(command) if command else None

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Group.format_help(in_language(self), ctx, formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Group.format_usage(in_language(self), ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:  # click keeps the one that it made before the language was chosen
            option.help = _("Show this message and exit.")
        return option

    @property
    def context_of_names(self) -> str:
        """Under which the names of its commands are translated."""
        return f"command of {self.name}"

    def _called_elsewhere(self, called: str) -> click.Command | None:
        for language in LANGUAGES:
            for name, command in self.commands.items():
                if translations(language).pgettext(self.context_of_names, name) == called:
                    return command
        return None


def in_language(command: Shown) -> Shown:
    """Return a command with its texts in the language chosen."""
    shown = copy.copy(command)
    shown.help = command.help and _each_sentence(command.help, _)
    shown.options_metavar = command.options_metavar and _(command.options_metavar)
    if isinstance(shown, click.Group):
        shown.subcommand_metavar = shown.subcommand_metavar and _(shown.subcommand_metavar)
    vars(shown)["_help_option"] = None  # click keeps the one that it made, in whatever language that was
    shown.params = [_parameter(parameter) for parameter in command.params]
    return shown


def _parameter(parameter: click.Parameter) -> click.Parameter:
    shown = copy.copy(parameter)
    shown.metavar = parameter.metavar and _(parameter.metavar)
    if isinstance(shown, click.Option):
        shown.help = shown.help and _(shown.help)
    return shown


def sentences_of(command: click.Command) -> Iterator[str]:
    """Yield all that `in_language` translates of a command."""
    gathered: list[str] = []

    def gather(sentence: str) -> str:
        gathered.append(sentence)
        return sentence

    _each_sentence(command.help or "", gather)
    yield from gathered
    yield from filter(None, (command.options_metavar, getattr(command, "subcommand_metavar", None)))
    for parameter in command.params:
        yield from filter(None, (parameter.metavar, getattr(parameter, "help", None)))


def _each_sentence(text: str, change: Callable[[str], str]) -> str:
    """Change a help text paragraph by paragraph; of examples the lines that are not indented, commands stay."""
    return "\n\n".join(_paragraph(paragraph, change) for paragraph in inspect.cleandoc(text).split("\n\n"))


def _paragraph(text: str, change: Callable[[str], str]) -> str:
    if not text.startswith(_UNWRAPPED):
        return change(" ".join(text.split()))
    lines = text.removeprefix(_UNWRAPPED).split("\n")
    return _UNWRAPPED + "\n".join(line if line.startswith(" ") else change(line) for line in lines)
