"""What readers of documents and images offer: a source becomes facts instead of tables."""

from dataclasses import dataclass
from typing import Protocol

from airflow_provider_profiler.contract.content import DocumentFacts, ImageFacts
from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.readers.reader import Source


@dataclass(frozen=True)
class Content:
    """What was found in a file that holds no tables."""

    reading: Reading
    document: DocumentFacts | None = None
    image: ImageFacts | None = None


class ContentReader(Protocol):
    """Reads one format of documents or images, whole: their size is bounded by the options."""

    name: str
    media_types: frozenset[str]

    def content(self, source: Source, reading: ReadingOptions) -> Content:
        """Read the source.

        :raises UnreadableFile: when the content is not of the format.
        :raises TooMuchData: when it is larger than the options allow.
        """
        ...
