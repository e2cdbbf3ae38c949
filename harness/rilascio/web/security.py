"""Who may ask: a browser on this computer whose user knows the code that the terminal shows, from our own pages."""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any

from flask import Flask, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rilascio.language import _

HOST = "127.0.0.1"
TRIES = 5

_OPEN = ("static", "enter")
"""What is answered without a code: the style of the page that asks for it, and that page."""

_MAPPED = f"{int.from_bytes(bytes((0, 0, 255, 255)), sys.byteorder):08X}"
"""What stands before an address of IPv4 in one of IPv6, as the system's tables write it."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def new_code() -> str:
    """Return a code of eight digits."""
    return f"{secrets.randbelow(10**8):08}"


class Access:
    """Turns the code into a cookie, as long as it was not guessed at too often."""

    def __init__(self, code: str, port: int) -> None:
        self.cookie = f"rilascio_{port}"  # the cookies of a host go to all its ports
        self.hosts = (f"{HOST}:{port}", f"localhost:{port}")
        self._code = code
        self._token = secrets.token_urlsafe(32)
        self._tries = TRIES
        self._lock = Lock()

    def knows(self, token: str) -> bool:
        """Tell whether a cookie is ours."""
        return hmac.compare_digest(token.encode(), self._token.encode())

    def token_for(self, code: str) -> str | None:
        """Return the cookie for the right code; after five wrong ones there is none for any."""
        with self._lock:
            if self._tries and hmac.compare_digest(code.encode(), self._code.encode()):
                self._tries = TRIES
                return self._token
            self._tries = max(0, self._tries - 1)
            return None

    @property
    def closed(self) -> bool:
        return not self._tries


def of_this_user(app: Callable[..., Iterable[bytes]], port: int) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application that refuses what other users of this computer send.

    The cookies of a host go to all its ports, so whoever gets a browser to look at a port of theirs is given ours.
    """

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _is_of_this_user(environ["REMOTE_ADDR"], int(environ["REMOTE_PORT"]), port):
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
        return [_("The form is for the user of this computer who started it, and for nobody else.").encode()]

    return guarded


def _is_of_this_user(address: str, port: int, ours: int) -> bool:
    """Tell whether the program at the other end is run by our user, or by root, who may do anything anyway.

    What hung up has no owner any more. A system without such tables cannot tell.
    """
    number = f"{int.from_bytes(socket.inet_aton(address), sys.byteorder):08X}"
    ends = (f"{number}:{port:04X}", f"{'0' * 16}{_MAPPED}{number}:{port:04X}")
    tables = [table for table in map(Path, ("/proc/self/net/tcp", "/proc/self/net/tcp6")) if table.exists()]
    for line in (line.split() for table in tables for line in table.read_text(encoding="ascii").splitlines()):
        if line[1] in ends and line[2].endswith(f":{ours:04X}") and line[9] != "0":
            return int(line[7]) in (os.geteuid(), 0)
    return not tables


def protect(app: Flask, access: Access) -> None:
    """Let the form answer nobody else, and tell browsers what its pages may do."""

    @app.before_request
    def check() -> AnyResponse | None:
        if request.host not in access.hosts:
            abort(421, _("This address is not the one that the form is at."))
        if request.method == "POST" and not _from_our_pages():
            abort(403, _("The request comes from another site, so nothing was done."))
        if request.endpoint not in _OPEN and not access.knows(request.cookies.get(access.cookie, "")):
            if request.method == "GET" and "Rilascio-Fragment" not in request.headers:
                return redirect(url_for("enter"))
            abort(401, _("The form asks for its code again: load the page anew."))
        return None

    @app.after_request
    def say(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    @app.route("/enter", methods=["GET", "POST"])
    def enter() -> tuple[str, int] | AnyResponse:
        token = access.token_for(request.form.get("code", "").strip()) if request.method == "POST" else None
        if token:
            response = redirect(url_for("grid.page_of_rows", name="release"), 303)
            response.set_cookie(access.cookie, token, httponly=True, samesite="Strict")
            return response
        wrong = request.method == "POST"
        return render_template("enter.html", wrong=wrong, closed=access.closed), 403 if wrong else 200


def _from_our_pages() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == f"http://{request.host}"
