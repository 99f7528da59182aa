"""What every format of documents becomes: passages of text in their order, and what the document says of itself."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from airflow_provider_profiler.contract.content import Property
from airflow_provider_profiler.contract.statistics import Scalar

_LONGEST_PROPERTY = 1000
_MOST_PROPERTIES = 100
#: Characters that stand in no text, and those that JSON in UTF-8 cannot hold; line ends are kept.
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
_BLANKS = re.compile(r"[^\S\n]+")


class Kind(Enum):
    """What a passage is."""

    HEADING = "heading"
    PROSE = "prose"
    CODE = "code"
    """Program text, which has no sentences and is in no language of people."""
    MARGIN = "margin"
    """What stands above or below on every page."""


@dataclass(frozen=True)
class Passage:
    """A paragraph, a heading, a row of a table, a page: what a format parts by itself."""

    text: str
    kind: Kind = Kind.PROSE
    level: int = 0
    """Of a heading: 1 is the highest."""
    page: int | None = None
    label: str = ""
    """What a heading is called where that is not its text: the text may stand in the passage that follows."""


@dataclass
class About:
    """What a document says of itself; filled while its passages are read."""

    title: str = ""
    authors: tuple[str, ...] = ()
    created: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    """An ISO 639 code."""
    keywords: tuple[str, ...] = ()
    pages: int | None = None
    encoding: str | None = None
    byte_order_mark: bool = False
    complete: bool = True
    metadata: dict[str, Scalar] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def tell(self, name: str, value: object) -> None:
        """Add a property of the format, unless it is empty or there are too many."""
        text = value if isinstance(value, bool | int) else clean(str(value or ""))[:_LONGEST_PROPERTY].strip()
        if text != "" and len(self.metadata) < _MOST_PROPERTIES:
            self.metadata[clean(name)[:100]] = text

    def properties(self) -> tuple[Property, ...]:
        """The metadata as the profile has them."""
        return tuple(Property(name=name, value=value) for name, value in self.metadata.items())


def clean(text: str) -> str:
    """The text with line ends of one kind, without controls and half characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The text with single blanks for all white space."""
    return " ".join(clean(text).split())


def tidy(text: str) -> str:
    """The text with single blanks, its line ends kept."""
    return _BLANKS.sub(" ", clean(text)).strip()


def listed(text: str, separators: str = ",;\n") -> tuple[str, ...]:
    """The parts of a list written as one text: authors, keywords."""
    parts = re.split(f"[{re.escape(separators)}]", text)
    return tuple(dict.fromkeys(part for part in (one_line(part)[:200] for part in parts) if part))


def zoned(moment: datetime | None) -> datetime | None:
    """The moment with a time zone: documents mean UTC where they say nothing."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
