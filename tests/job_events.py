"""What happens to a job while it runs, told to a store as whoever runs the job tells it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.jobs.job_change import JobChange, NewEvent
from airflow_provider_profiler.jobs.store import JobStore


def tell(store: JobStore, job_id: UUID, attempt: int, kind: EventKind, data: dict[str, Any], at: datetime) -> None:
    """One event, and nothing else."""
    store.update(job_id, attempt, JobChange(events=(NewEvent(kind, at, data),)))
