"""JSON Lines: one object a line. Its keys are the columns, its values cells of text whose type is found by votes."""

import codecs
from collections.abc import Iterator
from typing import Any, BinaryIO

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import JSON_LINES, stem_of
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.damaged_utf8 import repaired
from airflow_provider_profiler.profiling.readers.encoding import UTF_8, TextEncoding
from airflow_provider_profiler.profiling.readers.json_encoding import damaged_encoding, json_encoding
from airflow_provider_profiler.profiling.readers.json_keys import KeyScanner
from airflow_provider_profiler.profiling.readers.json_text import (
    NotAnObject,
    check_begins_with_object,
    printable,
    read_object,
    text_column,
    text_rows,
)
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    ChangedWhileRead,
    Column,
    Partition,
    Rejected,
    Source,
    Table,
    Undecodable,
    UnreadableFile,
)
from airflow_provider_profiler.profiling.readers.record_cuts import Cuts, blocks, cut_lines
from airflow_provider_profiler.profiling.readers.validation import WrongEncoding, validated
from airflow_provider_profiler.profiling.statistics.first_rows import numbers_without

_SAMPLE = 64 * 1024
_REJECTED_EXAMPLES = 5
_REJECTED_CHARACTERS = 200
# Objects of Python take many times the memory of their text: of a partition, this much is one batch.
_BATCH_BYTES = 4 * 1024 * 1024
_BATCH_CELLS = 1024 * 1024


class JsonLinesReader:
    """Reads JSON Lines, also called NDJSON. Lines that are not one object are rejected and counted."""

    name = "json_lines"
    media_types = frozenset({JSON_LINES})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:
        """Find the keys of all lines and plan partitions of whole lines, in one pass over the file.

        :raises UnreadableFile: for what is no text, an array, and a file without any object.
        """
        with source.open() as file:
            head = file.read(_SAMPLE)
            encoding = json_encoding(head, reading, source.path)
            check_begins_with_object(head[encoding.mark :].decode(encoding.name, "replace"), source.path)
            try:
                keys, cuts = _planned(file, encoding, execution, source.path)
            except WrongEncoding as error:
                encoding = damaged_encoding(file, encoding, error, reading, source.path)
                keys, cuts = _planned(file, encoding, execution, source.path)
        if keys.first_bad_line is not None and not keys.objects:
            raise UnreadableFile(
                f"{source.path}: no line is a JSON object, the first that is none is line {keys.first_bad_line}; "
                "write one object a line, or give the file its right extension"
            )
        undecodable = encoding.undecodable or Undecodable()
        return (
            Table(
                name=stem_of(source.path.rpartition("/")[2]),
                columns=tuple(
                    Column(name=name, original_name=key, physical_type="json", textual=True)
                    for name, key in zip(
                        unique_names([str(printable(key)) for key in keys.keys]), keys.keys, strict=True
                    )
                ),
                partitions=tuple(Partition(index, *cut) for index, cut in enumerate(cuts.partitions))
                if keys.objects
                else (),
                reading=Reading(
                    reader=self.name,
                    encoding=encoding.name,
                    byte_order_mark=encoding.mark > 0,
                    undecodable_bytes=undecodable.bytes,
                ),
                notes=(undecodable.told,) if undecodable.bytes else (),
                undecodable=undecodable,
            ),
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The lines of one partition in batches of text columns; null and absent values are null.

        :raises UnreadableFile: when the bytes are not of the encoding.
        """
        length = partition.stop - partition.start
        with source.open() as file:
            file.seek(partition.start)
            raw = file.read(length)
        if len(raw) != length:
            raise ChangedWhileRead(f"{source.path}: became shorter while it was read")
        encoding = table.reading.encoding or UTF_8
        try:
            if table.reading.undecodable_bytes:
                text = repaired(raw).text
            else:
                text = raw if encoding == UTF_8 else raw.decode(encoding).encode(UTF_8)
        except UnicodeError as error:  # the whole file was checked when it was planned
            raise UnreadableFile(f"{source.path}: is not {encoding}") from error
        keys = [column.original_name for column in table.wanted]
        left = length
        for lines, last in _batches(text, max(1, _BATCH_CELLS // max(len(table.columns), 1))):
            share = left if last else min(left, len(lines) * length // len(text))
            left -= share
            yield _batch(lines.decode(UTF_8), keys, share)


def _planned(file: BinaryIO, encoding: TextEncoding, execution: ExecutionOptions, path: str) -> tuple[KeyScanner, Cuts]:
    """The keys of all lines, and partitions of whole lines.

    :raises WrongEncoding: when the file is not of the encoding.
    """
    keys = KeyScanner(path)

    def watched() -> Iterator[bytes]:
        decoder = None if encoding.name == UTF_8 else codecs.getincrementaldecoder(encoding.name)()
        torn = b""
        for block in validated(blocks(file), encoding, path):
            if encoding.undecodable is not None:
                found = repaired(torn + block, final=False)
                torn = found.torn
                keys.feed(found.text)
            else:
                keys.feed(block if decoder is None else decoder.decode(block).encode(UTF_8))
            yield block
        keys.feed(repaired(torn).text)
        keys.finish()

    file.seek(encoding.mark)
    cuts = cut_lines(
        watched(),
        start=encoding.mark,
        unit_type=encoding.unit_type,
        partition_bytes=execution.partition_bytes,
        splittable=encoding.is_stateless,
    )
    return keys, cuts


def _batches(text: bytes, most_lines: int) -> Iterator[tuple[bytes, bool]]:
    """Whole lines of about as many bytes and at most so many lines, and whether they are the last ones."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", min(start + _BATCH_BYTES, len(text)) - 1) + 1 or len(text)
        if text.count(b"\n", start, end) + (text[end - 1 : end] != b"\n") > most_lines:
            end = start
            for _ in range(most_lines):
                end = text.find(b"\n", end) + 1
        yield text[start:end], end == len(text)
        start = end


def _batch(text: str, keys: list[str], size: int) -> Batch:
    """The rows of some lines.

    :param size: the bytes that they take in the file.
    """
    objects: list[dict[str, Any]] = []
    rejected: list[tuple[int | None, str]] = []
    left_out: list[int] = []
    count = 0
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            objects.append(read_object(line))
        except NotAnObject:
            left_out.append(number)
            if not line.strip():
                continue
            count += 1
            if len(rejected) < _REJECTED_EXAMPLES:
                rejected.append((number, line.strip()[:_REJECTED_CHARACTERS]))
    columns = [text_column([members.get(key) for members in objects]) for key in keys]
    return Batch(
        text_rows(columns, len(objects)),
        size,
        Rejected(count, tuple(rejected)),
        len(lines) - (not lines[-1]),  # the last one need not end
        numbers_without(left_out, len(lines)),
    )
