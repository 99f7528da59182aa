"""Files that are so small that bringing them to another thread takes longer than all work on them."""

from typing import Final

from airflow_provider_profiler.profiling.formats import CSV, JSON, JSON_LINES, TSV
from airflow_provider_profiler.profiling.readers.reader import Source
from airflow_provider_profiler.profiling.source import FileSource

#: What is in these is no larger than the files themselves.
_PLAIN: Final = frozenset({CSV, TSV, JSON, JSON_LINES})
#: Of a file, or of all that are worked on together.
SMALL_BYTES: Final = 64 * 1024


def is_small(source: Source) -> bool:
    """Whether any unit of work on a file ends before somebody could wish to give it up.

    Only plain text on this host is: what is packed may be large, and what is far away may be slow.
    """
    return isinstance(source, FileSource) and source.media_type in _PLAIN and source.size <= SMALL_BYTES
