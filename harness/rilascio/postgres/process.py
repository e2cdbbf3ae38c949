"""The process of a server: launched, awaited, tied to whoever started it, and ended."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rilascio.postgres.account import Account, environment
from rilascio.postgres.folder import lock_of
from rilascio.postgres.server import Server, ServerError

START_SECONDS = 120.0
STOP_SECONDS = 30.0
PR_SET_PDEATHSIG = 1

# The postmaster that this process launched in each folder.
_children: dict[Path, subprocess.Popen[bytes]] = {}


def launch_on_free_port(server: Server, account: Account, *, keep: bool) -> Server:
    """Launch a server on a port that nobody uses; return it with its port and its process id."""
    for _ in range(4):
        try:
            return launch(replace(server, port=_free_port()), account, keep=keep)
        except ServerError:
            # Unless somebody else took the port between the question and the start, another try is in vain.
            if "could not bind" not in _log(server.folder):
                raise
    return launch(replace(server, port=_free_port()), account, keep=keep)


def launch(server: Server, account: Account, *, keep: bool) -> Server:
    """Launch a server on its data and wait until it takes connections; return it with its process id."""
    folder = server.folder
    lock = lock_of(folder)
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [server.bindir / "postgres", "-D", folder / "data", "-p", str(server.port)],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=() if lock is None else (lock,),
            # A Ctrl-C in the terminal is for us; we stop the server.
            start_new_session=True,
            preexec_fn=None if keep else _die_with_parent(),
            user=account.user,
            group=account.group,
            extra_groups=account.extra_groups,
        )
    _children[folder] = child
    deadline = time.monotonic() + START_SECONDS
    while not _ready(folder, child.pid):
        if child.poll() is not None:
            raise ServerError(f"PostgreSQL did not start: {_log(folder)}")
        if time.monotonic() > deadline:
            child.kill()
            child.wait()
            raise ServerError(f"PostgreSQL was not ready after {START_SECONDS:.0f} s: {_log(folder)}")
        time.sleep(0.01)
    return replace(server, pid=child.pid)


def kill(server: Server) -> None:
    """End the process of a server at once, whoever launched it, if it still runs."""
    try:
        if end_child(server.folder, STOP_SECONDS):
            return
        pid = postmaster_pid(server.folder)
        if pid is None:
            return
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + STOP_SECONDS
        while postmaster_pid(server.folder) is not None:
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.01)
    except PermissionError:
        raise ServerError(
            f"The server in {server.folder} belongs to somebody else.",
            "Stop it as who started it, or as root.",
        ) from None
    except (TimeoutError, subprocess.TimeoutExpired):
        raise ServerError(f"The server in {server.folder} did not stop in {STOP_SECONDS:.0f} s.") from None


def end_child(folder: Path, seconds: float | None = None) -> bool:
    """End what this process launched in a folder; return whether it did launch something there."""
    child = _children.pop(folder, None)
    if child is None:
        return False
    if child.poll() is None:
        child.send_signal(signal.SIGQUIT)
    child.wait(seconds)
    return True


def postmaster_pid(folder: Path) -> int | None:
    """Return the process that runs on the folder's data, if there is one."""
    lines = _postmaster_file(folder)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return pid


def _ready(folder: Path, pid: int) -> bool:
    lines = _postmaster_file(folder)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _postmaster_file(folder: Path) -> list[str]:
    try:
        return (folder / "data" / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _log(folder: Path) -> str:
    lines = (folder / "log").read_text(errors="replace").strip().splitlines()
    return " / ".join(lines[-5:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> Callable[[], None] | None:
    """Return what makes a child stop at once when the thread that started it is gone."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie
