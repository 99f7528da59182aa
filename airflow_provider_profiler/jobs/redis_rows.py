"""Between the hashes of the Redis job store and the models that the rest of the package speaks."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow_provider_profiler.contract.job import EventKind, JobEvent
from airflow_provider_profiler.jobs.sqlite_rows import columns_of_submission, event_data, moment, record_of
from airflow_provider_profiler.jobs.store import JobRecord, NewJob

# What a hash says by not having a field.
_ABSENT: Mapping[str, Any] = {
    "idempotency_key": None,
    "reason": None,
    "owner": None,
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
    numbers = {name: int(fields[name]) for name in ("revision", "attempt")}
    return record_of({**_ABSENT, **fields, **numbers})


def rank_of(priority: int) -> str:
    """A text that comes the earlier in the order of texts the higher the priority is.

    :param priority: from -100 to 100.
    """
    return f"{1000 - priority:04d}"


def key_of(job: NewJob) -> str:
    """The scope and the idempotency key as one field name; empty for a job without a key."""
    return "" if job.idempotency_key is None else json.dumps([job.client, job.idempotency_key])


def event_text(kind: EventKind, data: Mapping[str, object], at: datetime) -> str:
    """An event as the list holds it; its number is its place."""
    return f'{{"at":"{moment(at)}","kind":"{kind.value}","data":{event_data(data)}}}'


def event_of_text(sequence: int, text: str) -> JobEvent:
    """The event at a place of the list, counted from 1."""
    found = json.loads(text)
    return JobEvent(
        sequence=sequence, at=datetime.fromisoformat(found["at"]), kind=EventKind(found["kind"]), data=found["data"]
    )
