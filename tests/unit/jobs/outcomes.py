"""What a job left behind."""

from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.storage.results import PROFILE


def states(store, record):
    return [event.data["state"] for event in store.events(record.job_id) if event.kind is EventKind.STATE]


def profile_of(results, record) -> DatasetProfile:
    return DatasetProfile.from_document(results.read(record.dataset_id, record.revision, PROFILE))
