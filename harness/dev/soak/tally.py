"""What somebody has done in a soak."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What was done: by kind of call and ending, and by kind and outcome of an order or declaration."""

    endings: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another's counts in."""
        self.endings += other.endings
        self.outcomes += other.outcomes
        self.defects += other.defects
