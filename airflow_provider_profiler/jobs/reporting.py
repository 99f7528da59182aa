"""What a running job reports: stages, progress and warnings into the store, the parts of its work beside it."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from airflow_provider_profiler.contract.errors import ServiceUnavailable, StaleAttempt
from airflow_provider_profiler.contract.job import EventKind, JobWarning, Progress, Stage, StageName
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.reasons import FileReason, Reason
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.job_change import JobChange, NewEvent
from airflow_provider_profiler.jobs.late_writes import LateWrites
from airflow_provider_profiler.jobs.stage_recording import StageRecorder
from airflow_provider_profiler.jobs.store import JobRecord, JobStore
from airflow_provider_profiler.profiling.observer import ExpectedTable
from airflow_provider_profiler.storage.results import ResultStore
from airflow_provider_profiler.telemetry.context import job_context
from airflow_provider_profiler.telemetry.tracing import step

logger = logging.getLogger(__name__)

#: Progress is for people, who do not see more of it; each report is a write that is forced to disk.
REPORT_INTERVAL = timedelta(seconds=1)
#: Seconds for which an event may wait for another one; nobody who looks sees the difference.
LATE_SECONDS = 0.25


class JobReporter:
    """The engine's observer that writes what it is told to one attempt's job.

    Every method may raise :class:`~airflow_provider_profiler.contract.errors.StaleAttempt`. What happens soon after the
    last write waits a moment for what comes next: a tiny job passes all its stages in the time of a few writes.

    :param record: the job as it was claimed.
    :param clock: the present moment, aware.
    :param late: writes what nothing has come after.
    """

    def __init__(
        self,
        store: JobStore,
        results: ResultStore,
        record: JobRecord,
        control: JobControl,
        *,
        clock: Callable[[], datetime],
        late: LateWrites,
    ) -> None:
        self._store = store
        self._parts = StageRecorder(store, results, record, clock)
        self._record = record
        self._control = control
        self._clock = clock
        seconds = record.request.options.execution.deadline_seconds
        self._deadline = None if seconds is None else (record.started or clock()) + timedelta(seconds=seconds)
        self._progress = Progress()
        self._stages: tuple[Stage, ...] = ()
        self._warnings: tuple[JobWarning, ...] = ()
        self._late = late
        # Held while something is written: of what happened nothing may overtake another thing.
        self._writing = threading.Lock()
        self._events: tuple[NewEvent, ...] = ()
        self._written = clock()

    def stage(self, name: StageName) -> None:
        """Begin a stage, and end the one before; nothing happens where the job is in it already."""
        self.check()
        if self._progress.stage is name:
            return
        step(name.value)
        now = self._clock()
        self._parts.begin(name, now)
        with self._writing:
            self._stages = (*_ended(self._stages, now), Stage(name=name, started=now))
            self._progress = self._progress.model_copy(update={"stage": name})
            self._tell(EventKind.STAGE, {"stage": name.value}, now)

    def advanced(self, *, rows: int, bytes: int, percent: float) -> None:
        """Take note of how far the job is in all, and report it from time to time.

        :param rows: rows read so far.
        :param bytes: bytes read so far.
        :param percent: share of the work done, 0 to 100; it never goes back within an attempt.
        """
        percent = min(100.0, max(percent, self._progress.percent))
        self._progress = self._progress.model_copy(update={"rows": rows, "bytes": bytes, "percent": percent})
        self._parts.advance(rows=rows, bytes=bytes, percent=percent)
        now = self._clock()
        if now - self._written >= REPORT_INTERVAL:
            with self._writing:
                self._write(now)

    def found(self, profile: DatasetProfile) -> None:
        """Take note of what lies in the dataset, as the light profile has it."""
        self._parts.found(profile)

    def tables_expected(self, tables: Sequence[ExpectedTable]) -> None:
        """Take note of what is going to be read."""
        self._parts.expect(tables)

    def table_started(self, name: str) -> None:
        """Take note that a table begins."""
        self._parts.start(name)

    def table_advanced(self, name: str, *, rows: int, bytes: int, percent: float) -> None:
        """Take note of how far a table is."""
        self._parts.advance_part(name, rows=rows, bytes=bytes, percent=percent)

    def table_finished(
        self, name: str, *, rows: int = 0, bytes: int = 0, reason: FileReason | None = None, reused: bool = False
    ) -> None:
        """Take note that a table has ended."""
        self._parts.finish(name, rows=rows, bytes=bytes, reason=reason, reused=reused)

    def check(self) -> None:
        """Go on, or not.

        :raises Stopped: when the job was told to stop or its deadline has passed.
        """
        self._parts.write_if_due()
        if self._deadline is not None and self._clock() >= self._deadline:
            self._control.stop(StopCause.DEADLINE)
        self._control.check()

    def warn(self, warnings: Iterable[JobWarning]) -> None:
        """Add warnings to the job, each with an event; those that were given before are left out."""
        new = tuple(dict.fromkeys(warning for warning in warnings if warning not in self._warnings))
        if not new:
            return
        for warning in new:
            logger.info("To be known (%s): %s", warning.code, warning.message)
            with self._writing:
                self._warnings += (warning,)
                self._tell(EventKind.WARNING, {"code": warning.code, "message": warning.message}, self._clock())

    def write(self, change: JobChange | None = None) -> None:
        """Write down now what has happened so far.

        :param change: what is to be written down with it.
        """
        with self._writing:
            self._write(self._clock(), change)

    def move(self, state: JobState, change: JobChange) -> JobRecord:
        """Let the job come to another state, with all that has happened until then.

        :return: the job as it is then.
        """
        with self._writing:
            now = self._clock()
            moved = self._store.transition(
                self._record.job_id, self._record.attempt, state, self._change(now, change), now
            )
            self._events, self._written = (), now
            return moved

    def end(self, reason: Reason | None) -> None:
        """Let the parts of the work be as they are when the job ends; call it before that can be seen.

        :param reason: why it fails; None where it does not.
        """
        self._parts.end(reason)

    def last_words(self, *, complete: bool) -> None:
        """Let the last stage end, for what is written down last.

        :param complete: the job did all it was to do.
        """
        self._stages = _ended(self._stages, self._clock())
        if complete:
            self._progress = self._progress.model_copy(update={"percent": 100.0})

    def _tell(self, kind: EventKind, data: dict[str, object], now: datetime) -> None:
        """Take note of an event, and write it down with what it tells of, at once or soon; called while writing."""
        first = not self._events
        self._events += (NewEvent(kind, now, data),)
        if (now - self._written).total_seconds() >= self._late.seconds:
            self._write(now)
        elif first:
            self._late.add(self._write_held)

    def _write_held(self) -> None:
        record = self._record
        with job_context(record.job_id, dataset_id=record.dataset_id, attempt=record.attempt), self._writing:
            if not self._events:
                return
            try:
                self._write(self._clock())
            except (StaleAttempt, ServiceUnavailable) as error:
                # The thread that works on the job will be told the same when it writes next.
                logger.debug("What has happened is not written down: %s", error)

    def _write(self, now: datetime, change: JobChange | None = None) -> None:
        self._store.update(self._record.job_id, self._record.attempt, self._change(now, change))
        self._events, self._written = (), now

    def _change(self, now: datetime, change: JobChange | None = None) -> JobChange:
        values = {
            "progress": self._progress.model_copy(update={"heartbeat": now}),
            "stages": self._stages,
            "warnings": self._warnings,
            "events": self._events,
        }
        if change is not None:
            values |= {name: getattr(change, name) for name in change.model_fields_set}
        return JobChange(**values)


def _ended(stages: tuple[Stage, ...], now: datetime) -> tuple[Stage, ...]:
    if not stages or stages[-1].finished is not None:
        return stages
    return (*stages[:-1], stages[-1].model_copy(update={"finished": now}))
