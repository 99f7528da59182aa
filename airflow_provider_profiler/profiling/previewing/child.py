"""The process apart that makes previews: whoever looks at a file may have written it, too."""

import os
import signal
import traceback
from typing import Any

from airflow_provider_profiler.contract.errors import InvalidRequest, ProfilerError
from airflow_provider_profiler.profiling.isolation.serving import MEMORY_BYTES, serve
from airflow_provider_profiler.profiling.previewing.profiled import ProfiledDataset
from airflow_provider_profiler.profiling.previewing.rows import preview
from airflow_provider_profiler.profiling.previewing.wish import unpacked


def main(descriptor: int) -> None:
    """Make previews until nobody wants one any more.

    :param descriptor: of the channel.
    """
    serve(descriptor, _answer)


def _answer(request: dict[str, Any], descriptor: int) -> dict[str, Any]:
    # Nothing handles the signal, so the kernel ends the process, even in the middle of a library's endless loop.
    signal.alarm(int(request["seconds"]))
    try:
        with os.fdopen(descriptor, "rb") as file:
            profiled = ProfiledDataset.of(file.read())
        wish, whereabouts = unpacked(str(request["wish"]))
        return {"preview": preview(wish, profiled, whereabouts).model_dump(mode="json")}
    except ProfilerError as error:
        return {"errors": [kind.__name__ for kind in type(error).__mro__], "message": str(error)}
    except MemoryError:
        message = (
            f"Looking into the table takes more than the {MEMORY_BYTES >> 20} MiB of memory that there are for it."
        )
        return {"errors": [InvalidRequest.__name__], "message": message}
    except Exception:
        return {"errors": [], "message": traceback.format_exc()}
    finally:
        signal.alarm(0)
