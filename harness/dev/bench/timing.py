"""What a statement takes: the time of the client, and that of the processor that serves it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg


@dataclass
class Taken:
    """Seconds by the clock, and those that the session's server process computed: not a number where that is afar."""

    seconds: float = 0.0
    processor_seconds: float = 0.0

    def add(self, other: Taken) -> None:
        """Count another one in."""
        self.seconds += other.seconds
        self.processor_seconds += other.processor_seconds


@contextmanager
def timed(connection: psycopg.Connection[Any]) -> Iterator[Taken]:
    """Time what a block does on a connection; what the block gets is filled in at its end."""
    taken = Taken()
    processor = _processor_seconds(connection)
    start = time.perf_counter()
    yield taken
    taken.seconds = time.perf_counter() - start
    taken.processor_seconds = _processor_seconds(connection) - processor


def ratio(seconds: float, against: float) -> float:
    """Return how times of the processor stand to each other: not a number where they are too short to be counted."""
    return seconds / against if against else float("nan")


def _processor_seconds(connection: psycopg.Connection[Any]) -> float:
    if not connection.info.host.startswith("/"):  # no socket, so perhaps another machine
        return float("nan")
    fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
