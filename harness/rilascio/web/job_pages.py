"""The pages of a job: how far it is, how it ends or goes on, what became of each order, and what is to be picked."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from rilascio.commands import pick_list as picking
from rilascio.errors import USAGE, HarnessError
from rilascio.language import _
from rilascio.orders import Company
from rilascio.queries import read_query
from rilascio.web.answers import answer
from rilascio.web.criteria import TABS, tab_of
from rilascio.web.jobs import Job, JobRequest
from rilascio.web.preview import MOST, SHOWN, read_arguments, read_ids
from rilascio.web.sessions import session

pages = Blueprint("jobs", __name__)

ON_A_PICK_LIST = 1_000
"""Orders whose materials one list names."""


def _company_id() -> int:
    company: Company = current_app.config["COMPANY"]
    return company.company_id


def known_jobs() -> list[Job]:
    """Return the jobs in the company of the form, the last one first."""
    return [job for job in current_app.config["JOBS"].all() if job.request.company_id == _company_id()]


@pages.post("/<name>/start")
def start(name: str) -> Response:
    """Begin what was confirmed, once, however often it is sent."""
    tab, ids = tab_of(name), read_ids()
    try:
        job_id = UUID(request.form.get("job_id", ""))
    except ValueError:
        abort(400)
    if not 0 < len(ids) <= MOST:
        raise HarnessError(_("No order is chosen."), _("Choose orders in the grid."), exit_code=USAGE)
    current_app.config["JOBS"].start(JobRequest(job_id, name, _company_id(), ids, **read_arguments(tab)))
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@pages.get("/job/<uuid:job_id>")
def show(job_id: UUID) -> Response:
    """How far a job is, and when it has ended, what became of its orders."""
    job = _job(job_id)
    state = job.state
    at_work = state.status in ("running", "reconnecting")
    results = [] if at_work else list(islice(job.results(), SHOWN))
    return answer(
        "job.html", tab=TABS[state.kind], job_id=job_id, state=state, at_work=at_work, results=results, most=SHOWN
    )


@pages.post("/job/<uuid:job_id>/<any(cancel, go_on):what>")
def change(job_id: UUID, what: str) -> Response:
    """End a job, or let it go on."""
    job = _job(job_id)
    if what == "cancel":
        job.cancel()
    else:
        job.go_on()
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@pages.get("/job/<uuid:job_id>/picks")
def picks(job_id: UUID) -> Response:
    """What is to be picked for the orders that a job has released, place by place."""
    released = [one for one in _job(job_id).results() if one.outcome in ("released", "split")]
    numbers = {one.order_id: one.number for one in released[:ON_A_PICK_LIST]}
    with session() as one:
        parameters = {"company_id": one.company.company_id, "order_ids": list(numbers)}
        lines = one.rows(read_query(picking.__file__, "pick_list"), parameters) if numbers else []
    lines.sort(key=lambda line: [line[name] or "" for name in ("warehouse_code", "location_code", "item_code")])
    return answer(
        "picks.html",
        tab=TABS["release"],
        job_id=job_id,
        lines=[line | {"order": numbers[line["order_id"]]} for line in lines],
        orders=len(numbers),
        left_out=len(released) - len(numbers),
    )


def _job(job_id: UUID) -> Job:
    job = next((job for job in known_jobs() if job.request.job_id == job_id), None)
    if job is None:
        raise HarnessError(_("This job is not known here."), _("rilascio runs shows what was done."), exit_code=USAGE)
    return job
