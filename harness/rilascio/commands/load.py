"""`rilascio load`: a folder of CSV files into one company, a new one or one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from rilascio import loading
from rilascio.commands.load_answers import shown_on, tell_loaded, telling_failures
from rilascio.commands.options import dsn_option, report_format_option, required
from rilascio.errors import USAGE, HarnessError
from rilascio.output import progress


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option(
    "--member",
    "members",
    multiple=True,
    metavar="ROLE",
    help="A role that may act for the new company; repeat it for more.",
)
@click.option("--update", "is_update", is_flag=True, help="Put the rows into a company that is there.")
@click.option("--sync", is_flag=True, help="Update, and of each file delete the company's rows that it does not have.")
@click.option("--partly", is_flag=True, help="With --update or --sync: what is refused does not keep the rest out.")
@click.option("--dry-run", is_flag=True, help="With --update or --sync: say what would happen, and undo it.")
@click.option("--yes", is_flag=True, help=f"With --sync: delete more than {loading.BRAKE} % of a kind, too.")
@click.option(
    "--company", metavar="CODE", help="With --update or --sync: the company, if company.csv does not name it."
)
@click.option("--note", metavar="TEXT", help="A note kept with the run.")
@report_format_option
@dsn_option()
def load(
    folder: Path,
    members: tuple[str, ...],
    is_update: bool,
    sync: bool,
    partly: bool,
    dry_run: bool,
    yes: bool,
    company: str | None,
    note: str | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """Load the CSV files of FOLDER as a new company, or put them into one that is there.

    A new company is loaded all or nothing. The role that loads must be a member of erp_owner or a superuser, and
    becomes a member of the company.

    With --update a member of erp_writer and of the company puts the rows: new keys are created, others changed, and
    what equals is left alone. Columns and files that are not there stay as they are; an empty cell sets the default.
    The rows of an order replace those that it has. Stock documents are posted. --sync deletes besides what a file does
    not have: orders only while launched, and never the remainder of a split. One refused row refuses all, unless
    --partly is given; then exit code 3 says that some were.

    Every bad row is reported with its file, line and column.

    \b
    Examples:
      rilascio load factory/ --member anna --dsn postgresql://postgres@host/factory
      rilascio load tonight/ --update --dry-run
      rilascio load tonight/ --sync --partly --note "nightly"
      rilascio load prices/ --update --company MILL
    """
    _check_options(is_update or sync, members, {"--partly": partly, "--dry-run": dry_run, "--company": company})
    if yes and not sync:
        raise HarnessError("--yes belongs to --sync.", None, exit_code=USAGE)
    url = required(dsn)
    with telling_failures(output_format), progress("Loading", None) as bar:
        loaded: loading.LoadReport | loading.UpdateReport
        if is_update or sync:
            options = loading.UpdateOptions(
                company, sync=sync, delete_many=yes, partly=partly, dry_run=dry_run, note=note
            )
            loaded = loading.update(url, folder, options, progress=shown_on(bar))
        else:
            loaded = loading.load(url, folder, members=members, note=note, progress=shown_on(bar))
    tell_loaded(loaded, output_format)


def _check_options(updates: bool, members: Sequence[str], only_updates: dict[str, object]) -> None:
    if updates and members:
        raise HarnessError(
            "--member belongs to a first load.", "Let an owner add the role to erp.company_member.", exit_code=USAGE
        )
    for name, value in only_updates.items():
        if value and not updates:
            raise HarnessError(f"{name} belongs to --update and --sync.", "Add one of them.", exit_code=USAGE)
