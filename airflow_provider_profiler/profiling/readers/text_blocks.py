"""A text file as blocks of UTF-8, whatever its encoding, and where their bytes stand in the file."""

import codecs
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from airflow_provider_profiler.profiling.readers.damaged_utf8 import GROWTH, repaired
from airflow_provider_profiler.profiling.readers.encoding import UTF_8, TextEncoding
from airflow_provider_profiler.profiling.readers.record_cuts import blocks
from airflow_provider_profiler.profiling.readers.validation import check_without_nul, decoded, validated


@dataclass
class TextBlocks:
    """The content behind a byte order mark. Places are offsets in its UTF-8, from the mark on."""

    file: BinaryIO
    encoding: TextEncoding
    path: str
    size: int = 0
    """Bytes of UTF-8 that were given so far."""
    end: int = 0
    """Where in the file they end."""
    _recent: deque[tuple[int, int, bytes]] = field(default_factory=deque)
    _replaced: deque[int] = field(default_factory=deque)
    """Where bytes that are not UTF-8 were replaced, behind the place that was asked for last."""
    _before: int = 0
    """How many of them stand before it."""

    def __iter__(self) -> Iterator[bytes]:
        """The content in blocks, checked.

        :raises WrongEncoding: when it is not of the encoding.
        :raises UnreadableFile: when it holds NUL, which no text does.
        """
        self.file.seek(self.encoding.mark)
        if self.encoding.undecodable is not None:
            yield from self._counted(self._repaired())
        elif self.encoding.name == UTF_8:
            yield from self._counted(validated(blocks(self.file), self.encoding, self.path))
        else:
            yield from self._counted(self._transcoded())

    def _counted(self, content: Iterator[bytes]) -> Iterator[bytes]:
        for block in content:
            self.size += len(block)
            self.end = self.file.tell()
            yield block

    def _transcoded(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding.name)()
        offset = self.encoding.mark
        for block in chain(blocks(self.file), (b"",)):
            check_without_nul(block, self.encoding, offset, self.path)
            torn = len(decoder.getstate()[0])
            text = decoded(decoder, block, self.encoding, offset).encode()
            if self.encoding.is_stateless:
                self._recent.append((self.size, offset - torn, text))
            offset += len(block)
            if text:
                yield text

    def _repaired(self) -> Iterator[bytes]:
        torn = b""
        offset = self.encoding.mark
        for block in chain(blocks(self.file), (b"",)):
            check_without_nul(block, self.encoding, offset, self.path)
            offset += len(block)
            found = repaired(torn + block, final=not block)
            torn = found.torn
            self._replaced.extend(self.size + place for place in found.places)
            if found.text:
                yield found.text

    def source_offset(self, place: int) -> int:
        """Where a place of the content stands in the file. Places are asked for in ascending order."""
        if self.encoding.name == UTF_8:
            while self._replaced and self._replaced[0] < place:
                self._replaced.popleft()
                self._before += 1
            return self.encoding.mark + place - GROWTH * self._before
        while len(self._recent) > 1 and self._recent[1][0] <= place:
            self._recent.popleft()
        start, offset, text = self._recent[0]
        return offset + len(text[: place - start].decode().encode(self.encoding.name))
