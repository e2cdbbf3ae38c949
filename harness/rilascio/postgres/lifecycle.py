"""A private server, from its start to its end.

A server lives in one folder `rilascio-…` with its data, its socket, its log and a `lock` (rilascio.postgres.folder).
A throwaway one ends with whoever started it; a kept one leaves a record there, by which others find it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rilascio.postgres.account import choose_account
from rilascio.postgres.cluster import initialise, write_settings
from rilascio.postgres.folder import make_folder, remove_folder, sweep
from rilascio.postgres.process import end_child, kill, launch, launch_on_free_port
from rilascio.postgres.programs import copy_programs, find_bindir, version_of
from rilascio.postgres.record import is_kept, write_record
from rilascio.postgres.server import SUPERUSER, Server, ServerError


def start(*, keep: bool = False, settings: Mapping[str, str] | None = None, bindir: Path | None = None) -> Server:
    """Make and start a server, and first remove what dead ones left.

    `keep` lets it outlive this process; otherwise it ends with the thread that started it, however that ends.
    `settings` override THROWAWAY_SETTINGS (rilascio.postgres.cluster). Raises ServerError.
    """
    sweep()
    source = (bindir or find_bindir()).resolve()
    account = choose_account()
    version, answer = version_of(source, account)
    if version is None and account.user is None:
        raise ServerError(f"{source / 'postgres'} does not run: {answer}")
    folder = make_folder(account, executable=version is None)
    try:
        if version is None:
            # Closed to the account, as in a virtual environment under a private home.
            copy = copy_programs(source, folder, account)
            version, answer = version_of(copy, account)
            if version is None:
                raise ServerError(f"{source / 'postgres'} does not run: {answer}")
            source = copy
        password = secrets.token_urlsafe(18)
        initialise(source, folder, account, password)
        write_settings(folder, settings or {})
        server = Server(
            bindir=source,
            folder=folder,
            host="127.0.0.1" if keep else str(folder),
            port=0,
            user=SUPERUSER,
            password=password,
            pid=0,
            version=version,
        )
        server = launch_on_free_port(server, account, keep=keep)
        if keep:
            write_record(server)
    except BaseException:
        end_child(folder)
        remove_folder(folder)
        raise
    return server


def stop(server: Server) -> None:
    """Stop a server at once and remove its folder; stopping a stopped one does nothing."""
    kill(server)
    remove_folder(server.folder)


def restart(server: Server) -> Server:
    """Stop at once, without a checkpoint, as a power cut would, and start again on the same data."""
    keep = is_kept(server)
    kill(server)
    server = launch(server, choose_account(), keep=keep)
    if keep:
        write_record(server)
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
