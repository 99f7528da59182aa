"""Drawings in SVG: their size, from the first element alone, without what it may refer to."""

import re
from typing import BinaryIO
from xml.parsers import expat

from airflow_provider_profiler.contract.content import ImageFacts
from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import SVG
from airflow_provider_profiler.profiling.isolation.reader import IsolatedReader
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile

_BLOCK = 64 * 1024
_LENGTH = re.compile(
    r"\s*([+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?)\s*(px|pt|pc|mm|cm|in|q|em|ex)?\s*", re.IGNORECASE
)
#: Pixels of each unit (CSS Values and Units 4, 6.2); a letter's size is the browsers' default.
_PIXELS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "q": 96 / 101.6,
           "em": 16.0, "ex": 8.0}  # fmt: skip
#: The size of what says nothing about it (CSS 2.1, 10.3.2 and 10.6.2).
_DEFAULT = (300.0, 150.0)
_LARGEST = 2.0**53


class VectorReader(IsolatedReader):
    """Implements :class:`~airflow_provider_profiler.profiling.readers.content.ContentReader` for SVG."""

    name = "svg"
    media_types = frozenset({SVG})

    def look(self, file: BinaryIO, path: str, reading: ReadingOptions) -> Content:  # noqa: ARG002
        """See :meth:`IsolatedReader.look`."""
        root = _Root()
        try:
            while part := file.read(_BLOCK):
                root.parser.Parse(part, False)
            root.parser.Parse(b"", True)
        except expat.ExpatError as error:
            why = f"{expat.ErrorString(error.code)} in line {error.lineno}"
            raise UnreadableFile(f"{path}: is no SVG that can be read: {why}") from error
        except _Refused as error:
            raise UnreadableFile(f"{path}: {error}") from error
        width, height, notes = _size(root.attributes)
        facts = ImageFacts(format="SVG", width=width, height=height, mode="vector", notes=notes)
        return Content(reading=Reading(reader=self.name), image=facts)


class _Refused(Exception):
    pass


class _Root:
    """Takes the attributes of the first element, and refuses entities, by which a small file becomes a large one."""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}
        self._name = ""
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._name:
            return
        self._name = name
        if name.rpartition(":")[2] != "svg":
            raise _Refused(f"is XML, but no SVG: its first element is {name[:100]!r}")
        self.attributes = attributes

    def _entity(self, name: str, *_: object) -> None:
        raise _Refused(f"declares the entity {name[:100]!r}; drawings with entities are not read")


def _size(attributes: dict[str, str]) -> tuple[int, int, tuple[str, ...]]:
    """Width and height in pixels: as they are told, else in the proportion of the part that is shown."""
    width, height = _length(attributes.get("width", "")), _length(attributes.get("height", ""))
    box = [_length(part) for part in re.split(r"[\s,]+", attributes.get("viewBox", "").strip())][2:4]
    shown = (box[0], box[1]) if len(box) == 2 and box[0] and box[1] else None
    if width is not None and height is not None:
        return round(width), round(height), ()
    if shown is not None:
        ratio = shown[0] / shown[1]
        if width is not None:
            return round(width), round(min(width / ratio, _LARGEST)), ()
        if height is not None:
            return round(min(height * ratio, _LARGEST)), round(height), ()
        return round(shown[0]), round(shown[1]), ()
    note = "says nothing about its size; browsers show it in 300 x 150 pixels"
    return (
        round(width if width is not None else _DEFAULT[0]),
        round(height if height is not None else _DEFAULT[1]),
        (note,),
    )


def _length(text: str) -> float | None:
    found = _LENGTH.fullmatch(text)
    if found is None:
        return None
    value = float(found[1]) * _PIXELS[(found[2] or "").lower()]
    return value if value <= _LARGEST else None
