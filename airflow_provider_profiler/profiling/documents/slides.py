"""Presentations (pptx): the texts of every slide, its title as a heading, tables, and the speaker's notes."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pptx

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.office import check_archive, tell_core_properties
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage, one_line, tidy
from airflow_provider_profiler.profiling.documents.reader import DocumentReader
from airflow_provider_profiler.profiling.formats import PPTX

_DEEPEST_GROUP = 20


class SlidesReader(DocumentReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for pptx."""

    name = "pptx"
    media_types = frozenset({PPTX})
    format = "presentation (pptx)"

    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:  # noqa: ARG002
        """See :meth:`DocumentReader.passages`."""
        check_archive(file, path, self.format)
        presentation = pptx.Presentation(file)
        tell_core_properties(presentation.core_properties, about)
        about.pages = len(presentation.slides)
        for number, slide in enumerate(presentation.slides, 1):
            title = slide.shapes.title
            heading = one_line(title.text_frame.text) if title is not None else ""
            yield Passage(heading, Kind.HEADING, level=1, page=number, label=heading or f"Slide {number}")
            for text in _texts(slide.shapes, title.shape_id if title is not None else None, 1):
                yield Passage(text, page=number)
            if (
                slide.has_notes_slide
                and (notes := slide.notes_slide.notes_text_frame) is not None
                and notes.text.strip()
            ):
                yield Passage(tidy(notes.text), page=number)


def _texts(shapes: Any, title: int | None, depth: int) -> Iterator[str]:
    for shape in shapes:
        if shape.shape_id == title:
            continue
        if hasattr(shape, "shapes"):
            if depth < _DEEPEST_GROUP:
                yield from _texts(shape.shapes, None, depth + 1)
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                cells = [one_line(cell.text) for cell in row.cells]
                if any(cells):
                    yield " | ".join(cells)
        elif shape.has_text_frame and (text := tidy(shape.text_frame.text)):
            yield text
