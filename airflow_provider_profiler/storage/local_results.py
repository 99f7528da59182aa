"""Results in folders of this machine, or of a volume that is mounted on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from airflow_provider_profiler.storage.atomic import Content, make_folder, move_atomic, read_chunks, write_atomic
from airflow_provider_profiler.storage.results import MIRROR, cdd_name


class LocalResultStore:
    """The :class:`~airflow_provider_profiler.storage.results.ResultStore` of plain folders.

    A revision's documents lie in ``results_folder/<dataset id>/<revision>/``, the CDD files of all datasets side
    by side in ``cdd_folder``, and each job's temporary files in ``scratch_folder/<job id>/``. Folders are made
    when something is written to them.

    :param results_folder: the folder of all revisions.
    :param cdd_folder: the folder of CDD files, often one that other programs read from.
    :param scratch_folder: the folder of temporary files.
    """

    def __init__(self, results_folder: Path, cdd_folder: Path, scratch_folder: Path) -> None:
        # Paths are handed to other processes, whose working folder is another one.
        self._results = results_folder.absolute()
        self._cdd = cdd_folder.absolute()
        self._scratch = scratch_folder.absolute()

    def write(self, dataset_id: UUID, revision: int, name: str, content: Content) -> str:
        """Write a document of a revision durably, replacing an earlier one.

        :raises ValueError: when the name is not a plain file name.
        :raises OSError: when the folder is full or not writable.
        """
        path = self._document(dataset_id, revision, name)
        make_folder(path.parent)
        write_atomic(path, content)
        return str(path)

    def move_in(self, dataset_id: UUID, revision: int, name: str, file: Path) -> str:
        """Make a finished file a document of a revision, replacing an earlier one.

        :raises ValueError: when the name is not a plain file name.
        :raises OSError: when the file is not there, or the folder is full or not writable.
        """
        path = self._document(dataset_id, revision, name)
        make_folder(path.parent)
        move_atomic(file, path)
        return str(path)

    def read(self, dataset_id: UUID, revision: int, name: str) -> bytes | None:
        """The document's bytes, or None where there is none."""
        try:
            return self._document(dataset_id, revision, name).read_bytes()
        except FileNotFoundError:
            return None

    def chunks(self, dataset_id: UUID, revision: int, name: str) -> Iterator[bytes] | None:
        """The document's bytes in pieces, or None where there is none."""
        try:
            return read_chunks(self._document(dataset_id, revision, name))
        except FileNotFoundError:
            return None

    def path_of(self, dataset_id: UUID, revision: int, name: str) -> str | None:
        """The path of a document that exists, or None."""
        path = self._document(dataset_id, revision, name)
        return str(path) if path.is_file() else None

    def replace_cdd(self, dataset_id: UUID, content: Content) -> str:
        """Replace the dataset's CDD file atomically and return its path."""
        make_folder(self._cdd)
        path = self._cdd / cdd_name(dataset_id)
        write_atomic(path, content)
        return str(path)

    def cdd_path_of(self, dataset_id: UUID) -> str | None:
        """The path of the dataset's CDD file, or None where none was written."""
        path = self._cdd / cdd_name(dataset_id)
        return str(path) if path.is_file() else None

    def scratch(self, job_id: UUID) -> Path:
        """A folder for the job's temporary files, created when it is not there."""
        folder = self._scratch / str(job_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def delete_scratch(self, job_id: UUID) -> None:
        """Remove the job's temporary files; nothing happens where there are none."""
        folder = self._scratch / str(job_id)
        # The folder may vanish meanwhile: the job's own end and a clean-up both remove it.
        while folder.exists():
            try:
                shutil.rmtree(folder)
            except FileNotFoundError:
                continue

    def _document(self, dataset_id: UUID, revision: int, name: str) -> Path:
        plain = name.removeprefix(f"{MIRROR}/")
        if not plain or plain in (".", "..") or "/" in plain or "\x00" in plain:
            raise ValueError(f"{name!r} is not a plain file name such as 'profile.json'.")
        return self._results / str(dataset_id) / str(revision) / name
