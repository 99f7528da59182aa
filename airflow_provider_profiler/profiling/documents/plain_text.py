"""Plain text and reStructuredText: paragraphs between blank lines, and pages where form feeds part them."""

import re
from collections.abc import Iterator
from typing import BinaryIO, ClassVar

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage, clean, one_line
from airflow_provider_profiler.profiling.documents.reader import DocumentReader
from airflow_provider_profiler.profiling.documents.text_file import read_text
from airflow_provider_profiler.profiling.formats import PLAIN_TEXT, RST

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n+")
_UNDERLINE = re.compile(r"([=\-`:.'\"~^_*+#<>])\1{2,}$")
_FIELD = re.compile(r":([A-Za-z][\w -]{0,40}):[ \t]+(.+)")


class PlainTextReader(DocumentReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for plain text."""

    name = "plain_text"
    media_types = frozenset({PLAIN_TEXT})
    whole: ClassVar[bool] = False
    format = "plain text"

    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:
        """See :meth:`DocumentReader.passages`."""
        text = read_text(file, path, reading, about, cut=True)
        pages = text.split("\f")
        if len(pages) > 1:
            # The last form feed of a file mostly ends a page and begins none.
            about.pages = len(pages) if pages[-1].strip() else len(pages) - 1
        for number, page in enumerate(pages, 1):
            for paragraph in _PARAGRAPH.split(clean(page)):
                if paragraph.strip():
                    yield Passage(paragraph.strip("\n"), page=number if about.pages else None)


class RestructuredTextReader(DocumentReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for reStructuredText."""

    name = "restructured_text"
    media_types = frozenset({RST})
    whole: ClassVar[bool] = False
    format = "reStructuredText"

    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:
        """See :meth:`DocumentReader.passages`."""
        levels: dict[str, int] = {}
        for paragraph in _PARAGRAPH.split(clean(read_text(file, path, reading, about, cut=True))):
            lines = [line.rstrip() for line in paragraph.strip("\n").split("\n")]
            while lines:
                found = _heading(lines)
                if found is None:
                    break
                mark, title, used = found
                yield Passage(title, Kind.HEADING, level=levels.setdefault(mark, len(levels) + 1))
                lines = lines[used:]
            if any(lines):
                _tell_fields(lines, about)
                yield Passage("\n".join(lines))


def _heading(lines: list[str]) -> tuple[str, str, int] | None:
    """The mark of a heading's lines, its text, and how many lines it takes; None where the lines begin with none."""
    over = _UNDERLINE.match(lines[0])
    if over and len(lines) >= 3 and lines[2] == lines[0] and lines[1].strip():
        return over[1] * 2, one_line(lines[1]), 3
    under = _UNDERLINE.match(lines[1]) if len(lines) >= 2 else None
    if under and lines[0] and not lines[0][0].isspace() and not over and len(lines[1]) >= len(lines[0]) - 1:
        return under[1], one_line(lines[0]), 2
    return None


def _tell_fields(lines: list[str], about: About) -> None:
    for line in lines:
        if found := _FIELD.fullmatch(line):
            name, value = found[1].lower(), found[2]
            if name in ("author", "authors"):
                about.authors = (*about.authors, one_line(value))
            about.tell(found[1], value)
