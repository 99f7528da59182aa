"""The tables of a JSON document: arrays of objects that are the document, or that its objects' keys lead to.

One pass over the text finds them, their keys and where their items part, and keeps none of the items. What stands
around the arrays is kept and parsed in the end, with a number in the place of each table.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from airflow_provider_profiler.profiling.readers.json_items import ItemScanner
from airflow_provider_profiler.profiling.readers.json_paths import Keys
from airflow_provider_profiler.profiling.readers.json_structure import (
    COMMA,
    OPEN_ARRAY,
    StructureScanner,
    Tokens,
)
from airflow_provider_profiler.profiling.readers.json_text import DEEPEST, NotAnObject, read_document
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile
from airflow_provider_profiler.profiling.readers.text_blocks import TextBlocks

#: Bytes around the arrays of objects: keys that are data make more of them than can be kept.
MOST_SURROUNDINGS = 32 * 1024 * 1024
#: Tables of one document.
MOST_TABLES = 1000
_NEAR = 16
_SHORT = 64
_CLOSERS = (b"}", b"]")


class SeveralValues(Exception):
    """There is another value behind the first one. ``of_objects``: the first one is an object."""

    def __init__(self, *, of_objects: bool) -> None:
        super().__init__("several values")
        self.of_objects = of_objects


@dataclass(frozen=True)
class FoundTable:
    """An array of objects."""

    keys: Keys
    """What leads to it."""
    columns: tuple[Keys, ...]
    cuts: tuple[tuple[int, int], ...]
    """Where its partitions begin and end in the file, in bytes."""


@dataclass(frozen=True)
class Document:
    """What is in a JSON document."""

    tables: tuple[FoundTable, ...]
    others: tuple[Keys, ...]
    """What leads to the values that are in no table: () where the document is one such value."""


def find_tables(content: TextBlocks, partition_bytes: int) -> Document:
    """Look through a document.

    :param partition_bytes: partitions have at least so many bytes of UTF-8, but for the last of a table.
    :raises SeveralValues: when it holds more than one.
    :raises UnreadableFile: when it is not JSON; naming the place where that is known.
    :raises TooMuchData: when it is nested too deeply, or its keys are data.
    :raises WrongEncoding: when the text is not of its encoding.
    """
    finding = _Finding(content, partition_bytes)
    for block in content:
        finding.take(block)
    return finding.finished()


@dataclass
class _Finding:
    """A look through a document, block after block. Places are offsets in its UTF-8."""

    content: TextBlocks
    partition_bytes: int
    structure: StructureScanner = field(default_factory=StructureScanner)
    around: bytearray = field(default_factory=bytearray)
    array: ItemScanner | None = None
    """The array that is open; None outside of the outermost ones."""
    array_depth: int = 0
    tables: list[ItemScanner] = field(default_factory=list)
    begun: bool = False
    """Whether the outermost value is an array or object and has begun."""

    def take(self, block: bytes) -> None:
        """Look at the next block."""
        place = self.content.size - len(block)
        before = self.structure.depth
        tokens = self.structure.feed(block)
        self._check(tokens, before)
        arrays = np.flatnonzero(tokens.codes == OPEN_ARRAY)
        token = start = 0
        while start < len(block) or self.array is not None:
            if self.array is None:
                following = np.searchsorted(arrays, token)
                if following == len(arrays):
                    self._keep(block[start:])
                    return
                token = int(arrays[following])
                stop = int(tokens.places[token]) + 1
                self._keep(block[start:stop])
                self.array = ItemScanner(self.content, place + stop, self.partition_bytes)
                self.array_depth = int(tokens.depths[token])
                token, start = token + 1, stop
            end = self._end_of_array(tokens, token)
            within = slice(token, end)
            stop = int(tokens.places[end]) if end is not None else len(block)
            parts = (tokens.codes[within] == COMMA) & (tokens.depths[within] == self.array_depth)
            self.array.take(block[start:stop], tokens.places[within][parts] - start, place + start)
            if end is None:
                return
            self._close(place + stop)
            token, start = end, stop

    def _check(self, tokens: Tokens, before: int) -> None:
        """Refuse what cannot be one document."""
        path = self.content.path
        if not len(tokens.codes):
            return
        if tokens.depths.max() > DEEPEST:
            raise TooMuchData(f"{path}: its arrays and objects are nested more than {DEEPEST} levels deep")
        # What comes once nothing is open any more belongs to another value, or to none.
        ended = self.begun and not before
        ends = np.flatnonzero(tokens.depths <= 0)
        behind = 0 if ended else int(ends[0]) + 1 if len(ends) else len(tokens.codes)
        if (not ended and len(ends) and tokens.depths[ends[0]] < 0) or tokens.codes[
            behind : behind + 1
        ].tobytes() in _CLOSERS:
            raise UnreadableFile(f"{path}: is no JSON: an array or object is closed that was never opened")
        if behind < len(tokens.codes):
            first = (bytes(self.around[:_SHORT]).lstrip() or bytes([tokens.codes[0]]))[:1]
            raise SeveralValues(of_objects=first == b"{")
        self.begun = True

    def _end_of_array(self, tokens: Tokens, token: int) -> int | None:
        """The token that closes the open array."""
        # Most arrays that are no tables are short, and there may be many.
        for stop in (token + _NEAR, len(tokens.codes)):
            ends = np.flatnonzero(tokens.depths[token:stop] < self.array_depth)
            if len(ends):
                return token + int(ends[0])
        return None

    def _keep(self, text: bytes) -> None:
        self.around += text
        if len(self.around) > MOST_SURROUNDINGS:
            raise TooMuchData(
                f"{self.content.path}: holds more than {MOST_SURROUNDINGS // 1024 // 1024} MiB outside of arrays of "
                'objects: the keys are data; write them as values, such as [{"key": ..., "value": ...}]'
            )

    def _close(self, place: int) -> None:
        array, self.array = self.array, None
        if array is None:
            return
        array.finish(place)
        outermost = self.array_depth == 1
        if array.is_table() or (outermost and not array.items):
            self.around += str(len(self.tables)).encode()
            self.tables.append(array)
        if len(self.tables) > MOST_TABLES:
            raise TooMuchData(
                f"{self.content.path}: holds more than {MOST_TABLES} arrays of objects: the keys that lead to them "
                'are data; write them as values, such as [{"key": ..., "items": [...]}]'
            )

    def finished(self) -> Document:
        """What was found, once the whole text was taken."""
        path = self.content.path
        if self.structure.depth or self.structure.in_string:
            within = "a string" if self.structure.in_string else "an array or object"
            raise UnreadableFile(f"{path}: is no JSON: it ends within {within}, as files do that were cut short")
        text = self.around.decode()
        if not text.strip():
            raise UnreadableFile(f"{path}: is empty, which is no JSON")
        try:
            document = read_document(text)
        except NotAnObject as error:
            raise UnreadableFile(f"{path}: is no JSON that all read alike: {_what_is_wrong(error, text)}") from None
        places: dict[int, Keys] = {}
        others: list[Keys] = []
        for keys, value in _values(document):
            if isinstance(value, list) and value:
                places[int(value[0])] = keys
            else:
                others.append(keys)
        return Document(
            tuple(
                FoundTable(places[number], tuple(table.keys.columns()), tuple(table.cuts))
                for number, table in enumerate(self.tables)
            ),
            tuple(others),
        )


def _what_is_wrong(error: NotAnObject, text: str) -> str:
    """The error without the offsets in what was kept of the text, which are not those in the file."""
    cause = error.__cause__
    if not isinstance(cause, json.JSONDecodeError):
        return str(error)
    near = text[cause.pos : cause.pos + 20].strip()
    return f"{cause.msg}, near {near!r}"


def _values(value: object, before: Keys = ()) -> Iterator[tuple[Keys, object]]:
    """All values that are no object, and what leads to them."""
    if not isinstance(value, dict):
        yield before, value
        return
    for key, member in value.items():
        yield from _values(member, (*before, key))
