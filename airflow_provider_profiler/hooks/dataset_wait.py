"""What somebody who waits for a dataset's CDD file wants of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from airflow_provider_profiler.contract.dataset import DatasetDetail
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.errors import RequestRefused, ServiceTooOld
from airflow_provider_profiler.hooks.rendered import is_nothing


@dataclass(frozen=True)
class WantedCdd:
    """A dataset's CDD file, of any age, or not before a moment or a revision.

    :param dataset_id: the dataset's UUID.
    :param newer_than: the job of the file's revision must have ended after this moment.
    :param revision: the lowest revision that will do.
    """

    dataset_id: str
    newer_than: datetime | None = None
    revision: int | None = None

    @classmethod
    def given(cls, dataset_id: Any, newer_than: Any = None, revision: Any = None) -> Self:
        """Read what the author of a DAG gave, rendered.

        :param dataset_id: the dataset's UUID, or the name or path that one is derived from.
        :param newer_than: a moment, or one as ISO 8601, UTC where it names no time zone.
        :param revision: a whole number from 1.
        :raises RequestRefused: when it cannot be read.
        """
        if is_nothing(dataset_id):
            raise RequestRefused("No dataset_id was given. Does its template name a value that is there?")
        return cls(str(dataset_uuid(str(dataset_id).strip())), _moment(newer_than), _number(revision))

    @property
    def any_will_do(self) -> bool:
        """Whether a path is all that is asked for, which every service can tell."""
        return self.newer_than is None and self.revision is None

    def path_in(self, detail: DatasetDetail | None) -> str | None:
        """The path of the file if it will do, else None.

        :param detail: what the service tells of the dataset; None where it has no such route.
        :raises ServiceTooOld: when the service cannot tell what was asked for.
        """
        if detail is None:
            raise ServiceTooOld(
                "The profiling service has the documented routes alone: it tells where a dataset's CDD file lies, but "
                "neither its revision nor its age. Leave newer_than and revision out, or wait for the job itself with "
                "ProfileJobSensor."
            )
        if self.revision is not None and (detail.published_revision or 0) < self.revision:
            return None
        if self.newer_than is not None and (detail.finished is None or detail.finished <= self.newer_than):
            return None
        return detail.cdd_profile_path

    def __str__(self) -> str:
        """In words, for the log."""
        wishes = [
            f"newer than {self.newer_than.isoformat()}" if self.newer_than else "",
            f"of revision {self.revision} or later" if self.revision is not None else "",
        ]
        return " ".join([f"the CDD file of dataset {self.dataset_id}", " and ".join(filter(None, wishes))]).strip()


def _moment(given: Any) -> datetime | None:
    if is_nothing(given):
        return None
    try:
        moment = given if isinstance(given, datetime) else datetime.fromisoformat(given.strip())
    except (ValueError, AttributeError):
        raise RequestRefused(
            f"newer_than is {str(given)[:100]!r}, which is not a moment such as '2026-01-31T02:00:00+00:00'."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(given: Any) -> int | None:
    if is_nothing(given):
        return None
    try:
        number = int(given)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise RequestRefused(f"revision is {str(given)[:100]!r}; revisions are whole numbers from 1.")
    return number
