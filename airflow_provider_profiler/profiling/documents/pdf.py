"""PDF: the text that is in it page by page. What stands in images alone would need recognition, and is noted."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby, islice
from typing import BinaryIO

import pypdfium2
from pypdfium2 import raw

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.passages import About, Kind, Passage, listed, one_line, tidy
from airflow_provider_profiler.profiling.documents.reader import DocumentReader
from airflow_provider_profiler.profiling.formats import PDF
from airflow_provider_profiler.profiling.readers.reader import UnsupportedContent

#: Pages of one document that are looked at.
MOST_PAGES = 20_000
_MOST_BOOKMARKS = 10_000
#: Of fewer pages no line can be said to stand on each; more lines are above or below the text on none.
_LEAST_PAGES = 3
_MARGIN_LINES = 2
_NUMBERS = re.compile(r"\d+")
#: How the library marks a hyphen that parts a word at the end of a line.
_HYPHENS = re.compile("(?:\x02|\ufffe)(?:\r?\n)?")
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?|Z.*)?")


class PdfReader(DocumentReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for PDF."""

    name = "pdf"
    media_types = frozenset({PDF})
    format = "PDF"

    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:
        """See :meth:`DocumentReader.passages`.

        :raises UnsupportedContent: when it is encrypted with a password.
        """
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
                message = f"{path}: is encrypted; it is read once it is saved without its password"
                raise UnsupportedContent(message) from error
            raise
        with document:
            _tell(document, about)
            about.pages = len(document)
            headings = _headings(document)
            pages = _texts(document, reading.max_document_characters, about)
            margins = _margins(pages.values())
            bare = [number for number, text in pages.items() if _is_bare(text, margins)]
            if bare:
                own = "its own" if len(bare) == 1 else "their own"
                about.notes.append(f"{_pages(bare)} no text of {own}; what images show would need recognition")
            for number, text in pages.items():
                yield from _parted(text, headings.get(number, ()), margins, number)


def _texts(document: pypdfium2.PdfDocument, most: int, about: About) -> dict[int, str]:
    """The text of each page, until there are more characters than are looked at."""
    texts: dict[int, str] = {}
    damaged = []
    for number in range(1, len(document) + 1):
        if number > MOST_PAGES or sum(map(len, texts.values())) > most:
            about.complete = False
            about.notes.append(f"the first {number - 1} of {len(document)} pages were looked at")
            break
        try:
            texts[number] = _page_text(document, number - 1)
        except pypdfium2.PdfiumError:
            damaged.append(number)
    if damaged:
        about.complete = False
        about.notes.append(f"{_pages(damaged)} damage, and could not be read")
    return texts


def _margins(texts: Collection[str]) -> frozenset[str]:
    """Lines that stand at the top or the bottom of most pages, whatever the numbers in them."""
    pages = [text.split("\n") for text in texts if text]
    if len(pages) < _LEAST_PAGES:
        return frozenset()
    counts = Counter(key for lines in pages for key in {_margin_key(line) for line in _outer(lines)})
    return frozenset(key for key, count in counts.items() if key and 2 * count > len(pages))


def _is_bare(text: str, margins: frozenset[str]) -> bool:
    return all(_margin_key(line) in margins for line in text.split("\n") if line)


def _outer(lines: list[str]) -> list[str]:
    return lines[:_MARGIN_LINES] + lines[-_MARGIN_LINES:]


def _margin_key(line: str) -> str:
    return _NUMBERS.sub("0", " ".join(line.split()))


def _pages(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
    return f"page {shown} has" if len(numbers) == 1 else f"pages {shown} have"


def _page_text(document: pypdfium2.PdfDocument, index: int) -> str:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            return tidy(_HYPHENS.sub("", text_page.get_text_bounded()))
        finally:
            text_page.close()
    finally:
        page.close()


def _headings(document: pypdfium2.PdfDocument) -> dict[int, list[tuple[int, str]]]:
    """The bookmarks as levels and titles, by the page that they lead to."""
    found: dict[int, list[tuple[int, str]]] = {}
    for bookmark in islice(document.get_toc(), _MOST_BOOKMARKS):
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        title = one_line(bookmark.get_title())[:300]
        if index is not None and title:
            found.setdefault(index + 1, []).append((bookmark.level + 1, title))
    return found


def _parted(text: str, headings: Sequence[tuple[int, str]], margins: frozenset[str], page: int) -> Iterator[Passage]:
    """A page's text, cut where the titles of its bookmarks stand in it, and at its margins."""
    lines = text.split("\n") if text else []
    keys = [_key(line) for line in lines]
    whole = "".join(keys)
    start = 0
    for level, title in headings:
        wanted = _key(title)
        at = next((place for place in range(start, len(lines)) if keys[place] == wanted), None)
        if at is not None:
            yield from _body(lines[start:at], margins, page)
            yield Passage(lines[at], Kind.HEADING, level=level, page=page)
            start = at + 1
        elif wanted and wanted in whole:
            # The title stands among other words or in several lines; its place is behind the last one.
            yield Passage("", Kind.HEADING, level=level, page=page, label=title)
        # Else it leads to a page that is not in the file any more: excerpts keep the bookmarks of the whole.
    yield from _body(lines[start:], margins, page)


def _body(lines: list[str], margins: frozenset[str], page: int) -> Iterator[Passage]:
    last = len(lines) - _MARGIN_LINES

    def kind(place: int) -> Kind:
        outer = place < _MARGIN_LINES or place >= last
        return Kind.MARGIN if outer and margins and _margin_key(lines[place]) in margins else Kind.PROSE

    for found, places in groupby(range(len(lines)), key=kind):
        yield Passage("\n".join(lines[place] for place in places), found, page=page)


def _key(title: str) -> str:
    return "".join(character for character in title.casefold() if character.isalnum())


def _tell(document: pypdfium2.PdfDocument, about: About) -> None:
    told = document.get_metadata_dict()
    about.title = one_line(told.get("Title", ""))[:1000]
    about.authors = listed(told.get("Author", ""), ";\n")
    about.keywords = listed(told.get("Keywords", ""))
    about.created, about.modified = pdf_date(told.get("CreationDate", "")), pdf_date(told.get("ModDate", ""))
    for name in ("Subject", "Creator", "Producer"):
        about.tell(name.lower(), told.get(name))
    version = document.get_version()
    about.tell("version", f"{version // 10}.{version % 10}" if version else "")


def pdf_date(text: str) -> datetime | None:
    """A date as PDF writes them (ISO 32000-1, 7.9.4), None where it is none; without a zone it counts as UTC."""
    found = _DATE.fullmatch(text.strip().rstrip("'"))
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
    zone = UTC
    try:
        if found[7]:
            offset = timedelta(hours=int(found[8]), minutes=int(found[9] or 0))
            zone = timezone(-offset if found[7] == "-" else offset)
        return datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=zone)
    except ValueError:
        return None
