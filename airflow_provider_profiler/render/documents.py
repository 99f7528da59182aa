"""All documents of a profile, in the order in which they are written: the one place that knows which there are."""

from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_profiler.contract.model import document_chunks
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.render import cdd, moma
from airflow_provider_profiler.render.croissant import CROISSANT
from airflow_provider_profiler.render.renderer import Renderer
from airflow_provider_profiler.storage.results import PROFILE


@dataclass(frozen=True)
class Document:
    """A document on its way: its file name and its content piece by piece, which can be read once."""

    name: str
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class Renderings:
    """The renderings that are written beside the profile model."""

    moma_light: Renderer = moma.LIGHT
    moma_heavy: Renderer = moma.HEAVY
    cdd: Renderer = cdd.CDD
    croissant: Renderer = CROISSANT

    def light(self, profile: DatasetProfile) -> Iterator[Document]:
        """The documents that are there as soon as the files are known."""
        yield from _rendered(profile, self.moma_light, self.croissant)

    def heavy(self, profile: DatasetProfile) -> Iterator[Document]:
        """The documents of a profile whose files were read, beside those of the light one."""
        yield from _rendered(profile, self.moma_heavy, self.croissant, self.cdd)


def model_document(profile: DatasetProfile) -> Document:
    """``profile.json``, the model itself."""
    return Document(PROFILE, document_chunks(profile.parts()))


def documents_of(
    profile: DatasetProfile, light: DatasetProfile | None = None, renderings: Renderings | None = None
) -> Iterator[Document]:
    """Every document of a profile.

    :param light: what was known before the files were read, for the document that holds only that; the profile itself
        where it is None.
    """
    chosen = renderings or Renderings()
    if profile.kind is Target.HEAVY:
        yield from _rendered(profile if light is None else light, chosen.moma_light)
        yield from chosen.heavy(profile)
    else:
        yield from chosen.light(profile)
    yield model_document(profile)


def _rendered(profile: DatasetProfile, *renderers: Renderer) -> Iterator[Document]:
    for renderer in renderers:
        yield Document(renderer.file_name(profile), renderer.chunks(profile))
