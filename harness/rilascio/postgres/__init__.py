"""A private PostgreSQL server for demos, tests and benchmarks: found, started, swept away."""

from rilascio.postgres.folder import sweep
from rilascio.postgres.lifecycle import restart, start, stop, throwaway
from rilascio.postgres.programs import find_bindir, packaged_bindirs
from rilascio.postgres.record import kept_servers
from rilascio.postgres.server import Server, ServerError, url

__all__ = [
    "Server",
    "ServerError",
    "find_bindir",
    "kept_servers",
    "packaged_bindirs",
    "restart",
    "start",
    "stop",
    "sweep",
    "throwaway",
    "url",
]
