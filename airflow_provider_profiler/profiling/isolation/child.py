"""The process apart: takes one file after another, and answers with what it found."""

import os
import resource
import signal
import socket
import traceback
from typing import Any, cast

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.isolation.messages import ChannelClosed, receive, send
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile, UnsupportedContent

#: Address space of one process. An image of as many pixels as are allowed takes 512 MiB in colour, twice that while it
#: is converted.
MEMORY_BYTES = 3 * 1024**3
#: A library unpacks its model of languages into a temporary file without a name; nothing else is written.
_FILE_BYTES = 128 * 1024**2
_IDLE_SECONDS = 60


def main(descriptor: int) -> None:
    """Serve until the other side closes the channel, or nothing was asked for a while.

    :param descriptor: of the channel.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # Interrupting a profile from a terminal is told to all its processes; this one ends with its channel.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is ignored or held back where this process was started would be so here, and nothing would end it then.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    with socket.socket(fileno=descriptor) as channel:
        while True:
            try:
                channel.settimeout(_IDLE_SECONDS)
                request, file = receive(channel)
                channel.settimeout(None)
                if file is None:
                    return
                answer = _answer(request, file)
                send(channel, answer)
            except ChannelClosed:
                return


def _answer(request: dict[str, Any], descriptor: int) -> dict[str, Any]:
    path = str(request["path"])
    reading = ReadingOptions.model_validate(request["reading"])
    # Nothing handles the signal, so the kernel ends the process, even in the middle of a library's endless loop.
    signal.alarm(reading.max_document_seconds)
    try:
        found = _look(str(request["reader"]), descriptor, path, reading)
        return {
            "found": found.reading.model_dump(mode="json"),
            "document": found.document.model_dump(mode="json") if found.document else None,
            "image": found.image.model_dump(mode="json") if found.image else None,
        }
    except (UnreadableFile, UnsupportedContent, TooMuchData) as error:
        return {"error": type(error).__name__, "message": str(error)}
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror or type(error).__name__}"
        return {"error": UnreadableFile.__name__, "message": message}
    except MemoryError:
        message = f"{path}: reading it takes more than the {MEMORY_BYTES >> 20} MiB of memory that there are"
        return {"error": TooMuchData.__name__, "message": message}
    except Exception:
        return {"error": "", "message": traceback.format_exc()}
    finally:
        signal.alarm(0)


def _look(name: str, descriptor: int, path: str, reading: ReadingOptions) -> Content:
    # Here, because the registry's readers import this module.
    from airflow_provider_profiler.profiling.isolation.reader import IsolatedReader  # noqa: PLC0415
    from airflow_provider_profiler.profiling.readers.registry import content_reader_named  # noqa: PLC0415

    reader = cast(IsolatedReader, content_reader_named(name))
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return reader.look(file, path, reading)
