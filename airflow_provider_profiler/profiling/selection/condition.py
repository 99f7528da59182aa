"""A condition on rows as a small tree of its own: what it cannot hold cannot be said in it. Picklable."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Name:
    """A column as the condition names it."""

    text: str
    quoted: bool = False
    """Written in double quotes: upper and lower case differ."""


@dataclass(frozen=True)
class Moment:
    """A date or a moment: microseconds since 1970-01-01, in UTC where it was written with a zone."""

    microseconds: int


#: The value of a literal. Numbers keep all their digits.
Value = Decimal | str | bool | Moment


@dataclass(frozen=True)
class Comparison:
    """A column against a literal or another column, by one of ``= != < <= > >=``."""

    column: Name
    operator: str
    other: Value | Name


@dataclass(frozen=True)
class Membership:
    """A column against several literals."""

    column: Name
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Likeness:
    """A column of text against a pattern with ``%`` and ``_``."""

    column: Name
    pattern: str
    escape: str | None = None


@dataclass(frozen=True)
class Missing:
    """A column without a value."""

    column: Name


@dataclass(frozen=True)
class Negation:
    """What does not hold. What cannot be told of a row stays untold, as in SQL."""

    part: "Condition"


@dataclass(frozen=True)
class Every:
    """All parts hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Some:
    """At least one part holds."""

    parts: tuple["Condition", ...]


Condition = Comparison | Membership | Likeness | Missing | Negation | Every | Some


def names_in(condition: Condition) -> Iterator[Name]:
    """The columns that a condition names, in its order, with repetitions."""
    if isinstance(condition, Every | Some):
        for part in condition.parts:
            yield from names_in(part)
    elif isinstance(condition, Negation):
        yield from names_in(condition.part)
    else:
        yield condition.column
        if isinstance(condition, Comparison) and isinstance(condition.other, Name):
            yield condition.other


def moment_of(text: str) -> Moment | None:
    """The moment that an ISO 8601 text means, None where it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    offset = moment.utcoffset()
    since = moment.replace(tzinfo=None) - datetime(1970, 1, 1)  # both without a zone
    if offset is not None:
        since -= offset
    return Moment((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
