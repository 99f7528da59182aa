"""The kinds of values that rules are written with."""

import datetime
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h|d|w)\s*")
_PERCENTAGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _share(value: Any) -> Any:
    if isinstance(value, str):
        found = _PERCENTAGE.fullmatch(value)
        if found is None:
            raise ValueError("must be a share such as 0.05, or a percentage such as '5 %'")
        return float(found[1]) / 100
    return value


def _age(value: Any) -> Any:
    if isinstance(value, datetime.timedelta):
        return value
    found = _AGE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a number with one of the units s, min, h, d and w, such as '36 h' or '7 d'")
    return datetime.timedelta(seconds=float(found[1]) * _SECONDS[found[2]])


def _moment_as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


def _bound(value: Any) -> Any:
    value = _moment_as_text(value)
    if isinstance(value, str):
        moment_of(value)
    return value


def moment_of(text: str) -> datetime.datetime | datetime.date | datetime.time:
    """What an ISO 8601 text means: a moment, a day, or a time of day.

    :raises ValueError: when it means none of them.
    """
    for kind in (datetime.date, datetime.datetime, datetime.time):
        try:
            return kind.fromisoformat(text)
        except ValueError:
            continue
    raise ValueError("must be a number, or a date or time such as '2026-01-31' or '2026-01-31T02:00:00+00:00'")


#: One pattern or several of them.
Patterns = Annotated[
    tuple[Annotated[StrictStr, Field(min_length=1)], ...], BeforeValidator(_one_or_more), Field(min_length=1)
]
#: A share of something, also written as a percentage.
Share = Annotated[StrictFloat, BeforeValidator(_share), Field(ge=0, le=1)]
#: The same, where more than all of something is possible.
Change = Annotated[StrictFloat, BeforeValidator(_share), Field(ge=0)]
#: A span of time.
Age = Annotated[datetime.timedelta, BeforeValidator(_age), Field(ge=datetime.timedelta(0))]
#: What a number, a date or a time is held against.
Bound = Annotated[StrictInt | StrictFloat | StrictStr, BeforeValidator(_bound)]
#: A cell's value; dates and times as ISO 8601 text.
CellValue = Annotated[StrictBool | StrictInt | StrictFloat | StrictStr, BeforeValidator(_moment_as_text)]
Count = Annotated[StrictInt, Field(ge=0)]
