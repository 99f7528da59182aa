"""The process apart: takes one file after another, and answers with what it found."""

import os
import signal
import traceback
from typing import Any, cast

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.isolation.serving import MEMORY_BYTES, serve
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile, UnsupportedContent


def main(descriptor: int) -> None:
    """Read files until nobody wants that any more.

    :param descriptor: of the channel.
    """
    serve(descriptor, _answer)


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
