"""Who may ask: a browser on this computer whose user knows the code that the terminal shows, from our own pages."""

from __future__ import annotations

import hmac
import secrets
from threading import Lock

from flask import Flask, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rilascio.language import _

HOST = "127.0.0.1"
TRIES = 5

_OPEN = ("static", "enter")
"""What is answered without a code: the style of the page that asks for it, and that page."""

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


class Doorkeeper:
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


def protect(app: Flask, keeper: Doorkeeper) -> None:
    """Let the form answer nobody else, and tell browsers what its pages may do."""

    @app.before_request
    def check() -> AnyResponse | None:
        if request.host not in keeper.hosts:
            abort(421, _("This address is not the one that the form is at."))
        if request.method == "POST" and not _from_our_pages():
            abort(403, _("The request comes from another site, so nothing was done."))
        if request.endpoint not in _OPEN and not keeper.knows(request.cookies.get(keeper.cookie, "")):
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
        token = keeper.token_for(request.form.get("code", "").strip()) if request.method == "POST" else None
        if token:
            response = redirect(url_for("grid.page_of_rows", name="release"), 303)
            response.set_cookie(keeper.cookie, token, httponly=True, samesite="Strict")
            return response
        wrong = request.method == "POST"
        return render_template("enter.html", wrong=wrong, closed=keeper.closed), 403 if wrong else 200


def _from_our_pages() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == f"http://{request.host}"
