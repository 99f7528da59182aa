"""The keys of all objects of a JSON Lines text, in the order of their first appearance, in one pass.

Arrow parses whole blocks where it can; a block with anything it refuses (a column of several types, a bad line) is
gone through line by line. Both find the same keys, so the choice never shows.
"""

import numpy as np
import pyarrow as pa
import pyarrow.json

from airflow_provider_profiler.profiling.readers.json_text import DEEPEST, NotAnObject, read_object
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile

#: Keys that are data (``{"2026-01-01": 3, "2026-01-02": 5}``) would make columns without end.
MOST_KEYS = 10_000
#: Bytes that Arrow is given at a time: it keeps a cell for each key of each object, be it there or not, and objects
#: of a few bytes whose keys all differ make as many columns as rows.
ARROW_BYTES = 32 * 1024
_LONGEST_LINE = 64 * 1024 * 1024


class KeyScanner:
    """Collects keys from blocks of UTF-8.

    :param path: the file's path, for messages.
    """

    def __init__(self, path: str) -> None:
        self.keys: dict[str, None] = {}
        self.objects = 0
        self.first_bad_line: int | None = None
        self._path = path
        self._lines = 0
        self._rest = b""

    def feed(self, block: bytes) -> None:
        """Take the next block; it may end anywhere.

        :raises UnreadableFile: when there are too many keys, or a line is too long.
        """
        data = self._rest + block
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        self._scan(data[:end])
        if len(self._rest) > _LONGEST_LINE:
            raise UnreadableFile(
                f"{self._path}: line {self._lines + 1} is longer than {_LONGEST_LINE // 1024 // 1024} MiB; "
                "write one object a line"
            )

    def finish(self) -> None:
        """Take the last line, which may have no end.

        :raises UnreadableFile: when there are too many keys.
        """
        self._scan(self._rest)
        self._rest = b""

    def _scan(self, lines: bytes) -> None:
        start = 0
        while start < len(lines):
            end = lines.rfind(b"\n", start, start + ARROW_BYTES) + 1 or lines.find(b"\n", start) + 1 or len(lines)
            self._scan_some(lines[start:end])
            start = end

    def _scan_some(self, lines: bytes) -> None:
        if not self._scan_with_arrow(lines):
            self._scan_by_line(lines)
        self._lines += lines.count(b"\n")
        if len(self.keys) > MOST_KEYS:
            raise UnreadableFile(
                f"{self._path}: its objects have more than {MOST_KEYS} different keys: the keys are data; write them "
                'as values, such as {"key": ..., "value": ...}'
            )

    def _scan_with_arrow(self, lines: bytes) -> bool:
        # Arrow takes any depth, and the stack with it.
        if _most_brackets(lines) > DEEPEST:
            return False
        try:
            table = pa.json.read_json(
                pa.BufferReader(lines),
                read_options=pa.json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
                parse_options=pa.json.ParseOptions(newlines_in_values=False),
            )
        except pa.ArrowException:
            return False
        # Arrow also takes two objects on one line and one on two.
        if table.num_rows != lines.count(b"\n") + (not lines.endswith(b"\n")):
            return False
        self.objects += table.num_rows
        self.keys.update(dict.fromkeys(table.column_names))
        return True

    def _scan_by_line(self, lines: bytes) -> None:
        for number, line in enumerate(lines.decode("utf-8").split("\n"), start=1):
            if not line.strip():
                continue
            try:
                members = read_object(line)
            except NotAnObject:
                self.first_bad_line = self.first_bad_line or self._lines + number
                continue
            self.objects += 1
            self.keys.update(dict.fromkeys(members))


def _most_brackets(lines: bytes) -> int:
    """The most opening brackets and braces on one line: no value on it is nested deeper."""
    units = np.frombuffer(lines, np.uint8)
    openers = np.flatnonzero((units | 0x20) == ord("{"))
    if not len(openers):
        return 0
    ends = np.flatnonzero(units == ord("\n"))
    return int(np.bincount(np.searchsorted(ends, openers)).max())
