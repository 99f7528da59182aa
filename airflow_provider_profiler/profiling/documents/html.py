"""HTML, read as a stream of tags: neither its size nor the depth of its nesting matters."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import BinaryIO

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage, clean, listed, one_line, tidy
from airflow_provider_profiler.profiling.documents.reader import DocumentReader
from airflow_provider_profiler.profiling.documents.text_file import read_text
from airflow_provider_profiler.profiling.formats import HTML, XHTML

_BLOCK = 64 * 1024
#: Elements that stand within a line; all others part passages.
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
#: Elements whose text is not for people.
_HIDDEN = frozenset(
    ["script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "select", "textarea"]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_HEAD_BYTES = 4096


class HtmlReader(DocumentReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for HTML and XHTML."""

    name = "html"
    media_types = frozenset({HTML, XHTML})
    format = "HTML"

    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:
        """See :meth:`DocumentReader.passages`."""
        declared = _DECLARED.search(file.read(_HEAD_BYTES))
        file.seek(0)
        name = declared[1].decode("ascii") if declared else None
        yield from html_passages(read_text(file, path, reading, about, declared=name), about)


def html_passages(text: str, about: About, page: int | None = None) -> Iterator[Passage]:
    """The passages of a page.

    :param about: takes its title and what its ``meta`` elements say.
    :param page: the page that it stands on where it is part of another document.
    """
    parser = _Parser(about, page)
    for start in range(0, len(text), _BLOCK):
        parser.feed(text[start : start + _BLOCK])
        yield from parser.taken()
    parser.close()
    parser.part()
    yield from parser.taken()


class _Parser(HTMLParser):
    def __init__(self, about: About, page: int | None) -> None:
        super().__init__(convert_charrefs=True)
        self._about, self._page = about, page
        self._found: list[Passage] = []
        self._text: list[str] = []
        self._row: list[str] | None = None
        self._hidden: list[str] = []
        self._level = 0
        self._preformatted = 0
        self._in_title = False

    def taken(self) -> list[Passage]:
        found, self._found = self._found, []
        return found

    def part(self) -> None:
        """End the passage."""
        raw, self._text = "".join(self._text), []
        if self._preformatted:
            text, kind = clean(raw).strip("\n"), Kind.CODE
        else:
            # A line end in the source is a blank; one of a br element came as a form feed.
            text = "\n".join(line for part in raw.split("\f") if (line := tidy(" ".join(part.split()))))
            kind = Kind.HEADING if self._level else Kind.PROSE
        if not text.strip():
            return
        if self._row is not None:
            self._row.append(one_line(text))
        elif kind is Kind.HEADING:
            self._found.append(Passage(one_line(text), kind, level=self._level, page=self._page))
        else:
            self._found.append(Passage(text, kind, page=self._page))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.append(tag)
            return
        if tag in _HIDDEN:
            self._hidden.append(tag)
            return
        values = {name: value or "" for name, value in attrs}
        match tag:
            case "br":
                self._text.append("\f")
            case "html":
                self._about.language = values.get("lang") or values.get("xml:lang") or self._about.language
            case "meta":
                self._tell(values)
            case "img":
                self._text.append(f" {values['alt']} " if values.get("alt") else "")
            case "title":
                self._in_title = True
            case _ if tag not in _INLINE:
                self.part()
                self._level = _HEADINGS.get(tag, 0)
                if tag == "pre":
                    self._preformatted += 1
                elif tag == "tr":
                    self._end_row()
                    self._row = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("br", "meta", "img"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
            return
        if tag == "title":
            self._in_title = False
        elif tag not in _INLINE and tag != "br":
            self.part()
            self._level = 0
            if tag == "pre":
                self._preformatted = max(0, self._preformatted - 1)
            elif tag in ("tr", "table"):
                self._end_row()

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._about.title = one_line(f"{self._about.title}{data}")[:1000]
        elif not self._hidden:
            self._text.append(data)

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if row:
            self._found.append(Passage(" | ".join(row), page=self._page))

    def _tell(self, values: dict[str, str]) -> None:
        name, value = (values.get("name") or values.get("property") or "").lower(), one_line(values.get("content", ""))
        match name:
            case "author" | "dc.creator" | "dcterms.creator" | "citation_author":
                self._about.authors = tuple(dict.fromkeys((*self._about.authors, *listed(value, ";\n"))))
            case "keywords" | "dc.subject" | "citation_keywords":
                self._about.keywords = (*self._about.keywords, *listed(value))
            case "dc.language":
                self._about.language = self._about.language or value or None
            case "description" | "generator" | "copyright" | "robots":
                self._about.tell(name, value)
            case _ if name.startswith(("dc.", "dcterms.", "og:", "citation_", "article:")):
                self._about.tell(name, value)
