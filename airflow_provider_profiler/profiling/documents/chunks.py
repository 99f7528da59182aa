"""Passages of a size that readers of texts take at a time, cut where the text itself has its ends."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from semantic_text_splitter import TextSplitter

from airflow_provider_profiler.contract.content import Chunk
from airflow_provider_profiler.profiling.documents.languages import Stretch, language_at
from airflow_provider_profiler.profiling.documents.whole_text import Placed, WholeText

#: The splitter looks at all of what it is given time and again.
_BLOCK = 50_000


def chunks(whole: WholeText, found: Sequence[Stretch], characters: int) -> tuple[Chunk, ...]:
    """The text of every section, cut at the ends of paragraphs, sentences or words, whichever fits.

    :param found: the languages.
    :param characters: of one passage at most.
    """
    splitter = TextSplitter(characters)
    made = []
    begun = 0
    for (section, subsection), group in groupby(whole.passages, key=lambda item: (item.section, item.subsection)):
        members = [item for item in group if item.stop > item.start]
        for start, stop in _blocks(members):
            for offset, text in splitter.chunk_indices(whole.text[start:stop]):
                first, last = start + offset, start + offset + len(text)
                while begun < len(found) and found[begun].stop <= first:
                    begun += 1
                made.append(
                    Chunk(
                        section=section,
                        subsection=subsection,
                        text=text,
                        page=_page(members, first),
                        start=first,
                        stop=last,
                        language=language_at(found[begun : begun + _near(found, begun, last)], first, last),
                    )
                )
    return tuple(made)


def _near(found: Sequence[Stretch], begun: int, stop: int) -> int:
    count = 0
    while begun + count < len(found) and found[begun + count].start < stop:
        count += 1
    return count


def _blocks(members: Sequence[Placed]) -> Iterator[tuple[int, int]]:
    """Passages that follow one another, together as long as they are cut at a time."""
    start = stop = -1
    for item in members:
        if start >= 0 and item.stop - start > _BLOCK:
            yield start, stop
            start = -1
        start = item.start if start < 0 else start
        stop = item.stop
        while stop - start > 2 * _BLOCK:
            yield start, start + _BLOCK
            start += _BLOCK
    if start >= 0:
        yield start, stop


def _page(members: Sequence[Placed], start: int) -> int | None:
    low, high = 0, len(members)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if members[middle].start <= start else (low, middle)
    return members[low].passage.page
