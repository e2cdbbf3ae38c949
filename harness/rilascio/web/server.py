"""The form as a server on this computer: its pages, how failures are told, and its end."""

from __future__ import annotations

import socket
from collections.abc import Callable

import psycopg
import waitress
from flask import Flask, make_response, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from rilascio.commands.answers import counted_outcome, outcome_label
from rilascio.commands.feasibility import covered
from rilascio.errors import USAGE, HarnessError, describe_error
from rilascio.folders import state_folder
from rilascio.language import ENGLISH, _, counted, spoken
from rilascio.output import cell, remark, title
from rilascio.sessions import place_of
from rilascio.web import grid, job_pages, preview
from rilascio.web.answers import answer
from rilascio.web.criteria import COMPUTED, TABS
from rilascio.web.jobs import Jobs
from rilascio.web.security import HOST, Access, new_code, of_this_user, protect
from rilascio.web.sessions import Sessions

_LARGEST = 4 * 1024 * 1024
"""Bytes of a form: the ids of as many orders as a call takes, and more."""


def serve(dsn: str, company: str | None, port: int, announce: Callable[[str, str], None]) -> None:
    """Answer until a signal ends it; `announce` is told the address and the code as soon as somebody may come."""
    sessions = Sessions(dsn, company)
    with sessions.session():  # whether there is a database, and a company, is told here and not in the browser
        pass
    with socket.create_server((HOST, port)) as listening:
        port = listening.getsockname()[1]
        code = new_code()
        jobs = Jobs(dsn, state_folder() / "jobs")
        for told in jobs.resume_all():
            remark(told)
        server = waitress.create_server(
            of_this_user(create_app(sessions, jobs, port, code), port),
            sockets=[listening],
            ident=None,
            max_request_body_size=_LARGEST,  # or more is received, and kept on disk, before anybody asks whose it is
        )
        announce(f"http://{HOST}:{port}/", code)
        try:
            server.run()
        finally:
            jobs.close()


def create_app(sessions: Sessions, jobs: Jobs, port: int, code: str) -> Flask:
    """Return the form, for browsers that come to a port with a code."""
    app = Flask(__name__)
    app.config.update(SESSIONS=sessions, JOBS=jobs, MAX_CONTENT_LENGTH=_LARGEST, MAX_FORM_MEMORY_SIZE=_LARGEST)
    words = {"_": _, "counted": counted, "counted_outcome": counted_outcome, "covered": covered, "title": _title}
    app.jinja_env.globals.update(words, outcome_label=outcome_label, cell=cell, language=spoken() or ENGLISH)
    app.jinja_env.globals.update(computed=COMPUTED, tabs=TABS, jobs=job_pages.known_jobs)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    protect(app, Access(code, port))
    app.register_blueprint(grid.pages)
    app.register_blueprint(preview.pages)
    app.register_blueprint(job_pages.pages)
    app.add_url_rule("/", "start", lambda: redirect(url_for("grid.page_of_rows", name="release")))
    app.register_error_handler(Exception, _failure)
    with sessions.session() as one:
        [[role]] = one.connection.execute("select current_user").fetchall()
        app.config["COMPANY"] = one.company
        app.jinja_env.globals.update(role=role, server=place_of(one.connection.info), company=one.company)
    return app


def _title(column: str) -> str:
    """Return the heading of a column, with a capital letter."""
    text = title(column)
    return text[:1].upper() + text[1:]


def _failure(error: Exception) -> Response:
    """Answer with one sentence, and what to do next."""
    if isinstance(error, HTTPException):
        if error.code and error.code < 400:
            return make_response(error.get_response())
        told, status = HarnessError(error.description or error.name), error.code or 500
    elif isinstance(error, psycopg.Error):
        told, status = describe_error(error), 400 if isinstance(error, psycopg.DataError) else 500
    elif isinstance(error, HarnessError):
        told, status = error, 400 if error.exit_code == USAGE else 500
    else:
        told = HarnessError(
            _("Something unforeseen went wrong: {kind}: {error}.", kind=type(error).__name__, error=error)
        )
        status = 500
    back = request.referrer if (request.referrer or "").startswith(f"http://{request.host}/") else None
    response = answer("failure.html", message=told.message, hint=told.hint, back=back)
    response.status_code = status
    return response
