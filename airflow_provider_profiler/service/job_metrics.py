"""Counters of jobs, taken from the store's feed: right wherever a job ran, in this process or on a cluster."""

import threading
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram

from airflow_provider_profiler.contract.job import EventKind, FeedEvent
from airflow_provider_profiler.contract.reasons import ReasonCode
from airflow_provider_profiler.contract.states import JobState, Target, is_terminal
from airflow_provider_profiler.jobs.store import JobRecord, JobStore

#: Events that are read in one go, and in one look: after a long time without one, the next ones go on.
_PAGE = 1_000
_MOST_PAGES = 20
_BUCKETS = (0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
_REASONS = frozenset(code.value for code in ReasonCode)


class JobMetrics:
    """What happened to the jobs of a store since this process opened it.

    :param registry: where the metrics are exposed.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._cursor: int | None = None
        self._lock = threading.Lock()
        self._submitted = Counter("profiler_jobs_submitted", "Jobs that were submitted.", registry=registry)
        self._finished = Counter(
            "profiler_jobs_finished",
            "Jobs that ended, by how far they were to go and how they ended.",
            ("target", "outcome"),
            registry=registry,
        )
        self._failed = Counter("profiler_jobs_failed", "Jobs that failed, by reason.", ("reason",), registry=registry)
        self._reused = Counter(
            "profiler_jobs_reused", "Jobs that took an earlier result over as nothing had changed.", registry=registry
        )
        self._seconds = Histogram(
            "profiler_job_duration_seconds",
            "Seconds from a job's start to its end.",
            ("target", "outcome"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._waited = Histogram(
            "profiler_job_wait_seconds",
            "Seconds from a job's submission to its start.",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._rows = Counter("profiler_rows_read", "Rows of the tables of finished jobs.", registry=registry)
        self._bytes = Counter("profiler_bytes_read", "Bytes of the files of finished jobs.", registry=registry)
        for target in Target:
            for outcome in ("succeeded", "failed"):
                self._finished.labels(target.value, outcome)
        for code in sorted(_REASONS):
            self._failed.labels(code)

    def catch_up(self, store: JobStore) -> None:
        """Count what happened since the last call; the first one only takes note of where the feed ends.

        :raises ServiceUnavailable: when the store cannot be asked; nothing is counted twice or lost then.
        """
        with self._lock:
            if self._cursor is None:
                self._cursor = store.feed_end()
                return
            for _ in range(_MOST_PAGES):
                events = store.feed(self._cursor, kinds=(EventKind.STATE,), limit=_PAGE)
                for event in events:
                    self._take(event, store)
                    self._cursor = event.cursor
                if len(events) < _PAGE:
                    return

    def _take(self, event: FeedEvent, store: JobStore) -> None:
        try:
            state = JobState(str(event.data.get("state")))
        except ValueError:  # of a later version of this package
            return
        if state is JobState.SUBMITTING:
            if event.sequence == 1:
                self._submitted.inc()
            return
        if not is_terminal(state, Target.LIGHT):
            return
        record = store.get(event.job_id)
        target = record.target if record else Target.HEAVY
        if is_terminal(state, target):
            self._ended(state, target, record)

    def _ended(self, state: JobState, target: Target, record: JobRecord | None) -> None:
        failed = state is JobState.FAILED
        outcome = "failed" if failed else "succeeded"
        self._finished.labels(target.value, outcome).inc()
        code = record.reason.code if record and record.reason else ""
        if failed:
            self._failed.labels(code if code in _REASONS else "other").inc()
        if record is None:  # removed already: its detail is gone
            return
        if record.started is not None:
            self._waited.observe(_seconds(record.created, record.started))
            if record.finished is not None:
                self._seconds.labels(target.value, outcome).observe(_seconds(record.started, record.finished))
        if record.reused:
            self._reused.inc()
        elif record.summary is not None and not failed:
            self._rows.inc(record.summary.rows)
            self._bytes.inc(record.summary.bytes)


def _seconds(begin: datetime, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds())
