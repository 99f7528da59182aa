"""Data frames and Arrow tables as Parquet files, without knowing whose they are."""

import re
from collections.abc import Mapping
from typing import Any, BinaryIO

from airflow_provider_profiler.hooks.errors import RequestRefused

#: Rows that are read at a time when the file is profiled.
_ROW_GROUP = 131_072
_NAME = re.compile(r"[\w][\w .-]{0,99}")


def is_frame(value: Any) -> bool:
    """Whether a value hands its columns out as Arrow does: a frame of pandas or polars, a table or reader of Arrow."""
    return hasattr(value, "__arrow_c_stream__")


def frames_of(value: Any, name: str) -> dict[str, Any] | None:
    """The frames that a value is, by name; None for one that is no frame, and no mapping of frames.

    :param name: what a single frame is called.
    :raises RequestRefused: when a frame's name cannot be one of a file, or there is something else among frames.
    """
    if is_frame(value):
        return {name: value}
    if not isinstance(value, Mapping) or not any(map(is_frame, value.values())):
        return None
    others = [key for key, item in value.items() if not is_frame(item)]
    if others:
        raise RequestRefused(f"A mapping of frames holds {str(others[0])[:60]!r}, which is none.")
    wrong = [key for key in value if not isinstance(key, str) or not _NAME.fullmatch(key)]
    if wrong:
        raise RequestRefused(
            f"A frame is called {wrong[0]!r}. Its name becomes that of a file: letters, digits, '_', '-', '.' and "
            "spaces."
        )
    return dict(value)


def write_parquet(frame: Any, name: str, file: BinaryIO) -> int:
    """Write one frame, batch by batch where it comes in batches.

    An index of pandas becomes a column where it has a name.

    :return: the number of rows.
    :raises RequestRefused: when a column cannot be written; no message holds a value of it.
    """
    try:
        import pyarrow  # noqa: PLC0415 - heavy, and an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise RequestRefused(
            "A data frame can only be handed over where pyarrow is installed, and it is not on this worker "
            f"({error.name}): pip install 'airflow-provider-profiler[engine]'."
        ) from error
    rows = 0
    try:
        reader = pyarrow.RecordBatchReader.from_stream(_without_unnamed_index(frame, pyarrow))
        with parquet.ParquetWriter(file, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch, row_group_size=_ROW_GROUP)
                rows += batch.num_rows
    except (pyarrow.ArrowException, ValueError, TypeError) as error:
        raise RequestRefused(
            f"The frame {name!r} cannot be written as Parquet ({_where(error)}). Give each column one type, and a name "
            "of its own."
        ) from None
    return rows


def _without_unnamed_index(frame: Any, pyarrow: Any) -> Any:
    names = getattr(getattr(frame, "index", None), "names", None)
    if names is None:
        return frame
    # Left to itself, pandas makes a column "__index_level_0__" of what is left after filtering rows.
    return pyarrow.Table.from_pandas(frame, preserve_index=any(name is not None for name in names))


def _where(error: Exception) -> str:
    """Which column it is, where that is told apart from what is in it."""
    told = [part for part in error.args if isinstance(part, str) and part.startswith("Conversion failed for column ")]
    return told[-1] if told else type(error).__name__
