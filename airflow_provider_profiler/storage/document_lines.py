"""The lines of a document, forwards and backwards, without taking it into memory."""

from collections.abc import Iterator

from airflow_provider_profiler.storage.documents import OpenDocument

_BLOCK = 64 * 1024


def lines(document: OpenDocument, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The lines between two places, each with the place where it ends; line ends are left out.

    :param start: in bytes. A line that began before it is left out, for nobody knows what it was.
    :param end: in bytes. A line that is not complete before it is left out.
    """
    place, rest = start, b""
    if start and document.pread(1, start - 1) != b"\n":
        found = _next_start(document, start, end)
        if found is None:
            return
        place = found
    while place + len(rest) < end:
        block = document.pread(min(_BLOCK, end - place - len(rest)), place + len(rest))
        if not block:
            return
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            place += len(line) + 1
            yield place, line


def lines_backwards(document: OpenDocument, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The lines between two places, the last one first, each with the place where it begins.

    :param start: in bytes; best where a line begins.
    :param end: in bytes. A line that is not complete before it is left out.
    """
    place, rest, complete = end, b"", False
    while place > start:
        length = min(_BLOCK, place - start)
        place -= length
        first, *whole = (document.pread(length, place) + rest).split(b"\n")
        if not whole:
            rest = first
            continue
        # What stands behind the last line end is no line yet; in the blocks before, it is the one met there.
        behind = place + len(first) + sum(len(line) + 1 for line in whole)
        for line in reversed(whole):
            behind -= len(line)
            if complete:
                yield behind, line
            complete = True
            behind -= 1
        rest = first
    if complete:
        yield start, rest


def complete_end(document: OpenDocument) -> int:
    """Where the last complete line ends."""
    place = document.size
    while place:
        length = min(_BLOCK, place)
        found = document.pread(length, place - length).rfind(b"\n")
        if found >= 0:
            return place - length + found + 1
        place -= length
    return 0


def _next_start(document: OpenDocument, place: int, end: int) -> int | None:
    while place < end:
        block = document.pread(min(_BLOCK, end - place), place)
        found = block.find(b"\n")
        if found >= 0:
            return place + found + 1
        if not block:
            return None
        place += len(block)
    return None
