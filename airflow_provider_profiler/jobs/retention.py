"""Which revisions and events are removed after a while, and their removal."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from airflow_provider_profiler.contract.job import JobFilter
from airflow_provider_profiler.jobs.duties import Duty
from airflow_provider_profiler.jobs.store import JobRecord, JobStore
from airflow_provider_profiler.storage.results import ResultStore

logger = logging.getLogger(__name__)

#: Seconds between two looks.
LOOK_SECONDS = 600.0
#: How long what a job left is there for whoever waits for it, however many revisions came after it.
GRACE = timedelta(days=1)
#: Seconds that temporary files are left alone, and those of jobs that are not known: another store may know them.
SCRATCH_SECONDS, UNKNOWN_SCRATCH_SECONDS = 3_600.0, 86_400.0
_PAGE = 200


@dataclass(frozen=True)
class RetentionPolicy:
    """For how long things are kept.

    :param revisions: newest revisions of each dataset, None for all.
    :param revision_age: from a revision's end on, None for ever.
    :param event_age: of events in the feed.
    :param grace: from a revision's end on, for which it stays even if it is one too many.
    """

    revisions: int | None
    revision_age: timedelta | None
    event_age: timedelta
    grace: timedelta = GRACE


class Retention:
    """Removes what need not be kept; a turn of :class:`~airflow_provider_profiler.jobs.duties.Duty`."""

    def __init__(
        self, store: JobStore, results: ResultStore, policy: RetentionPolicy, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._results = results
        self._policy = policy
        self._clock = clock

    def turn(self, duty: Duty) -> None:
        """Look through all datasets, the feed and the temporary files once."""
        self.apply(duty.keep)
        self.sweep(duty.keep)

    def apply(self, keep: Callable[[], bool] = lambda: True) -> int:
        """Remove what is due now.

        :param keep: asked before every removal whether to go on.
        :return: how many revisions were removed.
        """
        # First: whatever holds up the rest, the feed does not grow for ever.
        if keep():
            events = self._store.trim_feed(self._clock() - self._policy.event_age)
            if events:
                logger.info("%d events were removed from the feed.", events)
        removed = 0
        if self._policy.revisions is not None or self._policy.revision_age is not None:
            for dataset_id in self._datasets():
                for record in self._due(dataset_id):
                    if not keep():
                        return removed
                    removed += self._remove(record)
        return removed

    def sweep(self, keep: Callable[[], bool] = lambda: True) -> int:
        """Remove temporary files of jobs that ended without whoever ran them.

        :param keep: asked before every removal whether to go on.
        :return: of how many jobs they were removed.
        """
        removed = 0
        now = time.time()
        for job_id, changed in self._results.scratch_folders():
            if now - changed < SCRATCH_SECONDS:
                continue
            record = self._store.get(job_id)
            in_use = not record.terminal if record is not None else now - changed < UNKNOWN_SCRATCH_SECONDS
            if in_use:
                continue
            if not keep():
                break
            try:
                self._results.delete_scratch(job_id)
            except OSError as error:
                logger.warning("The temporary files of job %s cannot be removed: %s.", job_id, error.strerror)
            else:
                removed += 1
                logger.info("The temporary files of job %s, which has ended or is not known, were removed.", job_id)
        return removed

    def _datasets(self) -> Iterator[UUID]:
        offset = 0
        while entries := self._store.datasets(limit=_PAGE, offset=offset):
            # Datasets do not go; one that comes meanwhile, or is called something else now, is seen next time.
            yield from (entry.dataset_id for entry in entries if entry.last_revision > 1)
            offset += len(entries)

    def _due(self, dataset_id: UUID) -> tuple[JobRecord, ...]:
        """The revisions that nobody needs and that are too many or too old, oldest first."""
        records = sorted(self._records(dataset_id), key=lambda record: record.revision, reverse=True)
        # Read after the list: what was published meanwhile is kept as well.
        needed = {self._store.published_revision(dataset_id)}
        needed |= {record.revision for record in records[:1]}
        successful = self._store.latest_revision(dataset_id, successful=True)
        if successful is not None:
            needed.add(successful.revision)
        due = [
            record
            for number, record in enumerate(records)
            if record.terminal
            and record.revision not in needed
            and (self._too_many(number, record) or self._too_old(record))
        ]
        return tuple(reversed(due))

    def _records(self, dataset_id: UUID) -> Iterator[JobRecord]:
        offset = 0
        while records := self._store.list_jobs(JobFilter(dataset_id=dataset_id), limit=_PAGE, offset=offset):
            yield from records
            offset += len(records)

    def _too_many(self, number: int, record: JobRecord) -> bool:
        if self._policy.revisions is None or number < self._policy.revisions:
            return False
        # Retries in quick succession must not take a result away before it was fetched.
        return record.finished is not None and record.finished <= self._clock() - self._policy.grace

    def _too_old(self, record: JobRecord) -> bool:
        age = self._policy.revision_age
        return age is not None and record.finished is not None and record.finished < self._clock() - age

    def _remove(self, record: JobRecord) -> bool:
        # The documents first: a folder without a job would never be found again.
        try:
            self._results.delete_revision(record.dataset_id, record.revision)
            self._results.delete_scratch(record.job_id)
        except OSError as error:
            logger.error(  # noqa: TRY400 - the system says what is wrong, a traceback would say no more
                "Revision %d of dataset %s cannot be removed: %s. It is tried again with the next look.",
                record.revision,
                record.dataset_id,
                error.strerror or type(error).__name__,
            )
            return False
        removed = self._store.remove_job(record.job_id, self._clock())
        if removed:
            logger.info(
                "Revision %d of dataset %s was removed, with job %s.",
                record.revision,
                record.dataset_id,
                record.job_id,
            )
        return removed
