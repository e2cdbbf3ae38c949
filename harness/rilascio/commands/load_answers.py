"""What a load, an update and a pull say when they are done, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click
from rich.progress import Progress

from rilascio import loading
from rilascio.commands.actions import REFUSED
from rilascio.errors import HarnessError
from rilascio.language import counted
from rilascio.loading import FOLDER, Wording
from rilascio.output import print_table, remark

_OUTCOMES = ("created", "changed", "unchanged", "deleted", "refused")


def shown_on(bar: Progress) -> Any:
    """Return what a load reports its progress to."""
    task = bar.task_ids[0]

    def report(step: str, done: int, whole: int) -> None:
        bar.update(task, description=f"Loading: {step}", completed=done, total=whole)

    return report


@contextmanager
def telling_failures(output_format: str, wording: Wording = FOLDER) -> Iterator[None]:
    """Tell of a load that fails within the block what there is to tell."""
    try:
        yield
    except loading.LoadFailed as failure:
        if _tell_failure(failure, output_format, wording):
            raise HarnessError(failure.message, failure.hint) from failure
        raise


def tell_loaded(
    loaded: loading.LoadReport | loading.UpdateReport, output_format: str, wording: Wording = FOLDER
) -> None:
    """Tell what was loaded or put; end the command with its exit code if something was refused."""
    if output_format == "json":
        click.echo(json.dumps(_in_json(loaded, wording), indent=1, ensure_ascii=False))
    elif isinstance(loaded, loading.UpdateReport):
        _tell_update(loaded, wording)
    else:
        _tell_load(loaded, wording)
    if isinstance(loaded, loading.UpdateReport) and loaded.refused_count:
        raise click.exceptions.Exit(REFUSED)


def _in_json(loaded: loading.LoadReport | loading.UpdateReport, wording: Wording) -> dict[str, object]:
    answer: dict[str, object] = {"loaded": True} | asdict(loaded)
    if isinstance(loaded, loading.UpdateReport):
        files = answer.pop("files")
        answer |= {
            "loaded": not loaded.dry_run,
            wording.pieces: files,
            "refused": [row.as_json() for row in loaded.refused],
        }
    if wording is not FOLDER:
        del answer["separators"]
    return answer


def _tell_failure(failure: loading.LoadFailed, output_format: str, wording: Wording) -> bool:
    """Print what there is to say besides the bad rows, or all in JSON; return whether the bad rows were told."""
    report = failure.report if isinstance(failure, loading.UpdateFailed) else None
    if output_format == "json":
        answer: dict[str, object] = {
            "loaded": False,
            "count": failure.count,
            "rows": [row.as_json() for row in failure.rows],
        }
        if wording is FOLDER:
            answer["separators"] = failure.separators
        if report:
            answer[wording.pieces] = {name: asdict(counts) for name, counts in report.files.items()}
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False))
        return True
    if report and report.dry_run:
        _print_counts(report, wording)
    _tell_semicolons(failure.separators, err=True)
    return False


def _tell_load(loaded: loading.LoadReport, wording: Wording) -> None:
    print_table([wording.piece, "rows"], [(name, count) for name, count in loaded.rows.items()])
    click.echo()
    _tell_semicolons(loaded.separators)
    for name, count in loaded.skipped.items():
        click.echo(f"Skipped {counted(count, 'row')} of {wording.named(name)} with quantity 0.")
    total = counted(sum(loaded.rows.values()), "row")
    click.echo(f"Loaded company {loaded.company_code}: {total} in {loaded.seconds:.1f} s, by run {loaded.run_id}.")


def _tell_update(report: loading.UpdateReport, wording: Wording) -> None:
    _print_counts(report, wording)
    click.echo()
    _tell_semicolons(report.separators)
    _print_rows(report.refused, report.refused_count)
    for name in report.kept:
        remark(
            f"Nothing that {wording.named(name)} lacks was deleted, since a row was refused: it may be the one that"
            " seems absent."
        )
    counts = {outcome: sum(getattr(file, outcome) for file in report.files.values()) for outcome in _OUTCOMES}
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items() if count) or "no row"
    if report.dry_run:
        click.echo(f"Company {report.company_code} would have: {told}. Nothing was changed.")
    else:
        click.echo(f"Updated company {report.company_code} in {report.seconds:.1f} s: {told}.")


def _print_counts(report: loading.UpdateReport, wording: Wording) -> None:
    print_table(
        [wording.piece, "rows", *_OUTCOMES],
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
