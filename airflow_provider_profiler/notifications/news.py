"""What a notification tells of a job: small, without a value of the data, and readable as one sentence."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_profiler.contract.job import JobDetail

_READY = {"HEAVY_PROFILES_READY": "profile", "LIGHT_PROFILE_READY": "light profile"}
_MOST = 1000


@dataclass(frozen=True)
class ProfileNews:
    """A job as a notification tells of it; in templates it is ``profile``.

    What is not known is None: a task may fail before it submits, and the service may be away.
    """

    job_id: str | None = None
    job_url: str | None = None
    dataset_id: str | None = None
    revision: int | None = None
    state: str | None = None
    target: str | None = None
    percent: float | None = None
    files: int | None = None
    failed_files: int | None = None
    tables: int | None = None
    rows: int | None = None
    columns: int | None = None
    bytes: int | None = None
    warnings: int | None = None
    cdd_path: str | None = None
    """The revision's own copy of the CDD file."""
    reason: str | None = None
    """Why the job, or its task, failed."""
    problem: str | None = None
    """Why the service could not be asked."""

    def with_detail(self, detail: "JobDetail", url: str | None) -> "ProfileNews":
        """What the service tells of the job, before what was known without it."""
        counts = detail.summary
        told = {
            "job_id": str(detail.job_id),
            "job_url": url,
            "dataset_id": str(detail.dataset_id),
            "revision": detail.revision,
            "state": detail.state.value,
            "target": detail.target.value,
            "percent": detail.progress.percent,
            **(counts_of(counts.model_dump()) if counts is not None else {}),
            "warnings": len(detail.warnings),
            "cdd_path": detail.cdd_revision_path,
            "reason": f"{detail.reason.code.value}: {detail.reason.message}" if detail.reason is not None else None,
        }
        return ProfileNews(**{**asdict(self), **{name: value for name, value in told.items() if value is not None}})

    def as_json(self) -> dict[str, Any]:
        """The fields, and the sentence as ``text``."""
        return {"text": self.text, **asdict(self)}

    @property
    def text(self) -> str:
        """One paragraph for people."""
        parts = [self._sentence()]
        if self.files is not None and self.state in _READY:
            counts = [(self.files, "file"), (self.tables, "table"), (self.rows, "row"), (self.columns, "column")]
            parts.append(", ".join(_counted(count, word) for count, word in counts if count is not None) + ".")
        if self.failed_files:
            parts.append(f"{_counted(self.failed_files, 'file')} could not be read.")
        if self.warnings:
            parts.append(f"{_counted(self.warnings, 'warning')}.")
        if self.problem:
            parts.append(f"The service could not be asked for more: {self.problem}")
        if self.cdd_path:
            parts.append(f"CDD file: {self.cdd_path}")
        if self.job_url:
            parts.append(self.job_url)
        return " ".join(parts)

    def _sentence(self) -> str:
        dataset = f"dataset {self.dataset_id}" if self.dataset_id else "the dataset"
        if self.job_id is None:
            return f"No profiling job was submitted: {self.reason}" if self.reason else "No profiling job is known."
        if self.state == "FAILED":
            return f"Profiling job {self.job_id} of {dataset} failed: {self.reason or 'no reason is known.'}"
        if self.reason:
            state = self.state or "in an unknown state"
            return f"Profiling job {self.job_id} of {dataset} is {state}, but its task failed: {self.reason}"
        if self.state in _READY:
            revision = f" (revision {self.revision})" if self.revision is not None else ""
            return f"The {_READY[self.state]} of {dataset}{revision} is ready."
        how_far = f" at {self.percent:.0f} %" if self.percent is not None else ""
        return f"Profiling job {self.job_id} of {dataset} is {self.state or 'in an unknown state'}{how_far}."


def counts_of(summary: "Mapping[str, Any]") -> dict[str, int]:
    """The counts of a job's summary, under the names of :class:`ProfileNews`."""
    names = {
        "files": "files",
        "failed_files": "failed",
        "tables": "record_sets",
        "rows": "rows",
        "columns": "columns",
        "bytes": "bytes",
    }
    return {name: summary[key] for name, key in names.items() if isinstance(summary.get(key), int)}


def told_by_task(context: "Mapping[str, Any]") -> ProfileNews:
    """What the task that a callback is called for has left behind, without asking the service."""
    error = context.get("exception")
    reason = str(error)[:_MOST] if error else None
    ti = context.get("ti")
    if ti is None:
        return ProfileNews(reason=reason)
    left = {name: _pulled(ti, name) for name in ("job_id", "job_url", "status", "cdd_revision_path", "summary")}
    summary = left.pop("summary")
    known = {name: value if isinstance(value, str) and value else None for name, value in left.items()}
    counts: dict[str, Any] = dict(counts_of(summary)) if isinstance(summary, dict) else {}
    return ProfileNews(
        job_id=known["job_id"],
        job_url=known["job_url"],
        state=known["status"],
        cdd_path=known["cdd_revision_path"],
        reason=reason,
        **counts,
    )


def _pulled(ti: Any, key: str) -> Any:
    try:
        return ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index, key=key)
    except Exception:  # a callback may run where XCom cannot be read, and must tell what is known all the same
        return None


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
