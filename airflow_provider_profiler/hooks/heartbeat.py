"""Whether a running job was heard of lately, by the clock of the service that tells of it."""

from datetime import UTC, datetime

from airflow_provider_profiler.contract.job import JobDetail
from airflow_provider_profiler.hooks.errors import ProfileJobStalled


def stalled(detail: JobDetail | None, limit: float | None, service_time: datetime | None) -> ProfileJobStalled | None:
    """What is wrong with a job that says it runs and was not heard of for long; None where nothing is.

    A job that waits in the queue has no worker to be heard of, also where it had one before.

    :param detail: the job now; None where the service has the documented routes alone, which tell no heartbeat.
    :param limit: seconds of silence that are borne; None for any.
    :param service_time: what the service's clock showed with the detail: the heartbeat is a moment of that clock, and
        this machine's may differ. None where it did not tell: then this machine's has to do.
    """
    if limit is None or detail is None or detail.terminal or detail.queue_place is not None:
        return None
    heartbeat = detail.progress.heartbeat
    if heartbeat is None:
        return None
    silence = ((service_time or datetime.now(UTC)) - heartbeat).total_seconds()
    if silence <= limit:
        return None
    return ProfileJobStalled(
        f"Profiling job {detail.job_id} is {detail.state.value}, but its worker was last heard of {silence:.0f} s ago, "
        f"at {heartbeat.isoformat(timespec='seconds')}; heartbeat_timeout is {limit:g} s. Look whether the service and "
        "its workers are up: where they are, they take the job over; otherwise abort it and profile the dataset again."
    )
