"""A reader of documents or images whose work is done in a process apart."""

from abc import ABC, abstractmethod
from typing import BinaryIO, ClassVar

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.isolation.processes import read_apart
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import Source


class IsolatedReader(ABC):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader`."""

    name: ClassVar[str]
    media_types: ClassVar[frozenset[str]]
    whole: ClassVar[bool] = True
    """Whether the format can be read as a whole alone, so that the size of its files is bounded."""

    def content(self, source: Source, reading: ReadingOptions) -> Content:
        """Read the source.

        :raises UnreadableFile: when the content is not of the format.
        :raises UnsupportedContent: when it is, but cannot be read here: encrypted, for example.
        :raises TooMuchData: when it is larger than the options allow, or reading it takes too long.
        """
        return read_apart(self.name, source, reading, whole=self.whole)

    @abstractmethod
    def look(self, file: BinaryIO, path: str, reading: ReadingOptions) -> Content:
        """Read an open file, in the process apart.

        :param path: the file's path in its dataset, for messages.
        :raises UnreadableFile: when the content is not of the format.
        :raises UnsupportedContent: when it cannot be read here.
        :raises TooMuchData: when it is larger than the options allow.
        """
