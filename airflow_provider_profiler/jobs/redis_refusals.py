"""From the one word with which a script refuses to the error that people read."""

from typing import NoReturn
from uuid import UUID

from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.jobs.refusals import ended_job, illegal_transition, stale_attempt, unknown_job


def refuse(word: str, state: str, job_id: UUID, attempt: int | None = None, wanted: str = "") -> NoReturn:
    """Raise what the word stands for.

    :param word: ``missing``, ``ended``, ``stale`` or ``illegal``.
    :param state: the state in which the job has ended, or is.
    :param attempt: the attempt that wanted to write.
    :param wanted: the state to which it wanted to move the job.
    :raises IllegalTransition: when the state cannot follow the one that the job is in.
    :raises JobNotFound: when there is no such job.
    :raises StaleAttempt: when it has ended, or this attempt does not hold it.
    """
    if word == "missing":
        raise unknown_job(job_id)
    if word == "ended":
        raise ended_job(job_id, state, attempt)
    if word == "stale":
        raise stale_attempt(job_id, attempt)
    if word == "illegal":
        raise illegal_transition(job_id, state, wanted)
    raise ServiceUnavailable(f"The job store answered {word!r} about job {job_id}, which this version does not know.")
