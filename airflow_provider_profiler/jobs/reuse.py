"""What a job takes over of its dataset's last profile, and what it tells about that."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.store import JobRecord, JobStore
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.render.text import count_text
from airflow_provider_profiler.storage.atomic import write_atomic
from airflow_provider_profiler.storage.results import MIRROR, PARTS, PROFILE, REUSE, STATES, ResultStore

if TYPE_CHECKING:  # whoever only looks at jobs loads no engine
    from airflow_provider_profiler.profiling.reuse.earlier import EarlierProfile
    from airflow_provider_profiler.profiling.reuse.keeping import Keeping
    from airflow_provider_profiler.profiling.reuse.ledger import Ledger

logger = logging.getLogger(__name__)

#: Revisions that are looked at for the last heavy profile: light ones may have come after it.
_LOOKED_BACK = 50


@dataclass(frozen=True)
class Reuse:
    """How a job deals with what was read before."""

    ledger: "Ledger"
    revision: int | None = None
    """That what is unchanged is taken from; None where everything is read."""
    again: Any = None
    """Stands in the place of the engine where no file is to be looked at."""
    warnings: tuple[JobWarning, ...] = ()
    keeps_parts: bool = False

    def keeping(self, folder: Path) -> "Keeping":
        """What is to be kept for the next profile.

        :param folder: where to.
        """
        from airflow_provider_profiler.profiling.reuse.keeping import Keeping  # noqa: PLC0415

        return Keeping(folder, parts=self.keeps_parts)

    @property
    def change(self) -> JobChange:
        """What the job's record says of it, once the profile is made."""
        if self.revision is None or not (self.again is not None or self.ledger.outcome.everything):
            return JobChange()
        return JobChange(reused=True, reused_from=self.revision)

    def told(self) -> Iterator[JobWarning]:
        """What is to be told once the profile is made; the log says the rest."""
        outcome = self.ledger.outcome
        if self.revision is None or self.again is not None:
            return
        if outcome.unused:
            yield _unusable(self.revision, outcome.unused)
            return
        logger.info(
            "%s unchanged since revision %d; %s read.",
            count_text(outcome.unchanged, "file"),
            self.revision,
            count_text(outcome.read, "file"),
        )
        if outcome.databases:
            message = "Databases were read again: whether something in them has changed cannot be told from outside."
            yield JobWarning(code="databases_read_again", message=message)
        if outcome.too_large:
            message = (
                "The states of some files that are one table with others take too much room and were not kept: they "
                "are read again the next time, whether they have changed or not."
            )
            yield JobWarning(code="states_not_kept", message=message)


def read_everything(now: datetime, *, keeps_parts: bool = False, warnings: tuple[JobWarning, ...] = ()) -> Reuse:
    """Nothing is taken over."""
    from airflow_provider_profiler.profiling.reuse.ledger import Ledger  # noqa: PLC0415

    return Reuse(Ledger(moment=now), keeps_parts=keeps_parts, warnings=warnings)


def choose_reuse(store: JobStore, results: ResultStore, record: JobRecord, folder: Path, now: datetime) -> Reuse:
    """Find out what the job may take over, as its request asks for. What cannot be used is told and never fails a job.

    :param folder: of this attempt; what is taken over is put there, so that nobody can take it away meanwhile.
    """
    request = record.request
    parts = bool(request.reuse_unchanged)
    if not parts and request.profiled_since_days is None:
        return read_everything(now)
    if request.force:
        logger.info("Everything is read: the request says force.")
        return read_everything(now, keeps_parts=parts)
    before = _last_profile(store, record)
    if before is None:
        logger.info("Everything is read: the dataset has no earlier profile.")
        return read_everything(now, keeps_parts=parts)
    try:
        return _with_earlier(_staged(results, before, folder), before, record, now)
    except UnusableEarlier as error:
        return read_everything(now, keeps_parts=parts, warnings=(_unusable(before.revision, str(error)),))
    except OSError as error:
        why = error.strerror or type(error).__name__
        return read_everything(now, keeps_parts=parts, warnings=(_unusable(before.revision, why),))


def _with_earlier(earlier: "EarlierProfile", before: JobRecord, record: JobRecord, now: datetime) -> Reuse:
    from airflow_provider_profiler.profiling.reuse.ledger import Ledger  # noqa: PLC0415
    from airflow_provider_profiler.profiling.reuse.restating import (  # noqa: PLC0415
        NOT_LOOKED_AT,
        EarlierAgain,
        same_meaning,
        worth_another_try,
    )

    request, days = record.request, record.request.profiled_since_days
    parts = bool(request.reuse_unchanged)
    age = now - earlier.document.looked_at
    warnings: tuple[JobWarning, ...] = ()
    if days is not None and age < timedelta(days=days):
        why = same_meaning(earlier, request.profile_specification, request.options) or worth_another_try(earlier)
        if not why:
            message = (
                f"The files were not looked at: this is the profile of revision {before.revision}, which is of "
                f"{earlier.document.looked_at:%Y-%m-%d %H:%M:%S} UTC and younger than the {days:g} days of "
                "profiled_since_days."
            )
            logger.info("%s", message)
            again = EarlierAgain(earlier, JobWarning(code=NOT_LOOKED_AT, message=message))
            return Reuse(Ledger(moment=now), before.revision, again, keeps_parts=parts)
        message = (
            f"The files were looked at although revision {before.revision} is younger than the {days:g} days of "
            f"profiled_since_days: {why}."
        )
        warnings = (JobWarning(code="files_looked_at", message=message),)
    if not request.reuse_unchanged:
        return read_everything(now, warnings=warnings)
    compare: Any = "content" if request.reuse_unchanged == "content" else "stamp"
    return Reuse(Ledger(earlier, compare=compare, moment=now), before.revision, warnings=warnings, keeps_parts=True)


def _last_profile(store: JobStore, record: JobRecord) -> JobRecord | None:
    """The job of the dataset's last heavy profile that was a success."""
    found = store.latest_revision(record.dataset_id, successful=True)
    if found is None:
        return None
    last = found.revision
    for number in range(last, max(0, last - _LOOKED_BACK), -1):
        job = found if number == last else store.revision(record.dataset_id, number)
        if job is not None and job.state is JobState.HEAVY_PROFILES_READY:
            return job
    return None


def _staged(results: ResultStore, before: JobRecord, folder: Path) -> "EarlierProfile":
    """The documents of a revision, where nobody removes them.

    :raises UnusableEarlier: when something is missing or does not fit.
    :raises OSError: when they cannot be put there.
    """
    from airflow_provider_profiler.profiling.reuse.earlier import EarlierProfile  # noqa: PLC0415

    staged = folder / "earlier"
    (staged / MIRROR).mkdir(parents=True, exist_ok=True)
    mirrors = [
        item.name
        for item in results.documents(before.dataset_id, before.revision)
        if item.name.startswith(f"{MIRROR}/")
    ]
    for name in (REUSE, STATES, PARTS, PROFILE, *mirrors):
        _stage(results, before, name, staged / name)
    return EarlierProfile.open(staged)


def _stage(results: ResultStore, before: JobRecord, name: str, place: Path) -> None:
    # Documents are replaced and never written to: a second name for one costs nothing and stays what it is.
    path = results.path_of(before.dataset_id, before.revision, name)
    if path is None:
        return
    place.unlink(missing_ok=True)
    try:
        os.link(path, place)
    except OSError:
        chunks = results.chunks(before.dataset_id, before.revision, name)
        if chunks is not None:
            write_atomic(place, chunks)


def _unusable(revision: int, why: str) -> JobWarning:
    message = f"Everything was read: what revision {revision} left behind cannot be used ({why.rstrip('.')})."
    return JobWarning(code="reuse_not_possible", message=message)
