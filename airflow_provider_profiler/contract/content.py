"""What is known of a file that is no table: a document with its text, or an image."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.statistics import Scalar


class Property(Model):
    """Something that a format notes beside the content, under the format's own name."""

    name: str
    value: Scalar


class Language(Model):
    """A language found in a text: an ISO 639-1 code (639-3 where there is none), and the share of the text in it."""

    code: str
    share: Annotated[float, Field(ge=0, le=1)]


class Chunk(Model):
    """A passage of a document, of a size that readers of texts take at a time.

    ``start`` and ``stop`` are offsets in characters of the document's whole text, so that passages can be put in place.
    """

    section: str = ""
    """The heading above it, or the sheet, slide or cell it is from."""
    subsection: str = ""
    text: str
    page: int | None = None
    """From 1, where the format has pages or slides."""
    start: int
    stop: int
    language: str | None = None


class Readability(Model):
    """How hard a text is to read: the score, and the formula with the language that it was made for."""

    formula: str
    language: str
    score: float


class DocumentFacts(Model):
    """A document: how much text there is, in which languages, what it says of itself, and its passages."""

    title: str = ""
    authors: tuple[str, ...] = ()
    created: AwareDatetime | None = None
    modified: AwareDatetime | None = None
    metadata: tuple[Property, ...] = ()
    """What else the format says of it: producer, subject, template."""
    pages: int | None = None
    """Pages, slides or cells; None where the format has none."""
    characters: int = 0
    words: int = 0
    sentences: int = 0
    languages: tuple[Language, ...] = ()
    """Most of the text first."""
    readability: Readability | None = None
    """None where no formula is made for the text's language."""
    keywords: tuple[str, ...] = ()
    """Found in the text or told by the document, the most telling first."""
    chunks: tuple[Chunk, ...] = ()
    complete: bool = True
    """Whether the whole text was looked at: options bound it."""
    notes: tuple[str, ...] = ()
    """What a person should know about how it was read: pages without text, images that would need recognition."""


class ImageFacts(Model):
    """An image: size in pixels, how colours are stored, what the camera noted, and a hash of how it looks."""

    format: str
    width: int
    height: int
    mode: str
    """How a pixel is stored, in Pillow's words: ``RGB``, ``L``, ``P``."""
    frames: int = 1
    exif: tuple[Property, ...] = ()
    """Positions only where an option asks for them."""
    perceptual_hash: str | None = None
    """64 bits as hexadecimal digits: images that look alike differ in few of them."""
    notes: tuple[str, ...] = ()
