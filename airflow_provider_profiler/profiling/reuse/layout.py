"""How ``reuse.json`` is laid out: what was found out about each file, so that it need not be found out again.

The file is one JSON object of three members in this order: ``version``, ``sha256`` of the bytes of the third, and
``content``. It lies beside the ``states.bin`` that it refers to; states of parts of tables lie in ``parts.bin``, which
is laid out as that. Places of files are in none of them: what is read is what discovery found, and a digest alone tells
whether that lies where it did.
"""

import hashlib
import os
import platform
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib import metadata
from typing import Annotated, BinaryIO

import pyarrow
from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

from airflow_provider_profiler import __version__
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, Distribution, QualityExample
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.archives.member import TarPlace
from airflow_provider_profiler.profiling.archives.zip_content import ZipPlace
from airflow_provider_profiler.profiling.readers.reader import Table
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer, encode_state
from airflow_provider_profiler.profiling.stored_states.layout import VERSION as STATES_VERSION
from airflow_provider_profiler.profiling.table_state import STATE_VERSION

#: Raised with every change of this layout, and of what the keys of units of work are made of.
VERSION = 1
_HEAD = re.compile(rb'\{"version":(\d{1,9}),"sha256":"([0-9a-f]{64})","content":')
_LONGEST_HEAD = 120
#: Bytes of the file that are read; that of a million files is smaller.
_LONGEST = 1 << 31
#: The extras of this package whose libraries read data: another version of one may read the same bytes in another way.
_EXTRAS = ("engine", "spreadsheets", "documents", "databases", "objectstores")
_REQUIREMENT = re.compile(r"""([\w.-]+).*;.*\bextra\s*==\s*["']([\w-]+)["']""")

_Count = Annotated[int, Field(ge=0, lt=2**63)]
_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@cache
def engine_version() -> str:
    """What results depend on beside data and options: another program may find other things in the same bytes."""
    nothing = ColumnAnalyzer(textual=False, options=StatisticsOptions(), partition_index=0).identity()
    states = f"{STATES_VERSION}.{STATE_VERSION}.{encode_state(nothing)[:4].hex()}"
    python = ".".join(platform.python_version_tuple()[:2])
    libraries = _libraries_digest()
    return f"{__version__}, states {states}, Python {python}, Arrow {pyarrow.__version__}, libraries {libraries}"


def _libraries_digest() -> str:
    """A short digest of the installed versions of the libraries that read data."""
    found = (_REQUIREMENT.match(line) for line in metadata.requires("airflow-provider-profiler") or ())
    names = sorted({item[1] for item in found if item is not None and item[2] in _EXTRAS})
    return hashlib.sha256(repr([(name, _version_of(name)) for name in names]).encode()).hexdigest()[:12]


def _version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # its extra was not asked for
        return ""


class _Kept(Model):
    # Bytes of plans need not be UTF-8.
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class KeptMember(_Kept):
    """A file in an archive, as :class:`~airflow_provider_profiler.profiling.archives.looking.Member`."""

    path: str
    parent: str
    size: _Count
    media_type: str
    modified: datetime | None = None
    sha256: str | None = None
    reason: FileReason | None = None
    packed_by: str | None = None
    is_archive: bool = False
    zip: ZipPlace | None = None
    tar: TarPlace | None = None


class KeptListing(_Kept):
    """What is in an archive."""

    key: _Digest
    members: tuple[KeptMember, ...] = ()
    astray: tuple[str, ...] = ()
    left_out: _Count = 0


class KeptPlan(_Kept):
    """How a file, or a member of an archive, is read."""

    path: str
    key: _Digest
    reader: str
    tables: tuple[Table, ...] = ()
    is_content: bool = False
    """A document or an image: what is known of it is in the profile."""


class KeptTable(_Kept):
    """What a file adds to a table, beside the states."""

    key: _Digest
    states: _Digest
    """SHA-256 of the states, by which they are found in ``states.bin`` or ``parts.bin``."""
    path: str
    """Under which they stand there."""
    seen: _Count = 0
    fulfilling: _Count = 0
    cut: bool = False
    lines: _Count = 0
    rejected: tuple[QualityExample, ...] = ()
    plain: bool = False
    """Whether what the profile says of the table has nothing to do with others: it holds whatever becomes of those."""


class KeptFile(_Kept):
    """A file, how it looked, and what was found in it."""

    path: str
    size: _Count
    modified_ns: int | None = None
    version: str | None = None
    """Of an object: its store's tag."""
    media_type: str
    sha256: str | None = None
    packed_by: str | None = None
    listing: KeptListing | None = None
    plans: tuple[KeptPlan, ...] = ()
    counts: dict[str, _Count] = Field(default_factory=dict)
    """Rows of partitions that were counted, by the keys of these units of work."""
    tables: tuple[KeptTable, ...] = ()


class ReuseDocument(_Kept):
    """The content of ``reuse.json``."""

    engine: str
    """See :func:`engine_version`."""
    places: _Digest | None = None
    """Of where the datasets lay; None where nobody said it."""
    looked_at: AwareDatetime
    """When it was last compared with the files themselves."""
    generated_at: AwareDatetime
    """Of the profile that it lies beside."""
    profile: _Digest
    """See :func:`profile_digest`: of the heavy profile."""
    states: _Digest
    """The content hash of ``states.bin``."""
    parts: _Digest | None = None
    """The content hash of ``parts.bin``, where there is one."""
    light: tuple[Distribution, ...]
    """What the light profile listed, which the heavy one holds in another form."""
    light_warnings: tuple[JobWarning, ...] = ()
    files: tuple[KeptFile, ...] = ()


def profile_digest(profile: DatasetProfile) -> str:
    """SHA-256 (hex) of a profile, however its document is written."""
    digest = hashlib.sha256()
    # Piece by piece: a long profile need not be in memory a second time.
    bare = profile.model_copy(update={"distributions": (), "record_sets": ()})
    for item in (bare, *profile.distributions, *profile.record_sets):
        digest.update(item.model_dump_json().encode())
        digest.update(b"\n")
    return digest.hexdigest()


_DOCUMENT = TypeAdapter(ReuseDocument)


def encoded(document: ReuseDocument) -> Iterator[bytes]:
    """The bytes of ``reuse.json``."""
    content = _DOCUMENT.dump_json(document, exclude_defaults=True)
    digest = hashlib.sha256(content).hexdigest()
    yield b'{"version":%d,"sha256":"%s","content":' % (VERSION, digest.encode())
    yield content
    yield b"}"


def decoded(file: BinaryIO) -> ReuseDocument:
    """Read ``reuse.json``, whose content is in memory once while that is done.

    :param file: at its beginning.
    :raises UnusableEarlier: when it is damaged, of another version, or by another engine.
    :raises OSError: when it cannot be read.
    """
    head = _HEAD.match(file.read(_LONGEST_HEAD))
    size = file.seek(0, os.SEEK_END)
    content = b""
    if head is not None:
        file.seek(head.end())
        content = file.read(min(max(size - head.end() - 1, 0), _LONGEST))
    if head is None or file.read() != b"}":
        raise UnusableEarlier("it is no such file, or cut short")
    if int(head[1]) != VERSION:
        raise UnusableEarlier(f"it is of version {int(head[1])}, this program reads version {VERSION}")
    if hashlib.sha256(content).hexdigest() != head[2].decode():
        raise UnusableEarlier("it is damaged: its checksum does not fit")
    try:
        document = ReuseDocument.model_validate_json(content)
    except (ValidationError, RecursionError) as error:
        raise UnusableEarlier("it is written in another way than by this version") from error
    if document.engine != engine_version():
        raise UnusableEarlier(f"it was made by another engine ({document.engine}; this one: {engine_version()})")
    return document
