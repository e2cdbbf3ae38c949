"""`rilascio web`: the form in the browser."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import webbrowser

import click

from rilascio.commands.options import company_option, dsn_option, required
from rilascio.errors import HarnessError
from rilascio.extras import install_command
from rilascio.language import _


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, metavar="N", help="0 for any free one."
)
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@company_option
@dsn_option()
def web(port: int, no_browser: bool, company: str | None, dsn: str | None) -> None:
    """Show the form in a browser on this computer: find orders, see what stock covers, release and restore them.

    It asks for the code that is shown here. All is read and done as the role of the connection; Ctrl-C ends it.

    \b
    Example:
      rilascio web --company VALMORA
    """
    if not all(map(importlib.util.find_spec, ("flask", "waitress"))):
        raise HarnessError(
            _("The form needs Flask and Waitress, which are not installed."),
            _("Run {command}", command=install_command("web")),
        )

    def announce(address: str, code: str) -> None:
        click.echo(_("Address: {address}", address=address))
        click.echo(_("Code: {code}", code=code))
        sys.stdout.flush()
        if sys.stdout.isatty() and not no_browser:
            webbrowser.open(address)

    importlib.import_module("rilascio.web.server").serve(required(dsn), company, port, announce)
