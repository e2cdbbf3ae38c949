"""The account that runs the server: ourselves or, because PostgreSQL refuses root, an ordinary one."""

from __future__ import annotations

import os
import pwd
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rilascio.postgres.server import ServerError


@dataclass(frozen=True)
class Account:
    """Who runs the server; `user`, `group` and `extra_groups` let a subprocess become that account."""

    uid: int
    gid: int
    user: int | None = None
    group: int | None = None
    extra_groups: list[int] | None = None


def choose_account() -> Account:
    """Choose ourselves or, if we are root, `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        try:
            me = pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ServerError(
                f"User id {os.geteuid()} has no entry in /etc/passwd, and PostgreSQL needs one.",
                "Run as a named user, or use a server you have: RILASCIO_DSN=postgresql://user@host/database.",
            ) from None
        return Account(me.pw_uid, me.pw_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid, entry.pw_uid, entry.pw_gid, [])
    raise ServerError(
        "PostgreSQL does not run as root, and this system has no account `postgres` or `nobody`.",
        "Run as an ordinary user, or make one: useradd --system postgres.",
    )


def reaches(account: Account, folder: Path) -> bool:
    """Return whether an account other than root may pass through a folder and all above it."""
    if account.user is None:
        return True
    for path in (folder, *folder.parents):
        status = path.stat()
        shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
        if not status.st_mode >> shift & 1:
            return False
    return True


def run(command: list[str | Path], account: Account, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    """Run a program as the account, and return what it said with its exit code."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )


def environment() -> dict[str, str]:
    """Return our environment without the PG… variables, which the programs would obey."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
