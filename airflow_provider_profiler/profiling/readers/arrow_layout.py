"""How large the record batches of an Arrow file are, before any of them is read.

pyarrow reads a batch whole and unpacks it, however large it is. What it is going to take is in the metadata, which is
FlatBuffers: of them, the few fields that matter are read here, by their numbers in Arrow's schemas (File.fbs and
Message.fbs), and in front of each packed buffer.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile

MAGIC = b"ARROW1"
FEATHER_1 = b"FEA1"
#: Bytes that one record batch, or all dictionaries together, may take.
LARGEST_BATCH = 512 * 1024 * 1024
_LARGEST_METADATA = 64 * 1024 * 1024
_CONTINUATION = b"\xff\xff\xff\xff"

# The structs Block (offset, bytes of metadata, bytes of body) and Buffer (offset, bytes).
_BLOCK, _BUFFER = "<qi4xq", "<qq"
# Fields of the tables Footer, Message, RecordBatch and DictionaryBatch.
_DICTIONARIES, _BATCHES = 2, 3
_HEADER_TYPE, _HEADER, _BODY_LENGTH = 1, 2, 3
_BUFFERS, _COMPRESSION = 2, 3
_DATA = 1
# Kinds of messages.
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3


@dataclass(frozen=True)
class Message:
    """A part of the file: the schema, a record batch or a dictionary."""

    start: int
    stop: int
    """Where it stands in the file, in bytes."""
    kind: int
    size: int
    """Bytes of its values once they are unpacked."""

    @property
    def is_batch(self) -> bool:
        """Whether it is a record batch."""
        return self.kind == _RECORD_BATCH

    @property
    def is_dictionary(self) -> bool:
        """Whether it is a dictionary."""
        return self.kind == _DICTIONARY_BATCH


def file_messages(file: BinaryIO, size: int, path: str) -> list[Message]:
    """The batches and dictionaries of a file, as its footer lists them.

    :param size: bytes of the file.
    :raises UnreadableFile: when it is cut short or damaged.
    :raises TooMuchData: when the values of a batch take too much memory.
    """
    try:
        tail_size = 4 + len(MAGIC)
        file.seek(max(0, size - tail_size))
        tail = file.read(tail_size)
        if tail[4:] != MAGIC:
            raise UnreadableFile(f"{path}: is cut short: an Arrow file ends with {MAGIC.decode()}")
        (length,) = struct.unpack("<i", tail[:4])
        start = size - tail_size - length
        if not 0 < length <= _LARGEST_METADATA or start < 0:
            raise UnreadableFile(f"{path}: the footer of the Arrow file is damaged")
        file.seek(start)
        footer = _root(file.read(length))
        blocks = [*footer.structs(_DICTIONARIES, _BLOCK), *footer.structs(_BATCHES, _BLOCK)]
        found = [_message(file, offset, size, path) for offset, _, _ in blocks]
    except (struct.error, IndexError) as error:
        raise UnreadableFile(f"{path}: the metadata of the Arrow file is damaged") from error
    return _checked([message for message in found if message is not None], path)


def stream_messages(file: BinaryIO, size: int, path: str) -> list[Message]:
    """The batches and dictionaries of a stream, one after the other.

    :param size: bytes of the file.
    :raises UnreadableFile: when it is cut short or damaged.
    :raises TooMuchData: when the values of a batch take too much memory.
    """
    found: list[Message] = []
    place = 0
    try:
        while place < size:
            message = _message(file, place, size, path)
            if message is None:
                break
            found.append(message)
            place = message.stop
    except (struct.error, IndexError) as error:
        raise UnreadableFile(f"{path}: the metadata of the Arrow stream is damaged") from error
    return _checked(found, path)


def _checked(messages: list[Message], path: str) -> list[Message]:
    dictionaries = sum(message.size for message in messages if message.is_dictionary)
    if max((message.size for message in messages), default=0) > LARGEST_BATCH or dictionaries > LARGEST_BATCH:
        raise TooMuchData(
            f"{path}: a record batch or the dictionaries take more than {LARGEST_BATCH // 1024 // 1024} MiB, which "
            "cannot be read in parts; write it in smaller record batches"
        )
    return messages


def _message(file: BinaryIO, place: int, end: int, path: str) -> Message | None:
    """The message at a place; None for the end of a stream."""
    if not 0 <= place < end:
        raise IndexError(place)
    file.seek(place)
    prefix = file.read(4)
    head = 4
    if prefix == _CONTINUATION:  # not in files of versions before 0.15
        prefix = file.read(4)
        head = 8
    (length,) = struct.unpack("<i", prefix)
    if not length:
        return None
    body = place + head + length
    if not 0 < length <= _LARGEST_METADATA or body > end:
        raise UnreadableFile(f"{path}: is cut short or damaged: the message at offset {place} does not fit into it")
    message = _root(file.read(length))
    body_length = message.number(_BODY_LENGTH, "<q")
    if not 0 <= body_length <= end - body:
        raise UnreadableFile(f"{path}: is cut short or damaged: the message at offset {place} does not fit into it")
    kind = message.number(_HEADER_TYPE, "<B")
    size = body_length
    if kind in (_DICTIONARY_BATCH, _RECORD_BATCH):
        header = message.table(_HEADER)
        batch = header.table(_DATA) if header and kind == _DICTIONARY_BATCH else header
        if batch is not None and batch.table(_COMPRESSION) is not None:
            size = sum(_unpacked_sizes(file, batch, body, body_length))
    return Message(place, body + body_length, kind, size)


def _unpacked_sizes(file: BinaryIO, batch: "_Table", body: int, body_length: int) -> Iterator[int]:
    """What stands before each packed buffer: how long it is unpacked, or -1 where it is not packed."""
    for offset, length in batch.structs(_BUFFERS, _BUFFER):
        if length < 8 or not 0 <= offset <= body_length - 8:
            continue
        file.seek(body + offset)
        (size,) = struct.unpack("<q", file.read(8))
        yield length if size < 0 else size


@dataclass(frozen=True)
class _Table:
    """A table of a FlatBuffer. Reading raises struct.error or IndexError where it is damaged."""

    data: bytes
    place: int

    def _field(self, number: int) -> int | None:
        """Where the value of a field stands; None where it is left out."""
        table = self.place - self._read("<i", self.place)
        if not 0 <= table < len(self.data) or 4 + 2 * number >= self._read("<H", table):
            return None
        offset = self._read("<H", table + 4 + 2 * number)
        return self.place + offset if offset else None

    def _read(self, form: str, place: int) -> int:
        if place < 0:
            raise IndexError(place)
        value: int = struct.unpack_from(form, self.data, place)[0]
        return value

    def number(self, field: int, form: str) -> int:
        """A whole number; 0 where it is left out."""
        place = self._field(field)
        return 0 if place is None else self._read(form, place)

    def table(self, field: int) -> "_Table | None":
        """A table within this one."""
        place = self._field(field)
        return None if place is None else _Table(self.data, place + self._read("<I", place))

    def structs(self, field: int, form: str) -> Iterator[tuple[int, ...]]:
        """The whole numbers of each of a list of structs."""
        place = self._field(field)
        if place is None:
            return
        start = place + self._read("<I", place)
        size = struct.calcsize(form)
        count = self._read("<I", start)
        if start + 4 + count * size > len(self.data):
            raise IndexError(count)
        for index in range(count):
            yield struct.unpack_from(form, self.data, start + 4 + index * size)


def _root(data: bytes) -> _Table:
    return _Table(data, struct.unpack_from("<I", data)[0])
