"""`rilascio pull`: the views of another ERP's database into a company, a new one or one that is there."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import Progress

from rilascio import loading
from rilascio.commands.load_answers import shown_on, tell_loaded, telling_failures
from rilascio.commands.options import dsn_option, host_options, report_format_option, required, required_host
from rilascio.errors import USAGE, HarnessError
from rilascio.link.host import Host
from rilascio.link.pull import VIEWS, ReportRows
from rilascio.link.pull import pull as pull_views
from rilascio.output import progress, remark


@click.command()
@host_options
@click.option("--update", "is_update", is_flag=True, help="Put the rows into a company that is there; the default.")
@click.option("--sync", is_flag=True, help="Update, and of each view delete the company's rows that it does not have.")
@click.option("--first", is_flag=True, help="Load a new company, as a member of erp_owner.")
@click.option("--partly", is_flag=True, help="What is refused does not keep the rest out.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and undo it.")
@click.option("--yes", is_flag=True, help=f"With --sync: delete more than {loading.BRAKE} % of a kind, too.")
@click.option("--company", metavar="CODE", help="The company, if there is no view company to name it.")
@click.option(
    "--member",
    "members",
    multiple=True,
    metavar="ROLE",
    help="With --first: a role that may act for the new company; repeat it for more.",
)
@click.option("--note", metavar="TEXT", help="A note kept with the run.")
@report_format_option
@dsn_option()
def pull(
    host_dsn: str | None,
    schema: str,
    patience: float,
    is_update: bool,
    sync: bool,
    first: bool,
    partly: bool,
    dry_run: bool,
    yes: bool,
    company: str | None,
    members: tuple[str, ...],
    note: str | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """Put what the views of another ERP's database show into a company that is there.

    The views lie in a schema of that database, the host, and are named like the files of `rilascio load`: item,
    warehouse, production_order, stock_document and so on, with their columns. Those that are there are read at one
    moment, and put as by `rilascio load --update`: all or nothing, what equals is left alone, and what is refused is
    told with its view, row and column. Nothing is written in the host.

    opening_stock is read with --first alone, stock_document and stock_document_line never with it.

    \b
    Examples:
      rilascio pull --from postgresql://reader@erp/live --first --member anna
      rilascio pull --from postgresql://reader@erp/live --dry-run
      rilascio pull --sync --partly --note nightly --patience 600
    """
    _check_options(
        first,
        {"--update": is_update, "--sync": sync, "--partly": partly, "--dry-run": dry_run, "--company": company},
        members,
    )
    if yes and not sync:
        raise HarnessError("--yes belongs to --sync.", None, exit_code=USAGE)
    url = required(dsn)
    host = Host(required_host(host_dsn), schema, patience)
    options = loading.UpdateOptions(company, sync=sync, delete_many=yes, partly=partly, dry_run=dry_run, note=note)
    with telling_failures(output_format, VIEWS), progress("Pulling", None) as bar:

        def update(folder: Path, wording: loading.Wording) -> loading.UpdateReport:
            return loading.update(url, folder, options, wording=wording, progress=shown_on(bar))

        def load(folder: Path, wording: loading.Wording) -> loading.LoadReport:
            return loading.load(url, folder, members=members, note=note, wording=wording, progress=shown_on(bar))

        read = _shown_reading(bar)
        loaded: loading.LoadReport | loading.UpdateReport
        if first:
            loaded = pull_views(host, load, first=True, notify=remark, progress=read)
        else:
            loaded = pull_views(host, update, first=False, notify=remark, progress=read)
    tell_loaded(loaded, output_format, VIEWS)


def _check_options(first: bool, of_updates: dict[str, object], members: tuple[str, ...]) -> None:
    if members and not first:
        raise HarnessError(
            "--member belongs to --first.", "Let an owner add the role to erp.company_member.", exit_code=USAGE
        )
    for name, value in of_updates.items():
        if value and first:
            raise HarnessError(f"{name} does not go with --first.", "Leave one of them out.", exit_code=USAGE)


def _shown_reading(bar: Progress) -> ReportRows:
    task = bar.task_ids[0]

    def report(view: str, rows: int) -> None:
        bar.update(task, description=f"Reading: {view}", completed=rows, total=None)

    return report
