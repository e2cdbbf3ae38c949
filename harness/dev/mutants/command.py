"""What `make mutants` does: chooses of the kept set, runs, reports, renews, proposes."""

from __future__ import annotations

import difflib
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path

import click

from harness.dev.mutants.kept import KEPT, KeptSet, Mutant, read_kept, text_of, write_killers
from harness.dev.mutants.propose import proposed
from harness.dev.mutants.report import Report
from harness.dev.mutants.runs import Result, Ways, run
from rilascio.errors import USAGE, HarnessError
from rilascio.folders import checkout
from rilascio.output import remark


def run_command(
    seed: int | None,
    *,
    words: Sequence[str],
    sample: int | None,
    seconds: float | None,
    whole_suite: bool,
    tests: Sequence[str],
    jobs: int,
    fresh: bool,
    renew: bool,
    propose: bool,
    kept: Path | None,
    output_format: str,
) -> None:
    """Do what the command line asks for."""
    root = kept.resolve().parent if kept else checkout() or Path()
    if propose:
        _propose(root, words)
        return
    begun = time.monotonic()
    kept_set = read_kept(kept or KEPT)
    chosen = _chosen(kept_set, words)
    if seconds is not None:
        chosen = [mutant for mutant in chosen if mutant.killer]
    if sample is not None:
        chosen = random.Random(seed).sample(chosen, math.ceil(len(chosen) * sample / 100))
        remark(f"{len(chosen)} mutants, drawn with --seed {seed}.")
    stale = [mutant for mutant in kept_set.mutants if mutant.is_stale(root)]
    to_run = [mutant for mutant in chosen if mutant not in stale and not mutant.equivalent]
    ways = Ways(tuple(tests) or None, whole_suite, seconds, jobs, fresh)
    results = run(kept_set, to_run, root, ways, _tell)
    Report(kept_set, chosen, results, stale, seed, round(time.monotonic() - begun, 1)).print(output_format)
    if renew:
        write_killers({result.name: result.killer for result in results if result.killer}, kept or KEPT)
        for mutant in stale:
            _suggest(root, mutant)
    if Report(kept_set, chosen, results, stale, seed, 0).objections():
        raise click.exceptions.Exit(1)


def _chosen(kept: KeptSet, words: Sequence[str]) -> list[Mutant]:
    chosen = [
        mutant
        for mutant in kept.mutants
        if not words or any(word in f"{mutant.name} {mutant.file} {kept.room_of(mutant).name}" for word in words)
    ]
    if not chosen:
        rooms = ", ".join(room.name for room in kept.rooms)
        raise HarnessError(f"No mutant goes by {' or '.join(words)}.", f"The rooms are {rooms}.", exit_code=USAGE)
    return chosen


def _tell(result: Result) -> None:
    remark(f"{result.seconds:6.1f} s  {result.verdict:8}  {result.name}  {result.killer}".rstrip())


def _propose(root: Path, words: Sequence[str]) -> None:
    files = [path for word in words if (path := root / word).is_file()]
    if len(files) < max(len(words), 1):
        advice = "Name files of sql, migrations or harness."
        raise HarnessError("Mutants are proposed of files.", advice, exit_code=USAGE)
    click.echo(text_of(proposed(root, files)))


def _suggest(root: Path, mutant: Mutant) -> None:
    """Show the lines of the file that are most like what a stale mutant was to change."""
    file = root / mutant.file
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()] if file.is_file() else []
    click.echo(f"{mutant.name} was to change {mutant.old!r} into {mutant.new!r}. Now there is:")
    for line in difflib.get_close_matches(mutant.old, lines, cutoff=0.5) or ["nothing like it"]:
        click.echo(f"  {line}")
