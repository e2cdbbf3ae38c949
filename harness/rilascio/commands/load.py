"""`rilascio load`: a folder of CSV files into one company."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from rilascio import loading
from rilascio.commands.options import dsn_option, report_format_option, required
from rilascio.errors import HarnessError
from rilascio.output import counted, print_table, progress


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--member",
    "members",
    multiple=True,
    metavar="ROLE",
    help="A role that may act for the company; repeat it for more.",
)
@click.option("--note", metavar="TEXT", help="A note kept with the run.")
@report_format_option
@dsn_option()
def load(folder: Path, members: tuple[str, ...], note: str | None, output_format: str, dsn: str | None) -> None:
    """Load the CSV files of FOLDER as a new company, all or nothing.

    Every bad row is reported with its file, line and column. The role that loads must be a member of erp_owner or a
    superuser, and becomes a member of the company.

    \b
    Example:
      rilascio load factory/ --member anna --dsn postgresql://postgres@host/factory
    """
    url = required(dsn)
    try:
        with progress("Loading", None) as bar:
            task = bar.task_ids[0]

            def report(step: str, done: int, whole: int) -> None:
                bar.update(task, description=f"Loading: {step}", completed=done, total=whole)

            loaded = loading.load(url, folder, members=members, note=note, progress=report)
    except loading.LoadFailed as failure:
        if output_format != "json":
            _tell_semicolons(failure.separators, err=True)
            raise
        answer = {
            "loaded": False,
            "count": failure.count,
            "rows": [asdict(row) for row in failure.rows],
            "separators": failure.separators,
        }
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))
        raise HarnessError(failure.message, failure.hint) from failure
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


def _tell_semicolons(separators: dict[str, str], *, err: bool = False) -> None:
    """Say which files were read as those of a spreadsheet where a comma is the decimal sign."""
    if names := [f"{name}.csv" for name, separator in separators.items() if separator == ";"]:
        files = ", ".join(names)
        click.echo(f"Semicolons separate the columns, and numbers may have decimal commas, in {files}.", err=err)
