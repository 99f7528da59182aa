"""Embedded jobs whose process died: nobody may take them over, so the next one who looks declares them lost."""

from datetime import datetime, timedelta

from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.store import JobRecord, JobStore, RunnerKind

#: An embedded job is started by the call that submits it. One that nobody has started after so long will not be.
START_GRACE = timedelta(seconds=60)

LOST = Reason(
    code=ReasonCode.LOST,
    message="The task that ran the job inside its own process ended before the job was done. Run the task again.",
)


def observed(store: JobStore, record: JobRecord, now: datetime) -> JobRecord:
    """The job as a reader may see it: an embedded one without a living process is ``FAILED``, reason ``lost``.

    :param now: the present moment, aware.
    """
    if record.runner is not RunnerKind.EMBEDDED or record.terminal:
        return record
    if record.state is JobState.SUBMITTING and now < record.created + START_GRACE:
        return record
    if record.lease_until is not None and record.lease_until > now:
        return record
    return store.fail_lost(record.job_id, record.attempt, LOST, now)
