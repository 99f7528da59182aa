"""Reading dates, times and moments written as text, in every form that says what it means.

A form whose day and month could be swapped is read both ways; which way is right is for the whole column to say.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.vocabulary import MONTHS
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.statistics.encoding import Integers

Mask = npt.NDArray[np.bool_]

_CLOCK = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<point>[.,])?(?P<fraction>[0-9]{1,9})?)?"
    r"(?P<gap> ?)(?P<half>[AaPp][Mm])?"
)
_ZONE = r"(?P<zone>Z|(?P<sign>[+-])(?P<zone_hour>[0-9]{2})(?::?(?P<zone_minute>[0-9]{2}))?)?"
_TIME_OF_DAY = f"^{_CLOCK}$"
_MOMENT = f"(?:(?P<between>[T ]){_CLOCK}{_ZONE})?$"
_YEAR = "(?P<year>[0-9]{4})"
_NAMED_MONTH = "(?P<month>[A-Za-z]{3,9})"
#: Year first; two numbers before the year; the month by its name, second and first.
_FORMS = (
    rf"^{_YEAR}(?P<one>[-/.])(?P<month>[0-9]{{1,2}})(?P<two>[-/.])(?P<day>[0-9]{{1,2}}){_MOMENT}",
    rf"^(?P<day>[0-9]{{1,2}})(?P<one>[-/.])(?P<month>[0-9]{{1,2}})(?P<two>[-/.]){_YEAR}{_MOMENT}",
    rf"^(?P<day>[0-9]{{1,2}})(?P<one>[- /]){_NAMED_MONTH}(?P<two>[- /]){_YEAR}{_MOMENT}",
    rf"^{_NAMED_MONTH}(?P<one>[ ])(?P<day>[0-9]{{1,2}})(?P<two>,? ){_YEAR}{_MOMENT}",
)
_TEMPLATES = ("%Y{one}%m{two}%d", "%d{one}%m{two}%Y", "%d{one}{month}{two}%Y", "{month}{one}%d{two}%Y")
_SWAPPABLE = 1
_MICROSECONDS_A_DAY = 86_400_000_000
#: 0001-01-01 in days since 1970: there was no year 0.
_FIRST_DAY = -719_162


@dataclass(frozen=True)
class CalendarValues:
    """What some texts are as dates and times.

    ``votes`` holds a vote's code, or -1 for a text that is none. ``values`` are days for dates and microseconds for
    the rest; for ambiguous texts they read the day first, and ``swapped`` the month. ``formats`` points into ``names``.
    """

    votes: Integers
    values: Integers
    swapped: Integers
    formats: Integers
    names: tuple[str, ...]


def read_calendar(texts: pa.Array) -> CalendarValues:
    """Read texts as dates and times.

    :param texts: a ``large_string`` array without nulls and without surrounding white space.
    """
    quick = _uniform_iso(texts)
    if quick is not None:
        return quick
    size = len(texts)
    votes = np.full(size, -1, np.int64)
    values, swapped, formats = (np.zeros(size, np.int64) for _ in range(3))
    names: list[str] = []
    left = np.arange(size)
    for form in (None, *range(len(_FORMS))):
        if not len(left):
            break
        pattern = _TIME_OF_DAY if form is None else _FORMS[form]
        groups = pc.extract_regex(texts.take(pa.array(left)), pattern)
        matched = groups.is_valid().to_numpy(zero_copy_only=False)
        if matched.any():
            rows = left[matched]
            parts = _Parts(groups.drop_null())
            read = _times(parts) if form is None else _dates(parts, form)
            votes[rows], values[rows], swapped[rows] = read
            codes, found = parts.formats(form, read[0])
            formats[rows] = codes + len(names)
            names.extend(found)
        left = left[~matched]
    return CalendarValues(votes, values, swapped, formats, tuple(names))


def _uniform_iso(texts: pa.Array) -> CalendarValues | None:
    """Whole columns in one ISO form, which Arrow casts at once: nearly all there are."""
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    length = lengths["max"]
    if length not in (10, 16, 19) or lengths["min"] != length:
        return None
    name, vote = "%Y-%m-%d", Vote.DATE
    try:
        if length == 10:
            values = texts.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
        else:
            between = pc.utf8_slice_codeunits(texts, 10, 11).unique().to_pylist()
            if between not in (["T"], [" "]):
                return None
            values = texts.cast(pa.timestamp("us")).cast(pa.int64())
            name, vote = f"{name}{between[0]}%H:%M" + (":%S" if length == 19 else ""), Vote.DATE_TIME
    except pa.ArrowInvalid:
        return None
    numbers = values.to_numpy(zero_copy_only=False)
    first = _FIRST_DAY if vote is Vote.DATE else _FIRST_DAY * _MICROSECONDS_A_DAY
    if numbers.min() < first:
        return None
    nothing = np.zeros(len(texts), np.int64)
    return CalendarValues(np.full(len(texts), vote.code, np.int64), numbers, nothing, nothing, (name,))


class _Parts:
    """The groups of a pattern that matched, as numbers where they are."""

    def __init__(self, groups: pa.StructArray) -> None:
        self.size = len(groups)
        self._groups = {field.name: groups.field(position) for position, field in enumerate(groups.type)}

    def has(self, name: str) -> Mask:
        """Where the group took part."""
        if name not in self._groups:
            return np.zeros(self.size, np.bool_)
        return pc.not_equal(self._groups[name], "").to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]

    def is_(self, name: str, *words: str) -> Mask:
        """Where the group is one of some words, without case."""
        if name not in self._groups:
            return np.zeros(self.size, np.bool_)
        lower = pc.ascii_lower(self._groups[name])
        return pc.is_in(lower, pa.array(words, lower.type)).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]

    def number(self, name: str, width: int = 0) -> Integers:
        """The group's digits as a number, 0 where it took no part.

        :param width: digits to fill up or cut to on the right, for decimal fractions.
        """
        if name not in self._groups:
            return np.zeros(self.size, np.int64)
        digits = self._groups[name]
        if width:
            digits = pc.utf8_slice_codeunits(pc.utf8_rpad(digits, width, "0"), 0, width)
        filled = pc.if_else(pc.equal(digits, ""), pa.scalar("0", digits.type), digits)
        return filled.cast(pa.int64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]

    def month(self) -> Integers:
        """The month's number, by digits or by its English name or its first three letters; 0 for another word."""
        words = pc.ascii_lower(self._groups["month"])
        found = np.zeros(self.size, np.int64)
        for names in (MONTHS, [name[:3] for name in MONTHS]):
            place = pc.index_in(words, pa.array(names, words.type))
            found = np.maximum(found, pc.fill_null(place, -1).to_numpy(zero_copy_only=False) + 1)
        return found

    def formats(self, form: int | None, votes: Integers) -> tuple[Integers, list[str]]:
        """The form of each text in strptime's notation, as positions in a list of the forms that occur."""
        key = votes.copy()
        for name in ("one", "two", "between", "gap", "point"):
            if name in self._groups:
                words = self._groups[name].dictionary_encode().indices.to_numpy(zero_copy_only=False)
                key = key * 8 + words
        for name in ("hour", "second", "fraction", "half", "zone"):
            key = key * 2 + self.has(name)
        if form in (2, 3):
            key = key * 2 + (pc.binary_length(self._groups["month"]).to_numpy(zero_copy_only=False) > 3)
        _, rows, codes = np.unique(key, return_index=True, return_inverse=True)
        return codes, [self._format(form, int(row), int(votes[row])) for row in rows]

    def _format(self, form: int | None, row: int, vote: int) -> str:
        text = {name: group[row].as_py() for name, group in self._groups.items()}
        name = ""
        if form is not None:
            month = "%B" if len(text["month"]) > 3 else "%b"
            name = _TEMPLATES[form].format(one=text["one"], two=text["two"], month=month)
            if vote in (Vote.DATE_MONTH_FIRST.code, Vote.DATE_TIME_MONTH_FIRST.code):
                name = swap_day_and_month(name)
            name += text["between"]
        if text["hour"]:
            name += ("%I" if text["half"] else "%H") + ":%M" + (":%S" if text["second"] else "")
            name += text["point"] + ("%f" if text["fraction"] else "") + text["gap"] + ("%p" if text["half"] else "")
        return name + ("%z" if text.get("zone") else "")


def swap_day_and_month(name: str) -> str:
    """The same form with the month where the day stood."""
    return name.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")


def _days(year: Integers, month: Integers, day: Integers) -> tuple[Integers, Mask]:
    """Days since 1970 in the proleptic Gregorian calendar, and where there is such a day."""
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    valid = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= following - first)
    return first + day - 1, valid


def _clock(parts: _Parts) -> tuple[Integers, Mask]:
    """Microseconds since midnight, and where there is such a time. Finer fractions are cut off."""
    hour, minute, second = (parts.number(name) for name in ("hour", "minute", "second"))
    half = parts.has("half")
    valid = np.where(half, (hour >= 1) & (hour <= 12), hour <= 23) & (minute <= 59) & (second <= 59)
    # A point without digits, or digits without a point, is no fraction; a gap belongs to a half of the day.
    valid &= (parts.has("point") == parts.has("fraction")) & (half | ~parts.has("gap"))
    hour = np.where(half, hour % 12 + 12 * parts.is_("half", "pm"), hour)
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + parts.number("fraction", 6), valid


def _times(parts: _Parts) -> tuple[Integers, Integers, Integers]:
    values, valid = _clock(parts)
    return np.where(valid, Vote.TIME.code, -1), values, np.zeros(parts.size, np.int64)


def _dates(parts: _Parts, form: int) -> tuple[Integers, Integers, Integers]:
    year, day = parts.number("year"), parts.number("day")
    month = parts.month() if form in (2, 3) else parts.number("month")
    days, valid = _days(year, month, day)
    other, swappable = _days(year, day, month) if form == _SWAPPABLE else (days, np.zeros(parts.size, np.bool_))
    clock, sound = _clock(parts)
    timed, zoned = parts.has("hour"), parts.has("zone")
    offset = (parts.number("zone_hour") * 60 + parts.number("zone_minute")) * 60_000_000
    sound &= (parts.number("zone_hour") <= 15) & (parts.number("zone_minute") <= 59)
    clock = clock - np.where(parts.is_("sign", "-"), -offset, offset)
    if form != 3:
        # "2024-01/05" mixes separators.
        sound &= _same(parts, "one", "two")
    votes = np.full(parts.size, -1, np.int64)
    for mask, date, moment in (
        (valid & ~swappable, Vote.DATE, Vote.DATE_TIME),
        (valid & swappable, Vote.DATE_AMBIGUOUS, Vote.DATE_TIME_AMBIGUOUS),
        (~valid & swappable, Vote.DATE_MONTH_FIRST, Vote.DATE_TIME_MONTH_FIRST),
    ):
        votes[mask] = np.where(timed[mask], moment.code, date.code)
    if form == _SWAPPABLE:
        only = valid & ~swappable
        votes[only] = np.where(timed[only], Vote.DATE_TIME_DAY_FIRST.code, Vote.DATE_DAY_FIRST.code)
        # A zone with a day that may be a month would need votes of its own; nobody writes that.
        sound &= ~zoned
    else:
        votes[zoned & valid] = Vote.DATE_TIME_ZONED.code
    votes[~sound] = -1
    month_only = ~valid & swappable
    chosen = np.where(month_only, other, days)
    values = np.where(timed, chosen * _MICROSECONDS_A_DAY + clock, chosen)
    swapped = np.where(timed, other * _MICROSECONDS_A_DAY + clock, other)
    return votes, values, swapped


def _same(parts: _Parts, one: str, two: str) -> Any:
    groups = parts._groups
    return pc.equal(groups[one], groups[two]).to_numpy(zero_copy_only=False)
