"""Results in folders of this machine, or of a volume that is mounted on it."""

import errno
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from airflow_provider_profiler.storage.atomic import (
    Content,
    make_folder,
    move_atomic,
    open_appending,
    read_chunks,
    sync_folder,
    write_atomic,
)
from airflow_provider_profiler.storage.documents import (
    DocumentFacts,
    OpenDocument,
    list_documents,
    open_document,
)
from airflow_provider_profiler.storage.results import MIRROR, cdd_name

#: What the folder of a revision is called while its documents are removed; no revision is.
_REMOVED = "removed-"
#: How often a folder is removed again that was written into meanwhile.
_TRIES = 20


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

    def write(self, dataset_id: UUID, revision: int, name: str, content: Content, *, durable: bool = True) -> str:
        """Write a document of a revision, replacing an earlier one.

        :raises ValueError: when the name is not a plain file name.
        :raises OSError: when the folder is full or not writable.
        """
        path = self._document(dataset_id, revision, name)
        make_folder(path.parent)
        write_atomic(path, content, durable=durable)
        return str(path)

    def appending(self, dataset_id: UUID, revision: int, name: str) -> BinaryIO:
        """A document that grows, open for writes at its end.

        :raises ValueError: when the name is not a plain file name.
        :raises OSError: when it cannot be opened or made.
        """
        path = self._document(dataset_id, revision, name)
        make_folder(path.parent)
        return open_appending(path)

    def move_in(self, dataset_id: UUID, revision: int, files: Mapping[str, Path]) -> dict[str, str]:
        """Make finished files documents of a revision, one after another, each replacing an earlier one.

        :raises ValueError: when a name is not a plain file name; nothing is moved then.
        :raises OSError: when a file is not there, or the folder is full or not writable.
        """
        places = {name: self._document(dataset_id, revision, name) for name in files}
        folders = {place.parent for place in places.values()}
        for folder in folders:
            make_folder(folder)
        for name, file in files.items():
            move_atomic(file, places[name], durable=False)
        # All names at once: each time a disk is waited for costs as much as the rest of a small job.
        for folder in folders:
            sync_folder(folder)
        return {name: str(place) for name, place in places.items()}

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

    def documents(self, dataset_id: UUID, revision: int) -> tuple[DocumentFacts, ...]:
        """The documents of a revision, by name; none where there is no such revision."""
        return list_documents(self._results / str(dataset_id) / str(revision))

    def open(self, dataset_id: UUID, revision: int, name: str) -> OpenDocument | None:
        """A document, open for reading from any place, or None where there is none."""
        return open_document(self._results / str(dataset_id) / str(revision), name)

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

    def delete_revision(self, dataset_id: UUID, revision: int) -> None:
        """Remove all documents of a revision, at one moment for its readers; nothing happens where there are none.

        :raises OSError: when they cannot be removed.
        """
        dataset = self._results / str(dataset_id)
        with suppress(FileNotFoundError):
            (dataset / str(revision)).rename(dataset / f"{_REMOVED}{revision}-{secrets.token_hex(4)}")
        # All of them: a process may have died between the renaming and the end.
        for folder in dataset.glob(f"{_REMOVED}*"):
            shutil.rmtree(folder)

    def scratch(self, job_id: UUID) -> Path:
        """A folder for the job's temporary files, created when it is not there."""
        folder = self._scratch / str(job_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def scratch_folders(self) -> tuple[tuple[UUID, float], ...]:
        """The jobs that have temporary files, and when these last changed, in seconds since 1970."""
        found = []
        for folder in self._scratch.glob("*-*-*-*-*"):
            with suppress(ValueError, FileNotFoundError):
                job_id = UUID(folder.name)
                changed = [folder.stat().st_mtime]
                for path in folder.rglob("*"):
                    with suppress(FileNotFoundError):  # a job is at work here
                        changed.append(path.lstat().st_mtime)
                found.append((job_id, max(changed)))
        return tuple(found)

    def delete_scratch(self, job_id: UUID) -> None:
        """Remove the job's temporary files; nothing happens where there are none."""
        folder = self._scratch / str(job_id)
        # The folder may vanish meanwhile, as the job's own end and a clean-up both remove it, and a stalled attempt may
        # write into it once more.
        for left in range(_TRIES, -1, -1):
            if not folder.exists():
                return
            try:
                shutil.rmtree(folder)
            except FileNotFoundError:
                continue
            except OSError as error:
                if not left or error.errno != errno.ENOTEMPTY:
                    raise

    def _document(self, dataset_id: UUID, revision: int, name: str) -> Path:
        plain = name.removeprefix(f"{MIRROR}/")
        if not plain or plain in (".", "..") or "/" in plain or "\x00" in plain:
            raise ValueError(f"{name!r} is not a plain file name such as 'profile.json'.")
        return self._results / str(dataset_id) / str(revision) / name
