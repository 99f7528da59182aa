"""What all readers of documents share: a format gives passages, and the facts are found in those."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import BinaryIO, ClassVar

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.documents.facts import document_facts
from airflow_provider_profiler.profiling.documents.passages import About, Passage, one_line
from airflow_provider_profiler.profiling.isolation.reader import IsolatedReader
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile, UnsupportedContent


class DocumentReader(IsolatedReader):
    """Reads one format of documents."""

    format: ClassVar[str]
    """What people call it."""

    @abstractmethod
    def passages(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:
        """The passages in their order. They are taken until there is as much text as is looked at.

        :param path: the file's path in its dataset, for messages.
        :param about: takes what the document says of itself.
        """

    def look(self, file: BinaryIO, path: str, reading: ReadingOptions) -> Content:
        """See :meth:`IsolatedReader.look`."""
        about = About()
        document = document_facts(self._sound(file, path, reading, about), about, reading)
        read = Reading(reader=self.name, encoding=about.encoding, byte_order_mark=about.byte_order_mark)
        return Content(reading=read, document=document)

    def _sound(self, file: BinaryIO, path: str, reading: ReadingOptions, about: About) -> Iterator[Passage]:
        try:
            yield from self.passages(file, path, reading, about)
        except (UnreadableFile, UnsupportedContent, TooMuchData, MemoryError):
            raise
        except Exception as error:  # libraries raise whatever they stumble over in damaged files
            why = one_line(str(error))[:200] or type(error).__name__
            raise UnreadableFile(f"{path}: is no {self.format} that can be read: {why}") from error
