"""Looking into a file: its checksum, and its media type where the name does not tell."""

import hashlib
from dataclasses import dataclass

import puremagic

from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.formats import (
    COMPRESSED,
    CSV,
    JSON_LINES,
    PLAIN_TEXT,
    TSV,
    UNKNOWN,
    extension_of,
    inner_name,
    media_type_of,
)
from airflow_provider_profiler.profiling.readers.decompression import codec_of
from airflow_provider_profiler.profiling.readers.dialect import find_layout
from airflow_provider_profiler.profiling.readers.encoding import (
    SIGNATURES,
    check_is_text,
    guessed_encodings,
    marked_encoding,
)
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile
from airflow_provider_profiler.profiling.source import FileSource

_HEAD = 64 * 1024
_BLOCK = 1024 * 1024
#: Formats of text, which no compressed file can be taken for.
_TEXTUAL = frozenset({CSV, TSV, JSON_LINES, PLAIN_TEXT})
_MARKUP = (("<!doctype html", "text/html"), ("<html", "text/html"), ("<?xml", "application/xml"))


@dataclass(frozen=True)
class InspectionTask:
    """A file to look into. An empty media type of the source asks for one; plain text may turn out to be a table."""

    source: FileSource
    checksum: bool


@dataclass(frozen=True)
class Inspection:
    """What was found in a file."""

    media_type: str
    sha256: str | None = None
    reason: FileReason | None = None
    """Why the file cannot be read at all."""


def inspect(task: InspectionTask) -> Inspection:
    """Look into one file. Never raises for what is wrong with the file: that is part of the answer."""
    source = task.source
    media_type = source.media_type
    try:
        with source.open() as file:
            head = file.read(_HEAD)
            file.seek(0)
            media_type = _unveiled(source.path, media_type, head)
            if not media_type or (media_type == PLAIN_TEXT and extension_of(source.path) == "txt"):
                media_type = media_type_of_content(head, complete=source.size <= _HEAD)
            digest = None
            if task.checksum:
                state = hashlib.sha256()
                while block := file.read(_BLOCK):
                    state.update(block)
                digest = state.hexdigest()
        source.check_unchanged()
    except Exception as error:
        return Inspection(media_type or UNKNOWN, reason=file_reason(error, source.path))
    return Inspection(media_type, digest)


def _unveiled(path: str, media_type: str, head: bytes) -> str:
    """The media type where the content is compressed and the name does not say so, or the other way round.

    Downloads unpack files on the way and leave their names, and programs compress without changing them.
    """
    found = _by_signature(head) if codec_of(head) else None
    if media_type in COMPRESSED:
        return found or media_type_of(inner_name(path.rpartition("/")[2])) or ""
    return found or media_type if media_type in _TEXTUAL else media_type


def media_type_of_content(head: bytes, *, complete: bool) -> str:
    """The media type that the first bytes of a file tell.

    :param complete: whether they are all of the file.
    """
    text = _as_text(head, complete)
    if text is None:
        return _by_signature(head)
    start = text.lstrip()[:64].lower()
    for opening, media_type in _MARKUP:
        if start.startswith(opening):
            return media_type
    if not start:
        return PLAIN_TEXT if head else UNKNOWN
    if start[0] in "{[<":
        return PLAIN_TEXT
    layout = find_layout(text, complete=complete)
    # Prose with a comma in every line must not become a table: every line has to agree, from the first one on.
    if layout.records >= 2 and len(layout.names) >= 2 and layout.agreement == 1.0 and not layout.skipped_lines:
        return TSV if layout.dialect.delimiter == "\t" else CSV
    return PLAIN_TEXT


def _as_text(head: bytes, complete: bool) -> str | None:
    """The bytes as text, or None where they are not text."""
    if not head:
        return None
    encoding = marked_encoding(head)
    try:
        if encoding is None:
            if b"\0" in head:
                return None
            check_is_text(head, "")
        # The last bytes may be half a character, and one that is not UTF-8 is still text of some other encoding.
        name = encoding.name if encoding else "utf-8"
        body = head[encoding.mark if encoding else 0 :]
        return body.decode(name, "strict" if complete else "ignore")
    except UnreadableFile:
        return None
    except UnicodeDecodeError:
        return head.decode(next(guessed_encodings(head)).name, "replace")


def _by_signature(head: bytes) -> str:
    """By our own signatures, then by those of the library, which takes any ZIP for a document."""
    for signature, _, media_type in SIGNATURES:
        if head.startswith(signature):
            return media_type
    try:
        return str(puremagic.from_string(head, mime=True)) or UNKNOWN
    except (puremagic.PureError, ValueError):
        return UNKNOWN
