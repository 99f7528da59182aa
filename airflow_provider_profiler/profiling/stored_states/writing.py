"""Writing ``states.bin``, a table at a time."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from airflow_provider_profiler.contract.model import canonical_json
from airflow_provider_profiler.contract.profile import DatasetProfile, RowSelection
from airflow_provider_profiler.profiling.readers.json_paths import written_out
from airflow_provider_profiler.profiling.readers.reader import Table
from airflow_provider_profiler.profiling.row_places import FileLines
from airflow_provider_profiler.profiling.statistics.column import encode_state
from airflow_provider_profiler.profiling.stored_states.layout import (
    HEAD,
    MAGIC,
    TAIL,
    VERSION,
    Description,
    StoredColumn,
    StoredDamage,
    StoredFile,
    StoredTable,
    content_hash,
)
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.profiling.table_state import TableState, encode_result
from airflow_provider_profiler.storage.atomic import open_atomic


class StatesWriter:
    """Takes the states of a dataset's tables as they are finished, and keeps none of them in memory."""

    def __init__(self, file: BinaryIO) -> None:
        """Begin the file.

        :param file: empty, and open for writing.
        """
        self._file = file
        self._position = 0
        self._tables: list[StoredTable] = []
        self._described = False
        self._write(HEAD.pack(MAGIC, VERSION, 0))

    @property
    def position(self) -> int:
        """Bytes that were written so far."""
        return self._position

    def add(
        self,
        path: str,
        table: Table,
        state: TableState,
        selection: RowSelection | None = None,
        *,
        files: Sequence[FileLines] = (),
    ) -> StoredTable:
        """Write the states of a table.

        :param path: the path of the table's distribution in the profile.
        :param table: with the columns that the state has, and no others.
        :param selection: how the rows were chosen; None where all were asked for.
        :param files: those that the table is made of, where they are several.
        :return: where they lie.
        :raises OSError: when they cannot be written.
        """
        offset = self._position
        digest = hashlib.sha256()
        lengths = []
        for encoded in _encoded(state):
            digest.update(encoded)
            lengths.append(len(encoded))
            self._write(encoded)
        columns = tuple(
            StoredColumn(
                name=column.name,
                original_name=column.original_name,
                physical_type=column.physical_type,
                textual=column.textual,
                keys=tuple(map(written_out, column.keys)),
                arrow_type=column.arrow_type,
                declared=column.declared,
                nullable=column.nullable,
                description=column.description,
            )
            for column in table.columns
        )
        damage = table.undecodable
        stored = StoredTable(
            path=path,
            name=table.name,
            columns=columns,
            reading=table.reading,
            kind=table.kind,
            description=table.description,
            key=table.key,
            foreign_keys=table.foreign_keys,
            selection=selection,
            files=tuple(StoredFile(path=file.path, lines=file.lines) for file in files),
            damage=StoredDamage(bytes=damage.bytes, lines=damage.lines, examples=damage.examples)
            if damage.bytes
            else None,
            rows=state.rows,
            offset=offset,
            lengths=tuple(lengths),
            sha256=digest.hexdigest(),
        )
        self._tables.append(stored)
        return stored

    def copy(self, source: SavedStates) -> None:
        """Take over the states of all tables of another file, as they are.

        :raises UnusableStates: when they are damaged.
        :raises OSError: when they cannot be written.
        """
        for table in source.tables:
            offset = self._position
            for piece in source.pieces(table):
                self._write(piece)
            self._tables.append(table.model_copy(update={"offset": offset}))

    def finish(self, profile: DatasetProfile, *, whole: bool = False) -> str:
        """Write what the states are of, and the tail.

        :param profile: the heavy profile; tables of files that it has no record sets of are left out.
        :param whole: keep all tables that were added, whatever the profile has.
        :return: the hash of the content.
        :raises OSError: when they cannot be written.
        """
        described = {record_set.path for record_set in profile.record_sets}
        tables = tuple(table for table in self._tables if whole or table.path in described)
        description = Description(
            profile=profile.model_copy(update={"record_sets": ()}), tables=tables, content_sha256=content_hash(tables)
        )
        document = canonical_json(description.model_dump(mode="json"))
        place = self._position
        self._write(document)
        length = self._position + TAIL.size
        self._write(TAIL.pack(place, len(document), hashlib.sha256(document).digest(), length, MAGIC))
        self._described = True
        return description.content_sha256

    @property
    def finished(self) -> bool:
        """Whether the file is whole."""
        return self._described

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._position += len(data)


@contextmanager
def write_states(path: Path) -> Iterator[StatesWriter]:
    """A writer of a file that takes its place at the end of the block, whole or not at all.

    :param path: the file; its folder must exist. An earlier file is replaced.
    :raises OSError: when the folder is missing, full or not writable.
    :raises RuntimeError: when the block ends without :meth:`StatesWriter.finish`.
    """
    with open_atomic(path) as file:
        writer = StatesWriter(file)
        yield writer
        if not writer.finished:
            raise RuntimeError(f"{path} was not finished")


def _encoded(state: TableState) -> Iterator[bytes]:
    """The part of the table itself, then each column's: a table of thousands of columns is never there twice."""
    yield encode_result(replace(state, columns=()))
    for column in state.columns:
        yield encode_state(column)
