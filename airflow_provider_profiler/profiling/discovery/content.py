"""Looking into a file: its checksum, and its media type where the name does not tell, or tells something else."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import BinaryIO

import puremagic

from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.archives.compression import PACKED, compressed_tar
from airflow_provider_profiler.profiling.discovery.signatures import SIGNED, content_type, signed_type
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.formats import (
    COMPRESSED,
    CSV,
    JSON_LINES,
    MEDIA_TYPES,
    PLAIN_TEXT,
    TSV,
    UNKNOWN,
    extension_of,
    inner_name,
    media_type_of,
)
from airflow_provider_profiler.profiling.readers.dialect import find_layout
from airflow_provider_profiler.profiling.readers.encoding import (
    SIGNATURES,
    check_is_text,
    guessed_encodings,
    marked_encoding,
)
from airflow_provider_profiler.profiling.readers.reader import Source, UnreadableFile
from airflow_provider_profiler.profiling.small_files import is_small
from airflow_provider_profiler.profiling.stopping import check_wanted

#: Bytes of a file's beginning that are looked at.
HEAD = 64 * 1024
_BLOCK = 1024 * 1024
JSON = MEDIA_TYPES["json"]
_DELIMITED = frozenset({CSV, TSV})
_JSON = frozenset({JSON, JSON_LINES, MEDIA_TYPES["geojson"], MEDIA_TYPES["ipynb"], MEDIA_TYPES["jsonld"]})
_ARRAY = re.compile(rb"[\xef\xbb\xbf\s]*\[\s*\{")
#: How a JSON document begins and hardly any other text.
_JSON_START = re.compile(r'\s*(?:\{\s*"(?:[^"\\]|\\.)*"\s*:|\[\s*(?:[\[{"\d-]|true|false|null))')
_MARKUP = (("<!doctype html", "text/html"), ("<html", "text/html"), ("<?xml", "application/xml"))


@dataclass(frozen=True)
class InspectionTask:
    """A file to look into. An empty media type of the source asks for one; plain text may turn out to be a table."""

    source: Source
    checksum: bool

    @property
    def small(self) -> bool:
        """Whether it may as well be run at once, where it is given to be run: it ends soon in any case."""
        return is_small(self.source)


@dataclass(frozen=True)
class Inspection:
    """What was found in a file."""

    media_type: str
    sha256: str | None = None
    reason: FileReason | None = None
    """Why the file cannot be read at all."""
    packed_by: str | None = None
    """The codec of a compressed tar file."""


def inspect(task: InspectionTask) -> Inspection:
    """Look into one file. Never raises for what is wrong with the file: that is part of the answer.

    :raises Stopped: when the answer is not wanted any more.
    """
    source = task.source
    media_type = source.media_type
    try:
        with source.open() as file:
            head = file.read(HEAD)
            media_type = settled_type(source.path, media_type, head, file, complete=source.size <= HEAD)
            digest = None
            if task.checksum:
                file.seek(0)
                state = hashlib.sha256()
                while block := file.read(_BLOCK):
                    check_wanted()
                    state.update(block)
                digest = state.hexdigest()
            packed = compressed_tar(file, head) if media_type in PACKED else None
        source.check_unchanged()
    except Exception as error:
        return Inspection(media_type or UNKNOWN, reason=file_reason(error, source.path))
    return Inspection(media_type, digest, packed_by=packed)


def settled_type(path: str, declared: str, head: bytes, file: BinaryIO, *, complete: bool) -> str:
    """The media type of a file: what its name promises, unless its content contradicts that.

    Downloads unpack files on the way and leave their names, servers send a page that tells of an error in a file's
    place, and programs compress without changing a name.

    :param declared: what the name promises, or ``""`` where it promises nothing.
    :param head: the file's first bytes, and ``complete`` whether they are all of it.
    :param file: the file, for what its beginning leaves open.
    """
    signed = signed_type(head)
    if signed is not None:
        return content_type(declared, signed, head, file)
    if declared in COMPRESSED:
        declared = media_type_of(inner_name(path.rpartition("/")[2])) or ""
    if not declared or (declared == PLAIN_TEXT and extension_of(path) == "txt"):
        return media_type_of_content(head, complete=complete)
    if not _is_doubtful(declared, head):
        return declared
    found = _stated_type(head, complete)
    if found is None or (declared in _DELIMITED and found in _DELIMITED):
        return declared
    if declared in _JSON and found in _JSON:
        return JSON if declared == JSON_LINES else declared
    return found


def _is_doubtful(declared: str, head: bytes) -> bool:
    """Whether a file does not begin as what it is declared to be: looking closer takes its time."""
    start = head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if declared in _DELIMITED:
        return start in (b"<", b"{", b"[")
    if declared == JSON_LINES and _ARRAY.match(head):
        return True
    return start not in (b"{", b"[") if declared in _JSON else declared in SIGNED


def _stated_type(head: bytes, complete: bool) -> str | None:
    """The media type of a text that can be nothing else, None of any other content."""
    text = _as_text(head, complete)
    found = None if text is None else _text_type(text, complete)
    return None if found == PLAIN_TEXT else found


def media_type_of_content(head: bytes, *, complete: bool) -> str:
    """The media type that the first bytes of a file tell.

    :param complete: whether they are all of the file.
    """
    text = _as_text(head, complete)
    if text is None:
        return _by_signature(head)
    return _text_type(text, complete) if text.strip() else PLAIN_TEXT if head else UNKNOWN


def _text_type(text: str, complete: bool) -> str:
    start = text.lstrip("\ufeff \t\r\n")[:64].lower()
    for opening, media_type in _MARKUP:
        if start.startswith(opening):
            return media_type
    if start[:1] in ("{", "["):
        return _json_type(text, complete)
    if start[:1] in ("", "<"):
        return PLAIN_TEXT
    layout = find_layout(text, complete=complete)
    # Prose with a comma in every line must not become a table: every line has to agree, from the first one on.
    if layout.records >= 2 and len(layout.names) >= 2 and layout.agreement == 1.0 and not layout.skipped_lines:
        return TSV if layout.dialect.delimiter == "\t" else CSV
    return PLAIN_TEXT


def _json_type(text: str, complete: bool) -> str:
    """JSON, JSON Lines (two whole lines are objects), or plain text that begins as JSON does."""
    lines = text.lstrip("\ufeff \t\r\n").split("\n", 2)
    if len(lines) > 1 and (complete or len(lines) > 2) and all(_is_object(line) for line in lines[:2]):
        return JSON_LINES
    if not complete:
        return JSON if _JSON_START.match(lines[0] + "\n" + "".join(lines[1:2])) else PLAIN_TEXT
    try:
        json.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return PLAIN_TEXT
    return JSON


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


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
