"""From a dataset's path to what lies at it in an object store."""

from dataclasses import dataclass

from airflow_provider_profiler.contract.errors import DatasetNotFound, InvalidRequest
from airflow_provider_profiler.contract.specification import check_dataset_path
from airflow_provider_profiler.storage.object_stores import ObjectStamp, ObjectStore, stamp_of


@dataclass(frozen=True)
class ResolvedObjects:
    """A dataset that exists in an object store: one object, or all that begin with its key and a slash."""

    store: ObjectStore
    key: str
    """Bucket and key, as the file system names them."""
    dataset_path: str
    """As it was asked for."""
    is_file: bool
    stamp: ObjectStamp | None = None
    """Of a single object."""

    @property
    def name(self) -> str:
        """The last segment of its path."""
        return self.dataset_path.rpartition("/")[2]


class ObjectRoot:
    """The prefix in an object store below which all datasets lie.

    :param store: the bucket and the prefix.
    :param mount_point: plain path that stands before every dataset's path.
    """

    def __init__(self, store: ObjectStore, mount_point: str = "") -> None:
        self._store = store
        self._mount_point = mount_point.strip("/")

    def resolve(self, dataset_path: str) -> ResolvedObjects:
        """Find a dataset.

        :param dataset_path: plain path of one or more segments under the root and its mount point.
        :raises InvalidRequest: for a path that is absolute, empty, or has ``.`` or ``..`` segments.
        :raises DatasetNotFound: when nothing is there.
        :raises CredentialsMissing: when there are none, or the store refuses them.
        :raises ConnectionFailed: when the store cannot be reached.
        """
        try:
            check_dataset_path(dataset_path)
        except ValueError as error:
            raise InvalidRequest(f"The dataset's path {error}.") from None
        key = "/".join(part for part in (self._store.root, self._mount_point, dataset_path) if part)
        filesystem = self._store.filesystem()
        try:
            with self._store.told():
                info = filesystem.info(key)
        except FileNotFoundError:
            raise DatasetNotFound(
                f"There is no dataset at {dataset_path!r} under the data root {self._store.url}; check the path"
                + (f" (it is looked up below the mount point {self._mount_point!r})." if self._mount_point else ".")
            ) from None
        is_file = info["type"] == "file"
        return ResolvedObjects(self._store, key, dataset_path, is_file, stamp_of(info) if is_file else None)
