"""What a browser gets: a page, or a fragment of one that its script has asked for."""

from __future__ import annotations

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

FRAGMENT = "Rilascio-Fragment"
"""The header of requests for a fragment, and of answers that are one."""


def answer(template: str, **values: object) -> Response:
    """Return a page, or without what surrounds it where a fragment was asked for."""
    fragment = FRAGMENT in request.headers
    layout = "fragment.html" if fragment else "layout.html"
    response = make_response(render_template(template, layout=layout, fragment=fragment, **values))
    if fragment:
        response.headers[FRAGMENT] = "1"
    return response
