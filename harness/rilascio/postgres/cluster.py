"""The data of a server: initialised, and set for speed before durability."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rilascio.postgres.account import Account, run
from rilascio.postgres.server import SUPERUSER, ServerError

#: Speed before durability: what such a server holds can be made again.
THROWAWAY_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    # Little data is there, and compiling the plan of a wide view takes longer than reading it.
    "jit": "off",
    # Parallel queries share memory in the data: /dev/shm may have no room, and a killed server would leave it there.
    "dynamic_shared_memory_type": "mmap",
}


def initialise(bindir: Path, folder: Path, account: Account, password: str) -> None:
    """Make the data: every role enters by the socket, and by TCP with a password."""
    secret = folder / "password"
    secret.touch(0o600)
    os.chown(secret, account.uid, account.gid)
    secret.write_text(password + "\n")
    answer = run(
        [
            bindir / "initdb",
            f"--pgdata={folder / 'data'}",
            f"--username={SUPERUSER}",
            f"--pwfile={secret}",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--locale=C.UTF-8",
            "--encoding=UTF8",
            "--no-sync",
            "--no-instructions",
        ],
        account,
        cwd=folder,
    )
    secret.unlink()
    if answer.returncode:
        raise ServerError(f"initdb failed: {answer.stdout.strip()}")


def write_settings(folder: Path, settings: Mapping[str, str]) -> None:
    """Append to the configuration what such a server needs; `settings` win."""
    chosen = {
        **THROWAWAY_SETTINGS,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "unix_socket_permissions": "0700",
        **settings,
    }
    with (folder / "data" / "postgresql.conf").open("a") as file:
        for name, value in chosen.items():
            file.write(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n")
