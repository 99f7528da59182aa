"""The process apart that makes previews: whoever looks at a file may have written it, too."""

import logging
import os
import signal
from typing import Any

from airflow_provider_profiler.contract.errors import InvalidRequest, ProfilerError
from airflow_provider_profiler.profiling.archives.spool import SPOOL_BYTES
from airflow_provider_profiler.profiling.isolation.serving import MEMORY_BYTES, serve
from airflow_provider_profiler.profiling.previewing.profiled import ProfiledDataset
from airflow_provider_profiler.profiling.previewing.rows import preview
from airflow_provider_profiler.profiling.previewing.wish import unpacked
from airflow_provider_profiler.telemetry.tracebacks import frames_text


class _Failures(logging.Handler):
    """Remembers what readers logged of their failures: this process has no log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []
        self.memory = False

    def emit(self, record: logging.LogRecord) -> None:
        """Take what failed, without the text of the error, which may quote what was read."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self.told.append(f"{record.getMessage()}: {frames_text(error)}")
            self.memory = self.memory or isinstance(error, MemoryError)


def main(descriptor: int) -> None:
    """Make previews until nobody wants one any more.

    :param descriptor: of the channel.
    """
    # What lies in an archive is unpacked into files without a name.
    serve(descriptor, _answer, file_bytes=SPOOL_BYTES)


def _answer(request: dict[str, Any], descriptor: int) -> dict[str, Any]:
    # Nothing handles the signal, so the kernel ends the process, even in the middle of a library's endless loop.
    signal.alarm(int(request["seconds"]))
    failures = _Failures()
    logging.getLogger().addHandler(failures)
    try:
        with os.fdopen(descriptor, "rb") as file:
            profiled = ProfiledDataset.of(file.read())
        wish, whereabouts = unpacked(str(request["wish"]))
        return {"preview": preview(wish, profiled, whereabouts).model_dump(mode="json")}
    except ProfilerError as error:
        if failures.memory:
            return _too_large()
        kinds = [kind.__name__ for kind in type(error).__mro__]
        return {"errors": kinds, "message": str(error), "failures": failures.told}
    except MemoryError:
        return _too_large()
    except Exception as error:
        return {"errors": [], "message": frames_text(error), "failures": failures.told}
    finally:
        logging.getLogger().removeHandler(failures)
        signal.alarm(0)


def _too_large() -> dict[str, Any]:
    message = f"Looking into the table takes more than the {MEMORY_BYTES >> 20} MiB of memory that there are for it."
    return {"errors": [InvalidRequest.__name__], "message": message}
