"""Word documents (docx): paragraphs, headings and tables of the body, in their order."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import docx
from docx.document import Document
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.office import check_archive, counted_pages, tell_core_properties
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage, one_line, tidy
from airflow_provider_profiler.profiling.documents.reader import DocumentReader
from airflow_provider_profiler.profiling.formats import DOCX

_HEADING = re.compile(r"heading\s*(\d)", re.IGNORECASE)
_DEEPEST_TABLE = 10


class WordReader(DocumentReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for docx."""

    name = "docx"
    media_types = frozenset({DOCX})
    format = "Word document (docx)"

    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:  # noqa: ARG002
        """See :meth:`DocumentReader.passages`."""
        check_archive(file, path, self.format)
        document = docx.Document(file)
        tell_core_properties(document.core_properties, about)
        about.pages = counted_pages(document.part.package)
        levels = _levels(document)
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                yield from _rows(block, 1)
            else:
                yield from _paragraph(block, levels)


def _levels(document: Document) -> dict[str, int]:
    """The levels of the styles of headings. Their ids and built-in names are the same in every language of Word."""
    levels = {}
    for style in document.styles:
        if found := _HEADING.fullmatch((style.name or "").strip()) or _HEADING.fullmatch(style.style_id or ""):
            levels[style.style_id] = int(found[1])
        elif (style.name or "").lower() == "title":
            levels[style.style_id] = 1
    return levels


def _paragraph(paragraph: Paragraph, levels: dict[str, int]) -> Iterator[Passage]:
    text = tidy(paragraph.text)
    level = levels.get(paragraph._p.style or "")  # the public way looks every style up
    if text and level:
        yield Passage(one_line(text), Kind.HEADING, level=level)
    elif text:
        yield Passage(text)


def _rows(table: Table, depth: int) -> Iterator[Passage]:
    for row in table.rows:
        seen: list[object] = []
        cells = []
        for cell in row.cells:
            if any(cell._tc is other for other in seen):  # merged cells come once for each column that they span
                continue
            seen.append(cell._tc)
            cells.append(one_line(_cell_text(cell, depth)))
        if any(cells):
            yield Passage(" | ".join(cells))


def _cell_text(cell: _Cell, depth: int) -> str:
    parts = [cell.text]
    if depth < _DEEPEST_TABLE:
        parts += [passage.text for table in cell.tables for passage in _rows(table, depth + 1)]
    return " ".join(part for part in parts if part)
