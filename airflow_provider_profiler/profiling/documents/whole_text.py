"""The whole text of a document, put together from its passages, with the section that each belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage, clean

_BETWEEN = "\n\n"


@dataclass(frozen=True)
class Placed:
    """A passage in its place: characters [start, stop) of the whole text."""

    passage: Passage
    start: int
    stop: int
    section: str = ""
    subsection: str = ""


@dataclass(frozen=True)
class WholeText:
    """The text, its passages in order, and the one heading above all others."""

    text: str
    passages: tuple[Placed, ...]
    heading: str = ""


def whole_text(passages: Iterable[Passage], about: About, most: int) -> WholeText:
    """Put the passages together until there are as many characters as are looked at.

    :param most: characters of the whole text.
    """
    parts: list[str] = []
    found: list[tuple[Passage, int, int]] = []
    length = 0
    for passage in passages:
        text = clean(passage.text)
        start = length + len(_BETWEEN) if parts and text else length
        if start + len(text) > most:
            text, about.complete = text[: max(0, most - start)], False
        if text:
            parts.append(text)
            length = start + len(text)
        if text or passage.label:
            found.append((passage, start, start + len(text)))
        if not about.complete and length >= most - len(_BETWEEN):
            break
    top = _title_level([passage for passage, _, _ in found])
    placed = _with_sections(found, top)
    heading = next((item.passage.text for item in placed if item.passage.level == top), "") if top else ""
    return WholeText(_BETWEEN.join(parts), tuple(placed), heading)


def _title_level(passages: Sequence[Passage]) -> int:
    """The level of the heading that stands once, above all others, and is the document's title; 0 if there is none."""
    levels = [passage.level for passage in passages if passage.kind is Kind.HEADING]
    if len(levels) < 2 or levels[0] != min(levels) or levels.count(levels[0]) > 1:
        return 0
    return levels[0]


def _with_sections(found: Sequence[tuple[Passage, int, int]], title_level: int) -> list[Placed]:
    """Sections are what the highest headings below the title begin; subsections what the nearest ones within do."""
    levels = [passage.level for passage, _, _ in found if passage.kind is Kind.HEADING and passage.level != title_level]
    top = min(levels, default=0)
    section = subsection = ""
    placed = []
    for passage, start, stop in found:
        if passage.kind is Kind.HEADING:
            name = passage.label or passage.text
            if passage.level <= top or not top:
                section, subsection = name, ""
            else:
                subsection = name
        placed.append(Placed(passage, start, stop, section, subsection))
    return placed
