"""ORC, decoded in a process of its own and received as Arrow batches: see :mod:`.orc_process`."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import pyarrow as pa

from airflow_provider_profiler.profiling.readers import orc_process
from airflow_provider_profiler.profiling.readers.local_file import local_file
from airflow_provider_profiler.profiling.readers.reader import Source, TooMuchData, UnreadableFile

# What Arrow raises of a stream that ends too soon, or of names that are not UTF-8.
_BROKEN = (pa.ArrowException, OSError, ValueError, EOFError)


@dataclass(frozen=True)
class Decoded:
    """What an ORC file says of itself, and the rows that were asked for."""

    schema: pa.Schema
    tail: bytes
    """Serialised, as it stands at the end of the file."""
    stripes: int
    rows: int
    batches: Iterator[pa.RecordBatch]
    """To be read once, and while the block lasts."""


@contextmanager
def decoded(source: Source, **task: Any) -> Iterator[Decoded]:
    """Decode a file; the process ends with the block.

    :param task: ``stripes=(start, stop)``, or ``rows=`` of a batch for the whole file; neither: what it says of itself.
    :raises UnreadableFile: when it is damaged, also if that ended the process.
    :raises TooMuchData: when it takes more memory or time than there is.
    """
    with local_file(source) as file:
        command = [sys.executable, "-I", "-S", orc_process.__file__, json.dumps(task), *sys.path]
        file.seek(0)
        process = subprocess.Popen(  # noqa: S603 - the command is made here
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        )
        output = cast(BinaryIO, process.stdout)
        try:
            stream = _opened(process, output, source)
            said = stream.schema.metadata
            yield Decoded(
                schema=stream.schema.remove_metadata(),
                tail=said[orc_process.TAIL],
                stripes=int(said[orc_process.STRIPES]),
                rows=int(said[orc_process.ROWS]),
                batches=_batches(stream, process, output, source),
            )
        finally:
            process.kill()
            process.wait()
            output.close()


def _opened(process: "subprocess.Popen[bytes]", output: BinaryIO, source: Source) -> pa.RecordBatchStreamReader:
    try:
        stream = pa.ipc.open_stream(output)
    except _BROKEN as error:
        raise _ended(process, source) from error
    if orc_process.FAILED in (stream.schema.metadata or {}):
        raise _failed(stream.schema.metadata[orc_process.FAILED], source)
    return stream


def _batches(
    stream: pa.RecordBatchStreamReader, process: "subprocess.Popen[bytes]", output: BinaryIO, source: Source
) -> Iterator[pa.RecordBatch]:
    try:
        yield from stream
    except _BROKEN as error:
        raise _ended(process, source) from error
    try:
        last = pa.ipc.open_stream(output)  # there is a second stream where the first one broke off
    except _BROKEN:
        if process.wait():
            raise _ended(process, source) from None
        return
    raise _failed(last.schema.metadata[orc_process.FAILED], source)


def _failed(words: bytes, source: Source) -> UnreadableFile:
    return UnreadableFile(f"{source.path}: cannot be read as ORC: {words.decode('utf-8', 'replace')}")


def _ended(process: "subprocess.Popen[bytes]", source: Source) -> Exception:
    """Why the process ended in the middle."""
    code = process.wait()
    if code == -signal.SIGXCPU:
        return TooMuchData(
            f"{source.path}: decoding a part of it takes more than {orc_process.MOST_SECONDS} seconds of processor "
            "time; write it with smaller stripes"
        )
    if code in (-signal.SIGABRT, -signal.SIGKILL):
        return TooMuchData(
            f"{source.path}: decoding a part of it takes more than {orc_process.MOST_MEMORY >> 20} MiB of memory; "
            "write it with smaller stripes"
        )
    return UnreadableFile(f"{source.path}: cannot be read as ORC: the library that decodes it broke down over it")
