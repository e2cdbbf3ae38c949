"""PgBouncer, as Debian packs it, before the server of the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from rilascio.postgres.account import choose_account

# Each transaction gets a server connection of its own, which is closed after it: whatever a client leaves in the
# session is certain to be lost, as it is on a pooler with many clients.
SETTINGS = """
[databases]
* = host={host} port={port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
ignore_startup_parameters = extra_float_digits{ignored}
server_lifetime = 0
server_tls_sslmode = disable
"""


def over_tcp(dsn: str) -> dict[str, str]:
    """Return the parameters of a URL, with a host that every driver knows where it names the folder of a socket."""
    address = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    return address | ({"host": "127.0.0.1"} if address["host"].startswith("/") else {})


@contextmanager
def pooled(host: str, port: str, passwords: Mapping[str, str], *, ignored: str = "") -> Iterator[str]:
    """Give the port, on 127.0.0.1, of a PgBouncer in transaction mode that lets these roles in with their passwords.

    `ignored` is what else it ignores of a client's settings: `, options`.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        reason = "Nothing is tried through a pooler, for PgBouncer is not installed (Debian: pgbouncer)."
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    account = choose_account()  # PgBouncer refuses root, as PostgreSQL does
    with tempfile.TemporaryDirectory() as name:
        folder, listen_port = Path(name), _free_port()
        users = "".join(f'"{user}" "{password}"\n' for user, password in passwords.items())
        (folder / "users").write_text(users)
        settings = SETTINGS.format(host=host, port=port, listen_port=listen_port, folder=folder, ignored=ignored)
        (folder / "settings").write_text(settings)
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.uid, account.gid)
        with (folder / "log").open("w+") as log:
            process = subprocess.Popen(
                [program, folder / "settings"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=account.user,
                group=account.group,
                extra_groups=account.extra_groups,
            )
            try:
                deadline = time.monotonic() + 30
                while not _listens(listen_port):
                    assert process.poll() is None, (folder / "log").read_text()
                    assert time.monotonic() < deadline, (folder / "log").read_text()
                yield str(listen_port)
            finally:
                process.kill()  # newer ones wait on SIGTERM until their clients have gone
                process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
    except OSError:
        return False
    return True
