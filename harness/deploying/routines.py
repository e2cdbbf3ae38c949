"""Routines, triggers, views and grants, applied in one transaction."""

from __future__ import annotations

from harness import catalog
from harness.deploying.common import Connection, Progress
from harness.deploying.owner import log_deployment, scalar
from harness.deploying.session import told
from harness.deploying.state import State
from harness.errors import HarnessError


def apply_sources(connection: Connection, state: State, say: Progress) -> tuple[dict[str, str], tuple[str, ...]]:
    """Apply every source, check, and log, in one transaction. Return the fingerprint recorded, and the strays."""
    say(f"Routines, views and grants: {len(state.sources)} files")
    with connection.transaction():
        before = after = catalog.code_versions(connection)
        for source in state.sources:
            if source.name == "grants":  # which touches the rows of strays too
                after = catalog.code_versions(connection)
            with told(connection, f"{source.name}.sql", text=source.text), connection.transaction():
                connection.execute(source.text.encode())
        for name, value in catalog.SETTINGS.items():
            scalar(connection, "select set_config(%s, %s, true)", name, value)
        if offences := catalog.unsafe(connection):
            shown = "; ".join(f"{o.object} {o.problem}" for o in offences[:3])
            more = f"; and {len(offences) - 3} more" if len(offences) > 3 else ""
            raise HarnessError(
                f"The deployment would be unsafe and was undone: {shown}{more}.",
                "Correct the sources: see the privileges in sql/grants.sql.",
            )
        strays = tuple(sorted(i for i, row in after.items() if before.get(i) == row))
        made = {i: md5 for i, md5 in catalog.fingerprint(connection).items() if i not in strays}
        log_deployment(connection, "deploy", state.pending, state.checksums, made)
    return made, strays
