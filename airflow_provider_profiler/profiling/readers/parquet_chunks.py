"""Whether the metadata of a Parquet file's column chunks make sense, before they are asked for.

Arrow ends the whole process over metadata that contradict each other where it is asked for them; where it is to read a
chunk it tells of them as of any other damage. So it is made to begin to read, and never gets a byte.
"""

import io
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet


class _WouldRead(Exception):
    """The metadata were sound: what is missing now is the data."""


class _WithoutContent(io.RawIOBase):
    """A file of which nothing can be read."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence] + offset
        return self._position

    def read(self, size: int = -1) -> bytes:
        raise _WouldRead(size)


def check_chunks(metadata: pa.parquet.FileMetaData, groups: Iterable[int], size: int) -> None:
    """Check the metadata of every column chunk of some row groups.

    :param size: bytes of the file.
    :raises pyarrow.ArrowException: or OSError, when one cannot be used.
    """
    file = pa.PythonFile(_WithoutContent(size), mode="r")
    reader = pa.parquet.ParquetFile(file, metadata=metadata, pre_buffer=False).reader
    for group in groups:
        for column in range(metadata.num_columns):
            try:
                next(reader.iter_batches(1, row_groups=[group], column_indices=[column], use_threads=False), None)
            except _WouldRead:
                continue
