"""The log of an attempt, opened where its revision keeps its documents."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.storage.results import LOG, ResultStore
from airflow_provider_profiler.telemetry.context import current_job, job_context
from airflow_provider_profiler.telemetry.job_log import JobLog, logged

logger = logging.getLogger(__name__)


@contextmanager
def attempt_log(results: ResultStore, record: JobRecord, *, max_bytes: int) -> Iterator[None]:
    """Work on a job: what is logged inside carries its ids, and goes into the log that is kept of it as well.

    A log that cannot be opened is told of in the service's; the work goes on without.

    :param record: the job as it was claimed.
    :param max_bytes: size of the log, over all attempts.
    """
    with job_context(record.job_id, dataset_id=record.dataset_id, attempt=record.attempt):
        try:
            file = results.appending(record.dataset_id, record.revision, LOG)
        except OSError as error:
            why = error.strerror or type(error).__name__
            logger.warning("The log of job %s cannot be written: %s.", record.job_id, why)
            yield
            return
        with logged(JobLog(file, current_job(), max_bytes=max_bytes)):
            yield
