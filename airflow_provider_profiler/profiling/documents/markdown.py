"""Markdown: CommonMark with tables, and the properties that stand before it between lines of dashes."""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.html import html_passages
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage, clean, listed, one_line, tidy
from airflow_provider_profiler.profiling.documents.reader import DocumentReader
from airflow_provider_profiler.profiling.documents.text_file import read_text
from airflow_provider_profiler.profiling.formats import MARKDOWN

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PROPERTY = re.compile(r"([A-Za-z][\w .-]{0,60}):[ \t]*(.*)")
_TAG = re.compile(r"<[^>]*>")


class MarkdownReader(DocumentReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for Markdown."""

    name = "markdown"
    media_types = frozenset({MARKDOWN})
    whole = False
    format = "Markdown"

    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:
        """See :meth:`DocumentReader.passages`."""
        text = clean(read_text(file, path, reading, about, cut=True))
        # What is parsed is bounded by what is wanted of it.
        if len(text) > reading.max_document_characters:
            text, about.complete = text[: reading.max_document_characters], False
        front = _FRONT_MATTER.match(text)
        if front is not None:
            _tell_properties(front[1], about)
            text = text[front.end() :]
        yield from markdown_passages(text)


def markdown_passages(text: str, page: int | None = None) -> Iterator[Passage]:  # noqa: PLR0912  (a case each)
    """The passages of a text in Markdown.

    :param page: the page that it stands on.
    """
    level, cell, row = 0, False, list[str]()
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        match token.type:
            case "heading_open":
                level = int(token.tag[1:])
            case "heading_close":
                level = 0
            case "tr_open":
                row = []
            case "td_open" | "th_open":
                cell = True
            case "td_close" | "th_close":
                cell = False
            case "tr_close":
                yield Passage(" | ".join(row), page=page)
            case "inline":
                words = tidy(_inline(token.children or ()))
                if cell:
                    row.append(one_line(words))
                elif words and level:
                    yield Passage(one_line(words), Kind.HEADING, level=level, page=page)
                elif words:
                    yield Passage(words, page=page)
            case "fence" | "code_block" if token.content.strip():
                yield Passage(token.content.strip("\n"), Kind.CODE, page=page)
            case "html_block":
                yield from html_passages(token.content, About(), page=page)


def _inline(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        match token.type:
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "html_inline":
                parts.append(_TAG.sub("", token.content))
            case _:  # of an image what stands for it
                parts.append(token.content)
    return "".join(parts)


def _tell_properties(front: str, about: About) -> None:
    """Simple lines of the properties alone: lists and nested ones are left to readers of YAML."""
    for line in front.splitlines():
        found = _PROPERTY.fullmatch(line.rstrip())
        if found is None:
            continue
        name, value = found[1].lower(), found[2].strip().strip("'\"[]")
        match name:
            case "title":
                about.title = one_line(value)
            case "author" | "authors":
                about.authors = listed(value.replace("'", "").replace('"', ""))
            case "keywords" | "tags":
                about.keywords = listed(value.replace("'", "").replace('"', ""))
            case "lang" | "language":
                about.language = one_line(value) or None
            case _:
                about.tell(found[1], value)
