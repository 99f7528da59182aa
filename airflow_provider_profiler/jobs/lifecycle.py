"""The life of one claimed job: discover, light, heavy, publish, and how it ends when something goes wrong."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from airflow_provider_profiler.config.settings import Settings, source_date_epoch
from airflow_provider_profiler.contract.errors import ProfilerError, ServiceUnavailable, StaleAttempt
from airflow_provider_profiler.contract.job import JobWarning, StageName
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import JobState, Target
from airflow_provider_profiler.jobs.admission import admit
from airflow_provider_profiler.jobs.attempt_log import attempt_log
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.databases import database_accesses
from airflow_provider_profiler.jobs.failure import reason_of, reason_of_stop
from airflow_provider_profiler.jobs.findings import nothing_read, profile_warnings, specification_warnings
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.late_writes import LateWrites
from airflow_provider_profiler.jobs.publication import publish_cdd
from airflow_provider_profiler.jobs.reporting import LATE_SECONDS, JobReporter
from airflow_provider_profiler.jobs.reuse import Reuse, choose_reuse
from airflow_provider_profiler.jobs.store import JobRecord, JobStore, RunnerKind
from airflow_provider_profiler.jobs.tracing import attempt_span, tell_end
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess
from airflow_provider_profiler.profiling.observer import Observer, Stopped
from airflow_provider_profiler.render.documents import Document, Renderings, model_document
from airflow_provider_profiler.render.text import bytes_text
from airflow_provider_profiler.storage.atomic import write_staged
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.results import PARTS, REUSE, STATES, ResultStore, cdd_name
from airflow_provider_profiler.storage.roots import ResolvedDataset
from airflow_provider_profiler.telemetry.job_log import LAST_WORDS

if TYPE_CHECKING:  # whoever only looks at jobs loads no engine
    from airflow_provider_profiler.profiling.reuse.keeping import Keeping
    from airflow_provider_profiler.profiling.reuse.ledger import Ledger

logger = logging.getLogger(__name__)

LightT = TypeVar("LightT")

NO_CHANGE = JobChange()


class Engine(Protocol[LightT]):
    """What a job needs of the profiling engine; what ``light`` returns has a ``profile``."""

    def light(
        self,
        specification: ProfileSpecification,
        datasets: Sequence[ResolvedDataset | ResolvedObjects],
        options: ProfileOptions,
        *,
        generated_at: datetime,
        observer: Observer,
        databases: Sequence[DatabaseAccess],
        ledger: "Ledger",
    ) -> LightT:
        """Find out what lies in the datasets, with what is known of it in a ledger."""
        ...

    def heavy(
        self, light: LightT, *, observer: Observer, states: Path, mirrors: Path, keep: "Keeping"
    ) -> DatasetProfile:
        """Read what is not known, and save what was remembered of all of it.

        :param states: a file, and ``mirrors`` a folder for mirrors of the tables.
        :param keep: what the next profile may need.
        """
        ...


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def timestamp_of(record: JobRecord) -> datetime:
    """The one timestamp of a job's documents: its start in whole seconds, or ``SOURCE_DATE_EPOCH``.

    :raises ConfigurationError: when ``SOURCE_DATE_EPOCH`` is not a whole number.
    """
    epoch = source_date_epoch()
    if epoch is not None:
        return datetime.fromtimestamp(epoch, UTC)
    return (record.started or record.created).astimezone(UTC).replace(microsecond=0)


class JobLifecycle:
    """Runs claimed jobs to their end, each in the thread that calls :meth:`run`.

    :param clock: the present moment, aware.
    """

    def __init__(
        self,
        store: JobStore,
        results: ResultStore,
        engine: Engine[Any],
        settings: Settings,
        *,
        renderings: Renderings | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._results = results
        self._engine = engine
        self._settings = settings
        self._renderings = renderings or Renderings()
        self._clock = clock
        self._late = LateWrites(LATE_SECONDS)

    def run(self, record: JobRecord, control: JobControl) -> JobRecord:
        """Run a job that this process has just claimed.

        :param record: the job as the claim returned it.
        :param control: tells the job to stop between two units of work.
        :return: the job as it is now: at its end, given back, or in the hands of another attempt.
        :raises ServiceUnavailable: when the store is not there; the job's lease then runs out, and it is run again.
        """
        with (
            attempt_log(self._results, record, max_bytes=self._settings.max_job_log_bytes),
            attempt_span(record) as opened,
        ):
            logger.info(
                "Attempt %d of job %s starts: revision %d of dataset %s, %s profile.",
                record.attempt,
                record.job_id,
                record.revision,
                record.dataset_id,
                record.target.value,
            )
            try:
                ended = self._run(record, control)
                tell_end(opened, ended)
            except StaleAttempt as stale:
                opened.failed("stale")
                logger.info("%s", stale, extra=LAST_WORDS)
                return self._store.get(record.job_id) or record
            if not ended.terminal:
                logger.info("Job %s is given back in %s.", record.job_id, ended.state.value, extra=LAST_WORDS)
            return ended

    def fail(self, record: JobRecord, reason: Reason) -> JobRecord:
        """Fail a job that this process has just claimed, without running it.

        :raises StaleAttempt: when another attempt holds the job.
        """
        with attempt_log(self._results, record, max_bytes=self._settings.max_job_log_bytes):
            return self._fail(record, reason)

    def give_up(self, record: JobRecord, control: JobControl, reporter: JobReporter | None = None) -> JobRecord:
        """End an attempt that was told to stop: give the job back if its process ends, else fail it.

        An embedded job may not be run by another process: giving it back would leave it waiting for ever.

        :raises StaleAttempt: when another attempt holds the job.
        """
        if control.cause is StopCause.SHUTDOWN and record.runner is not RunnerKind.EMBEDDED:
            if reporter is not None:
                reporter.write()
            return self._store.release(record.job_id, record.attempt)
        return self._fail(record, reason_of_stop(control, record), reporter)

    def _run(self, record: JobRecord, control: JobControl) -> JobRecord:
        reporter = JobReporter(self._store, self._results, record, control, clock=self._clock, late=self._late)
        try:
            return self._work(record, reporter)
        except Stopped:
            # A superseded attempt tries to say its last words too; the store refuses them.
            return self.give_up(record, control, reporter)
        except (StaleAttempt, ServiceUnavailable):
            raise
        except Exception as error:
            if self._was_told_to_stop(record, control):
                # What broke then is no news: somebody wanted an end of it.
                logger.info("The attempt ended with %s after it was told to stop.", type(error).__name__)
                logger.debug("That was:", exc_info=error)
                return self.give_up(record, control, reporter)
            if not isinstance(error, ProfilerError):
                # The one place where a foreign error is told in full; the reason names its type alone.
                logger.exception("Job %s failed.", record.job_id)
            return self._fail(record, reason_of(error, record), reporter)
        except BaseException:
            # The process is being ended while the job runs in its main thread.
            control.stop(StopCause.SHUTDOWN)
            with suppress(StaleAttempt, ServiceUnavailable):
                self.give_up(record, control, reporter)
            raise

    def _was_told_to_stop(self, record: JobRecord, control: JobControl) -> bool:
        if control.cause is None:
            # The word of it may not have come here yet.
            seen = self._store.get(record.job_id)
            if seen is not None and seen.attempt == record.attempt and seen.abort_requested:
                control.stop(StopCause.ABORT, seen.abort_reason)
        return control.cause is not None

    def _work(self, record: JobRecord, reporter: JobReporter) -> JobRecord:
        request = record.request
        specification = request.profile_specification
        reporter.stage(StageName.DISCOVER)
        reporter.warn(_attempt_warning(record))
        reporter.warn(specification_warnings(specification))
        reuse = choose_reuse(self._store, self._results, record, self._folder(record), self._clock())
        reporter.warn(reuse.warnings)
        # Where no file is looked at, it does not matter whether there are any.
        datasets = admit(request, self._settings) if reuse.again is None else ()
        engine: Engine[Any] = reuse.again or self._engine
        light = engine.light(
            specification,
            datasets,
            request.options,
            generated_at=timestamp_of(record),
            observer=reporter,
            databases=database_accesses(specification, self._settings) if reuse.again is None else (),
            ledger=reuse.ledger,
        )
        profile: DatasetProfile = light.profile
        reporter.check()
        reporter.found(profile)
        self._write(record, (model_document(profile), *self._renderings.light(profile)))
        reporter.warn(profile_warnings(profile, record.target))
        ready = JobChange(profiles_available=("light",), summary=profile.summary())
        reason = nothing_read(profile)
        if reason is not None:
            return self._fail(record, reason, reporter, ready)
        if record.target is Target.LIGHT:
            reporter.warn(reuse.told())
            ready = _joined(ready, reuse.change)
            return self._finish(record, reporter, JobState.LIGHT_PROFILE_READY, ready)
        if record.state is JobState.LIGHT_PROFILE_READY:
            # An earlier attempt came this far: people have been told.
            reporter.write(ready)
        else:
            reporter.move(JobState.LIGHT_PROFILE_READY, ready)
        return self._work_heavy(record, light, reporter, reuse)

    def _work_heavy(self, record: JobRecord, light: Any, reporter: JobReporter, reuse: Reuse) -> JobRecord:
        states = self._results.scratch(record.job_id) / STATES
        folder = self._folder(record)
        engine: Engine[Any] = reuse.again or self._engine
        profile = engine.heavy(light, observer=reporter, states=states, mirrors=folder, keep=reuse.keeping(folder))
        reporter.stage(StageName.RENDER)
        reporter.warn(profile_warnings(profile, record.target))
        reporter.warn(reuse.told())
        change = JobChange(summary=profile.summary())
        reason = nothing_read(profile)
        if reason is not None:
            # The model says of each file why it failed; there are no documents for readers of tables.
            self._write(record, (model_document(profile),))
            return self._fail(record, reason, reporter, change)
        if states.exists():
            logger.info("The states of job %s have %s.", record.job_id, bytes_text(states.stat().st_size))
        made = {STATES: states} if states.exists() else {}
        paths_of_mirrors = [table.mirror.path for table in profile.record_sets if table.mirror is not None]
        made |= {path: folder / path for path in paths_of_mirrors}
        made |= {name: folder / name for name in (REUSE, PARTS) if (folder / name).exists()}
        paths = self._write(record, (model_document(profile), *self._renderings.heavy(profile)), made)
        reporter.stage(StageName.PUBLISH)
        if publish_cdd(self._store, self._results, record):
            logger.info("Published as %s.", self._results.cdd_path_of(record.dataset_id))
        else:
            logger.info("A newer revision of dataset %s is published: its CDD file stays.", record.dataset_id)
        change = JobChange(
            profiles_available=("light", "heavy", "cdd"),
            cdd_revision_path=paths[cdd_name(record.dataset_id)],
            summary=profile.summary(),
        )
        return self._finish(record, reporter, JobState.HEAVY_PROFILES_READY, _joined(change, reuse.change))

    def _write(
        self, record: JobRecord, documents: Iterable[Document], made: Mapping[str, Path] | None = None
    ) -> dict[str, str]:
        """Write documents of a revision, and say where each lies.

        They are written out of the way, however long that takes, and take their places while the job is surely held.

        :param made: files that are written already, by their names.
        """
        folder = self._folder(record)
        files = dict(made or {})
        for document in documents:
            files[document.name] = folder / document.name
            write_staged(files[document.name], document.chunks)

        def move() -> dict[str, str]:
            return self._move(record, files)

        return self._store.while_held(record.job_id, record.attempt, move)

    def _folder(self, record: JobRecord) -> Path:
        """Where this attempt writes: one that was stalled must not touch what its successor is about to move."""
        folder = self._results.scratch(record.job_id) / f"attempt-{record.attempt}"
        folder.mkdir(exist_ok=True)
        return folder

    def _move(self, record: JobRecord, files: Mapping[str, Path]) -> dict[str, str]:
        # What was moved already is in its place: moving may begin again from the first one.
        gone = (name for name, file in files.items() if not file.exists())
        places = {name: self._results.path_of(record.dataset_id, record.revision, name) for name in gone}
        moved = {name: place for name, place in places.items() if place is not None}
        left = {name: file for name, file in files.items() if name not in moved}
        return moved | self._results.move_in(record.dataset_id, record.revision, left)

    def _finish(self, record: JobRecord, reporter: JobReporter, state: JobState, change: JobChange) -> JobRecord:
        reporter.last_words(complete=True)
        reporter.end(None)
        # Told before it can be seen: whoever sees that the job has ended finds all of its log.
        logger.info(
            "Attempt %d of job %s ends%s: %s.",
            record.attempt,
            record.job_id,
            self._after(record),
            state.value,
            extra=LAST_WORDS,
        )
        ended = reporter.move(state, change)
        self._results.delete_scratch(record.job_id)
        return ended

    def _fail(
        self,
        record: JobRecord,
        reason: Reason,
        reporter: JobReporter | None = None,
        change: JobChange = NO_CHANGE,
    ) -> JobRecord:
        change = _joined(change, JobChange(reason=reason))
        if reporter is not None:
            reporter.last_words(complete=False)
            reporter.end(reason)
        logger.warning(
            "Attempt %d of job %s fails%s (%s): %s",
            record.attempt,
            record.job_id,
            self._after(record),
            reason.code.value,
            reason.message,
            extra=LAST_WORDS,
        )
        if reporter is not None:
            failed = reporter.move(JobState.FAILED, change)
        else:
            failed = self._store.transition(record.job_id, record.attempt, JobState.FAILED, change, self._clock())
        self._results.delete_scratch(record.job_id)
        return failed

    def _after(self, record: JobRecord) -> str:
        if record.started is None:
            return ""
        return f" after {(self._clock() - record.started).total_seconds():.2f} s"


def _joined(first: JobChange, second: JobChange) -> JobChange:
    return first.model_copy(update={name: getattr(second, name) for name in second.model_fields_set})


def _attempt_warning(record: JobRecord) -> tuple[JobWarning, ...]:
    if record.attempt <= 1:
        return ()
    message = (
        f"This is attempt {record.attempt}: the process that ran the job before ended first, "
        "and the work began again from the start."
    )
    return (JobWarning(code="restarted", message=message),)
