"""The record of a kept server, `server.json` in its folder, by which another process finds it."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from rilascio.postgres.account import choose_account
from rilascio.postgres.folder import all_folders
from rilascio.postgres.process import postmaster_pid
from rilascio.postgres.server import Server


def kept_servers() -> list[Server]:
    """Return the servers that were kept and still run, of whoever started them and can be reached."""
    trusted = {os.geteuid(), choose_account().uid}
    servers = []
    for folder in all_folders():
        # A stranger's record must not name the process that stop() ends.
        if folder.stat().st_uid in trusted and postmaster_pid(folder) is not None:
            with suppress(OSError, ValueError, KeyError, TypeError):
                record = json.loads(_record(folder).read_text())
                servers.append(Server(**record | {"bindir": Path(record["bindir"]), "folder": folder}))
    return servers


def is_kept(server: Server) -> bool:
    """Return whether the server was started to be kept."""
    return _record(server.folder).exists()


def write_record(server: Server) -> None:
    """Write the record, which holds the password, for our observer only."""
    record = _record(server.folder)
    record.touch(0o600)
    record.write_text(json.dumps(asdict(server), default=str))


def _record(folder: Path) -> Path:
    return folder / "server.json"
