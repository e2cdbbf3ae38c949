"""What came of a run of mutants: the score by room, what survived, who killed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import click

from harness.dev.mutants.kept import KeptSet, Mutant
from harness.dev.mutants.runs import Result
from rilascio.output import print_table

LEAST_SCORE = 95
"""How many of a hundred mutants the tests have to notice."""

STALE_SHARE = 5
"""How many of a hundred mutants of the kept set may be stale, so that a change need not wait for this set."""


@dataclass(frozen=True)
class Report:
    """The results of a run of `chosen` mutants of a kept set."""

    kept: KeptSet
    chosen: Sequence[Mutant]
    results: Sequence[Result]
    stale: Sequence[Mutant]
    seed: int | None
    seconds: float

    def _named(self, verdict: str) -> list[Result]:
        return [result for result in self.results if result.verdict == verdict]

    @property
    def score(self) -> float | None:
        """How many of a hundred were killed, of those that were run and are clear."""
        killed, survived = len(self._named("killed")), len(self._named("survived"))
        return round(100 * killed / (killed + survived), 1) if killed + survived else None

    def objections(self) -> list[str]:
        """Return why this run is not as it should be."""
        mutants = {mutant.name: mutant for mutant in self.chosen}
        found = []
        if self.score is not None and self.score < LEAST_SCORE:
            found.append(f"{self.score:g} of a hundred were killed; {LEAST_SCORE} should be.")
        for result in self._named("survived"):
            room = self.kept.room_of(mutants[result.name])
            if room.strict:
                found.append(f"{result.name} survived, and nothing may in {room.name}.")
        found += [f"{result.name}: {result.remark}" for result in self._named("unclear")]
        if 100 * len(self.stale) > STALE_SHARE * len(self.kept.mutants):
            found.append(
                f"{len(self.stale)} of {len(self.kept.mutants)} mutants are stale: their sources have changed."
            )
        return found

    def print(self, output_format: str) -> None:
        """Write the report for people or machines."""
        mutants = {mutant.name: mutant for mutant in self.chosen}
        if output_format == "json":
            results = [
                asdict(result)
                | {"file": (m := mutants[result.name]).file, "room": self.kept.room_of(m).name, "reason": m.reason}
                for result in self.results
            ]
            equivalent = [asdict(mutant) for mutant in self.chosen if mutant.equivalent]
            answer = {
                "kept": len(self.kept.mutants), "chosen": len(self.chosen), "run": len(self.results),
                "score": self.score, "seed": self.seed, "seconds": self.seconds, "objections": self.objections(),
                "stale": [mutant.name for mutant in self.stale], "equivalent": equivalent, "results": results,
            }  # fmt: skip
            click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        counts: dict[str, Counter[str]] = {}
        for mutant in self.chosen:
            counts.setdefault(self.kept.room_of(mutant).name, Counter())["equivalent"] += bool(mutant.equivalent)
        for result in self.results:
            counts[self.kept.room_of(mutants[result.name]).name][result.verdict] += 1
        columns = ["room", "killed", "survived", "unclear", "equivalent"]
        rows = [
            [room, *(counts[room][column] for column in columns[1:])] for room in sorted(counts) if counts[room].total()
        ]
        print_table(columns, rows)
        for result in self.results:
            if result.verdict == "survived":
                mutant = mutants[result.name]
                click.echo(f"Survived: {mutant.name}, {mutant.file} ({result.seconds:g} s)")
                click.echo(f"  - {mutant.old}\n  + {mutant.new}")
                if result.remark:
                    click.echo(f"  {result.remark}")
        for mutant in self.stale:
            click.echo(f"Stale: {mutant.name}: {mutant.file} no longer has {mutant.old!r} {mutant.occurrence}.")
        run = f"{len(self.results)} of {len(self.chosen)} mutants were run"
        score = "" if self.score is None else f", {self.score:g} of a hundred killed"
        click.echo(f"{run}{score}; {len(self.kept.mutants)} are kept. {self.seconds:g} s.")
        for objection in self.objections():
            click.echo(f"Not well: {objection}")
