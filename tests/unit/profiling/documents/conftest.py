"""Documents of all formats, made here, and read as the process apart reads them."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_profiler.contract.content import DocumentFacts
from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.readers.registry import content_reader_named

Read = Callable[..., DocumentFacts]


@pytest.fixture
def read() -> Read:
    """What a reader finds in a document: its name, the bytes, and options."""

    def read(name: str, content: bytes | str, **options: Any) -> DocumentFacts:
        data = content.encode() if isinstance(content, str) else content
        reader: Any = content_reader_named(name)
        found = reader.look(io.BytesIO(data), "folder/file", ReadingOptions(**options)).document
        assert found is not None
        # What holds of every document: chunks are pieces of the whole text, in order.
        places = [(chunk.start, chunk.stop) for chunk in found.chunks]
        assert places == sorted(places)
        assert all(len(chunk.text) == chunk.stop - chunk.start for chunk in found.chunks)
        assert all(len(chunk.text) <= ReadingOptions(**options).chunk_characters for chunk in found.chunks)
        assert not places or places[-1][1] <= found.characters
        return found

    return read


@pytest.fixture
def make_pdf() -> Callable[..., bytes]:
    """A PDF of pages of lines of text, with bookmarks as (page, title)."""

    def make_pdf(*pages: list[str], bookmarks: list[tuple[int, str]] = [], info: bytes = b"") -> bytes:  # noqa: B006
        objects: list[bytes] = [b"", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", info or b"<<>>"]
        numbers = []
        for lines in pages:
            shown = b"".join(b"(%s) Tj T* " % line.encode("latin-1") for line in lines)
            stream = b"BT /F1 10 Tf 12 TL 1 0 0 1 20 700 Tm " + shown + b"ET"
            objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
            objects.append(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
                % len(objects)
            )
            numbers.append(len(objects))
        first = len(objects) + 1
        for place, (page, title) in enumerate(bookmarks):
            follows = b"/Next %d 0 R" % (first + place + 1) if place + 1 < len(bookmarks) else b""
            objects.append(
                b"<</Title(%s)/Parent %d 0 R/Dest[%d 0 R/Fit]%s>>"
                % (title.encode("latin-1"), first + len(bookmarks), numbers[page - 1], follows)
            )
        outlines = b""
        if bookmarks:
            begin = len(objects) - len(bookmarks) + 1
            objects.append(b"<</Type/Outlines/First %d 0 R/Last %d 0 R>>" % (begin, len(objects)))
            outlines = b"/Outlines %d 0 R" % len(objects)
        objects[0] = b"<</Type/Catalog/Pages 2 0 R%s>>" % outlines
        kids = b" ".join(b"%d 0 R" % number for number in numbers)
        objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(numbers))
        return pdf_of(objects)

    return make_pdf


def pdf_of(objects: list[bytes]) -> bytes:
    """A file of these objects: the first is the catalogue, the fourth what the document says of itself."""
    content = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return content + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer <</Size %d/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(content))
    )


@pytest.fixture
def altered() -> Callable[[bytes, str, Callable[[bytes], bytes]], bytes]:
    """An office document with one of its parts changed."""

    def altered(document: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, change(old.read(name)) if name == part else old.read(name))
        return target.getvalue()

    return altered
