"""What ``clean_up`` does to a job: stop it, remove its temporary files, and no longer serve results under its id."""

from datetime import datetime
from uuid import UUID

from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.jobs.store import JobStore
from airflow_provider_profiler.storage.results import ResultStore

CLEANED_UP = Reason(code=ReasonCode.ABORTED, message="The job was cleaned up before it was done.")


def clean_up(store: JobStore, results: ResultStore, job_id: str, now: datetime) -> UUID | None:
    """Clean up a job. The dataset's revision with its documents stays; an unknown or repeated id is no error.

    :param job_id: any text; one that is not a UUID is no job's id.
    :param now: the present moment, aware.
    :return: the job's id, or None where no such job is known; its runner may be woken to stop it at once.
    """
    try:
        known = UUID(job_id)
    except ValueError:
        return None
    if store.get(known) is None:
        return None
    record = store.request_abort(known, CLEANED_UP, now)
    store.mark_cleaned_up(known, now)
    # Whoever runs the job removes its folder at its end, and would fail over a missing one before that.
    if record.terminal:
        results.delete_scratch(known)
    return known
