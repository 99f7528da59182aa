"""Where the documents of each revision lie, and the one CDD file of each dataset."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from uuid import UUID

from airflow_provider_profiler.storage.atomic import Content

if TYPE_CHECKING:
    from airflow_provider_profiler.storage.documents import DocumentFacts, OpenDocument

PROFILE = "profile.json"
MOMA_LIGHT = "moma_profile_light.json"
MOMA_HEAVY = "moma_profile_heavy.json"
CROISSANT = "croissant.json"
#: What was remembered of the data, so that profiles merge without reading it again.
STATES = "states.bin"
#: What was found out about each file, so that one that has not changed need not be read again, and the states of the
#: files that are one table together.
REUSE = "reuse.json"
PARTS = "parts.bin"
#: What was logged while the revision was made, a JSON object a line, and what became of each part of the work.
LOG = "log.jsonl"
STAGES = "stages.json"
#: The folder of the tables' Parquet mirrors, the only one beside the documents.
MIRROR = "mirror"


def cdd_name(dataset_id: UUID) -> str:
    """The fixed name of a dataset's CDD file."""
    return f"{dataset_id}.json"


class ResultStore(Protocol):
    """Durable documents by dataset and revision. A document is there whole or not at all."""

    def write(self, dataset_id: UUID, revision: int, name: str, content: Content, *, durable: bool = True) -> str:
        """Write a document of a revision durably, replacing an earlier one.

        :param name: a plain file name such as ``profile.json``, or one in the folder ``mirror``.
        :param content: all of its bytes, or pieces of them.
        :param durable: False for what may be lost, or left empty, by a power cut: it costs far less.
        :return: the path (or URL) that names the document from now on.
        """
        ...

    def appending(self, dataset_id: UUID, revision: int, name: str) -> BinaryIO:
        """A document that grows, open and unbuffered: each write lands as a whole at its end, whoever else writes.

        :raises OSError: when it cannot be opened or made.
        """
        ...

    def move_in(self, dataset_id: UUID, revision: int, files: Mapping[str, Path]) -> dict[str, str]:
        """Make finished files documents of a revision, one after another, each replacing an earlier one.

        :param files: by the names of the documents, plain ones such as ``states.bin`` or in the folder ``mirror``. Best
            in the job's scratch folder, from where they need no copying; they are gone afterwards.
        :return: the paths (or URLs) that name the documents from now on, by their names.
        """
        ...

    def read(self, dataset_id: UUID, revision: int, name: str) -> bytes | None:
        """The document's bytes, or None where there is none."""
        ...

    def chunks(self, dataset_id: UUID, revision: int, name: str) -> Iterator[bytes] | None:
        """The document's bytes in pieces, or None where there is none. They stay the same when it is replaced."""
        ...

    def path_of(self, dataset_id: UUID, revision: int, name: str) -> str | None:
        """The path of a document that exists, or None."""
        ...

    def documents(self, dataset_id: UUID, revision: int) -> "tuple[DocumentFacts, ...]":
        """The documents of a revision, by name; none where there is no such revision."""
        ...

    def open(self, dataset_id: UUID, revision: int, name: str) -> "OpenDocument | None":
        """A document, open for reading from any place, or None where there is none; any text may be asked for."""
        ...

    def replace_cdd(self, dataset_id: UUID, content: Content) -> str:
        """Replace the dataset's CDD file atomically and return its path.

        Call it only inside ``JobStore.publish``, which keeps an older revision from replacing a newer one.
        """
        ...

    def cdd_path_of(self, dataset_id: UUID) -> str | None:
        """The path of the dataset's CDD file, or None where none was written."""
        ...

    def delete_revision(self, dataset_id: UUID, revision: int) -> None:
        """Remove all documents of a revision, at one moment for its readers; nothing happens where there are none.

        The dataset's CDD file stays.
        """
        ...

    def scratch(self, job_id: UUID) -> Path:
        """A folder for the job's temporary files, created when it is not there."""
        ...

    def scratch_folders(self) -> tuple[tuple[UUID, float], ...]:
        """The jobs that have temporary files, and when these last changed, in seconds since 1970."""
        ...

    def delete_scratch(self, job_id: UUID) -> None:
        """Remove the job's temporary files; nothing happens where there are none."""
        ...
