"""Between the hashes of the Redis job store and the models that the rest of the package speaks."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.job import EventKind, FeedEvent, JobEvent
from airflow_provider_profiler.contract.states import JobState, Target, is_terminal
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.sqlite_rows import columns_of_submission, event_data, moment, record_of
from airflow_provider_profiler.jobs.store import JobRecord, JobStanding, NewJob, RunnerKind

#: What a job's standing is told from.
STANDING_FIELDS = ("dataset_id", "state", "target", "runner", "cleaned_up")
# What a hash says by not having a field.
_ABSENT: Mapping[str, Any] = {
    "idempotency_key": None,
    "reason": None,
    "owner": None,
    "losses": 0,
    "lease_until": None,
    "heartbeat": None,
    "abort_reason": None,
    "cleaned_up": 0,
    "profiles_available": "[]",
    "cdd_revision_path": None,
    "progress": "{}",
    "stages": "[]",
    "warnings": "[]",
    "summary": None,
    "reused": 0,
    "reused_from": None,
    "traceparent": "",
    "started": None,
    "finished": None,
}


def fields_of_submission(job: NewJob) -> list[str]:
    """The fields of a new job's hash as a flat list; the store adds the revision and the place among the others."""
    columns = columns_of_submission(job, revision=0)
    del columns["revision"]
    return flat({**columns, "target": job.request.target.value})


def flat(columns: Mapping[str, object]) -> list[str]:
    """Columns as name, value, name, value; one without value is left out."""
    return [str(part) for name, value in columns.items() if value is not None for part in (name, value)]


def record_of_fields(fields: Mapping[str, str]) -> JobRecord:
    """The job of a hash."""
    whole = ("revision", "attempt", "losses", "reused", "reused_from")
    numbers = {name: int(fields[name]) for name in whole if name in fields}
    return record_of({**_ABSENT, **fields, **numbers})


def standing_of_fields(values: Sequence[str | None]) -> JobStanding | None:
    """How the job stands whose hash has these values of :data:`STANDING_FIELDS`; None where there is no hash."""
    dataset_id, state, target, runner, cleaned_up = values
    if dataset_id is None or state is None or target is None or runner is None:
        return None
    return JobStanding(
        dataset_id=UUID(dataset_id),
        state=JobState(state),
        terminal=is_terminal(JobState(state), Target(target)),
        cleaned_up=bool(int(cleaned_up or 0)),
        runner=RunnerKind(runner),
    )


def rank_of(priority: int) -> str:
    """A text that comes the earlier in the order of texts the higher the priority is.

    :param priority: from -100 to 100.
    """
    return f"{1000 - priority:04d}"


def key_of(job: NewJob | JobRecord) -> str:
    """The scope and the idempotency key as one field name; empty for a job without a key."""
    return "" if job.idempotency_key is None else json.dumps([job.client, job.idempotency_key])


def event_text(kind: EventKind, data: Mapping[str, object], at: datetime) -> str:
    """An event as the list holds it; its number is its place."""
    return f'{{"at":"{moment(at)}","kind":"{kind.value}","data":{event_data(data)}}}'


def event_arguments(change: JobChange) -> list[str]:
    """What a change says has happened since the last one, as the scripts take it: how many events, and each of them."""
    return [str(len(change.events)), *(event_text(event.kind, event.data, event.at) for event in change.events)]


def event_of_text(sequence: int, text: str) -> JobEvent:
    """The event at a place of the list, counted from 1."""
    found = json.loads(text)
    return JobEvent(
        sequence=sequence, at=datetime.fromisoformat(found["at"]), kind=EventKind(found["kind"]), data=found["data"]
    )


def feed_event_of_fields(entry: str, fields: Mapping[str, str]) -> FeedEvent:
    """The event of an entry of the stream, whose name begins with its cursor."""
    event = event_of_text(int(fields["sequence"]), fields["event"])
    return FeedEvent(
        cursor=int(entry.partition("-")[0]),
        job_id=UUID(fields["job"]),
        dataset_id=UUID(fields["dataset"]),
        revision=int(fields["revision"]),
        **dict(event),
    )
