"""The jobs of the form: begun once each, found again by their pages, and taken up by a program that is started anew."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from uuid import UUID

from rilascio.commands.actions import CHUNK
from rilascio.errors import HarnessError
from rilascio.sessions import open_session
from rilascio.web.calls import Job, JobState, database_of
from rilascio.web.journal import SUFFIX, Answer, Contents, JobRequest, Journal, Progress

__all__ = ["Answer", "Job", "JobRequest", "JobState", "Jobs"]

KEPT_FOR = timedelta(days=7)
"""How long a journal is kept. What was done stays in the history of runs."""


class Jobs:
    """The jobs of this program, and those of earlier ones that it found the journals of."""

    def __init__(self, dsn: str, folder: Path, *, chunk_size: int = CHUNK) -> None:
        """Keep the journals in a folder; serve `chunk_size` orders a transaction."""
        self._dsn, self._folder, self._chunk_size = dsn, folder, chunk_size
        self._jobs: dict[UUID, Job] = {}
        self._lock = Lock()

    def start(self, request: JobRequest) -> Job:
        """Begin a job, or return the one of this id that was begun before: nothing is done twice.

        Raises HarnessError where no journal can be written, and what psycopg raises where nobody answers; then nothing
        is done.
        """
        with self._lock:
            if request.job_id in self._jobs:
                return self._jobs[request.job_id]
            request = replace(request, order_ids=list(dict.fromkeys(request.order_ids)))
            session = open_session(self._dsn)
            try:
                chunk_size = len(request.order_ids) if request.all_or_none else self._chunk_size
                now, progress = datetime.now(UTC), Progress("running")
                contents = Contents(request, chunk_size, database_of(session), now, progress)
                journal = Journal(self._folder / f"{request.job_id}{SUFFIX}")
                journal.create(contents)
            except BaseException:
                session.close()
                raise
            job = self._jobs[request.job_id] = Job(self._dsn, journal, contents)
            job.begin(session)
            return job

    def find(self, job_id: UUID) -> Job | None:
        """Return the job of this id, None if none is known."""
        return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """Return the jobs, the last one first."""
        return sorted(self._jobs.values(), key=lambda job: job.started_at, reverse=True)

    def resume_all(self) -> list[str]:
        """Take up the jobs of earlier programs, of this role, server and database. What is left of one is served when
        somebody says so (`Job.go_on`): much may have happened since it was confirmed.

        Forgets journals that are a week old. Returns what is to be told of those that cannot be used.
        """
        remarks = []
        with closing(open_session(self._dsn)) as session:
            database = database_of(session)
            for path in sorted(self._folder.glob(f"*{SUFFIX}")):
                journal = Journal(path)
                try:
                    contents = journal.open()
                    if datetime.now(UTC) - contents.started_at > KEPT_FOR:
                        journal.remove()
                    elif contents.database == database:
                        job = self._jobs[contents.request.job_id] = Job(self._dsn, journal, contents)
                        job.look_up_call(session)
                except HarnessError as error:
                    remarks.append(f"{error.message} {error.hint}")
                finally:
                    journal.close()
        return remarks

    def close(self) -> None:
        """End all work; what is left can go on when the program is started again."""
        for job in self.all():
            job.close()
