"""A dataset that a person names by its place alone: a path on this machine, or the URL of a prefix or an object."""

from pathlib import Path

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.storage.object_roots import ObjectRoot, ResolvedObjects
from airflow_provider_profiler.storage.object_stores import ObjectStore, is_url
from airflow_provider_profiler.storage.roots import DataRoot, ResolvedDataset, root_for


def locate(place: str, object_store_options: str = "") -> ResolvedDataset | ResolvedObjects:
    """Find a dataset by its place; what holds it is its root.

    :param place: path of a folder or file, or a URL such as ``s3://bucket/sales`` with a key.
    :param object_store_options: as the setting of that name has them.
    :raises InvalidRequest: for a URL of a whole bucket, and as :func:`~.roots.root_for` does.
    :raises DatasetNotFound: when nothing is there.
    :raises ConfigurationError: for a URL that is not taken.
    :raises CredentialsMissing: when a store asks for some.
    :raises ConnectionFailed: when a store cannot be reached.
    """
    if not is_url(place):
        root, dataset_path = root_for(Path(place).absolute(), None)
        return DataRoot(root).resolve(dataset_path)
    holder, _, name = place.rstrip("/").rpartition("/")
    if holder.endswith("/"):
        raise InvalidRequest(f"{place!r} is a whole bucket; give the URL of one dataset's prefix or object in it.")
    return ObjectRoot(ObjectStore.of(holder, object_store_options)).resolve(name)
