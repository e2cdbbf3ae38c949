"""What the operations on a cluster answer."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class RefreshReport:
    """What a proxy took in from its shards."""

    roles: list[str] = field(default_factory=list)
    """Roles that were made, as `role at server`."""
    companies: dict[str, list[int]] = field(default_factory=dict)
    """Companies that are new in the directory, by shard."""
    functions: int = 0
    """Functions of erp_api that the proxy has now."""
    views: int = 0
    """Views of erp_api and erp_data that it has now."""


@dataclass(frozen=True)
class ShardStatus:
    """What a shard says of itself, beside what the proxy knows of it."""

    shard: str
    state: str
    """As `rilascio status` says it, or `unreachable`."""
    companies: int
    """Companies that the directory has at the shard."""
    remarks: tuple[str, ...]
    """What differs from the proxy, or why the shard does not answer."""

    @property
    def current(self) -> bool:
        """Say whether nothing is to be done."""
        return self.state == "current" and not self.remarks


@dataclass(frozen=True)
class MovedTable:
    """The rows of a company in a table."""

    name: str
    rows: int
    size: int | None = None
    """In bytes, where it was measured."""


@dataclass(frozen=True)
class MoveReport:
    """What became of the move of a company."""

    company: int
    source: str
    target: str
    outcome: str
    """`planned`, `moved`, `unchanged` (there is nothing to do), `undone` or `removed` (the copy that was left)."""
    tables: tuple[MovedTable, ...]
    seconds_refused: float | None = None
    """For how long calls of the company were refused."""
