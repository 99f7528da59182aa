"""How a job's CDD file becomes that of its dataset, and what happens when it came too late."""

import logging
from collections.abc import Iterator
from uuid import UUID

from airflow_provider_profiler.contract.errors import ServiceUnavailable, StaleAttempt
from airflow_provider_profiler.jobs.store import JobRecord, JobStore
from airflow_provider_profiler.storage.results import ResultStore, cdd_name

logger = logging.getLogger(__name__)


def publish_cdd(store: JobStore, results: ResultStore, record: JobRecord) -> bool:
    """Replace the dataset's CDD file by that of the job's revision, unless a newer revision's is there.

    :param record: the job, as this attempt holds it; the CDD file of its revision is written.
    :return: False where a newer revision's file stays.
    :raises StaleAttempt: when another attempt holds the job.
    """

    def replace() -> str:
        # Asked for each time: this may run again from its beginning.
        return results.replace_cdd(record.dataset_id, _copy(results, record))

    try:
        published = store.publish(record.job_id, record.attempt, replace)
    except StaleAttempt:
        restore_published(store, results, record.dataset_id)
        raise
    if not published:
        restore_published(store, results, record.dataset_id)
    return published


def _copy(results: ResultStore, record: JobRecord) -> Iterator[bytes]:
    document = results.chunks(record.dataset_id, record.revision, cdd_name(record.dataset_id))
    if document is None:
        raise ServiceUnavailable(f"The CDD file of job {record.job_id} was written, but is not where it was put.")
    return document


def restore_published(store: JobStore, results: ResultStore, dataset_id: UUID) -> None:
    """Let the dataset's CDD file be that of the published revision again, from the revision's own copy.

    For whoever tried to publish and was told that it does not count: its process may have been stalled for so long
    that its file landed on top of a newer one.
    """

    def restore(revision: int) -> None:
        document = results.chunks(dataset_id, revision, cdd_name(dataset_id))
        if document is not None:
            results.replace_cdd(dataset_id, document)
            logger.info("The CDD file of dataset %s is that of revision %d.", dataset_id, revision)

    store.with_published(dataset_id, restore)
