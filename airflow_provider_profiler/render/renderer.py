"""What every rendering offers, and the one way in which JSON documents are written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Protocol

from airflow_provider_profiler.contract.model import document_json
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

    def render(self, profile: DatasetProfile) -> bytes:
        """The document.

        :raises ValueError: when the profile holds a value that the document's format cannot.
        """
        ...


@dataclass(frozen=True)
class JsonRenderer:
    """A renderer of a JSON document: UTF-8, indented, Unicode readable, free of NaN and infinity.

    :param name: the document's name.
    :param name_file: gives the document's file name.
    :param document: gives the document as JSON-ready values, for callers that answer with it rather than write it.
    """

    name: str
    name_file: Callable[[DatasetProfile], str]
    document: Callable[[DatasetProfile], dict[str, Any]]

    def file_name(self, profile: DatasetProfile) -> str:
        """The plain file name under which the document is kept."""
        return self.name_file(profile)

    def render(self, profile: DatasetProfile) -> bytes:
        """The document's bytes.

        :raises ValueError: when the profile holds NaN or infinity.
        """
        return document_json(self.document(profile))


def timestamp(profile: DatasetProfile) -> str:
    """The one timestamp of a document: ISO 8601 in UTC with its offset, however the profile wrote the moment."""
    return profile.generated_at.astimezone(UTC).isoformat()
