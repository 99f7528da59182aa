"""Listing a dataset in an object store: every object below its key, as entries like those of folders."""

from airflow_provider_profiler.profiling.discovery.walking import Entry
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.object_stores import stamp_of


def list_objects(dataset: ResolvedObjects) -> list[Entry]:
    """Everything in a dataset, sorted by path; the dataset itself where it is one object.

    Keys have no links and lead nowhere else. Objects of no bytes whose key ends in a slash stand for empty folders,
    by a custom of consoles, and are no files.

    :raises CredentialsMissing: when listing is refused.
    :raises ConnectionFailed: when the store cannot be reached.
    """
    if dataset.is_file:
        return [Entry(path=dataset.name, location=dataset.key, stamp=dataset.stamp)]
    filesystem = dataset.store.filesystem()
    prefix = f"{dataset.key}/"
    with dataset.store.told():
        found = filesystem.find(prefix, detail=True)
    entries = [
        Entry(path=key.removeprefix(prefix), location=key, stamp=stamp_of(info))
        for key, info in found.items()
        if info["type"] == "file" and not key.endswith("/") and key != dataset.key
    ]
    return sorted(entries, key=lambda entry: entry.path)
