"""The folder of a server: made where there is room, locked while anybody lives in it, swept afterwards.

The process that started the server and the server itself hold the folder's `lock`: a folder whose lock is free
belongs to nobody any more and the next start removes it. No process id is compared, so a reused one cannot mislead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from rilascio.postgres.account import Account, reaches
from rilascio.postgres.server import ServerError

PREFIX = "rilascio-"
SHARED_MEMORY = Path("/dev/shm")
ROOM = 1 << 30
SOCKET_PATH_LIMIT = 107

# The lock that this process holds on each folder it made.
_locks: dict[Path, int] = {}


def make_folder(account: Account, *, executable: bool) -> Path:
    """Make a locked folder: in memory if there is room, else where temporary files go."""
    why = []
    for base in _bases():
        longest = len(os.fsencode(base / f"{PREFIX}12345678" / ".s.PGSQL.65535"))
        if longest > SOCKET_PATH_LIMIT:
            why.append(f"{base} is too long a path for a socket")
            continue
        try:
            if base == SHARED_MEMORY and shutil.disk_usage(base).free < ROOM:
                why.append(f"{base} has less than 1 GB free")
                continue
            if not reaches(account, base):
                why.append(f"{base} is closed to the account that runs the server")
                continue
            if executable and os.statvfs(base).f_flag & getattr(os, "ST_NOEXEC", 0):
                why.append(f"{base} is mounted noexec")
                continue
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        except OSError as error:
            why.append(f"{base}: {error.strerror}")
            continue
        # Locked before it bears the name that the sweep looks for.
        lock = os.open(folder / "lock.new", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "lock.new").rename(folder / "lock")
        os.chown(folder, account.uid, account.gid)
        _locks[folder] = lock
        return folder
    raise ServerError(f"No place for a server: {'; '.join(why)}.", "Set TMPDIR to a writable folder with a short path.")


def lock_of(folder: Path) -> int | None:
    """Return the descriptor of the folder's lock, if this process holds it."""
    return _locks.get(folder)


def all_folders() -> list[Path]:
    """Return the folders of servers, running or not, that we may look into."""
    found = []
    for base in _bases():
        with suppress(OSError):
            found += [
                folder
                for folder in base.glob(f"{PREFIX}*")
                if os.access(folder, os.R_OK | os.X_OK) and stat.S_ISDIR(folder.lstat().st_mode)
            ]
    return found


def sweep() -> list[Path]:
    """Remove the folders that no process holds any more, and return them."""
    swept = []
    for folder in all_folders():
        with suppress(OSError):
            lock = os.open(folder / "lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_folder(folder)
                swept.append(folder)
            finally:
                os.close(lock)
    return swept


def remove_folder(folder: Path) -> None:
    """Remove a folder, the lock last: an interrupted removal is finished by the next sweep."""
    for part in ("data", "programs"):
        shutil.rmtree(folder / part, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    lock = _locks.pop(folder, None)
    if lock is not None:
        os.close(lock)


def _bases() -> list[Path]:
    temporary = [Path(tempfile.gettempdir()), Path("/tmp")]
    return list(dict.fromkeys([SHARED_MEMORY, *temporary]))
