"""When no more jobs may wait, and what is said then."""

from airflow_provider_profiler.contract.errors import QueueFull
from airflow_provider_profiler.jobs.store import QueueLimits

#: Seconds after which a submission that was refused is worth repeating: jobs end by the second.
RETRY_AFTER_SECONDS = 10.0


def refuse_when_full(limits: QueueLimits, *, waiting: int, waiting_of_client: int) -> None:
    """See that another job may wait.

    :param waiting: how many do.
    :param waiting_of_client: how many of these the submitting client sent.
    :raises QueueFull: when it may not.
    """
    if limits.per_client is not None and waiting_of_client >= limits.per_client:
        raise QueueFull(
            f"As many of your jobs are waiting as may ({waiting_of_client}). Nothing was started; submit again when "
            "one of them has begun.",
            RETRY_AFTER_SECONDS,
        )
    if limits.total is not None and waiting >= limits.total:
        raise QueueFull(
            f"As many jobs are waiting as may ({waiting}). Nothing was started; submit again later.",
            RETRY_AFTER_SECONDS,
        )
