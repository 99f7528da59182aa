"""Processes that read documents and images for this one.

A file enters as an open descriptor: a process apart neither learns where the data lies nor gets this one's environment,
and it writes no file that stays.
"""

import io
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from pydantic import TypeAdapter

from airflow_provider_profiler.contract.content import DocumentFacts, ImageFacts
from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.isolation.apart import ProcessesApart, ProcessLost
from airflow_provider_profiler.profiling.isolation.serving import MEMORY_BYTES
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import (
    Source,
    TooMuchData,
    UnreadableFile,
    UnsupportedContent,
)

#: One thread each: there are as many processes as units of work.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_ERRORS: dict[str, type[Exception]] = {
    kind.__name__: kind for kind in (UnreadableFile, UnsupportedContent, TooMuchData)
}
_DOCUMENT = TypeAdapter(DocumentFacts | None)
_IMAGE = TypeAdapter(ImageFacts | None)


class FailedApart(Exception):
    """The reader itself failed; the text says where."""


def _environment() -> dict[str, str]:
    return _ENVIRONMENT | {"TMPDIR": tempfile.gettempdir()}


apart = ProcessesApart("airflow_provider_profiler.profiling.isolation.child", _environment)


def read_apart(name: str, source: Source, reading: ReadingOptions, *, whole: bool) -> Content:
    """What a reader finds in a file.

    :param name: of the reader.
    :param whole: refuse files that are larger than the options allow.
    :raises UnreadableFile: when the content is not of the format, or the reader crashed over it.
    :raises UnsupportedContent: when it cannot be read here.
    :raises TooMuchData: when it is larger than the options allow, or takes more time or memory than there is.
    :raises FailedApart: when the reader has a fault.
    """
    limit = reading.max_document_bytes if whole else None
    if limit is not None and source.size > limit:
        raise TooMuchData(_too_large(source, limit))
    with _as_file(source, limit) as file:
        request = {"reader": name, "path": source.path, "reading": reading.model_dump(mode="json")}
        try:
            answer = apart.ask(request, file.fileno())
        except ProcessLost as lost:
            raise _lost(lost.code, source.path, reading.max_document_seconds) from None
    if "error" in answer:
        raise _ERRORS.get(answer["error"], FailedApart)(answer["message"])
    return Content(
        reading=Reading.model_validate(answer["found"]),
        document=_DOCUMENT.validate_python(answer["document"]),
        image=_IMAGE.validate_python(answer["image"]),
    )


def _too_large(source: Source, limit: int) -> str:
    return f"{source.path}: has more than the {limit} bytes that the option reading.max_document_bytes allows"


@contextmanager
def _as_file(source: Source, limit: int | None) -> Iterator[BinaryIO]:
    """The source as a file of the operating system: itself, or a copy of what has no place there of its own."""
    with source.open() as opened:
        if isinstance(opened, io.BufferedReader) and isinstance(opened.raw, io.FileIO):
            yield opened
            return
        with tempfile.TemporaryFile() as copy:
            if limit is None:
                shutil.copyfileobj(opened, copy)
            else:
                while part := opened.read(1024 * 1024):
                    copy.write(part)
                    if copy.tell() > limit:
                        raise TooMuchData(_too_large(source, limit))
            copy.flush()
            yield copy.file if hasattr(copy, "file") else copy


def _lost(code: int, path: str, seconds: int) -> Exception:
    if code == -signal.SIGALRM:
        return TooMuchData(
            f"{path}: reading it took longer than the {seconds} seconds that the option reading.max_document_seconds "
            "allows"
        )
    if code in (-signal.SIGKILL, -signal.SIGABRT):
        return TooMuchData(f"{path}: reading it takes more than the {MEMORY_BYTES >> 20} MiB of memory that there are")
    if code < 0:
        return UnreadableFile(f"{path}: its reader crashed over it ({signal.Signals(-code).name}); it may be damaged")
    return FailedApart(f"the process that reads {path} ended with code {code}")
