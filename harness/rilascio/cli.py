"""The command `rilascio`: its group, and how every failure ends in one sentence."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
import psycopg

from rilascio.commands import (
    archive_history,
    check,
    closing,
    cluster,
    compare,
    declare,
    demo,
    deploy,
    diagnosis,
    feasibility,
    follow,
    grid,
    history,
    load,
    locks,
    partition,
    pick_list,
    pull,
    register,
    release,
    revert,
    show,
    stock,
    test,
    web,
)
from rilascio.errors import HarnessError, describe_error
from rilascio.help_texts import Group
from rilascio.interruption import cancelling_on_signals, interrupted
from rilascio.language import LANGUAGES, _, preferred, speak
from rilascio.output import abandon_if_closed, replace_what_cannot_be_shown
from rilascio.version import installed_release

# What psycopg remarks of a connection that is going down is not the one sentence that a failure ends in.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


class Rilascio(Group):
    """A group whose commands never end in a traceback (unless RILASCIO_DEBUG is set)."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        replace_what_cannot_be_shown()
        with _in_one_sentence():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _in_one_sentence():
            return super().invoke(ctx)


class Multilingual(Rilascio):
    """The group of all commands, which chooses the language as soon as it is called."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        typed: dict[str, object] = {}
        with suppress(click.UsageError):  # it is told below, in the language that the environment names
            typed, *_rest = self.make_parser(ctx).parse_args(list(args))
        language = typed.get("language")
        speak(language if isinstance(language, str) and language in LANGUAGES else preferred(os.environ))
        return super().parse_args(ctx, args)


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    with cancelling_on_signals() as interruption:
        try:
            with _as_click_error():
                yield
        except click.ClickException as error:
            error.exit_code = interruption.exit_code or error.exit_code  # type: ignore[misc]
            raise
        finally:
            abandon_if_closed(sys.stdout)


@contextmanager
def _as_click_error() -> Iterator[None]:
    try:
        try:
            yield
        except click.exceptions.Exit:
            sys.stdout.flush()
            raise
        sys.stdout.flush()  # what cannot be written is reported now, not when Python ends
    except (click.ClickException, click.exceptions.Exit):
        raise
    except (KeyboardInterrupt, click.Abort) as error:
        raise interrupted(error if isinstance(error, KeyboardInterrupt) else KeyboardInterrupt()) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise click.exceptions.Exit(1) from None  # who reads no further has what it wanted
        if os.environ.get("RILASCIO_DEBUG"):
            raise
        raise _sentence(error) from error


def _sentence(error: Exception) -> HarnessError:
    if isinstance(error, psycopg.Error):
        return describe_error(error)
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        return HarnessError(f"{name}{error.strerror or error}.")
    return HarnessError(
        _("Something unforeseen went wrong: {kind}: {error}.", kind=type(error).__name__, error=error),
        _("Set RILASCIO_DEBUG=1 and run it again to see where, and report it."),
    )


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"rilascio {installed_release()}")
        context.exit()


@click.group(
    "rilascio",
    cls=Multilingual,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    expose_value=False,
    help="Language of sentences and help.  [default: as RILASCIO_LANGUAGE, LC_ALL, LC_MESSAGES or LANG has it]",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Say which build this is, and exit.",
)
def main() -> None:
    """Release and restore production orders, and declare production, in a PostgreSQL database.

    \b
    A first look, on a server that is started for it and gone afterwards:
      rilascio demo

    \b
    On a database of your own:
      export RILASCIO_DSN=postgresql://user@host/database
      rilascio deploy
      rilascio load FOLDER --member ROLE
      rilascio doctor
      rilascio grid release --where 'end_date<today' --sort end_date
      rilascio preview 2026/15
      rilascio release 2026/15
      rilascio declare 2026/15 opening closing --phase 10 --good 20
      rilascio register 2026/15

    \b
    And all the way back:
      rilascio rollback 2026/15
      rilascio undeclare 2026/15
      rilascio restore 2026/15

    \b
    When no more of an order is needed, though not all of it was produced:
      rilascio close 2026/15
      rilascio reopen 2026/15
      rilascio archive 2026/15

    \b
    Who called what, and why an order was refused:
      rilascio runs --where 'started_at>=today'
      rilascio history 2026/15

    Exit codes: 0 done, 1 failed, 2 wrongly called, 3 done but for what was refused
    (doctor, check: errors found), 130 interrupted (129, 143: by SIGHUP, SIGTERM). Answers go to
    standard output, remarks and progress to standard error.
    """


for command in (
    demo.demo,
    deploy.deploy,
    deploy.status,
    revert.revert,
    deploy.mark,
    partition.partition,
    load.load,
    pull.pull,
    compare.compare,
    follow.follow,
    diagnosis.doctor,
    check.check,
    grid.grid,
    feasibility.feasibility,
    show.show,
    stock.stock,
    release.preview,
    diagnosis.explain,
    release.release,
    release.restore,
    pick_list.pick_list,
    web.web,
    declare.declare,
    register.register,
    register.rollback,
    register.undeclare,
    closing.close,
    closing.reopen,
    closing.archive,
    closing.merge,
    history.runs,
    history.history,
    locks.locks,
    test.test,
    archive_history.archive_history,
    cluster.cluster,
):
    main.add_command(command)
