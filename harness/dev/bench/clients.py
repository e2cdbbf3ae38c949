"""Many sessions at once: what eight clients release against one, by calls of one order and by batches.

Of calls of one order pgbench is the client: threads of Python would be the slowest part. It comes with the server
programs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from harness.dev.bench.measure import RESTORE, clean_up, launched_order_ids, session_of, timed_call
from harness.dev.bench.place import Place, medians
from harness.dev.bench.report import Line
from harness.dev.bench.single import BARE_SETTINGS, build_bare
from harness.dev.bench.world import COMPANY_ID, build
from rilascio.errors import HarnessError
from rilascio.postgres import ServerError, find_bindir, packaged_bindirs
from rilascio.queries import read_query

CLIENTS = 8

HOT_ITEMS = 50
"""Items that the orders of all batches need."""

_NEXT = "\\set n :n + 1\n"
_ONE = _NEXT + (
    f"select from erp_api.release_production_orders({COMPANY_ID}, array[:first + (:n - 1) * :clients + :client_id]);\n"
)
_ONE_BARE = _NEXT + f"select bare.release_order({COMPANY_ID}, :first + (:n - 1) * :clients + :client_id);\n"


def lines(place: Place, count: int) -> list[Line]:
    """Measure calls of one order, so many a client: what eight gain over one, against what a bare function gains."""
    report = []
    for named, item_sets in (("the same items", 1), ("items of their own", CLIENTS)):
        taken = []
        with place.database() as (connection, role):
            build(connection, "plain", (1 + CLIENTS) * count * place.rounds)
            _share_items(connection, 6 * item_sets, item_sets)
            build_bare(connection)
            clean_up(connection)
            first = launched_order_ids(connection)[0]
            for _ in range(place.rounds):
                speeds = {}
                for clients in (1, CLIENTS):
                    asked = {"first": first, "clients": clients}
                    speeds[f"ours {clients}"] = _pgbench(connection, _ONE, clients, count, asked, f"-c role={role}")
                    _expect_executive(connection, first, clients * count)
                    speeds[f"bare {clients}"] = _pgbench(connection, _ONE_BARE, clients, count, asked, _settings())
                    first += clients * count
                    place.done(f"{named}, {clients} at once")
                taken.append(speeds)
        speed = medians(taken)
        gain, bare_gain = (speed[f"{who} {CLIENTS}"] / speed[f"{who} 1"] for who in ("ours", "bare"))
        report.append(
            Line(
                f"{named}: gain of {CLIENTS} clients over one against that of a bare function", gain, "times",
                bare_gain, "≥ 0.9 ×", rate=speed[f"ours {CLIENTS}"], rate_unit="orders/s", details=speed,
            )
        )  # fmt: skip
    return report


def batch_lines(place: Place, count: int) -> list[Line]:
    """Measure batches of so many orders on a few hot items: eight sessions at once against one."""
    taken = []
    with place.database() as (connection, role), ExitStack() as stack, ThreadPoolExecutor(CLIENTS) as pool:
        build(connection, "plain", CLIENTS * count)
        _share_items(connection, HOT_ITEMS, HOT_ITEMS)
        ids = launched_order_ids(connection)
        batches = [ids[nth::CLIENTS] for nth in range(CLIENTS)]
        sessions = [stack.enter_context(session_of(connection, role)) for _ in batches]
        for _ in range(place.rounds):
            speeds = {}
            for clients in (1, CLIENTS):
                clean_up(connection)
                for session in sessions:
                    with session.transaction(force_rollback=True):
                        _release(session, ids[:1])
                start = time.perf_counter()
                list(pool.map(_release, cycle(sessions[:clients]), batches))
                speeds[str(clients)] = len(ids) / (time.perf_counter() - start)
                timed_call(connection, role, RESTORE, ids)
                place.done(f"{clients} at once")
            taken.append(speeds)
        row = connection.execute("select deadlocks from pg_stat_database where datname = current_database()").fetchone()
    assert row is not None
    speed = medians(taken)
    return [
        Line(
            f"{CLIENTS} sessions at once against one, {HOT_ITEMS} hot items", speed[str(CLIENTS)], "orders/s",
            speed["1"], "≥ 0.9 ×", count,
        ),
        Line("deadlocks", row[0], "deadlocks", target="≤ 0 deadlocks", orders=count),
    ]  # fmt: skip


def find_pgbench() -> str:
    """Find pgbench beside the server programs that would be taken, else of any PostgreSQL here, else in PATH."""
    folders = []
    with suppress(ServerError):
        folders.append(find_bindir())
    found = shutil.which(
        "pgbench", path=os.pathsep.join(map(str, [*folders, *packaged_bindirs(), os.environ.get("PATH", "")]))
    )
    if found is None:
        raise HarnessError(
            "The clients of this case are pgbench, which is not here.",
            "It comes with the server programs of PostgreSQL: name their folder by PG_BINDIR.",
        )
    return found


def _share_items(connection: psycopg.Connection[Any], items: int, sets: int) -> None:
    """Let the automatic materials of orders be of so many items, those of an order of one of so many sets of these."""
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(read_query(__file__, "share_items"), {"items": items, "sets": sets})


def _pgbench(
    connection: psycopg.Connection[Any], script: str, clients: int, calls: int, asked: Mapping[str, int], options: str
) -> float:
    """Let so many clients send so many calls each, and return how many calls there were in a second."""
    target = {name: str(value) for name, value in conninfo_to_dict(connection.info.dsn).items()}
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    environment = os.environ | {names[name]: value for name, value in target.items() if name in names}
    environment |= {"PGOPTIONS": options, "PGPASSWORD": connection.info.password}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "calls.sql")
        file.write_text(script)
        variables = [f"--define={name}={value}" for name, value in {**asked, "n": 0}.items()]
        command = [find_pgbench(), "--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--file={file}"]
        command += [f"--transactions={calls}", "--log", f"--log-prefix={folder}/log", *variables]
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise HarnessError("pgbench did not come to its end.", answer.stderr.strip().splitlines()[-1])
        return speed_of("".join(log.read_text() for log in Path(folder).glob("log.*")))


def speed_of(log: str) -> float:
    """Return the calls a second while all clients were at work, their plans made: each had called once."""
    ends: dict[str, list[float]] = {}
    for line in log.splitlines():
        client, _, _, _, seconds, microseconds, *_ = line.split()
        ends.setdefault(client, []).append(int(seconds) + int(microseconds) / 1e6)
    begin, end = max(min(one) for one in ends.values()), min(max(one) for one in ends.values())
    if begin >= end:  # too few calls
        begin, end = min(min(one) for one in ends.values()), max(max(one) for one in ends.values())
    return sum(begin < moment <= end for one in ends.values() for moment in one) / (end - begin)


def _release(session: psycopg.Connection[Any], ids: list[int]) -> None:
    rows = session.execute(
        "select r.outcome from erp_api.release_production_orders(%s, %s::bigint[]) as r", [COMPANY_ID, ids]
    ).fetchall()
    if rows != [("released",)] * len(ids):
        raise HarnessError(f"Of {len(ids):,} orders some are not released.")


def _expect_executive(connection: psycopg.Connection[Any], first: int, count: int) -> None:
    row = connection.execute(
        "select count(*) from erp.production_order where production_order_id between %s and %s and status = 'launched'",
        [first, first + count - 1],
    ).fetchone()
    if row != (0,):
        raise HarnessError(f"Of {count:,} orders some are not released.")


def _settings() -> str:
    return " ".join(f"-c {setting}=off" for setting in BARE_SETTINGS)
