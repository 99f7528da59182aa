"""What an ORC file's tail says of its stripes: rows and bytes of each, which pyarrow does not tell.

The tail is a Protocol Buffers message; of it, whole numbers and messages are read, by the numbers of their fields in
the specification of ORC 1 ("File Tail", orc_proto.proto).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_profiler.profiling.readers.reader import UnreadableFile

# Fields of the messages FileTail, Footer, StripeInformation, ColumnStatistics and StringStatistics.
_FOOTER = 2
_STRIPES, _STATISTICS = 3, 7
_INDEX_LENGTH, _DATA_LENGTH, _FOOTER_LENGTH, _ROWS = 2, 3, 4, 5
_TEXTS, _BYTES = 4, 8
_SUM, _BYTES_SUM = 3, 1


@dataclass(frozen=True)
class Stripe:
    """Some rows of an ORC file."""

    rows: int
    size: int
    """Bytes in the file."""


@dataclass(frozen=True)
class Tail:
    """What is known without reading a row."""

    stripes: tuple[Stripe, ...]
    text_bytes: int
    """Bytes of all texts of the file, written out."""


def read_tail(tail: bytes, path: str) -> Tail:
    """Read the serialized tail of a file.

    :raises UnreadableFile: when it makes no sense.
    """
    try:
        footer = next(value for number, value in _fields(tail) if number == _FOOTER and isinstance(value, bytes))
        stripes = []
        text_bytes = 0
        for number, value in _fields(footer):
            if not isinstance(value, bytes):
                continue
            if number == _STRIPES:
                found = {key: item for key, item in _fields(value) if isinstance(item, int)}
                size = sum(found.get(part, 0) for part in (_INDEX_LENGTH, _DATA_LENGTH, _FOOTER_LENGTH))
                stripes.append(Stripe(found.get(_ROWS, 0), size))
            elif number == _STATISTICS:
                text_bytes += _text_bytes(value)
    except (IndexError, StopIteration, ValueError) as error:
        raise UnreadableFile(f"{path}: cannot be read as ORC: its tail is damaged") from error
    return Tail(tuple(stripes), text_bytes)


def _text_bytes(statistics: bytes) -> int:
    """The sum of the lengths of a column's texts."""
    for number, value in _fields(statistics):
        if number in (_TEXTS, _BYTES) and isinstance(value, bytes):
            wanted = _SUM if number == _TEXTS else _BYTES_SUM
            sums = (item for key, item in _fields(value) if key == wanted and isinstance(item, int))
            # Signed numbers are written in zigzag.
            return next(((item >> 1) ^ -(item & 1) for item in sums), 0)
    return 0


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field.

    :raises IndexError: when the message ends too soon.
    :raises ValueError: when a field is of no kind that there is.
    """
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        length, place = _varint(message, place) if kind == 2 else ({1: 8, 5: 4}.get(kind, -1), place)
        if length < 0 or place + length > len(message):
            raise ValueError("a field that makes no sense")
        yield key >> 3, message[place : place + length]
        place += length


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
        if shift > 63:
            raise ValueError("a number of too many bytes")
