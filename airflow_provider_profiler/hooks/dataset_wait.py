"""What somebody who waits for a dataset's CDD file wants of it."""

from dataclasses import dataclass
from datetime import datetime

from airflow_provider_profiler.contract.dataset import DatasetDetail
from airflow_provider_profiler.hooks.errors import ServiceTooOld


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
