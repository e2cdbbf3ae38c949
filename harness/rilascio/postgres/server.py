"""A running server and how it is reached: the names that all of its parts share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from rilascio.errors import HarnessError

SUPERUSER = "postgres"


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


def url(host: str, port: int, dbname: str, user: str, password: str | None = None) -> str:
    """Return the URL of a database on `host`, which may be the folder of a socket."""
    secret = f":{quote(password, '')}" if password else ""
    who, what = f"{quote(user, '')}{secret}", quote(dbname, "")
    if host.startswith("/"):
        return f"postgresql://{who}@/{what}?host={quote(host)}&port={port}"
    return f"postgresql://{who}@{host}:{port}/{what}"
