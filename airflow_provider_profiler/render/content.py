"""Documents and images as the renderings show them."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from airflow_provider_profiler.contract.content import Chunk, DocumentFacts, ImageFacts, Property
from airflow_provider_profiler.contract.profile import Distribution
from airflow_provider_profiler.render.text import count_text

_LONGEST_TITLE = 300


def content_line(item: Distribution) -> str:
    """What a document or an image is, in one line: a title where it has one, else how much there is; else ``""``."""
    if item.document is not None:
        return item.document.title[:_LONGEST_TITLE] or document_size(item.document)
    if item.image is not None:
        return image_size(item.image)
    return ""


def document_size(document: DocumentFacts) -> str:
    """Pages and words, and the languages."""
    pages = [count_text(document.pages, "page")] if document.pages is not None else []
    languages = [item.code for item in document.languages]
    return ", ".join([*pages, count_text(document.words, "word"), *languages])


def image_size(image: ImageFacts) -> str:
    """Format, width and height, and the frames where there are several."""
    frames = [count_text(image.frames, "frame")] if image.frames > 1 else []
    return ", ".join([f"{image.format} image of {image.width} x {image.height} pixels", *frames])


def document_values(document: DocumentFacts) -> dict[str, Any]:
    """What is known of a document but for its text; what is not known is left out."""
    readability = document.readability
    values: dict[str, Any] = {
        "title": document.title or None,
        "authors": list(document.authors) or None,
        "created": document.created.isoformat() if document.created else None,
        "modified": document.modified.isoformat() if document.modified else None,
        "metadata": _properties(document.metadata),
        "pages": document.pages,
        "characters": document.characters,
        "words": document.words,
        "sentences": document.sentences,
        "languages": [{"code": item.code, "share": item.share} for item in document.languages],
        "readability": {"formula": readability.formula, "language": readability.language, "score": readability.score}
        if readability
        else None,
        "complete": document.complete,
        "notes": list(document.notes) or None,
    }
    return {key: value for key, value in values.items() if value is not None}


def image_values(image: ImageFacts) -> dict[str, Any]:
    """What is known of an image; what is not known is left out."""
    values: dict[str, Any] = {
        "format": image.format,
        "width": image.width,
        "height": image.height,
        "mode": image.mode,
        "frames": image.frames,
        "exif": _properties(image.exif),
        "perceptual_hash": image.perceptual_hash,
        "notes": list(image.notes) or None,
    }
    return {key: value for key, value in values.items() if value is not None}


def chunked_content(document: DocumentFacts) -> Iterator[dict[str, Any]]:
    """The passages by section, as strings; beside them, in the same order, where each is from."""
    for (section, subsection), group in groupby(document.chunks, key=lambda item: (item.section, item.subsection)):
        members = list(group)
        yield {
            "section": section,
            "subsection": subsection,
            "chunks": [item.text for item in members],
            "chunk_metadata": [_place(item) for item in members],
        }


def _place(chunk: Chunk) -> dict[str, Any]:
    return {"page": chunk.page, "start": chunk.start, "stop": chunk.stop, "language": chunk.language}


def _properties(properties: tuple[Property, ...]) -> list[dict[str, Any]] | None:
    return [{"name": item.name, "value": item.value} for item in properties] or None
