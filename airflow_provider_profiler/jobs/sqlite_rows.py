"""Between the rows of the SQLite job store and the models that the rest of the package speaks."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

from airflow_provider_profiler.contract.job import (
    DatasetEntry,
    EventKind,
    FeedEvent,
    JobEvent,
    JobSummary,
    JobWarning,
    Progress,
    Stage,
)
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.store import JobRecord, JobStanding, NewJob, RunnerKind

_NAMES = TypeAdapter(tuple[str, ...])
_STAGES = TypeAdapter(tuple[Stage, ...])
_WARNINGS = TypeAdapter(tuple[JobWarning, ...])

ModelT = TypeVar("ModelT", bound=BaseModel)


def moment(at: datetime) -> str:
    """A moment as text of fixed width in UTC: its order as text is its order in time."""
    try:
        utc = at.astimezone(UTC)
    except OverflowError:  # a zone led out of the calendar's first or last day: that is as far as it goes
        utc = (datetime.min if at.year == 1 else datetime.max).replace(tzinfo=UTC)
    return utc.isoformat(timespec="microseconds")


def columns_of_submission(job: NewJob, revision: int) -> dict[str, object]:
    """The columns of a new job's row."""
    return {
        "job_id": str(job.job_id),
        "dataset_id": str(job.request.profile_specification.id),
        "revision": revision,
        "request": job.request.model_dump_json(),
        "fingerprint": job.fingerprint,
        "client": job.client,
        "idempotency_key": job.idempotency_key,
        "runner": job.runner.value,
        "priority": job.request.priority,
        "state": JobState.SUBMITTING.value,
        "dag_id": job.request.triggered_by.dag_id,
        "traceparent": job.traceparent,
        "labels": json.dumps(job.request.labels, ensure_ascii=False),
        "created": moment(job.created),
    }


def columns_of_change(change: JobChange) -> dict[str, object]:
    """The columns that a change sets; fields that are None are left as they are."""
    columns: dict[str, object] = {}
    if change.profiles_available is not None:
        columns["profiles_available"] = json.dumps(change.profiles_available)
    if change.cdd_revision_path is not None:
        columns["cdd_revision_path"] = change.cdd_revision_path
    if change.progress is not None:
        # The heartbeat has a column of its own: it is renewed by somebody else than the one who reports progress.
        columns["progress"] = change.progress.model_dump_json(exclude={"heartbeat"})
        if change.progress.heartbeat is not None:
            columns["heartbeat"] = moment(change.progress.heartbeat)
    if change.stages is not None:
        columns["stages"] = _STAGES.dump_json(change.stages).decode()
    if change.warnings is not None:
        columns["warnings"] = _WARNINGS.dump_json(change.warnings).decode()
    if change.summary is not None:
        columns["summary"] = change.summary.model_dump_json()
    if change.reused is not None:
        columns["reused"] = int(change.reused)
    if change.reused_from is not None:
        columns["reused_from"] = change.reused_from
    if change.reason is not None:
        columns["reason"] = change.reason.model_dump_json()
    if change.finished is not None:
        columns["finished"] = moment(change.finished)
    return columns


#: Characters of a request that are worth to be kept.
_USUAL_REQUEST = 32 * 1024


def record_of(row: sqlite3.Row | Mapping[str, Any]) -> JobRecord:
    """The job of a row, or of anything that has its columns by name."""
    progress = Progress.model_validate_json(row["progress"])
    abort_reason = _model(Reason, row["abort_reason"])
    return JobRecord(
        job_id=UUID(row["job_id"]),
        request=_request(row["request"]),
        fingerprint=row["fingerprint"],
        runner=RunnerKind(row["runner"]),
        client=row["client"],
        idempotency_key=row["idempotency_key"],
        dataset_id=UUID(row["dataset_id"]),
        revision=row["revision"],
        state=JobState(row["state"]),
        reason=_model(Reason, row["reason"]),
        owner=row["owner"],
        attempt=row["attempt"],
        losses=row["losses"],
        lease_until=_datetime(row["lease_until"]),
        abort_requested=abort_reason is not None,
        abort_reason=abort_reason,
        cleaned_up=bool(row["cleaned_up"]),
        profiles_available=_NAMES.validate_json(row["profiles_available"]),
        cdd_revision_path=row["cdd_revision_path"],
        progress=progress.model_copy(update={"heartbeat": _datetime(row["heartbeat"])}),
        stages=_STAGES.validate_json(row["stages"]),
        warnings=_WARNINGS.validate_json(row["warnings"]),
        summary=_model(JobSummary, row["summary"]),
        reused=bool(row["reused"]),
        reused_from=row["reused_from"],
        traceparent=row["traceparent"],
        created=datetime.fromisoformat(row["created"]),
        started=_datetime(row["started"]),
        finished=_datetime(row["finished"]),
    )


def _request(text: str) -> TriggerProfileRequest:
    return _usual_request(text) if len(text) <= _USUAL_REQUEST else TriggerProfileRequest.model_validate_json(text)


@lru_cache(maxsize=64)
def _usual_request(text: str) -> TriggerProfileRequest:
    """The request of a job, which does not change while the rest of its row is read again and again."""
    return TriggerProfileRequest.model_validate_json(text)


def standing_of(row: sqlite3.Row) -> JobStanding:
    """How the job of a row stands; the row need not have other columns."""
    return JobStanding(
        dataset_id=UUID(row["dataset_id"]),
        state=JobState(row["state"]),
        terminal=bool(row["ended"]),
        cleaned_up=bool(row["cleaned_up"]),
        runner=RunnerKind(row["runner"]),
    )


def event_of(row: sqlite3.Row) -> JobEvent:
    """The event of a row."""
    return JobEvent(
        sequence=row["sequence"],
        at=datetime.fromisoformat(row["at"]),
        kind=EventKind(row["kind"]),
        data=json.loads(row["data"]),
    )


def feed_event_of(row: sqlite3.Row) -> FeedEvent:
    """The event of a row of the feed."""
    return FeedEvent(
        cursor=row["cursor"],
        job_id=UUID(row["job_id"]),
        dataset_id=UUID(row["dataset_id"]),
        revision=row["revision"],
        sequence=row["sequence"],
        at=datetime.fromisoformat(row["at"]),
        kind=EventKind(row["kind"]),
        data=json.loads(row["data"]),
    )


def dataset_of(row: sqlite3.Row) -> DatasetEntry:
    """The dataset of a row."""
    return DatasetEntry(
        dataset_id=UUID(row["dataset_id"]),
        name=row["name"],
        last_revision=row["last_revision"],
        published_revision=row["published_revision"],
    )


def event_data(data: Mapping[str, object]) -> str:
    """An event's data as the row holds it."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _datetime(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _model(kind: type[ModelT], text: str | None) -> ModelT | None:
    return None if text is None else kind.model_validate_json(text)
