"""How another system that releases orders fares on the same server: a command times it, in turns with ours."""

from __future__ import annotations

import os
import subprocess

from harness.dev.bench.measure import RELEASE, RESTORE, clean_up, launched_order_ids, timed_call, warm
from harness.dev.bench.place import Place, medians
from harness.dev.bench.report import Line
from harness.dev.bench.world import build
from rilascio.errors import USAGE, HarnessError


def lines(place: Place, count: int) -> list[Line]:
    """Measure the release of so many orders against the seconds that the command of the peer prints."""
    if place.peer is None:
        raise HarnessError(
            "There is no peer to measure.", "Say by --peer which command times it; --help says how.", exit_code=USAGE
        )
    taken = []
    with place.database() as (connection, operator), place.empty_database() as dsn:
        build(connection, "plain", count)
        ids = launched_order_ids(connection)
        for turn in range(place.rounds):
            clean_up(connection)
            warm(connection, operator, ids[0])
            ours = timed_call(connection, operator, RELEASE, ids, "refuse")[1]
            timed_call(connection, operator, RESTORE, ids)
            place.done("ours")
            environment = {"PEER_DSN": dsn, "PEER_ORDERS": str(count), "PEER_ROUND": str(turn)}
            taken.append({"ours": ours, "peer": seconds_of(place.peer, environment)})
            place.done("peer")
    spent = medians(taken)
    rates = {"peer_orders_per_second": count / spent["peer"]}
    return [
        Line(
            "release against the peer", spent["ours"], "s", spent["peer"], None, count, count / spent["ours"],
            "orders/s", rates,
        )
    ]  # fmt: skip


def seconds_of(command: str, environment: dict[str, str]) -> float:
    """Run the command of the peer, and return the seconds that its last line says."""
    answer = subprocess.run(
        command, shell=True, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    last = (answer.stdout.strip().splitlines() or [""])[-1]
    try:
        seconds = float(last)
    except ValueError:
        seconds = 0.0
    if answer.returncode or seconds <= 0:
        raise HarnessError(
            f"The peer's command exited with {answer.returncode} and its last line is {last!r}, not its seconds.",
            "".join(answer.stderr.strip().splitlines()[-1:]) or None,
        )
    return seconds
