"""The container that Avro files are: a header with the schema, and blocks of records, compressed one by one.

The framing is read here and not by fastavro, so that blocks can be found without unpacking them, are unpacked within
limits, and with every codec for which Arrow or Python has one. Layout: the specification of Avro 1.12, "Object
Container Files".
"""

import bz2
import io
import json
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import fastavro
import pyarrow as pa

from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile, UnsupportedContent

MAGIC = b"Obj\x01"
#: Bytes of a block, packed and unpacked: writers make blocks of some ten KiB.
LARGEST_BLOCK = 128 * 1024 * 1024
_LARGEST_HEADER = 16 * 1024 * 1024
_USUAL_HEADER = 64 * 1024
_DEEPEST_SCHEMA = 100
#: Records of a block that need not have a byte each.
_EMPTY_RECORDS = 100_000
#: Bytes that unpacking xz may take beside what it gives: its highest preset takes 65 MiB.
_XZ_MEMORY = 128 * 1024 * 1024
_VARINT = 10
_MARKER = 16
_HEADER = fastavro.parse_schema(
    {
        "type": "record",
        "name": "Header",
        "fields": [
            {"name": "magic", "type": {"type": "fixed", "name": "Magic", "size": 4}},
            {"name": "meta", "type": {"type": "map", "values": "bytes"}},
            {"name": "sync", "type": {"type": "fixed", "name": "Sync", "size": _MARKER}},
        ],
    }
)
#: What fastavro raises of damaged data: mostly these, from its C code and from the types of Python that it fills.
DAMAGE = (
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    AssertionError,
    RecursionError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    OSError,
    StopIteration,
    fastavro.schema.SchemaParseException,
    fastavro.schema.UnknownType,
)


@dataclass(frozen=True)
class Header:
    """What stands before the blocks."""

    schema: Any
    """As JSON."""
    codec: str
    marker: bytes
    """The 16 bytes behind each block."""
    size: int


@dataclass(frozen=True)
class Block:
    """Some records. Places are bytes in the file."""

    start: int
    data: int
    """Where the packed records begin."""
    size: int
    """Bytes of the packed records."""
    records: int

    @property
    def stop(self) -> int:
        """Behind the marker."""
        return self.data + self.size + _MARKER


def read_header(file: BinaryIO, path: str) -> Header:
    """Read the header from the file's beginning.

    :raises UnreadableFile: when it is none.
    :raises UnsupportedContent: when the codec is not known.
    :raises TooMuchData: when the schema is too long or nested too deeply.
    """
    file.seek(0)
    try:
        return _header(io.BytesIO(file.read(_USUAL_HEADER)), path)
    except UnreadableFile:
        file.seek(0)
        return _header(io.BytesIO(file.read(_LARGEST_HEADER)), path)


def _header(head: io.BytesIO, path: str) -> Header:
    if head.getvalue()[:4] != MAGIC:
        raise UnreadableFile(f"{path}: is no Avro file: it does not begin with 'Obj' and the version 1")
    try:
        found: Any = fastavro.schemaless_reader(head, _HEADER, None)
        text = found["meta"]["avro.schema"].decode()
        if max(text.count("{"), text.count("[")) > _DEEPEST_SCHEMA and _depth(text) > _DEEPEST_SCHEMA:
            raise TooMuchData(f"{path}: its schema is nested more than {_DEEPEST_SCHEMA} levels deep")
        codec = found["meta"].get("avro.codec", b"null").decode()
        schema = json.loads(text)
    except DAMAGE as error:
        if len(head.getvalue()) == _LARGEST_HEADER:
            raise TooMuchData(f"{path}: its header is longer than {_LARGEST_HEADER // 1024 // 1024} MiB") from error
        raise UnreadableFile(f"{path}: the header of the Avro file is damaged or cut short: {said(error)}") from error
    if codec not in _CODECS:
        raise UnsupportedContent(
            f"{path}: is packed with the codec {codec!r}, which is not read; write it with one of {', '.join(_CODECS)}"
        )
    return Header(schema, codec, found["sync"], head.tell())


def blocks(file: BinaryIO, header: Header, start: int, stop: int, path: str) -> Iterator[Block]:
    """The blocks from one place of the file to another, which must be the ends of blocks.

    :raises UnreadableFile: when one does not end with the file's marker.
    :raises TooMuchData: when one is too large.
    """
    while start < stop:
        file.seek(start)
        frame = io.BytesIO(file.read(2 * _VARINT))
        try:
            records, size = _varint(frame), _varint(frame)
        except EOFError:
            raise _damaged(start, path) from None
        block = Block(start, start + frame.tell(), size, records)
        if records < 0 or size < 0 or block.stop > stop:
            raise _damaged(start, path)
        _check_size(size, path)
        file.seek(block.data + size)
        if file.read(_MARKER) != header.marker:
            raise _damaged(start, path)
        yield block
        start = block.stop


def unpacked(file: BinaryIO, header: Header, block: Block, path: str) -> bytes:
    """The records of a block as bytes.

    :raises UnreadableFile: when they cannot be unpacked, or are certainly too few.
    :raises TooMuchData: when they are too large.
    """
    file.seek(block.data)
    data = file.read(block.size)
    try:
        content = _CODECS[header.codec](data)
    except (*DAMAGE, pa.ArrowException) as error:
        raise UnreadableFile(
            f"{path}: the block at offset {block.start} cannot be unpacked with {header.codec}: {said(error)}"
        ) from error
    _check_size(len(content), path)
    if block.records > max(len(content), _EMPTY_RECORDS):
        raise UnreadableFile(
            f"{path}: the block at offset {block.start} claims {block.records} records in {len(content)} bytes"
        )
    return content


def container(schema: Any, blocks_of_records: list[tuple[int, bytes]]) -> io.BytesIO:
    """An Avro file of unpacked blocks, for fastavro.

    :param schema: the schema to read them by.
    :param blocks_of_records: of each block the number of records, and the records.
    """
    marker = bytes(_MARKER)
    file = io.BytesIO()
    meta = {"avro.codec": b"null", "avro.schema": json.dumps(schema).encode()}
    fastavro.schemaless_writer(file, _HEADER, {"magic": MAGIC, "meta": meta, "sync": marker})
    for records, content in blocks_of_records:
        for number in (records, len(content)):
            fastavro.schemaless_writer(file, "long", number)
        file.write(content)
        file.write(marker)
    file.seek(0)
    return file


def said(error: BaseException) -> str:
    """What an exception says; its name where it says nothing."""
    return str(error).strip() or type(error).__name__


def _depth(text: str) -> int:
    # Within strings brackets count too: a schema that is refused for that is one of a hundred brackets in a text.
    deepest = depth = 0
    for character in text:
        depth += (character in "{[") - (character in "}]")
        deepest = max(deepest, depth)
    return deepest


def _varint(frame: io.BytesIO) -> int:
    """A whole number as Avro writes it: seven bits a byte from the lowest on, the sign in the last bit."""
    value = shift = 0
    while True:
        byte = frame.read(1)
        if not byte or shift >= 7 * _VARINT:
            raise EOFError
        value |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            return (value >> 1) ^ -(value & 1)


def _check_size(size: int, path: str) -> None:
    if size > LARGEST_BLOCK:
        raise TooMuchData(
            f"{path}: a block of records takes more than {LARGEST_BLOCK // 1024 // 1024} MiB; "
            "write the file with smaller blocks"
        )


def _damaged(place: int, path: str) -> UnreadableFile:
    return UnreadableFile(f"{path}: the block at offset {place} is damaged or cut short")


def _inflate(data: bytes) -> bytes:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    content = engine.decompress(data, LARGEST_BLOCK + 1)
    return _whole(content, ended=engine.eof)


def _bunzip(data: bytes) -> bytes:
    engine = bz2.BZ2Decompressor()
    content = engine.decompress(data, LARGEST_BLOCK + 1)
    return _whole(content, ended=engine.eof)


def _unxz(data: bytes) -> bytes:
    engine = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
    content = engine.decompress(data, LARGEST_BLOCK + 1)
    return _whole(content, ended=engine.eof)


def _unzstd(data: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        return bytes(stream.read(LARGEST_BLOCK + 1))


def _unsnappy(data: bytes) -> bytes:
    """Snappy without its frame, and a checksum behind it. The length stands in front."""
    size = shift = 0
    for byte in data[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if size > LARGEST_BLOCK:
        return bytes(LARGEST_BLOCK + 1)
    content = bytes(pa.decompress(data[:-4], size, "snappy", asbytes=True))
    if zlib.crc32(content) != int.from_bytes(data[-4:], "big"):
        raise ValueError("its checksum is another one")
    return content


def _whole(content: bytes, *, ended: bool) -> bytes:
    if not ended and len(content) <= LARGEST_BLOCK:
        raise EOFError("it is cut short")
    return content


_CODECS: dict[str, Callable[[bytes], bytes]] = {
    "null": bytes,
    "deflate": _inflate,
    "snappy": _unsnappy,
    "zstandard": _unzstd,
    "bzip2": _bunzip,
    "xz": _unxz,
}
