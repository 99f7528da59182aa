"""Office documents: ZIP archives of XML, looked at from outside before a library unpacks them."""

import re
import zipfile
from typing import BinaryIO

from airflow_provider_profiler.contract.options import MIB
from airflow_provider_profiler.profiling.documents.passages import About, listed, one_line, zoned
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile, UnsupportedContent

_MOST_ENTRIES = 20_000
_MOST_BYTES = 1024 * MIB
#: A tree of XML takes some ten times the bytes of its text.
_MOST_XML_BYTES = 100 * MIB
_RATIO_FROM = 16 * MIB
_MOST_RATIO = 200
#: The old binary formats and encrypted documents of the new ones are such files.
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DOCTYPE_WITHIN = 4096
_PAGES = re.compile(rb"<(?:\w+:)?(?:Pages|Slides)>\s*(\d{1,9})\s*</")


def check_archive(file: BinaryIO, path: str, wanted: str) -> None:
    """Refuse an archive that is no document, or unpacks into more than a document holds.

    The sizes that its directory tells bind: no more than those is ever unpacked.

    :param wanted: the format's name for people.
    :raises UnreadableFile: when it is no such archive, or its XML declares entities.
    :raises UnsupportedContent: when it is encrypted.
    :raises TooMuchData: naming the limit.
    """
    head = file.read(len(_COMPOUND_FILE))
    file.seek(0)
    if head == _COMPOUND_FILE:
        raise UnsupportedContent(
            f"{path}: is encrypted, or in an older format; it is read once it is saved as {wanted}"
        )
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ENTRIES:
                raise TooMuchData(f"{path}: has {len(entries)} parts, more than the limit of {_MOST_ENTRIES}")
            _check_sizes(entries, path)
            for entry in entries:
                if entry.flag_bits & 1:
                    raise UnsupportedContent(f"{path}: is encrypted; it is read once it is saved without its password")
                if entry.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        start = part.read(_DOCTYPE_WITHIN).replace(b"\0", b"")
                    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                        raise UnreadableFile(f"{path}: {entry.filename[:100]} declares entities, as no {wanted} does")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise UnreadableFile(f"{path}: is no {wanted} that can be read: {one_line(str(error))[:200]}") from error
    file.seek(0)


def _check_sizes(entries: list[zipfile.ZipInfo], path: str) -> None:
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > _MOST_BYTES:
        raise TooMuchData(f"{path}: unpacks into {total} bytes, more than the limit of {_MOST_BYTES}")
    if total > _RATIO_FROM and total > _MOST_RATIO * max(packed, 1):
        raise TooMuchData(f"{path}: unpacks into {total // max(packed, 1)} times its size; the limit is {_MOST_RATIO}")
    for entry in entries:
        if entry.file_size > _MOST_XML_BYTES and entry.filename.lower().endswith((".xml", ".rels")):
            size = f"{entry.file_size} bytes, more than the limit of {_MOST_XML_BYTES}"
            raise TooMuchData(f"{path}: its part {entry.filename[:100]} has {size}")


def counted_pages(package: object) -> int | None:
    """The pages or slides that the program counted that saved the document."""
    for part in package.iter_parts():  # type: ignore[attr-defined]
        if str(part.partname) == "/docProps/app.xml":
            found = _PAGES.search(part.blob)
            return int(found[1]) or None if found else None
    return None


def tell_core_properties(properties: object, about: About) -> None:
    """Note what a document's core properties say (ECMA-376, part 2, clause 8)."""

    def told(name: str) -> str:
        return one_line(str(getattr(properties, name) or ""))[:1000]

    about.title, about.authors = told("title"), listed(told("author"), ";\n")
    about.keywords, about.language = listed(told("keywords")), told("language") or None
    about.created = zoned(getattr(properties, "created"))  # noqa: B009  (both libraries name it alike, untyped)
    about.modified = zoned(getattr(properties, "modified"))  # noqa: B009
    for name in ("subject", "category", "comments", "content_status", "last_modified_by", "version"):
        about.tell(name, told(name))
    if revision := getattr(properties, "revision", 0):
        about.tell("revision", int(revision))
