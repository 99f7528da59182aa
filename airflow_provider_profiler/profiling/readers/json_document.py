"""JSON documents: arrays of objects are tables, the keys of objects within objects their columns, as in JSON Lines."""

from collections.abc import Iterator
from typing import Any

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import GEOJSON, JSON, stem_of
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.damaged_utf8 import repaired
from airflow_provider_profiler.profiling.readers.encoding import UTF_8
from airflow_provider_profiler.profiling.readers.json_encoding import damaged_encoding, json_encoding
from airflow_provider_profiler.profiling.readers.json_lines import JsonLinesReader
from airflow_provider_profiler.profiling.readers.json_paths import Keys, dotted, json_path, path_values
from airflow_provider_profiler.profiling.readers.json_structure import COMMA, ItemAssembler, StructureScanner
from airflow_provider_profiler.profiling.readers.json_tables import Document, FoundTable, SeveralValues, find_tables
from airflow_provider_profiler.profiling.readers.json_text import (
    NotAnObject,
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
    UnsupportedContent,
)
from airflow_provider_profiler.profiling.readers.text_blocks import TextBlocks
from airflow_provider_profiler.profiling.readers.validation import WrongEncoding
from airflow_provider_profiler.profiling.statistics.first_rows import numbers_without

_SAMPLE = 64 * 1024
_BLOCK = 1024 * 1024
# Objects of Python take many times the memory of their text: of a partition, this much is one batch.
_BATCH_BYTES = 4 * 1024 * 1024
_BATCH_CELLS = 1024 * 1024
_REJECTED_EXAMPLES = 5
_REJECTED_CHARACTERS = 200
_NAMED = 5


class JsonReader:
    """Reads JSON documents, GeoJSON among them. What is JSON Lines by another name is read as that."""

    name = "json"
    media_types = frozenset({JSON, GEOJSON})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:
        """Find the arrays of objects, their columns and partitions of whole items, in one pass over the file.

        :raises UnreadableFile: for what is no JSON.
        :raises UnsupportedContent: for a document without any table.
        :raises TooMuchData: when it is nested too deeply, or its keys are data.
        """
        path = source.path
        with source.open() as file:
            encoding = json_encoding(file.read(_SAMPLE), reading, path)
            if not encoding.is_stateless:
                raise UnsupportedContent(f"{path}: JSON in {encoding.name} is not read; write it in UTF-8")
            try:
                try:
                    document = find_tables(TextBlocks(file, encoding, path), execution.partition_bytes)
                except WrongEncoding as error:
                    encoding = damaged_encoding(file, encoding, error, reading, path)
                    document = find_tables(TextBlocks(file, encoding, path), execution.partition_bytes)
            except SeveralValues as several:
                if not several.of_objects:
                    raise UnreadableFile(f"{path}: is no JSON: more text stands behind its end") from None
                document = None
        if document is None:
            return JsonLinesReader().tables(source, reading, execution)
        if not document.tables:
            raise UnsupportedContent(
                f"{path}: is JSON without a table: no array in it holds objects"
                + (f"; it holds {_named(document.others)}" if any(document.others) else "")
            )
        undecodable = encoding.undecodable or Undecodable()
        how = Reading(
            reader=self.name,
            encoding=encoding.name,
            byte_order_mark=encoding.mark > 0,
            undecodable_bytes=undecodable.bytes,
        )
        notes = (*_notes(document), *((undecodable.told,) if undecodable.bytes else ()))
        return tuple(
            # What is said of the file is said once.
            _table(found, name, how, notes if not index else (), undecodable if not index else Undecodable())
            for index, (found, name) in enumerate(
                zip(document.tables, _table_names(document.tables, stem_of(path.rpartition("/")[2])), strict=True)
            )
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The items of one partition in batches of text columns; null and absent values are null.

        Lines of the batches are items of the array.

        :raises UnreadableFile: when the bytes are not of the encoding.
        """
        if table.reading.reader != self.name:
            yield from JsonLinesReader().read(source, table, partition)
            return
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
        paths = [column.keys for column in table.wanted]
        read = done = 0
        for items in _batches(text, max(1, _BATCH_CELLS // max(len(table.columns), 1))):
            done += sum(map(len, items)) + len(items)
            share = min(done, len(text)) * length // max(len(text), 1)
            yield _batch(items, paths, share - read)
            read = share


def _table(found: FoundTable, name: str, how: Reading, notes: tuple[str, ...], undecodable: Undecodable) -> Table:
    names = [str(printable(dotted(keys))) for keys in found.columns]
    return Table(
        name=name,
        columns=tuple(
            Column(name=unique, original_name=original, physical_type="json", textual=True, keys=keys)
            for unique, original, keys in zip(unique_names(names), names, found.columns, strict=True)
        ),
        partitions=tuple(Partition(index, *cut) for index, cut in enumerate(found.cuts)),
        reading=how.model_copy(update={"json_path": json_path(found.keys) + "[*]"}),
        notes=notes,
        undecodable=undecodable,
    )


def _table_names(tables: tuple[FoundTable, ...], stem: str) -> list[str]:
    """The path that leads to each table; the file's stem where the document itself is the table."""
    return unique_names([str(printable(dotted(table.keys))) or stem for table in tables])


def _notes(document: Document) -> tuple[str, ...]:
    """What the document holds beside its tables, for that is not profiled."""
    if not document.others:
        return ()
    return (
        f"beside its tables, the document holds values that are in none and were not read: {_named(document.others)}",
    )


def _named(paths: tuple[Keys, ...]) -> str:
    named = ", ".join(str(printable(dotted(keys))) for keys in paths[:_NAMED])
    more = len(paths) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _batches(text: bytes, most_items: int) -> Iterator[list[bytes]]:
    """The items of a partition, in lists of about as many bytes and at most so many items."""
    structure, assembler = StructureScanner(), ItemAssembler()
    items: list[bytes] = []
    size = 0
    for start in range(0, len(text), _BLOCK):
        block = text[start : start + _BLOCK]
        tokens = structure.feed(block)
        commas = tokens.places[(tokens.codes == COMMA) & (tokens.depths == 0)]
        complete, ends = assembler.take(block, commas)
        begin = 0
        for end in ends:
            items.append(complete[begin:end])
            size += end - begin
            begin = end + 1
            if size >= _BATCH_BYTES or len(items) >= most_items:
                yield items
                items, size = [], 0
    items.append(assembler.rest())
    yield items


def _batch(items: list[bytes], paths: list[Keys], size: int) -> Batch:
    """The rows of some items.

    :param size: the bytes that they take in the file.
    """
    objects: list[dict[str, Any]] = []
    rejected: list[tuple[int | None, str]] = []
    left_out: list[int] = []
    for number, item in enumerate(items, start=1):
        text = item.decode(UTF_8)
        try:
            objects.append(read_object(text))
        except NotAnObject:
            left_out.append(number)
            if len(rejected) < _REJECTED_EXAMPLES:
                rejected.append((number, text.strip()[:_REJECTED_CHARACTERS]))
    columns = [text_column(values) for values in path_values(objects, paths)]
    return Batch(
        text_rows(columns, len(objects)),
        size,
        Rejected(len(left_out), tuple(rejected)),
        len(items),
        numbers_without(left_out, len(items)),
    )
