"""Notebooks of Jupyter (ipynb): cells of Markdown and of code. What the code printed is left out."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.markdown import markdown_passages
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage, clean, one_line
from airflow_provider_profiler.profiling.documents.reader import DocumentReader
from airflow_provider_profiler.profiling.documents.text_file import read_text
from airflow_provider_profiler.profiling.formats import NOTEBOOK
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile


class NotebookReader(DocumentReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for notebooks."""

    name = "notebook"
    media_types = frozenset({NOTEBOOK})
    format = "notebook (ipynb)"

    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:
        """See :meth:`DocumentReader.passages`.

        :raises UnreadableFile: when it is no JSON, or not of a notebook.
        """
        notebook = json.loads(read_text(file, path, reading, about))
        cells = _cells(notebook)
        if cells is None:
            raise UnreadableFile(f"{path}: is JSON, but no notebook: it has no list of cells")
        _tell(notebook, about)
        about.pages = len(cells)
        for number, cell in enumerate(cells, 1):
            source = _source(cell)
            if not source.strip():
                continue
            match cell.get("cell_type"):
                case "markdown":
                    yield from markdown_passages(source, page=number)
                case "heading":
                    level = cell.get("level")
                    yield Passage(one_line(source), Kind.HEADING, level if isinstance(level, int) else 1, page=number)
                case "code":
                    yield Passage(source.strip("\n"), Kind.CODE, page=number)
                case _:
                    yield Passage(source.strip("\n"), page=number)


def _cells(notebook: Any) -> list[dict[str, Any]] | None:
    """The cells; before version 4 they lay in worksheets."""
    if not isinstance(notebook, dict):
        return None
    lists = [notebook] if "cells" in notebook else notebook.get("worksheets")
    if not isinstance(lists, list):
        return None
    return [
        cell for item in lists if isinstance(item, dict) for cell in item.get("cells") or () if isinstance(cell, dict)
    ]


def _source(cell: dict[str, Any]) -> str:
    found = cell.get("source", cell.get("input", ""))
    return clean("".join(map(str, found)) if isinstance(found, list) else str(found))


def _tell(notebook: dict[str, Any], about: About) -> None:
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    about.title = one_line(str(metadata.get("title") or ""))[:1000]
    authors = metadata.get("authors")
    if isinstance(authors, list):
        names = (author.get("name") for author in authors if isinstance(author, dict))
        about.authors = tuple(one_line(name)[:200] for name in names if isinstance(name, str) and name.strip())
    for group, name in (("kernelspec", "name"), ("language_info", "name"), ("language_info", "version")):
        item = metadata.get(group)
        if isinstance(item, dict) and isinstance(item.get(name), str):
            about.tell(f"{group}.{name}", item[name])
    for name in ("nbformat", "nbformat_minor"):
        if isinstance(notebook.get(name), int):
            about.tell(name, notebook[name])
