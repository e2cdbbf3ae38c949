"""What a statement takes: the time of the client, and the time and memory of the process that serves it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


@contextmanager
def peak_memory(connection: psycopg.Connection[Any]) -> Iterator[list[float]]:
    """Look at the memory of a connection's server process while a block runs, but for what all share.

    What the block gets is the most that was seen, in bytes, at its end; nothing where the process is afar.
    """
    peak: list[float] = []
    if not connection.info.host.startswith("/"):
        yield peak
        return
    status, ended, seen = Path(f"/proc/{connection.info.backend_pid}/status"), threading.Event(), [0.0]

    def look() -> None:
        while True:
            kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("RssAnon"))
            seen.append(1024 * float(kilobytes))
            if ended.wait(0.02):
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()
        peak.append(max(seen))


def _processor_seconds(connection: psycopg.Connection[Any]) -> float:
    if not connection.info.host.startswith("/"):  # no socket, so perhaps another machine
        return float("nan")
    process = Path(f"/proc/{connection.info.backend_pid}")
    with suppress(OSError):  # to the nanosecond, where the kernel counts so
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
