"""How a deployment's plan is shown, and written as a script."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

from rilascio.deployment import DeploymentPlan, PlannedStep, PlannedTransaction, script
from rilascio.language import counted
from rilascio.output import remark

_KEPT = 6
"""So many lines of a statement are shown; the script has them all."""


def write_script(plan: DeploymentPlan, file: Path) -> None:
    """Write the script of a plan, unless nothing is to do."""
    if not plan.transactions:
        remark(f"Nothing to do: the database is at release {plan.release}. No script was written.")
        return
    text = script(plan)
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    file.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {file}: {counted(text.count(chr(10)), 'line')} for psql.")
    remark(f"Run it as {plan.user}: psql --no-psqlrc --file {file} {plan.database}")


def print_plan(plan: DeploymentPlan) -> None:
    """Show the statements of a plan, their locks, and how sources differ."""
    if not plan.transactions:
        click.echo(f"Nothing to do: the database is at release {plan.release}.")
        return
    click.echo(f"To be deployed, release {plan.release}, to the database {plan.database} as {plan.user}:")
    for number, transaction in enumerate(plan.transactions, 1):
        click.echo()
        for line in _transaction(plan, number, transaction):
            click.echo(line)
    for change in plan.changes:
        click.echo()
        click.echo(change.difference or f"{change.name}: new, or changed by hand in what a body does not show")


def _transaction(plan: DeploymentPlan, number: int, transaction: PlannedTransaction) -> Iterator[str]:
    yield f"{number}. {transaction.title}"
    if transaction.calls_wait:
        yield "   Calls of erp_api wait until it has ended."
    if transaction.atomic:
        yield (
            f"   One transaction. It waits for locks for {plan.attempt_seconds:g} s at most, then gives all back and "
            f"tries again, for {plan.lock_timeout} in all; what it has it keeps to its end."
        )
    else:
        yield "   Statement by statement, without a transaction."
    locks = {lock for step in transaction.steps for lock in step.locks or ()}
    for lock in sorted(locks):
        yield f"   lock on {lock.relation}: {lock.mode}, {lock.stops}"
    for what, steps in groupby(transaction.steps, lambda step: step.what):
        yield f"   -- {what}"
        for step in steps:
            yield from _step(step)


def _step(step: PlannedStep) -> Iterator[str]:
    lines = step.statement.splitlines()
    shown = lines if len(lines) <= _KEPT + 1 else [*lines[:_KEPT], f"… {counted(len(lines) - _KEPT, 'line')} more"]
    yield from (f"      {line}".rstrip() for line in shown)
    if step.locks is None:
        yield "      locks what it finds to be changed"
    for lock in step.locks or ():
        yield f"      locks {lock.relation}: {lock.mode}"
