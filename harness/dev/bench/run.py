"""The benchmark: cases, each held against what it could at best be, on one server, in one report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from harness.dev.bench.cases import CASES
from harness.dev.bench.place import place_on
from harness.dev.bench.report import Measured, print_report
from rilascio import output

ROUNDS = 5
"""How often each thing is measured, in turns with what it is held against; medians count."""

DEFAULT = (("plain", 1_000), ("plain", 10_000))


def run(dsn: str | None, asked: Sequence[tuple[str, int]], peer: str | None, output_format: str) -> None:
    """Measure cases by name and count, and print. `dsn` names an external server, where databases come and go."""
    measured = []
    with output.progress("Measuring", None) as bar:

        def done(step: str) -> None:
            bar.update(bar.task_ids[0], description=step, advance=1)

        with place_on(dsn, ROUNDS, done) as (place, environment):
            for name, count in asked:
                here = replace(place, peer=peer, done=partial(_told, done, f"{name} {count:,}"))
                measured.append(Measured(name, count, CASES[name].lines(here, count)))
    print_report(environment, measured, output_format)


def _told(done: Callable[[str], None], case: str, step: str) -> None:
    done(f"{case}: {step}")
