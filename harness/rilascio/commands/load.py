"""`rilascio load`: a folder of CSV files into one company, a new one or one that is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from rilascio import loading
from rilascio.commands.actions import REFUSED
from rilascio.commands.options import dsn_option, report_format_option, required
from rilascio.errors import USAGE, HarnessError
from rilascio.output import counted, print_table, progress, remark

_OUTCOMES = ("created", "changed", "unchanged", "deleted", "refused")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
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
    try:
        with progress("Loading", None) as bar:
            if is_update or sync:
                options = loading.UpdateOptions(
                    company, sync=sync, delete_many=yes, partly=partly, dry_run=dry_run, note=note
                )
                updated = loading.update(url, folder, options, progress=_shown(bar))
            else:
                loaded = loading.load(url, folder, members=members, note=note, progress=_shown(bar))
    except loading.LoadFailed as failure:
        if _tell_failure(failure, output_format):
            raise HarnessError(failure.message, failure.hint) from failure
        raise
    if is_update or sync:
        _tell_update(updated, output_format)
        if updated.refused_count:
            raise click.exceptions.Exit(REFUSED)
    else:
        _tell_load(loaded, output_format)


def _check_options(updates: bool, members: Sequence[str], only_updates: dict[str, object]) -> None:
    if updates and members:
        raise HarnessError(
            "--member belongs to a first load.", "Let an owner add the role to erp.company_member.", exit_code=USAGE
        )
    for name, value in only_updates.items():
        if value and not updates:
            raise HarnessError(f"{name} belongs to --update and --sync.", "Add one of them.", exit_code=USAGE)


def _shown(bar: Progress) -> Any:
    task = bar.task_ids[0]

    def report(step: str, done: int, whole: int) -> None:
        bar.update(task, description=f"Loading: {step}", completed=done, total=whole)

    return report


def _tell_failure(failure: loading.LoadFailed, output_format: str) -> bool:
    """Print what there is to say besides the bad rows, or all in JSON; return whether the bad rows were told."""
    report = failure.report if isinstance(failure, loading.UpdateFailed) else None
    if output_format == "json":
        answer: dict[str, object] = {
            "loaded": False,
            "count": failure.count,
            "rows": [asdict(row) for row in failure.rows],
            "separators": failure.separators,
        }
        if report:
            answer["files"] = {name: asdict(counts) for name, counts in report.files.items()}
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))
        return True
    if report and report.dry_run:
        _print_counts(report)
    _tell_semicolons(failure.separators, err=True)
    return False


def _tell_load(loaded: loading.LoadReport, output_format: str) -> None:
    if output_format == "json":
        click.echo(json.dumps({"loaded": True} | asdict(loaded), indent=1, ensure_ascii=False))
        return
    print_table(["file", "rows"], [(name, count) for name, count in loaded.rows.items()])
    click.echo()
    _tell_semicolons(loaded.separators)
    for name, count in loaded.skipped.items():
        click.echo(f"Skipped {counted(count, 'row')} of {name}.csv with quantity 0.")
    total = counted(sum(loaded.rows.values()), "row")
    click.echo(f"Loaded company {loaded.company_code}: {total} in {loaded.seconds:.1f} s, by run {loaded.run_id}.")


def _tell_update(report: loading.UpdateReport, output_format: str) -> None:
    if output_format == "json":
        click.echo(json.dumps({"loaded": not report.dry_run} | asdict(report), indent=1, ensure_ascii=False))
        return
    _print_counts(report)
    click.echo()
    _tell_semicolons(report.separators)
    _print_rows(report.refused, report.refused_count)
    for name in report.kept:
        remark(
            f"Nothing that {name}.csv lacks was deleted, since a row was refused: it may be the one that seems absent."
        )
    counts = {outcome: sum(getattr(file, outcome) for file in report.files.values()) for outcome in _OUTCOMES}
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items() if count) or "no row"
    if report.dry_run:
        click.echo(f"Company {report.company_code} would have: {told}. Nothing was changed.")
    else:
        click.echo(f"Updated company {report.company_code} in {report.seconds:.1f} s: {told}.")


def _print_counts(report: loading.UpdateReport) -> None:
    print_table(
        ["file", "rows", *_OUTCOMES],
        [
            (name, counts.rows, *(getattr(counts, outcome) or None for outcome in _OUTCOMES))
            for name, counts in report.files.items()
        ],
    )


def _print_rows(rows: Sequence[loading.BadRow], count: int) -> None:
    for row in rows:
        remark(str(row))
    if count > len(rows):
        remark(f"… and {count - len(rows):,} more")


def _tell_semicolons(separators: dict[str, str], *, err: bool = False) -> None:
    """Say which files were read as those of a spreadsheet where a comma is the decimal sign."""
    if names := [f"{name}.csv" for name, separator in separators.items() if separator == ";"]:
        files = ", ".join(names)
        click.echo(f"Semicolons separate the columns, and numbers may have decimal commas, in {files}.", err=err)
