"""The jobs of the form: each order is served once, whatever happens to the call, the connection or the program."""

from __future__ import annotations

import errno
import json
import os
import pickle
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest

from rilascio.errors import HarnessError
from rilascio.web.jobs import Answer, Job, JobRequest, Jobs, JobState
from tests.factory import Factory, needs
from tests.sessions import no_session_remains, wait_until_command_blocked

CHUNK = 2
BLOCKED = "wait_event_type = 'Lock' and application_name like 'rilascio%'"


@dataclass
class Shop:
    """A company with the orders 2026/1 to 2026/5, of which stock covers four, and an operator who releases them."""

    owner: str
    operator: str
    folder: Path
    company_id: int
    orders: list[int]

    def jobs(self) -> Jobs:
        return Jobs(self.operator, self.folder, chunk_size=CHUNK)

    def request(self, kind: str = "release", **arguments: Any) -> JobRequest:
        day = date(2026, 11, 23) if kind == "release" else None
        return JobRequest(
            **{
                "job_id": uuid.uuid4(),
                "kind": kind,
                "company_id": self.company_id,
                "order_ids": self.orders,
                "record_date": day,
            }
            | arguments
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the operator is shown."""
        with psycopg.connect(self.operator) as connection:
            return connection.execute(query.encode()).fetchall()

    def as_owner(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.owner) as connection:
            return connection.execute(query.encode()).fetchall()

    def keys(self) -> list[uuid.UUID]:
        """Return the request keys of the runs, as they were made."""
        rows = self.rows("select request_key from erp_api.run_history where request_key is not null order by run_id")
        return [key for (key,) in rows]

    def history(self, kind: str = "release") -> list[Answer]:
        """Return what the runs answered, as the history tells it."""
        rows = self.rows(
            "select order_id, order_year || '/' || order_number, outcome, run_id,"
            " array(select r ->> 'message' from jsonb_array_elements(reasons) as r)"
            f" from erp_api.run_order_history where kind = '{kind}' order by run_id, ordinal"
        )
        return [Answer(*row) for row in rows]

    def journal(self, job: Job) -> Path:
        return self.folder / f"{job.request.job_id}.jsonl"

    def hold(self, number: int) -> psycopg.Connection:
        """Return a session that holds an order, so that a call for it waits."""
        holder = psycopg.connect(self.owner)
        holder.execute("select from erp.production_order where order_number = %s for update", [number])
        return holder

    def end_waiting_sessions(self) -> None:
        assert self.as_owner(f"select pg_terminate_backend(pid) from pg_stat_activity where {BLOCKED}") == [(True,)]


@pytest.fixture
def shop(rilascio_database: str, rilascio_login: Callable[..., str], tmp_path: Path) -> Shop:
    with psycopg.connect(rilascio_database) as connection:
        factory = Factory(connection, "erp_operator")
        factory.item("BOLT")
        factory.stock("BOLT", 4)
        orders = [factory.order(needs("BOLT", 1), quantity=1, number=number) for number in range(1, 6)]
    return Shop(rilascio_database, rilascio_login(), tmp_path / "state" / "jobs", factory.company_id, orders)


def ended(job: Job) -> JobState:
    """Return the state of a job as soon as it has ended."""
    deadline = monotonic() + 60
    while monotonic() < deadline:
        state = job.state
        if state.status not in ("running", "reconnecting"):
            return state
        sleep(0.005)
    pytest.fail(f"The job has not ended: {job.state}.")


def keys_of(job: Job, *offsets: int) -> list[uuid.UUID]:
    return [uuid.uuid5(job.request.job_id, str(offset)) for offset in offsets]


def served_once(shop: Shop, job: Job) -> bool:
    """Say whether each order was served once, in three runs, and the results are what the history tells."""
    state = ended(job)
    assert (state.status, state.done, state.error) == ("finished", 5, None)
    assert state.counts == {"released": 4, "refused": 1}
    assert state.message == "Of 5 orders, 5 are done (4 released, 1 refused)."
    assert shop.keys() == keys_of(job, 0, 2, 4)
    assert shop.as_owner("select sum(quantity) from erp.stock_movement where quantity < 0") == [(-4,)]
    return list(job.results()) == shop.history()


# --- what a job does -------------------------------------------------------------------------------------------------


def test_R7_a_job_serves_the_orders_in_the_order_given_chunk_by_chunk(shop: Shop) -> None:
    job = shop.jobs().start(shop.request(order_ids=[*reversed(shop.orders), shop.orders[4]], note="morning"))
    assert served_once(shop, job)
    answers = list(job.results())
    assert [answer.number for answer in answers] == ["2026/5", "2026/4", "2026/3", "2026/2", "2026/1"]
    assert answers[4].outcome == "refused"  # the stock went to those before it
    assert "BOLT" in answers[4].reasons[0]
    assert shop.rows(
        "select distinct note, arguments ->> 'record_date' from erp_api.run_history where kind = 'release'"
    ) == [("morning", "2026-11-23")]
    assert no_session_remains(shop.owner)


def test_R8_all_or_none_is_one_transaction_of_all(shop: Shop) -> None:
    jobs = shop.jobs()
    job = jobs.start(shop.request(all_or_none=True))
    assert ended(job).counts == {"refused": 5}
    assert shop.keys() == keys_of(job, 0)
    assert ended(jobs.start(shop.request(all_or_none=True, order_ids=shop.orders[:4]))).counts == {"released": 4}
    assert len(shop.keys()) == 2


def test_a_restore_is_a_job_too(shop: Shop) -> None:
    jobs = shop.jobs()
    ended(jobs.start(shop.request()))
    job = jobs.start(shop.request("restore"))
    assert ended(job).counts == {"restored": 4, "refused": 1}
    assert list(job.results()) == shop.history("restore")


def test_R60_a_job_that_is_started_many_times_at_once_is_done_once(shop: Shop) -> None:
    jobs, request = shop.jobs(), shop.request()
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(jobs.start, [request] * 8))
    assert {id(job) for job in started} == {id(jobs.find(request.job_id))}
    assert served_once(shop, started[0])
    jobs.start(request).go_on()  # when it has ended, too
    assert len(shop.keys()) == 3


def test_an_order_that_is_gone_meanwhile_has_its_answer_too(shop: Shop) -> None:
    job = shop.jobs().start(shop.request(order_ids=[shop.orders[0], 999_999, shop.orders[1]]))
    assert ended(job).counts == {"released": 2, "refused": 1}
    answers = list(job.results())
    assert [answer.number for answer in answers] == ["2026/1", "id 999999", "2026/2"]
    assert "999999" in answers[1].reasons[0]


def test_what_cannot_go_well_ends_the_job_with_its_sentence(shop: Shop) -> None:
    job = shop.jobs().start(shop.request(company_id=shop.company_id + 1))
    state = ended(job)
    assert (state.status, state.done) == ("failed", 0)
    assert state.error
    assert "is not a member" in state.error
    assert state.message == "Of 5 orders, 0 are done. 5 orders were not begun."


# --- what happens to the call ----------------------------------------------------------------------------------------


def test_R60_a_call_whose_session_is_ended_is_sent_again_with_its_key(shop: Shop) -> None:
    with shop.hold(3) as holder:
        job = shop.jobs().start(shop.request())
        wait_until_command_blocked(shop.owner)
        shop.end_waiting_sessions()
        deadline = monotonic() + 60
        while job.state.status != "reconnecting" and monotonic() < deadline:
            sleep(0.005)
        state = job.state
        assert (state.status, state.done) == ("reconnecting", 2)
        assert state.error == "terminating connection due to administrator command."
        assert state.message.startswith("The call is sent again, with the same request key. Of 5 orders, 2 are done")
        wait_until_command_blocked(shop.owner)
        holder.rollback()
    assert served_once(shop, job)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_R62_a_call_that_failed_because_others_were_faster_is_sent_again(shop: Shop, sqlstate: str) -> None:
    with psycopg.connect(shop.owner) as connection:
        connection.execute(
            f"""
            create sequence erp_internal.tries;
            create function erp_internal.fail_once() returns trigger language plpgsql security definer as $$
            begin
                if nextval('erp_internal.tries') = 2 then
                    raise exception 'others were faster' using errcode = '{sqlstate}';
                end if;
                return null;
            end $$;
            create trigger fail_once after insert on erp.run_order
                for each statement execute function erp_internal.fail_once()
            """.encode()
        )
    assert served_once(shop, shop.jobs().start(shop.request()))
    assert shop.as_owner("select last_value from erp_internal.tries") == [(4,)]


def test_who_interrupts_cancels_the_call_and_keeps_what_is_committed(shop: Shop) -> None:
    jobs = shop.jobs()
    with shop.hold(3):
        job = jobs.start(shop.request())
        wait_until_command_blocked(shop.owner)
        job.cancel()
        state = ended(job)
        assert no_session_remains(shop.owner)
    assert (state.status, state.done, state.error) == ("cancelled", 2, None)
    assert state.message == "Interrupted. Of 5 orders, 2 are done (2 released). 3 orders were not begun."
    assert shop.keys() == keys_of(job, 0)
    assert list(job.results()) == shop.history()
    again = shop.jobs()  # an F5, or a program that is started anew, does not go on with it
    assert again.resume_all() == []
    found = again.start(job.request)
    assert found.state == state
    found.go_on()
    assert served_once(shop, found)


def test_a_call_that_somebody_else_cancels_ends_the_job(shop: Shop) -> None:
    with shop.hold(3):
        job = shop.jobs().start(shop.request())
        wait_until_command_blocked(shop.owner)
        shop.as_owner(f"select pg_cancel_backend(pid) from pg_stat_activity where {BLOCKED}")
        state = ended(job)
    assert (state.status, state.done) == ("failed", 2)
    assert state.error
    assert state.error.startswith("canceling statement due to user request.")


# --- what happens to the program -------------------------------------------------------------------------------------

DIES_BEFORE_ITS_SECOND_NOTE = """
import os, pickle, signal, sys, time
from rilascio.web import journal
from rilascio.web.jobs import Jobs

append = journal.Journal.append

def dies(self, entries):
    if entries[-1] == {"served": 4}:
        os.kill(os.getpid(), signal.SIGKILL)
    append(self, entries)

journal.Journal.append = dies
dsn, folder, request = pickle.load(sys.stdin.buffer)
Jobs(dsn, folder, chunk_size=2).start(request)
time.sleep(60)
"""


@pytest.fixture
def killed(shop: Shop) -> JobRequest:
    """Give the request of a program that was killed between the commit of its second call and the note of it."""
    request = shop.request()
    done = subprocess.run(
        [sys.executable, "-c", DIES_BEFORE_ITS_SECOND_NOTE],
        input=pickle.dumps((shop.operator, shop.folder, request)),
        timeout=60,
        check=False,
    )
    assert done.returncode == -9
    assert no_session_remains(shop.owner)
    assert len(shop.keys()) == 2
    return request


def test_R60_a_program_that_was_killed_goes_on_where_it_was(shop: Shop, killed: JobRequest) -> None:
    jobs = shop.jobs()
    assert jobs.resume_all() == []
    job = jobs.find(killed.job_id)
    assert job
    state = job.state
    assert (state.status, state.done) == ("interrupted", 2)
    assert state.message == (
        "The program ended before the job did. Of 5 orders, 2 are done (2 released). The call for 2 orders was carried"
        f" out, though its answer did not arrive (request key {keys_of(job, 2)[0]}). 1 order was not begun."
    )
    assert jobs.start(killed) is job  # nothing goes on by itself
    assert len(shop.keys()) == 2
    job.go_on()
    assert served_once(shop, job)


def test_what_a_crash_has_left_at_the_end_of_a_journal_does_not_count(shop: Shop, killed: JobRequest) -> None:
    [path] = shop.folder.iterdir()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines) + lines[1] * 20 + b'[17, "2026/3", "rel')
    jobs = shop.jobs()
    assert jobs.resume_all() == []
    [job] = jobs.all()
    assert job.state.done == 2
    job.go_on()
    assert served_once(shop, job)
    assert [len(json.loads(line)) for line in path.read_text().splitlines()] == [4, 5, 5, 1, 5, 5, 1, 5, 1]


def test_a_journal_that_tells_too_little_costs_nothing(shop: Shop) -> None:
    """Answers that were noted and lost are asked for again with their keys."""
    job = shop.jobs().start(shop.request())
    ended(job)
    path = shop.journal(job)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    jobs = shop.jobs()
    jobs.resume_all()
    [found] = jobs.all()
    assert found.state.done == 0
    found.go_on()
    assert served_once(shop, found)


def test_a_program_that_ends_in_order_leaves_its_job_to_the_next_one(shop: Shop) -> None:
    jobs = shop.jobs()
    with shop.hold(3):
        job = jobs.start(shop.request())
        wait_until_command_blocked(shop.owner)
        jobs.close()
        assert job.state.status == "interrupted"
        assert no_session_remains(shop.owner)
    later = shop.jobs()
    later.resume_all()
    [found] = later.all()
    found.go_on()
    assert served_once(shop, found)


def test_two_programs_do_not_work_on_one_job(shop: Shop) -> None:
    first, second = shop.jobs(), shop.jobs()
    with shop.hold(1):
        job = first.start(shop.request())
        wait_until_command_blocked(shop.owner)
        taken = f"Another program has the journal {shop.journal(job)}."
        with pytest.raises(HarnessError, match=taken):
            second.start(job.request)
        [remark] = second.resume_all()
        assert remark.startswith(taken)
        assert second.all() == []
    assert served_once(shop, job)
    second.resume_all()
    [found] = second.all()
    assert found.state.status == "finished"
    assert list(found.results()) == list(job.results())


def test_a_job_belongs_to_its_role_and_database(
    shop: Shop, killed: JobRequest, rilascio_login: Callable[..., str]
) -> None:
    others = replace(shop, operator=rilascio_login()).jobs()
    assert others.resume_all() == []
    assert others.find(killed.job_id) is None
    with pytest.raises(HarnessError, match="Another program has the journal"):
        others.start(killed)

    # a database that was made anew at the same place is another one, though the program was not started again
    jobs = shop.jobs()
    jobs.resume_all()
    [job] = jobs.all()
    job._dsn = others._dsn
    job.go_on()
    state = ended(job)
    assert (state.status, state.done) == ("failed", 2)
    assert state.error
    assert state.error.startswith("The job belongs to another role, server or database than the one that answers now.")
    assert len(shop.keys()) == 2


# --- the journal -----------------------------------------------------------------------------------------------------


def test_the_journal_is_written_before_the_first_call_for_nobody_else_to_read(shop: Shop) -> None:
    before = os.umask(0)
    try:
        with shop.hold(1):
            job = shop.jobs().start(shop.request(note='Fähre "A"'))
            wait_until_command_blocked(shop.owner)
            path = shop.journal(job)
            written = json.loads(path.read_text())
            assert (written["request"]["order_ids"], written["request"]["note"]) == (shop.orders, 'Fähre "A"')
            assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)] == [0o600, 0o700]
            assert shop.operator not in path.read_text()  # it holds the password
    finally:
        os.umask(before)
    assert served_once(shop, job)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Give a function that says whether what is written has no room."""
    sync, full = os.fsync, [False]

    def fsync(descriptor: Any) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return lambda now: full.__setitem__(0, now)


def test_without_a_journal_nothing_is_begun(shop: Shop, full_disk: Callable[[bool], None]) -> None:
    jobs, request = shop.jobs(), shop.request()
    full_disk(True)
    with pytest.raises(HarnessError, match="cannot be used: No space left on device"):
        jobs.start(request)
    assert (jobs.all(), list(shop.folder.iterdir()), shop.keys()) == ([], [], [])
    assert no_session_remains(shop.owner)
    full_disk(False)
    assert served_once(shop, jobs.start(request))


def test_an_answer_that_cannot_be_noted_is_asked_for_again(shop: Shop, full_disk: Callable[[bool], None]) -> None:
    with shop.hold(3) as holder:
        job = shop.jobs().start(shop.request())
        wait_until_command_blocked(shop.owner)
        full_disk(True)
        holder.rollback()
        state = ended(job)
    assert (state.status, state.done, len(shop.keys())) == ("failed", 2, 2)
    assert state.error
    assert state.error.startswith(f"The journal {shop.journal(job)} cannot be used: No space left on device.")
    full_disk(False)
    job.go_on()
    assert served_once(shop, job)


def test_a_journal_that_cannot_be_read_is_told_in_a_sentence_and_others_are_taken_up(
    shop: Shop, killed: JobRequest
) -> None:
    for number, text in enumerate(["", "no journal", "[]", "{}", '{"request": {"record_date": null}}']):
        (shop.folder / f"{uuid.UUID(int=number)}.jsonl").write_text(text)
    (shop.folder / "folder.jsonl").mkdir()
    (shop.folder / "link.jsonl").symlink_to(shop.folder / "elsewhere")
    jobs = shop.jobs()
    remarks = jobs.resume_all()
    assert len(remarks) == 7
    assert all(" is no journal of a job. rilascio runs shows what was done." in remark for remark in remarks[:5])
    assert all(" cannot be used: " in remark for remark in remarks[5:])
    assert [job.request.job_id for job in jobs.all()] == [killed.job_id]


def test_a_job_goes_on_for_a_day_and_its_journal_is_kept_for_a_week(shop: Shop, killed: JobRequest) -> None:
    def begun(days: float) -> Jobs:
        [path] = shop.folder.iterdir()
        head, rest = path.read_text().split("\n", 1)
        moment = datetime.now(UTC) - timedelta(days)
        path.write_text(json.dumps(json.loads(head) | {"started_at": moment.isoformat()}) + "\n" + rest)
        jobs = shop.jobs()
        assert jobs.resume_all() == []
        return jobs

    [job] = begun(1.01).all()
    job.go_on()
    state = ended(job)
    assert state.status == "failed"
    assert state.error
    assert "may have forgotten its request keys. Choose anew what is left." in state.error
    assert len(shop.keys()) == 2
    assert begun(7.01).all() == []
    assert list(shop.folder.iterdir()) == []
