"""The script of a plan: SQL for psql, for those who let nothing but psql at their database."""

from __future__ import annotations

from collections.abc import Iterator

from rilascio.deployment.common import ADVISORY_LOCK
from rilascio.deployment.plan import DeploymentPlan, PlannedTransaction
from rilascio.deployment.session import NO_TRANSACTION_TIMEOUT, session_settings
from rilascio.deployment.statements import quoted, raise_unless

_HEAD = """\
-- rilascio {release}: what rilascio deploy would do to the database {database}.
-- Run it as {user}, with psql: psql --no-psqlrc --file FILE {database}
-- It changes nothing unless the database is still as it was when this was written.
-- {when_it_fails}
"""
_ALL_OR_NOTHING = "If it fails, as where it gets no lock within {timeout}, all of it is rolled back: run it again."
_IN_PARTS = "If it fails, what went before stays: write a new one with rilascio deploy --sql."
_CHANGED = "The database is no longer as it was when this script was written."
_AGAIN = "Nothing was changed. Write a new one with rilascio deploy --sql."


def script(plan: DeploymentPlan) -> str:
    """Return the script of a plan. It ends at the first error."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: DeploymentPlan) -> Iterator[str]:
    timeout = f"{int(plan.attempt_seconds * 1000)}ms"
    when = _ALL_OR_NOTHING.format(timeout=timeout) if len(plan.transactions) == 1 else _IN_PARTS
    yield _HEAD.format(release=plan.release, database=plan.database, user=plan.user, when_it_fails=when)
    yield from (
        r"\set ON_ERROR_STOP on",
        r"\set QUIET on",
        r"\o /dev/null",
        "set client_encoding = 'UTF8';",
        "set client_min_messages = warning;",
    )
    for name, value in session_settings(lock_timeout=timeout).items():
        yield f"set {name} = {value if name == 'search_path' else quoted(value)};"
    yield f"{NO_TRANSACTION_TIMEOUT};"
    yield raise_unless(f"pg_try_advisory_lock({ADVISORY_LOCK})", "Another deployment is at work.") + ";"
    for number, transaction in enumerate(plan.transactions, 1):
        yield f"\n\\echo '{number} of {len(plan.transactions)}: {transaction.title}'"
        yield from _transaction(transaction, plan if number == 1 else None)
    yield f"select pg_advisory_unlock({ADVISORY_LOCK});"
    yield f"\n\\echo 'Deployed release {plan.release}.'"


def _transaction(transaction: PlannedTransaction, guarded: DeploymentPlan | None) -> Iterator[str]:
    if transaction.atomic:
        yield "begin;"
    before = ""
    for step in transaction.steps:
        if step.what != before:
            yield f"\n-- {step.what}"
            before = step.what
        yield f"{step.statement}\n\\gexec" if step.makes_statements else f"{step.statement.removesuffix(';')}\n;"
        if guarded and step.statement.startswith("set role "):
            still = f"({guarded.digest_query}) is not distinct from {quoted(guarded.digest)}"
            yield raise_unless(still, _CHANGED, _AGAIN) + ";"
    if transaction.atomic:
        yield "commit;"
