"""What every change of a job consists of, inside a transaction of the SQLite job store."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from airflow_provider_profiler.contract.job import EventKind, JobEvent
from airflow_provider_profiler.contract.states import JobState, is_terminal, states_before
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.refusals import ended_job, illegal_transition, stale_attempt, unknown_job
from airflow_provider_profiler.jobs.sqlite_rows import (
    columns_of_change,
    event_data,
    moment,
    record_of,
)
from airflow_provider_profiler.jobs.store import JobRecord


def find_row(connection: sqlite3.Connection, job_id: UUID) -> sqlite3.Row:
    """The row of a job.

    :raises JobNotFound: when there is none.
    """
    row: sqlite3.Row | None = connection.execute("SELECT * FROM jobs WHERE job_id = ?", (str(job_id),)).fetchone()
    if row is None:
        raise unknown_job(job_id)
    return row


def check_held(connection: sqlite3.Connection, job_id: UUID, attempt: int) -> None:
    """Make sure that this attempt holds the job, which it then does until the transaction ends.

    :raises JobNotFound: when there is no such job.
    :raises StaleAttempt: when it has ended, or this attempt does not hold it.
    """
    row = connection.execute(
        "SELECT state, ended, attempt, owner FROM jobs WHERE job_id = ?", (str(job_id),)
    ).fetchone()
    if row is None:
        raise unknown_job(job_id)
    if row["ended"]:
        raise ended_job(job_id, row["state"], attempt)
    if row["attempt"] != attempt or row["owner"] is None:
        raise stale_attempt(job_id, attempt)


def held_job(connection: sqlite3.Connection, job_id: UUID, attempt: int) -> JobRecord:
    """The job, certainly held by this attempt until the transaction ends. See :func:`check_held`."""
    check_held(connection, job_id, attempt)
    return record_of(find_row(connection, job_id))


def is_leased(record: JobRecord, at: datetime) -> bool:
    """Whether somebody holds a valid lease on the job."""
    return record.lease_until is not None and record.lease_until > at


def set_columns(connection: sqlite3.Connection, job_id: UUID, columns: Mapping[str, object]) -> None:
    """Set columns of a job."""
    if columns:
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        connection.execute(f"UPDATE jobs SET {assignments} WHERE job_id = :key", {**columns, "key": str(job_id)})  # noqa: S608


def append_events(connection: sqlite3.Connection, job_id: UUID, change: JobChange) -> None:
    """Append what a change says has happened since the last one."""
    for event in change.events:
        append_event_row(connection, job_id, event.kind, event.data, event.at)


def changed_job(connection: sqlite3.Connection, job_id: UUID, columns: Mapping[str, object]) -> JobRecord:
    """Set columns of a job and return it as it is then."""
    set_columns(connection, job_id, columns)
    return record_of(find_row(connection, job_id))


def move_job(
    connection: sqlite3.Connection, record: JobRecord, state: JobState, change: JobChange, at: datetime
) -> JobRecord:
    """Move a job to another state, with an event; a final state ends the lease.

    :raises IllegalTransition: when the state cannot follow the one that the job is in.
    """
    if record.state not in states_before(state, record.target):
        raise illegal_transition(record.job_id, record.state.value, state.value)
    columns = {"state": state.value, **columns_of_change(change)}
    data: dict[str, object] = {"state": state.value}
    if is_terminal(state, record.target):
        columns |= {"ended": 1, "lease_until": None, "finished": moment(change.finished or at)}
    if change.reason is not None:
        data["reason"] = change.reason.model_dump(mode="json")
    append_events(connection, record.job_id, change)
    append_event_row(connection, record.job_id, EventKind.STATE, data, at)
    return changed_job(connection, record.job_id, columns)


def append_event_row(
    connection: sqlite3.Connection, job_id: UUID, kind: EventKind, data: Mapping[str, object], at: datetime
) -> JobEvent:
    """Append an event under the next sequence number, to the job's events and to the feed."""
    (sequence,) = connection.execute(
        "SELECT coalesce(max(sequence), 0) + 1 FROM events WHERE job_id = ?", (str(job_id),)
    ).fetchone()
    values = (str(job_id), sequence, moment(at), kind.value, event_data(data))
    connection.execute("INSERT INTO events (job_id, sequence, at, kind, data) VALUES (?, ?, ?, ?, ?)", values)
    connection.execute(
        "INSERT INTO feed (job_id, dataset_id, revision, sequence, at, kind, data) "
        "SELECT ?1, dataset_id, revision, ?2, ?3, ?4, ?5 FROM jobs WHERE job_id = ?1",
        values,
    )
    return JobEvent(sequence=sequence, at=at, kind=kind, data=dict(data))
