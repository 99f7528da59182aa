"""What every rendering offers, and the one way in which JSON documents are written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import GeneratorType
from typing import Any, Protocol

from airflow_provider_profiler.contract.model import document_chunks
from airflow_provider_profiler.contract.profile import DatasetProfile


class Renderer(Protocol):
    """Turns a profile into one document. Equal profiles give equal bytes."""

    @property
    def name(self) -> str:
        """The document's name in answers and options, such as ``moma_profile_light``."""
        ...

    def file_name(self, profile: DatasetProfile) -> str:
        """The plain file name under which the document is kept."""
        ...

    def chunks(self, profile: DatasetProfile) -> Iterator[bytes]:
        """The document piece by piece.

        :raises ValueError: when the profile holds a value that the document's format cannot.
        """
        ...


@dataclass(frozen=True)
class JsonRenderer:
    """A renderer of a JSON document: UTF-8, indented, Unicode readable, free of NaN and infinity.

    :param name: the document's name.
    :param name_file: gives the document's file name.
    :param parts: gives the document as JSON-ready values, with generators in place of lists that may be long.
    """

    name: str
    name_file: Callable[[DatasetProfile], str]
    parts: Callable[[DatasetProfile], dict[str, Any]]

    def file_name(self, profile: DatasetProfile) -> str:
        """The plain file name under which the document is kept."""
        return self.name_file(profile)

    def chunks(self, profile: DatasetProfile) -> Iterator[bytes]:
        """The document piece by piece, so that its text is never in memory as a whole.

        :raises ValueError: when the profile holds NaN or infinity.
        """
        return document_chunks(self.parts(profile))

    def render(self, profile: DatasetProfile) -> bytes:
        """The document's bytes.

        :raises ValueError: when the profile holds NaN or infinity.
        """
        return b"".join(self.chunks(profile))


def whole(value: Any) -> Any:
    """A document's parts with lists in place of their generators."""
    if isinstance(value, GeneratorType):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {key: whole(member) for key, member in value.items()}
    return value


def timestamp(profile: DatasetProfile) -> str:
    """The one timestamp of a document: ISO 8601 in UTC with its offset, however the profile wrote the moment."""
    return moment_text(profile.generated_at)


def moment_text(moment: datetime) -> str:
    """A moment in ISO 8601 in UTC with its offset."""
    return moment.astimezone(UTC).isoformat()
