"""Compressed tables: what a gzip or Zstandard stream holds is read by the reader of its content's format.

A stream can only be unpacked from its beginning, so a file is one partition, unpacked twice: once to plan, which
finds encoding, columns and where records end, and once to read, piece after piece. Nothing is unpacked to disk, and
no more than a piece (``partition_bytes`` of content) is in memory. Several files are read at the same time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.discovery.content import media_type_of_content
from airflow_provider_profiler.profiling.formats import (
    COMPRESSED,
    CSV,
    GEOJSON,
    GZIP,
    JSON,
    JSON_LINES,
    PLAIN_TEXT,
    TSV,
    UNKNOWN,
    ZSTD,
    extension_of,
    inner_name,
    media_type_of,
)
from airflow_provider_profiler.profiling.readers.decompression import DecompressedFile, Limits, codec_of
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Partition,
    Source,
    Table,
    UnreadableFile,
    UnsupportedContent,
)
from airflow_provider_profiler.profiling.readers.registry import entry_for, reader_named

#: Formats that are read from start to end; others need to look at their end first.
STREAMABLE = frozenset({CSV, TSV, JSON_LINES, JSON, GEOJSON})
_HEAD = 64 * 1024


class CompressedReader:
    """Reads what streams of gzip and Zstandard hold; the format goes by the inner name, else by the content."""

    name = "compressed"
    media_types = frozenset({GZIP, ZSTD})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:
        """Plan the reading of the content, and bind its partitions together into one.

        :raises UnreadableFile: for a damaged stream, and as the content's reader does.
        :raises UnsupportedContent: when the content's format has no reader that reads streams.
        :raises TooMuchData: when the content is larger than the options allow.
        """
        with source.open() as file:
            codec = codec_of(file.read(4))
        if codec is None:
            raise UnreadableFile(f"{source.path}: is neither gzip nor Zstandard, although its name says so")
        inner = _Content(source, codec, "", Limits.of(reading))
        inner = replace(inner, media_type=_inner_media_type(inner))
        entry = entry_for(inner.media_type) if inner.media_type in STREAMABLE else None
        if entry is None:
            raise UnsupportedContent(
                f"{source.path}: holds {inner.media_type}; of compressed files, those of delimited text, JSON and "
                "JSON Lines are read, others have to be unpacked"
            )
        return tuple(
            replace(
                table,
                partitions=(Partition(0, 0, source.size, table.partitions),) if table.partitions else (),
                reading=table.reading.model_copy(update={"compression": codec, "content_media_type": inner.media_type}),
            )
            for table in reader_named(entry.name).tables(inner, reading, execution)
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of all pieces of a stream, in order; the bytes read are those of the file, not of its content.

        :raises UnreadableFile: when the stream turns out to be damaged, and as the content's reader does.
        """
        reader = reader_named(table.reading.reader)
        with DecompressedFile(source.open(), table.reading.compression or "", source.path) as stream:
            content = _Stream(source, stream, table.reading.content_media_type or UNKNOWN)
            done = 0
            held: Batch | None = None
            for piece in partition.pieces:
                for batch in reader.read(content, table, piece):
                    if held is not None:
                        yield held
                    held = replace(batch, bytes_read=stream.consumed - done)
                    done = stream.consumed
            if held is not None:
                # With what stands behind the last record, so that progress adds up to the file.
                yield replace(held, bytes_read=held.bytes_read + partition.stop - done)


@dataclass(frozen=True)
class _Content:
    """The content of a compressed source as a source of its own; each opening starts to unpack anew."""

    outer: Source
    codec: str
    media_type: str
    limits: Limits

    @property
    def path(self) -> str:
        return self.outer.path

    @property
    def size(self) -> int:
        return self.outer.size

    def open(self) -> BinaryIO:
        return cast(BinaryIO, DecompressedFile(self.outer.open(), self.codec, self.path, self.limits))

    def check_unchanged(self) -> None:
        self.outer.check_unchanged()


@dataclass(frozen=True)
class _Stream:
    """A source whose every opening goes on with one and the same stream, so that nothing is unpacked again."""

    outer: Source
    stream: DecompressedFile
    media_type: str

    @property
    def path(self) -> str:
        return self.outer.path

    @property
    def size(self) -> int:
        return self.outer.size

    def open(self) -> BinaryIO:
        return cast(BinaryIO, _Lent(self.stream))

    def check_unchanged(self) -> None:
        self.outer.check_unchanged()


class _Lent:
    """A stream that closing leaves open."""

    def __init__(self, stream: DecompressedFile) -> None:
        self.read = stream.read
        self.seek = stream.seek
        self.tell = stream.tell

    def __enter__(self) -> "_Lent":
        return self

    def __exit__(self, *_: object) -> None:
        return None


def _inner_media_type(content: _Content) -> str:
    """By the name of what is compressed; a name that does not tell, and plain text, are looked into."""
    name = inner_name(content.path.rpartition("/")[2])
    known = media_type_of(name) if extension_of(content.path) != "tgz" else "application/x-tar"
    if known and known not in COMPRESSED and not (known == PLAIN_TEXT and extension_of(name) == "txt"):
        return known
    with content.open() as file:
        head = file.read(_HEAD)
    return media_type_of_content(head, complete=len(head) < _HEAD)
