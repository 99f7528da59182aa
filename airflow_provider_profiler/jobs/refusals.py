"""What both stores say when a job may not be had, written or moved as somebody wants."""

from uuid import UUID

from airflow_provider_profiler.contract.errors import (
    IdempotencyConflict,
    IllegalTransition,
    JobNotFound,
    StaleAttempt,
)
from airflow_provider_profiler.jobs.store import JobRecord, NewJob


def unknown_job(job_id: UUID) -> JobNotFound:
    """The error for an id that no job has."""
    return JobNotFound(f"No job {job_id} is known here. Check the id, and that this is the service it was sent to.")


def ended_job(job_id: UUID, state: str, attempt: int | None) -> StaleAttempt:
    """The error for an attempt that writes to a job that has ended."""
    return StaleAttempt(f"Job {job_id} has ended as {state}: attempt {attempt} may not write any more.")


def stale_attempt(job_id: UUID, attempt: int | None) -> StaleAttempt:
    """The error for an attempt that does not hold the job."""
    return StaleAttempt(
        f"Attempt {attempt} does not hold job {job_id} any more: it lost its lease or gave the job back."
    )


def illegal_transition(job_id: UUID, state: str, wanted: str) -> IllegalTransition:
    """The error for a state that cannot follow the one that the job is in."""
    return IllegalTransition(
        f"Job {job_id} is {state} and cannot become {wanted}: states pass in order, and only as far as the job goes. "
        "Nothing was changed; this is a fault of the program that runs the job."
    )


def of_same_request(record: JobRecord, job: NewJob) -> JobRecord:
    """The job that an idempotency key has made.

    :raises IdempotencyConflict: when that was for another request than the one that repeats the key.
    """
    if record.fingerprint != job.fingerprint:
        raise IdempotencyConflict(
            f"The idempotency key was already used for another request, by job {record.job_id}. "
            "Use a new key for a new request, or repeat the request unchanged."
        )
    return record
