"""A page as it is handed over: its status and its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

#: Bytes of a report that are kept in memory; what is beyond them lies in a temporary file.
_IN_MEMORY = 4 * 1024 * 1024
_PIECE = 64 * 1024


@dataclass(frozen=True)
class Page:
    """A whole page: a report is written before the first of it is sent, so that none breaks off."""

    status: int
    text: IO[bytes]
    size: int

    def pieces(self) -> Iterator[bytes]:
        """The text, once; its file is gone then."""
        with self.text as file:
            while piece := file.read(_PIECE):
                yield piece


def page_of(chunks: Iterator[bytes], status: int = 200) -> Page:
    """Write a page down."""
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by whoever has read it
    try:
        for chunk in chunks:
            file.write(chunk)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    return Page(status, file, size)
