"""Jobs in one SQLite file, for any number of threads and processes of one host."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.job import EventKind, JobEvent
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.refusals import of_same_request
from airflow_provider_profiler.jobs.sqlite_catalogue import SqliteCatalogue
from airflow_provider_profiler.jobs.sqlite_connections import SqliteConnections
from airflow_provider_profiler.jobs.sqlite_feed import SqliteFeed
from airflow_provider_profiler.jobs.sqlite_queue import SqliteQueue, make_room
from airflow_provider_profiler.jobs.sqlite_rows import (
    columns_of_change,
    columns_of_submission,
    event_of,
    moment,
    record_of,
)
from airflow_provider_profiler.jobs.sqlite_schema import create_tables
from airflow_provider_profiler.jobs.sqlite_statements import (
    append_event_row,
    append_events,
    changed_job,
    check_held,
    find_row,
    held_job,
    is_leased,
    move_job,
)
from airflow_provider_profiler.jobs.store import JobRecord, NewJob, QueueLimits, Submission
from airflow_provider_profiler.storage.atomic import make_folder

T = TypeVar("T")

# Nobody holds a valid lease, and an embedded job dies with the process that started it.
_CLAIMABLE = "ended = 0 AND (lease_until IS NULL OR lease_until <= :now) AND (runner <> 'embedded' OR attempt = 0)"


class SqliteJobStore(SqliteCatalogue, SqliteQueue, SqliteFeed):
    """The :class:`~airflow_provider_profiler.jobs.store.JobStore` of a single host.

    Every change is one transaction that excludes all other writers, and is forced to disk before it returns.

    :param path: the database file; it and its folder are made where they are missing.
    :raises ConfigurationError: when a newer version of this package or another program wrote the file.
    :raises ServiceUnavailable: when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        try:
            make_folder(self._path.parent)
        except OSError as error:
            raise ServiceUnavailable(
                f"The job store {self._path} cannot be made: {error.strerror}. Set PROFILER_HOME to a writable folder."
            ) from error
        super().__init__(SqliteConnections(self._path))
        with self._connections.writing() as connection:
            create_tables(connection, self._path)

    def repeated(self, job: NewJob) -> JobRecord | None:
        """The job that the submission's key already made, or None."""
        with self._connections.reading() as connection:
            return _made_by_key(connection, job)

    def submit(self, job: NewJob, limits: QueueLimits | None = None) -> Submission:
        """Insert the job with the dataset's next revision number, or return the one its key already made."""
        with self._connections.writing() as connection:
            earlier = _made_by_key(connection, job)
            if earlier is not None:
                return Submission(record=earlier, created=False)
            if limits is not None:
                make_room(connection, job, limits)
            specification = job.request.profile_specification
            (revision,) = connection.execute(
                "INSERT INTO datasets (dataset_id, last_revision, name) VALUES (?, 1, ?) ON CONFLICT (dataset_id) "
                "DO UPDATE SET last_revision = last_revision + 1, name = excluded.name RETURNING last_revision",
                (str(specification.id), specification.name),
            ).fetchone()
            columns = columns_of_submission(job, revision)
            connection.execute(
                f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({', '.join(':' + name for name in columns)})",  # noqa: S608
                columns,
            )
            append_event_row(connection, job.job_id, EventKind.STATE, {"state": JobState.SUBMITTING.value}, job.created)
            return Submission(record=record_of(find_row(connection, job.job_id)), created=True)

    def claim(self, job_id: UUID, owner: str, now: datetime, lease_until: datetime) -> JobRecord | None:
        """Take the job if it is not finished and no lease on it is valid."""
        with self._connections.writing() as connection:
            before = record_of(find_row(connection, job_id))
            taken = connection.execute(
                # Whoever gives a job back takes its name off.
                "UPDATE jobs SET losses = losses + (owner IS NOT NULL), owner = :owner, attempt = attempt + 1, "  # noqa: S608
                "lease_until = :until, heartbeat = :now, "
                "started = coalesce(started, :now), "
                "state = CASE state WHEN 'SUBMITTING' THEN 'STARTING' ELSE state END "
                f"WHERE job_id = :job AND {_CLAIMABLE}",
                {"owner": owner, "until": moment(lease_until), "now": moment(now), "job": str(job_id)},
            )
            if not taken.rowcount:
                return None
            record = record_of(find_row(connection, job_id))
            if record.state is not before.state:
                append_event_row(connection, job_id, EventKind.STATE, {"state": record.state.value}, now)
            return record

    def renew(self, job_id: UUID, attempt: int, now: datetime, lease_until: datetime) -> JobRecord:
        """Prolong the lease and the heartbeat; the answer tells whether an abort was requested meanwhile."""
        with self._connections.writing() as connection:
            check_held(connection, job_id, attempt)
            return changed_job(connection, job_id, {"lease_until": moment(lease_until), "heartbeat": moment(now)})

    def release(self, job_id: UUID, attempt: int) -> JobRecord:
        """Give the job back unfinished: anybody may claim it at once."""
        with self._connections.writing() as connection:
            check_held(connection, job_id, attempt)
            return changed_job(connection, job_id, {"owner": None, "lease_until": None})

    def while_held(self, job_id: UUID, attempt: int, action: Callable[[], T]) -> T:
        """Run ``action`` while the attempt certainly holds the job."""
        with self._connections.writing() as connection:
            check_held(connection, job_id, attempt)
            return action()

    def update(self, job_id: UUID, attempt: int, change: JobChange) -> JobRecord:
        """Change fields of a running job without a transition."""
        with self._connections.writing() as connection:
            check_held(connection, job_id, attempt)
            append_events(connection, job_id, change)
            return changed_job(connection, job_id, columns_of_change(change))

    def transition(self, job_id: UUID, attempt: int, state: JobState, change: JobChange, at: datetime) -> JobRecord:
        """Move a job that is not finished to another state, with an event."""
        with self._connections.writing() as connection:
            return move_job(connection, held_job(connection, job_id, attempt), state, change, at)

    def fail_lost(self, job_id: UUID, attempt: int, reason: Reason, at: datetime) -> JobRecord:
        """Fail a job in this attempt on which no lease is valid at ``at``; any other stays and returns as it is."""
        with self._connections.writing() as connection:
            record = record_of(find_row(connection, job_id))
            if record.terminal or record.attempt != attempt or is_leased(record, at):
                return record
            return move_job(connection, record, JobState.FAILED, JobChange(reason=reason), at)

    def request_abort(self, job_id: UUID, reason: Reason, at: datetime) -> JobRecord:
        """Ask the owner to stop. A job on which no lease is valid fails at once."""
        with self._connections.writing() as connection:
            record = record_of(find_row(connection, job_id))
            if record.terminal or record.abort_requested:
                return record
            record = changed_job(connection, job_id, {"abort_reason": reason.model_dump_json()})
            if is_leased(record, at):
                return record
            return move_job(connection, record, JobState.FAILED, JobChange(reason=reason), at)

    def mark_cleaned_up(self, job_id: UUID, at: datetime) -> bool:
        """Mark the job, with an event. False where it was marked already or is unknown."""
        with self._connections.writing() as connection:
            marked = connection.execute(
                "UPDATE jobs SET cleaned_up = 1 WHERE job_id = ? AND cleaned_up = 0", (str(job_id),)
            )
            if marked.rowcount:
                append_event_row(connection, job_id, EventKind.CLEANED_UP, {}, at)
            return bool(marked.rowcount)

    def events(self, job_id: UUID, after: int = 0, limit: int = 1000) -> tuple[JobEvent, ...]:
        """Events with a sequence number above ``after``, in order."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM events WHERE job_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                (str(job_id), after, limit),
            ).fetchall()
            if not rows:
                find_row(connection, job_id)
        return tuple(event_of(row) for row in rows)

    def publish(self, job_id: UUID, attempt: int, replace: Callable[[], str]) -> bool:
        """Let the job's revision become the dataset's published one unless a higher one is published."""
        with self._connections.writing() as connection:
            record = held_job(connection, job_id, attempt)
            published = connection.execute(
                "UPDATE datasets SET published_revision = :revision "
                "WHERE dataset_id = :dataset AND coalesce(published_revision, 0) <= :revision",
                {"revision": record.revision, "dataset": str(record.dataset_id)},
            )
            if published.rowcount:
                replace()
            return bool(published.rowcount)

    def with_published(self, dataset_id: UUID, action: Callable[[int], None]) -> None:
        """Run ``action`` on the published revision while nobody publishes another one."""
        with self._connections.writing():
            revision = self.published_revision(dataset_id)
            if revision is not None:
                action(revision)

    def remove_job(self, job_id: UUID, at: datetime) -> bool:
        """Forget a job that has ended, with its events and its key, unless its revision is the published one."""
        with self._connections.writing() as connection:
            row = connection.execute(
                "SELECT 1 FROM jobs JOIN datasets USING (dataset_id) "
                "WHERE job_id = ? AND ended = 1 AND coalesce(published_revision, 0) <> revision",
                (str(job_id),),
            ).fetchone()
            if row is None:
                return False
            append_event_row(connection, job_id, EventKind.REVISION_REMOVED, {}, at)
            connection.execute("DELETE FROM events WHERE job_id = ?", (str(job_id),))
            connection.execute("DELETE FROM jobs WHERE job_id = ?", (str(job_id),))
            return True

    def ping(self) -> str:
        """A word on the store's health."""
        # A connection goes on working on a file that was deleted, until the process ends and all is gone.
        if not self._path.is_file():
            raise ServiceUnavailable(f"The job store {self._path} is gone; restart the service to make a new one.")
        with self._connections.reading() as connection:
            connection.execute("SELECT count(*) FROM datasets").fetchone()
        return "SQLite job store is readable"

    def shortcomings(self) -> tuple[str, ...]:
        """None: how durable the file is was chosen here."""
        return ()

    def close(self) -> None:
        """Release connections. The store may not be used afterwards."""
        self._connections.close()


def _made_by_key(connection: sqlite3.Connection, job: NewJob) -> JobRecord | None:
    row = connection.execute(
        # A job without a key finds nothing: NULL equals nothing.
        "SELECT * FROM jobs WHERE client = ? AND idempotency_key = ?",
        (job.client, job.idempotency_key),
    ).fetchone()
    if row is None:
        return None
    return of_same_request(record_of(row), job)
