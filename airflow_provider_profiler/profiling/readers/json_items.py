"""The items of one array of a JSON document: which keys they have, and where the array can be cut."""

from bisect import bisect_right
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.json

from airflow_provider_profiler.profiling.readers.json_keys import ARROW_BYTES, MOST_KEYS
from airflow_provider_profiler.profiling.readers.json_paths import KeyTree
from airflow_provider_profiler.profiling.readers.json_structure import ItemAssembler, Places
from airflow_provider_profiler.profiling.readers.json_text import NotAnObject, NotJson, read_document, read_object
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile
from airflow_provider_profiler.profiling.readers.text_blocks import TextBlocks

_LONGEST_ITEM = 64 * 1024 * 1024
#: An array of so many items without any object is no table, whatever comes.
_ENOUGH = 1000


class ItemScanner:
    """Looks at the items of an array as they come.

    :param content: the document.
    :param place: where in it the array's first item begins.
    :param partition_bytes: the least bytes of a partition but the last.
    """

    def __init__(self, content: TextBlocks, place: int, partition_bytes: int) -> None:
        self.keys = KeyTree()
        self.items = self.objects = 0
        self.cuts: list[tuple[int, int]] = []
        """Where partitions begin and end in the file: with the first item's first byte, and before a comma."""
        self._broken: tuple[int, str] | None = None
        self._content = content
        self._assembler = ItemAssembler()
        self._partition_bytes = partition_bytes
        self._begin = place, content.source_offset(place)

    def take(self, text: bytes, commas: Places, place: int) -> None:
        """Take the next piece of what is between the brackets.

        :param commas: offsets in it of the commas between items.
        :param place: where in the document the piece begins.
        :raises TooMuchData: when an item is too long.
        """
        for comma in self._cut_before(commas, place):
            self._cut(comma)
            self._begin = comma + 1, self._content.source_offset(comma + 1)
        if self._is_hopeless():
            self.items += len(commas)
            return
        self._look_at(*self._assembler.take(text, commas))
        if self._assembler.waiting > _LONGEST_ITEM:
            raise TooMuchData(
                f"{self._content.path}: item {self.items + 1} of an array is longer than "
                f"{_LONGEST_ITEM // 1024 // 1024} MiB"
            )

    def finish(self, place: int) -> None:
        """The array ends.

        :param place: where in the document its bracket stands.
        :raises UnreadableFile: when items are no JSON, and too few are objects for it to be a table.
        """
        last = self._assembler.rest()
        if self._is_hopeless():
            self.items += 1
        elif last.strip() or self.items:
            self._look_at(last, [len(last)])
        if self.items:
            self._cut(place)
        if self._broken is not None and not self.is_table():
            number, why = self._broken
            raise UnreadableFile(f"{self._content.path}: is no JSON: item {number} of an array is none: {why}")

    def is_table(self) -> bool:
        """Whether at least half of the items are objects."""
        return 0 < self.objects >= self.items - self.objects

    def _is_hopeless(self) -> bool:
        return self.items > _ENOUGH and not self.objects and self._broken is None

    def _cut_before(self, commas: Places, place: int) -> list[int]:
        """The commas before which partitions end, as places in the document."""
        found: list[int] = []
        begin, index = self._begin[0], 0
        while index < len(commas):
            index = int(commas.searchsorted(begin + self._partition_bytes - place))
            if index < len(commas):
                found.append(int(commas[index]) + place)
                begin = found[-1] + 1
        return found

    def _cut(self, place: int) -> None:
        self.cuts.append((self._begin[1], self._content.source_offset(place)))

    def _look_at(self, text: bytes, ends: Sequence[int]) -> None:
        """Count some items and note their keys.

        :param ends: where each of them ends in the text; between them stands one comma.
        """
        if not ends:
            return
        if b"{" not in text and not self.objects:
            self._look_at_values(text, ends)
            return
        begin = first = 0
        while first < len(ends):
            last = max(first + 1, bisect_right(ends, begin + ARROW_BYTES))
            piece = text[begin : ends[last - 1] + 1]
            within = [end - begin for end in ends[first:last]]
            if not self._look_with_arrow(piece, within):
                self._look_one_by_one(piece, within)
            begin, first = ends[last - 1] + 1, last
            if self.keys.size() > MOST_KEYS:
                raise UnreadableFile(
                    f"{self._content.path}: the objects of an array have more than {MOST_KEYS} different keys: the "
                    'keys are data; write them as values, such as {"key": ..., "value": ...}'
                )

    def _look_with_arrow(self, text: bytes, ends: Sequence[int]) -> bool:
        # Keys that hold halves of characters look different in Arrow.
        if b"\\ud" in text or b"\\uD" in text:
            return False
        apart = bytearray(text)
        for end in ends:
            apart[end : end + 1] = b"\n"
        try:
            table = pa.json.read_json(
                pa.BufferReader(bytes(apart)),
                read_options=pa.json.ReadOptions(use_threads=False, block_size=len(apart) + 1),
                parse_options=pa.json.ParseOptions(newlines_in_values=True),
            )
        except pa.ArrowException:
            return False
        if table.num_rows != len(ends):
            return False
        self.items += len(ends)
        self.objects += len(ends)
        self.keys.add_fields(table.schema)
        return True

    def _look_one_by_one(self, text: bytes, ends: Sequence[int]) -> None:
        start = 0
        for end in ends:
            self.items += 1
            try:
                members = read_object(text[start:end].decode())
            except NotJson as error:
                self._broken = self._broken or (self.items, str(error))
            except NotAnObject:
                pass
            else:
                self.objects += 1
                self.keys.add(members)
            start = end + 1

    def _look_at_values(self, text: bytes, ends: Sequence[int]) -> None:
        """Items that are certainly no objects: what they are does not matter, but that they are JSON does."""
        try:
            read_document(f"[{text[: ends[-1]].decode()}]")
        except NotAnObject as error:
            self._broken = self._broken or (self.items + 1, str(error))
        self.items += len(ends)
