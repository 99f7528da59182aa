"""A source whose bytes lie in another file, as those of archives do: it has no descriptor of its own."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from airflow_provider_profiler.profiling.readers.reader import Source


@dataclass(frozen=True)
class Packed:
    """The content of another source, unpacked into memory."""

    outer: Source

    @property
    def path(self) -> str:
        return f"archive.zip/{self.outer.path}"

    @property
    def size(self) -> int:
        return self.outer.size

    @property
    def media_type(self) -> str:
        return self.outer.media_type

    def open(self) -> BinaryIO:
        with self.outer.open() as file:
            return io.BytesIO(file.read())

    def check_unchanged(self) -> None:
        self.outer.check_unchanged()
