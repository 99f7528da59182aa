"""From a dataset's path, as people write it, to a real folder or file inside the data root."""

import os
from dataclasses import dataclass
from pathlib import Path

from airflow_provider_profiler.contract.errors import (
    ConfigurationError,
    DatasetNotFound,
    InvalidRequest,
    PathOutsideRoot,
)
from airflow_provider_profiler.contract.specification import check_dataset_path


@dataclass(frozen=True)
class ResolvedDataset:
    """A dataset that exists: ``path`` is real (free of links) and lies inside ``root``, which is real too."""

    root: Path
    path: Path
    dataset_path: str
    """As it was asked for."""
    is_file: bool

    @property
    def name(self) -> str:
        """What the folder or file is called."""
        return self.path.name


class DataRoot:
    """The folder that holds all datasets."""

    def __init__(self, folder: Path, mount_point: str = "") -> None:
        """Name the root; whether it is there is found out when a dataset is asked for.

        :param folder: the root itself.
        :param mount_point: plain path under the root that stands before every dataset's path.
        """
        self._folder = folder
        self._mount_point = mount_point.strip("/")

    def is_here(self) -> bool:
        """Whether this host sees the root."""
        return self._folder.is_dir()

    def resolve(self, dataset_path: str) -> ResolvedDataset:
        """Find a dataset, following links as long as they end inside the root.

        :param dataset_path: plain path of one or more segments under the root and its mount point.
        :raises InvalidRequest: for a path that is absolute, empty, or has ``.`` or ``..`` segments, and for
            something that is neither a folder nor a file.
        :raises DatasetNotFound: when nothing is there.
        :raises PathOutsideRoot: when a link on the way leads out of the root.
        :raises ConfigurationError: when the root is missing.
        """
        try:
            check_dataset_path(dataset_path)
        except ValueError as error:
            raise InvalidRequest(f"The dataset's path {error}.") from None
        try:
            root = self._folder.resolve(strict=True)
        except (OSError, RuntimeError):
            raise ConfigurationError(
                f"The data root {self._folder} cannot be found; create it or set DATA_ROOT_PATH to the folder that "
                "holds the datasets."
            ) from None
        asked = root / self._mount_point / dataset_path
        missing = DatasetNotFound(
            f"There is no dataset at {dataset_path!r} under the data root; check the path"
            + (f" (it is looked up below the mount point {self._mount_point!r})." if self._mount_point else ".")
        )
        try:
            # Not strict at first: whether something exists outside of the root is nobody's business.
            real = Path(os.path.realpath(asked))
            if not real.is_relative_to(root):
                raise PathOutsideRoot(
                    f"The dataset {dataset_path!r} leads out of the data root through a link; "
                    "put the data under the root."
                )
            is_file = asked.resolve(strict=True).is_file()
            if not is_file and not real.is_dir():
                raise InvalidRequest(f"The dataset {dataset_path!r} is neither a folder nor a file.")
        except PermissionError:
            raise DatasetNotFound(
                f"The dataset {dataset_path!r} cannot be reached: permission denied on its path; "
                "let the service's user enter the folders that lead to it."
            ) from None
        except (OSError, RuntimeError, ValueError):  # missing, a loop of links, a name too long, bytes no path may have
            raise missing from None
        return ResolvedDataset(root=root, path=real, dataset_path=dataset_path, is_file=is_file)


def root_for(path: Path, data_root: Path | None) -> tuple[Path, str]:
    """The root and the dataset's path under it, for a folder or file that is named by its absolute path.

    :param path: absolute, or relative to the working folder; links are followed.
    :param data_root: the configured root, which then must contain the path; None: the path's parent is the root.
    :return: what :class:`DataRoot` (without mount point) and its ``resolve`` take.
    :raises DatasetNotFound: when nothing is there.
    :raises PathOutsideRoot: when the data root does not contain it.
    :raises InvalidRequest: for the file system's root, the data root itself, and names that are not UTF-8.
    """
    try:
        real = path.expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise DatasetNotFound(f"There is nothing at {str(path)!r}; check the path.") from None
    root = real.parent if data_root is None else data_root.resolve()
    if not real.is_relative_to(root):
        raise PathOutsideRoot(
            f"{str(path)!r} does not lie in the data root {str(root)!r}; move it there or change DATA_ROOT_PATH."
        )
    dataset_path = real.relative_to(root).as_posix()
    if real == root:
        raise InvalidRequest(f"{str(path)!r} is the whole root; give one dataset's folder or file inside it.")
    try:
        dataset_path.encode("utf-8")
    except UnicodeEncodeError:
        shown = os.fsencode(dataset_path).decode("utf-8", "backslashreplace")
        raise InvalidRequest(f"The name {shown!r} is not UTF-8 and cannot be a dataset's path; rename it.") from None
    return root, dataset_path
