"""What an asset event tells of a profile: small, plain, and free of values of the data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from airflow_provider_profiler.contract.job import JobDetail
    from airflow_provider_profiler.triggers.outcome import Outcome


@dataclass(frozen=True)
class ProfileFacts:
    """One profile of a dataset. What the service does not tell is None."""

    dataset_id: str
    """The dataset's UUID."""
    job_id: str | None = None
    revision: int | None = None
    """Counts from 1 within the dataset."""
    rows: int | None = None
    columns: int | None = None
    schema_hash: str | None = None
    """Equal for equal schemas: of the tables' names with the names and types of their columns."""
    cdd_path: str | None = None
    """Where the dataset's CDD file lies; None for a light profile."""
    bytes: int | None = None

    @classmethod
    def of(cls, detail: "JobDetail", cdd_path: str | None = None) -> Self:
        """What a job's detail tells.

        :param cdd_path: where the CDD file lies, which the detail does not tell.
        """
        summary = detail.summary.model_dump() if detail.summary else None
        return cls._made(str(detail.dataset_id), str(detail.job_id), detail.revision, summary, cdd_path)

    @classmethod
    def of_outcome(cls, outcome: "Outcome") -> Self | None:
        """What the end of a wait tells; None where not even the dataset is known."""
        if outcome.dataset_id is None:
            return None
        return cls._made(outcome.dataset_id, outcome.job_id, outcome.revision, outcome.summary, outcome.cdd_path)

    @classmethod
    def of_event(cls, extra: Mapping[str, Any]) -> Self | None:
        """What the extra of an asset event tells, emitted by a task or by a watcher; None where it is of another kind.

        ::

            facts = ProfileFacts.of_event(triggering_asset_events[asset][-1].extra)
        """
        told = extra.get("payload") if extra.get("from_trigger") else extra
        if not isinstance(told, Mapping) or not isinstance(told.get("dataset_id"), str):
            return None
        known: dict[str, Any] = {field.name: told.get(field.name) for field in fields(cls)}
        return cls(**known)

    def extra(self) -> dict[str, Any]:
        """As the extra of an asset event: JSON types alone."""
        return asdict(self)

    @classmethod
    def _made(
        cls,
        dataset_id: str,
        job_id: str | None,
        revision: int | None,
        summary: Mapping[str, Any] | None,
        cdd_path: str | None,
    ) -> Self:
        told = summary or {}
        return cls(
            dataset_id=dataset_id,
            job_id=job_id,
            revision=revision,
            rows=told.get("rows"),
            columns=told.get("columns"),
            schema_hash=told.get("schema_hash") or None,
            cdd_path=cdd_path,
            bytes=told.get("bytes"),
        )
