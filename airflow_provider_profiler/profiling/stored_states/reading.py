"""Reading ``states.bin`` back with suspicion: no length is believed before it is compared with the file's own."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.profiling.readers.reader import MOST_COLUMNS
from airflow_provider_profiler.profiling.statistics.column import decode_state
from airflow_provider_profiler.profiling.stored_states.layout import (
    HEAD,
    MAGIC,
    TAIL,
    VERSION,
    Description,
    StoredTable,
    UnusableStates,
    content_hash,
)
from airflow_provider_profiler.profiling.table_state import TableState, decode_result
from airflow_provider_profiler.storage.results import STATES

log = logging.getLogger(__name__)

#: Bytes of a description; one of a million files is not half as long.
_LONGEST_DESCRIPTION = 1 << 30
_BLOCK = 1 << 20
_AGAIN = "Profile the data again."


@dataclass(frozen=True)
class SavedStates:
    """A file of states whose description was read; the states stay in the file until they are asked for."""

    file: Path
    description: Description

    @property
    def profile(self) -> DatasetProfile:
        """The profile without its record sets."""
        return self.description.profile

    @property
    def tables(self) -> tuple[StoredTable, ...]:
        """The tables, in the profile's order."""
        return self.description.tables

    @property
    def content_sha256(self) -> str:
        """See :func:`~airflow_provider_profiler.profiling.stored_states.layout.content_hash`."""
        return self.description.content_sha256

    @classmethod
    def open(cls, path: Path) -> "SavedStates":
        """Read what a file's states are of.

        :param path: the file, or the folder of a profile that holds one.
        :raises UnusableStates: when it is damaged, of another program or of another version.
        :raises InvalidRequest: when it is not there or cannot be read.
        """
        file = path / STATES if path.is_dir() else path
        with _opened(file) as source:
            return cls(file, _description(source, file))

    def state(self, table: StoredTable) -> TableState:
        """Read the states of one of the tables.

        :raises UnusableStates: when they are damaged or of another version.
        :raises InvalidRequest: when the file is not there any more.
        """
        with _opened(self.file) as source:
            for _ in self._checked(source, table):
                pass
            source.seek(table.offset)
            try:
                return _decoded(source, table)
            except OSError:
                raise
            except Exception as error:
                # The digest fits: they are of another version, or somebody made them up, and then anything may happen.
                # What it says may quote cells, and is for the log alone.
                log.exception("Reading the states of table %r of %s failed", table.name, self.file)
                raise UnusableStates(
                    f"{self.file}: the states of table {table.name!r} cannot be read by this version "
                    f"({type(error).__name__}; the log says why). {_AGAIN}"
                ) from error

    def pieces(self, table: StoredTable) -> Iterator[bytes]:
        """The bytes of a table's states, piece by piece.

        :raises UnusableStates: behind the last piece, when they are damaged.
        :raises InvalidRequest: when the file is not there any more.
        """
        with _opened(self.file) as source:
            yield from self._checked(source, table)

    def _checked(self, source: BinaryIO, table: StoredTable) -> Iterator[bytes]:
        digest = hashlib.sha256()
        left = sum(table.lengths)
        source.seek(table.offset)
        while left:
            block = source.read(min(left, _BLOCK))
            if not block:
                break
            digest.update(block)
            left -= len(block)
            yield block
        if left or digest.hexdigest() != table.sha256:
            raise UnusableStates(f"{self.file} is damaged in the states of table {table.name!r}. {_AGAIN}")


def _decoded(source: BinaryIO, table: StoredTable) -> TableState:
    head, *columns = table.lengths
    result = decode_result(source.read(head))
    if not isinstance(result, TableState) or result.columns or result.rows != table.rows:
        raise ValueError("it is not the state of this table")
    return replace(result, columns=tuple(decode_state(source.read(length)) for length in columns))


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as source:
            yield source
    except FileNotFoundError as error:
        raise InvalidRequest(
            f"There is no {file}: give a {STATES}, or the folder of a profile made by a version that saves one."
        ) from error
    except OSError as error:
        raise InvalidRequest(f"Cannot read {file}: {error.strerror}.") from error


def _description(source: BinaryIO, file: Path) -> Description:
    size = os.fstat(source.fileno()).st_size
    head = source.read(HEAD.size)
    if head[: len(MAGIC)] != MAGIC:
        raise UnusableStates(f"{file} holds no states: it does not begin as one. Give a {STATES}.")
    if size < HEAD.size + TAIL.size:
        raise UnusableStates(f"{file} is cut short: it has {size} bytes. {_AGAIN}")
    _, version, reserved = HEAD.unpack(head)
    if version != VERSION or reserved:
        raise UnusableStates(f"{file} is of version {version}, this program reads version {VERSION}. {_AGAIN}")
    source.seek(size - TAIL.size)
    place, length, digest, whole, magic = TAIL.unpack(source.read(TAIL.size))
    if magic != MAGIC or whole != size:
        raise UnusableStates(f"{file} is cut short, or something follows its end. {_AGAIN}")
    if place < HEAD.size or length > _LONGEST_DESCRIPTION or place + length != size - TAIL.size:
        raise UnusableStates(f"{file} is damaged: its description lies beyond its end. {_AGAIN}")
    source.seek(place)
    document = source.read(length)
    if hashlib.sha256(document).digest() != digest:
        raise UnusableStates(f"{file} is damaged in its description. {_AGAIN}")
    try:
        description = Description.model_validate_json(document)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the top"
        raise UnusableStates(
            f"{file} is described in another way than by this version, first at {where}. {_AGAIN}"
        ) from error
    _check_places(description, place, file)
    return description


def _check_places(description: Description, end: int, file: Path) -> None:
    """The states of all tables lie one after another, between the head and the description."""
    position = HEAD.size
    for table in description.tables:
        fits = table.offset >= position and len(table.lengths) == 1 + len(table.columns) <= 1 + MOST_COLUMNS
        position = table.offset + sum(table.lengths)
        if not fits or position > end:
            raise UnusableStates(f"{file} is damaged: the states of table {table.name!r} lie elsewhere. {_AGAIN}")
    if description.content_sha256 != content_hash(description.tables):
        raise UnusableStates(f"{file} is damaged: its content has another hash. {_AGAIN}")
    if description.profile.record_sets:
        raise UnusableStates(f"{file} is damaged: its description holds tables. {_AGAIN}")
