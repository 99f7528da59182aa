"""Writing down what the next profile may reuse: ``reuse.json``, and ``parts.bin`` with the states of single files."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import PydanticSerializationError

from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.profiling.object_source import ObjectSource
from airflow_provider_profiler.profiling.readers.reader import Source, Table
from airflow_provider_profiler.profiling.reuse.layout import (
    KeptFile,
    KeptTable,
    ReuseDocument,
    encoded,
    engine_version,
    profile_digest,
)
from airflow_provider_profiler.profiling.reuse.ledger import FileNotes, Ledger
from airflow_provider_profiler.profiling.stored_states.writing import StatesWriter, write_states
from airflow_provider_profiler.profiling.table_state import TableState
from airflow_provider_profiler.storage.atomic import write_staged
from airflow_provider_profiler.storage.results import PARTS, REUSE

log = logging.getLogger(__name__)

#: Bytes of states of files that are one table together: beyond, the rest of them is read again the next time.
MOST_PART_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Keeping:
    """What is to be kept.

    :param folder: where to; it must exist.
    :param parts: whether to keep the states of each file that is a part of a table of several, too.
    """

    folder: Path
    parts: bool = False


@dataclass(frozen=True)
class Outputs:
    """Where a heavy profile puts what is not its model: its states, mirrors of tables, and what may be reused."""

    states: Path | None = None
    mirrors: Path | None = None
    keep: Keeping | None = None


class Keeper:
    """Takes the states of single files, and writes all notes down at the end."""

    def __init__(self, ledger: Ledger, folder: Path, parts: StatesWriter | None) -> None:
        self._ledger = ledger
        self._folder = folder
        self._parts = parts

    @property
    def wants_parts(self) -> bool:
        """Whether states of parts of tables are kept."""
        return self._parts is not None

    def part(self, source: Source, table: Table, state: TableState, kept: KeptTable) -> None:
        """Save the state of one of the files that a table is made of.

        :param kept: what to note of it, without the states' digest.
        """
        if self._parts is None:
            return
        if self._parts.position > MOST_PART_BYTES:
            self._ledger.too_large = True
            return
        stored = self._parts.add(source.path, table, state)
        self._ledger.note_table(source, kept.model_copy(update={"states": stored.sha256}))

    def finish(self, light: DatasetProfile, heavy: DatasetProfile, states: str, failed: Iterable[str]) -> None:
        """Write ``reuse.json``, and the end of ``parts.bin``.

        :param states: the content hash of the states that were saved beside.
        :param failed: paths of what could not be read: it is looked into again the next time.
        :raises OSError: when they cannot be written.
        """
        parts = None
        if self._parts is not None:
            parts = self._parts.finish(heavy.model_copy(update={"distributions": (), "warnings": ()}), whole=True)
        self._ledger.note_failures(failed)
        write_reuse(self._folder, reuse_document(self._ledger, light, heavy, states, parts))


@contextmanager
def keeping(ledger: Ledger, keep: Keeping) -> Iterator[Keeper]:
    """A keeper for the length of a heavy profile; ``parts.bin`` takes its place at the end of the block."""
    with ExitStack() as stack:
        writer = stack.enter_context(write_states(keep.folder / PARTS)) if keep.parts else None
        yield Keeper(ledger, keep.folder, writer)


def reuse_document(
    ledger: Ledger, light: DatasetProfile, heavy: DatasetProfile, states: str, parts: str | None
) -> ReuseDocument:
    """What ``reuse.json`` holds.

    :param states: the content hash of ``states.bin``, and ``parts`` that of ``parts.bin``.
    """
    return ReuseDocument(
        engine=engine_version(),
        places=ledger.places,
        looked_at=ledger.began,
        generated_at=heavy.generated_at,
        profile=profile_digest(heavy),
        states=states,
        parts=parts,
        light=light.distributions,
        light_warnings=light.warnings,
        files=tuple(map(_kept, ledger.notes.values())),
    )


def write_reuse(folder: Path, document: ReuseDocument) -> None:
    """Write ``reuse.json``, or leave none where something in it cannot be written as JSON: then nothing is reused.

    :raises OSError: when it cannot be written.
    """
    try:
        pieces = list(encoded(document))
    except PydanticSerializationError as error:
        log.warning("Nothing of this profile can be reused: %s", error)
        (folder / REUSE).unlink(missing_ok=True)
        return
    write_staged(folder / REUSE, pieces)


def _kept(notes: FileNotes) -> KeptFile:
    file = notes.file
    return KeptFile(
        path=file.path,
        size=file.size,
        modified_ns=file.stamp.modified_ns,
        version=file.stamp.version if isinstance(file, ObjectSource) else None,
        media_type=notes.inspection.media_type,
        sha256=notes.inspection.sha256,
        packed_by=notes.inspection.packed_by,
        listing=notes.listing,
        plans=tuple(notes.plans.values()),
        counts=notes.counts,
        tables=tuple(notes.tables.values()),
    )
