"""From the one word with which a script refuses to the error that people read."""

from typing import NoReturn
from uuid import UUID

from airflow_provider_profiler.contract.errors import JobNotFound, ServiceUnavailable, StaleAttempt
from airflow_provider_profiler.jobs.refusals import illegal_transition


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
        raise JobNotFound(f"No job {job_id} is known here. Check the id, and that this is the service it was sent to.")
    if word == "ended":
        raise StaleAttempt(f"Job {job_id} has ended as {state}: attempt {attempt} may not write any more.")
    if word == "stale":
        raise StaleAttempt(
            f"Attempt {attempt} does not hold job {job_id} any more: it lost its lease or gave the job back."
        )
    if word == "illegal":
        raise illegal_transition(job_id, state, wanted)
    raise ServiceUnavailable(f"The job store answered {word!r} about job {job_id}, which this version does not know.")
