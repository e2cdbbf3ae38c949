"""What the commands of deployment tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from rilascio.deployment.changes import SourceChanges
from rilascio.deployment.repairs import Difference
from rilascio.deployment.sources import Applied
from rilascio.deployment.state import State, code_only
from rilascio.version import installed_release


@dataclass(frozen=True)
class DeployReport:
    """What a deployment did, or with `dry_run` would do. All names are strings; `changed` is false if nothing."""

    release: str
    dry_run: bool = False
    changed: bool = False
    roles: tuple[str, ...] = ()
    """Roles created."""
    migrations: tuple[str, ...] = ()
    """Migrations applied."""
    marked: tuple[str, ...] = ()
    """Migrations that an interrupted deployment had applied without yoyo's mark: the mark is there now."""
    sources: tuple[str, ...] = ()
    """Source files that are new, changed or gone since the last deployment."""
    repaired: tuple[str, ...] = ()
    """Objects that somebody had changed or dropped by hand, put right."""
    unrepaired: tuple[str, ...] = ()
    """Objects that differ from the last deployment although the sources do not: taken as they are now."""
    strays: tuple[str, ...] = ()
    """Routines, views and triggers in our schemas that no source makes; left alone."""
    dropped: tuple[str, ...] = ()
    """Routines, views and triggers that no source makes any more, or that could not be replaced and were made anew."""
    created: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    """Tables, and what belongs to them, that are not as the migrations made them; left alone: see status."""


@dataclass(frozen=True)
class LastDeployment:
    """One row of `erp_meta.deployment`; `deployed_at` in ISO 8601."""

    deployed_at: str
    deployed_by: str
    release: str
    kind: str


@dataclass(frozen=True)
class StatusReport:
    """What a database holds against what this release brings. `state` sums it up in one word:

    `empty`, `foreign` (schemas of our names that we did not make), `edited` (an applied migration's file changed),
    `newer` (the database knows migrations that this release does not), `behind` (something to deploy), `drifted`
    (somebody changed something by hand) or `current`.
    """

    state: str
    release: str
    foreign_schemas: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()
    """Applied, but an interrupted deployment left yoyo's mark out: the next one writes it."""
    unrecorded: tuple[str, ...] = ()
    """Marked as applied by hand, without a checksum: see `mark`."""
    sources_changed: tuple[str, ...] = ()
    changed_in_database: tuple[str, ...] = ()
    missing_in_database: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    tables: tuple[Difference, ...] = ()
    """Tables, columns, constraints, indexes, … that are not as the migrations made them."""
    roles: tuple[str, ...] = ()
    """What the roles that own the schemas may beyond that, each with the statement that takes it back."""
    last: LastDeployment | None = None


@dataclass(frozen=True)
class Lost:
    """A table that goes, or a column of one that stays, with the rows of the table: counted, or an estimate."""

    table: str
    column: str
    rows: int
    counted: bool


@dataclass(frozen=True)
class RevertPlan:
    """What a way back would undo, newest first, and what would be lost."""

    database: str
    server: str
    reverted: tuple[str, ...]
    remaining: tuple[str, ...]
    lost: tuple[Lost, ...]

    @property
    def everything(self) -> bool:
        """Whether nothing would remain, so that the schemas and the log of deployments go too."""
        return not self.remaining


@dataclass(frozen=True)
class RevertReport:
    """What a way back undid, newest first, and what remains applied."""

    reverted: tuple[str, ...]
    remaining: tuple[str, ...]
    dropped: tuple[str, ...]
    """Routines, views and triggers taken out; the next deployment brings those of its release."""
    dropped_roles: tuple[str, ...] = ()
    """Roles dropped, if that was asked for."""
    kept_roles: dict[str, str] = field(default_factory=dict)
    """Roles that were to be dropped and are used, each with what uses it."""


def report_of(
    state: State,
    *,
    dry_run: bool = False,
    roles: tuple[str, ...] = (),
    changes: Applied | SourceChanges | None = None,
    unrepaired: tuple[str, ...] = (),
    remaining: tuple[Difference, ...] | None = None,
) -> DeployReport:
    """Say what a deployment has done with a database that it found in a state, or would do."""
    drifted = state.drift.repairable if not state.sources_changed else code_only(state.drift.repairable)
    return DeployReport(
        release=installed_release(),
        dry_run=dry_run,
        changed=bool(roles) or not state.up_to_date,
        roles=roles,
        migrations=state.pending,
        marked=state.unmarked,
        sources=state.sources_changed,
        repaired=tuple(i for i in drifted if i not in unrepaired),
        unrepaired=unrepaired,
        strays=changes.strays if isinstance(changes, Applied) else state.strays,
        dropped=tuple(sorted(changes.dropped)) if changes else (),
        created=tuple(sorted(changes.created)) if changes else (),
        replaced=tuple(sorted(changes.replaced)) if changes else (),
        tables=tuple(one.object for one in (state.table_differences if remaining is None else remaining)),
    )
