"""Until when a job may take: so long after its submission, or until a moment."""

import datetime
import math
from typing import Any, NamedTuple, Self


class Deadline(NamedTuple):
    """One of the two. A tuple, as a dataclass takes ten times as long to make, whenever a DAG file is parsed."""

    after: datetime.timedelta | None = None
    """From the submission of the job, whichever try of the task looks at it."""
    at: datetime.datetime | None = None

    @classmethod
    def of(cls, value: Any) -> Self | None:
        """Read what a DAG author writes, or what a template renders to; None where there is no deadline.

        :param value: seconds, a timedelta or a moment, or one of them as text: ``7200``, ``02:00:00``, ``PT2H``,
            ``2026-01-31T06:00:00+00:00``. A moment without time zone is UTC.
        :raises ValueError: when it is none of them, or no time at all.
        """
        if isinstance(value, str):
            value = _from_text(value.strip())
        if value is None:
            return None
        if isinstance(value, datetime.datetime):
            return cls(at=value if value.tzinfo else value.replace(tzinfo=datetime.UTC))
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                raise ValueError("is no time; leave it out for none")
            value = datetime.timedelta(seconds=value)
        if not isinstance(value, datetime.timedelta):
            raise ValueError("is neither seconds, nor a timedelta, nor a moment")
        if value <= datetime.timedelta():
            raise ValueError("must be longer than no time")
        return cls(after=value)

    def moment(self, began: float) -> float:
        """Seconds since the epoch, a clock that workers and triggerer share.

        :param began: when the job was submitted, in seconds since the epoch.
        """
        if self.at is not None:
            return self.at.timestamp()
        return began + (self.after or datetime.timedelta()).total_seconds()


def _from_text(text: str) -> float | datetime.timedelta | datetime.datetime | None:
    if text in ("", "None"):
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        pass
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - DAG files are parsed often

    try:
        return TypeAdapter(datetime.timedelta).validate_python(text)
    except ValidationError:
        raise ValueError(
            "is neither seconds, nor a time such as 02:00:00, nor a moment such as 2026-01-31T06:00Z"
        ) from None
