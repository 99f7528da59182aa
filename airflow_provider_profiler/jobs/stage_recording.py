"""Keeps the graph of a running attempt: changes it as the engine tells, logs that, and writes it down now and then."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic

from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
)
from airflow_provider_profiler.contract.reasons import ONLY_LISTED, FileReason, Reason
from airflow_provider_profiler.contract.stage_graph import VertexKind
from airflow_provider_profiler.jobs.stage_graph import WorkGraph
from airflow_provider_profiler.jobs.store import JobRecord, JobStore
from airflow_provider_profiler.profiling.observer import ExpectedTable
from airflow_provider_profiler.render.text import bytes_text
from airflow_provider_profiler.storage.results import STAGES, ResultStore
from airflow_provider_profiler.telemetry.context import set_stage

logger = logging.getLogger(__name__)

#: Seconds from one writing to the next, and from the beginning to the first: most jobs are done before it.
WRITE_SECONDS = 2.0
#: A graph of many files takes its time to be written; it may take this share of the time at most.
_LARGEST_SHARE = 1 / 30


class StageRecorder:
    """The graph of one attempt. All calls come from the thread that works on the job.

    :param record: the job as it was claimed.
    :param clock: the present moment, aware.
    """

    def __init__(self, store: JobStore, results: ResultStore, record: JobRecord, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._results = results
        self._record = record
        self._clock = clock
        self._graph = WorkGraph(record)
        self._stage = ""
        self._due = monotonic() + WRITE_SECONDS

    def begin(self, name: StageName, now: datetime) -> None:
        """A stage begins; the log lines that follow carry its name."""
        self._stage = name.value
        set_stage(self._stage)
        self._graph.begin(name, now)
        logger.info("Stage %s begins.", name.value)

    def advance(self, *, rows: int, bytes: int, percent: float) -> None:
        """The stage under way is so far."""
        self._graph.advance(rows=rows, bytes=bytes, percent=percent)

    def found(self, profile: DatasetProfile) -> None:
        """Tell what lies in the dataset, and which of it will not be read."""
        now = self._clock()
        summary = profile.summary()
        left = summary.files - summary.failed
        told = bytes_text(summary.bytes)
        logger.info("Found %d files of %s; %d of them can be opened.", summary.files, told, left)
        for item in profile.distributions:
            if item.reason is None or item.kind is DistributionKind.FILE_SET:
                continue
            failed = item.status is DistributionStatus.FAILED
            self._graph.found(item.path, _kind(item), item.reason, now, failed=failed)
            level = logging.WARNING if failed else logging.INFO
            verb = "failed" if failed else "is not read"
            self._tell_reason(level, item.path, verb, item.reason)

    def expect(self, tables: Sequence[ExpectedTable]) -> None:
        """These are going to be read in the stage under way."""
        self._graph.expect(tables)

    def start(self, name: str) -> None:
        """A table, a document or an image begins."""
        self._graph.start_part(name, self._clock())
        self._tell(logging.INFO, name, "%s begins.", name)
        self.write_if_due()

    def advance_part(self, name: str, *, rows: int, bytes: int, percent: float) -> None:
        """It is so far."""
        self._graph.advance_part(name, rows=rows, bytes=bytes, percent=percent)

    def finish(self, name: str, *, rows: int, bytes: int, reason: FileReason | None, reused: bool) -> None:
        """It has ended."""
        seconds = self._graph.finish_part(name, self._clock(), rows=rows, bytes=bytes, reason=reason, reused=reused)
        if reason is not None:
            level, verb = (logging.INFO, "is not read") if reason.code in ONLY_LISTED else (logging.WARNING, "failed")
            self._tell_reason(level, name, verb, reason)
        elif reused:
            self._tell(logging.INFO, name, "%s is taken over from an earlier revision: %d rows.", name, rows)
        else:
            took = "" if seconds is None else f" in {seconds:.2f} s"
            self._tell(logging.INFO, name, "%s ends: %d rows, %s%s.", name, rows, bytes_text(bytes), took)
        self.write_if_due()

    def end(self, reason: Reason | None) -> None:
        """The attempt ends: write the graph down for good, unless another attempt holds the job by now.

        :param reason: why it fails; None where it does not.
        """
        now = self._clock()
        self._graph.end(reason, now)
        held = self._store.get(self._record.job_id)
        if held is not None and held.attempt == self._record.attempt and not held.terminal:
            self._write(now)

    def write_if_due(self) -> None:
        """Write the graph down where that is due; call it as often as is convenient.

        An attempt that was stalled may do so over its successor's: readers see whose it is, and know better.
        """
        began = monotonic()
        if began < self._due:
            return
        self._write(self._clock())
        ended = monotonic()
        self._due = ended + max(WRITE_SECONDS, (ended - began) / _LARGEST_SHARE)

    def _write(self, now: datetime) -> None:
        record = self._record
        try:
            self._results.write(record.dataset_id, record.revision, STAGES, self._graph.document(now), durable=False)
        except OSError as error:
            # It tells of the work, and is no part of it.
            why = error.strerror or type(error).__name__
            logger.warning("The stages of job %s could not be written down: %s.", record.job_id, why)

    def _tell_reason(self, level: int, part: str, verb: str, reason: FileReason) -> None:
        why = reason.message.removeprefix(f"{part}: ")
        self._tell(level, part, "%s %s (%s): %s", part, verb, reason.code.value, why)

    def _tell(self, level: int, part: str, message: str, *values: object) -> None:
        logger.log(level, message, *values, extra={"stage": f"{self._stage}/{part}"})


def _kind(item: Distribution) -> VertexKind:
    return VertexKind.DATABASE if item.kind is DistributionKind.DATABASE else VertexKind.FILE
