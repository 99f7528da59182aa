"""Which layouts are those of dates, times and moments, and where in them the parts stand."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from airflow_provider_profiler.profiling.semantics.layouts import outline

Slice = tuple[int, int]


class CalendarKind(Enum):
    """What a layout says, as far as it can be told without the digits."""

    DATE = "date"
    """The parts are where they are: year first, or a month by its name."""
    TWO_ORDERS = "two orders"
    """Two numbers before the year: day and month, or month and day."""
    THREE_ORDERS = "three orders"
    """Three numbers of at most two digits: the year may be the last or the first."""
    MONTH = "month"
    WEEK = "week"
    TIME = "time"


@dataclass(frozen=True)
class CalendarPlan:
    """Where the parts of a date or time stand in texts of one layout.

    ``parts`` has the places of digits, ``words`` of words whose meaning is still to be checked. ``template`` is the
    form in strptime's notation, with the names of words in braces.
    """

    kind: CalendarKind
    parts: dict[str, Slice]
    words: dict[str, Slice]
    template: str
    negative_zone: bool = False

    @property
    def timed(self) -> bool:
        """Whether there is a time of the day."""
        return "hour" in self.parts

    @property
    def zoned(self) -> bool:
        """Whether the time's distance from Greenwich is given."""
        return "zone_hour" in self.parts or "zone" in self.words


_CLOCK = r"(?P<hour>9{1,2}):(?P<minute>99)(?::(?P<second>99)(?:[.,](?P<fraction>9{1,9}))?)?(?: ?(?P<half>aa(?!a)))?"
_ZONE = r"(?: ?(?:(?P<sign>[+-])(?P<zone_hour>99)(?::?(?P<zone_minute>99))?|(?P<zone>a|aaa|aaaa)))?"
_MOMENT = rf"(?:(?:(?P<tee>a)| |, ){_CLOCK}{_ZONE})?"
_WEEKDAY = r"(?:(?P<weekday>(?:[ab]{2,}|[ab]{3,}-[ab]{5}))\.?,? )?"
_NAME = r"(?P<month_name>[ab]{3,}\.?)"
_YEAR = "(?P<year>9999)"
_DAY = "(?P<day>9{1,2})"
_OF = "(?P<{}>aa) "
_FORMS: tuple[tuple[CalendarKind, str], ...] = (
    (CalendarKind.DATE, rf"{_YEAR}([-/.])(?P<month>9{{1,2}})\2{_DAY}{_MOMENT}"),
    (CalendarKind.TWO_ORDERS, rf"(?P<day>9{{1,2}})([-/.])(?P<month>9{{1,2}})\2{_YEAR}{_MOMENT}"),
    # With points only in two digits each: "1.2.34" is a version.
    (CalendarKind.THREE_ORDERS, rf"(?P<one>9{{1,2}})([-/])(?P<two>9{{1,2}})\2(?P<three>99){_MOMENT}"),
    (CalendarKind.THREE_ORDERS, rf"(?P<one>99)\.(?P<two>99)\.(?P<three>99){_MOMENT}"),
    (CalendarKind.DATE, rf"{_DAY}([- /]){_NAME}\2(?P<year>9999|99){_MOMENT}"),
    (CalendarKind.DATE, rf"{_WEEKDAY}{_DAY}\.? {_NAME},? {_YEAR}{_MOMENT}"),
    (
        CalendarKind.DATE,
        rf"{_WEEKDAY}{_DAY} {_OF.format('of_month')}{_NAME} {_OF.format('of_year')}{_YEAR}{_MOMENT}",
    ),
    (CalendarKind.DATE, rf"{_WEEKDAY}{_NAME} {_DAY},? {_YEAR}{_MOMENT}"),
    # As the C library's ctime() and the command "date" write it.
    (
        CalendarKind.DATE,
        rf"{_WEEKDAY}{_NAME}  ?{_DAY} (?P<hour>9{{1,2}}):(?P<minute>99):(?P<second>99)(?: (?P<zone>aaa|aaaa))? {_YEAR}",
    ),
    (CalendarKind.DATE, rf"{_YEAR}([- /]){_NAME}\2{_DAY}{_MOMENT}"),
    (CalendarKind.DATE, rf"{_DAY}(?P<month_name>aaa){_YEAR}"),
    (
        CalendarKind.DATE,
        rf"{_YEAR}(?P<month>99)(?P<day>99)(?P<tee>a)(?P<hour>99)(?P<minute>99)(?P<second>99)(?P<zone>a)?",
    ),
    (CalendarKind.MONTH, rf"{_YEAR}-(?P<month>99)"),
    (CalendarKind.MONTH, rf"{_NAME}[ -]{_YEAR}"),
    (CalendarKind.MONTH, rf"{_NAME} {_OF.format('of_year')}{_YEAR}"),
    (CalendarKind.WEEK, rf"{_YEAR}-(?P<week_letter>a)(?P<week>99)(?:-?(?P<weekday_number>9))?"),
    (CalendarKind.TIME, _CLOCK),
)
#: Pattern of RE2 for all layouts of dates and times, and for some others.
CALENDAR_OUTLINE = "|".join(outline(form) for _, form in _FORMS)
_PATTERNS = tuple((kind, re.compile(form)) for kind, form in _FORMS)
#: What is not of these characters is no date.
_PERHAPS = re.compile(r"(?:[ab][ab .,-]*)?9[9ab \-/.:,+]*$")
#: As in "9:05".
_FEWEST_DIGITS = 3
_WORDS = frozenset({"weekday", "month_name", "of_month", "of_year", "tee", "half", "zone", "week_letter"})
_DIRECTIVES = {
    "year": "%Y",
    "month": "%m",
    "day": "%d",
    "hour": "%H",
    "minute": "%M",
    "second": "%S",
    "fraction": "%f",
    "week": "%V",
    "weekday_number": "%u",
    "one": "%d",
    "two": "%m",
    "three": "%y",
}


@lru_cache(maxsize=8192)
def calendar_plan(layout: str) -> CalendarPlan | None:
    """How texts of this layout are read as dates or times; None where they are none."""
    if layout.count("9") < _FEWEST_DIGITS or _PERHAPS.match(layout) is None:
        return None
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(layout)
        if match is not None:
            return _plan(kind, match)
    return None


def _plan(kind: CalendarKind, match: re.Match[str]) -> CalendarPlan:
    groups = {name: match.span(name) for name, found in match.groupdict().items() if found is not None}
    pieces: list[str] = []
    end = 0
    for name, (start, stop) in sorted(groups.items(), key=lambda item: item[1]):
        literal = match.string[end:start]
        if name not in ("zone_hour", "zone_minute"):
            pieces.append(literal)
            pieces.append(_directive(name, stop - start, groups, kind))
        end = stop
    pieces.append(match.string[end:])
    return CalendarPlan(
        kind,
        {name: place for name, place in groups.items() if name not in _WORDS and name != "sign"},
        {name: place for name, place in groups.items() if name in _WORDS},
        "".join(pieces),
        match.groupdict().get("sign") == "-",
    )


def _directive(name: str, length: int, groups: dict[str, Slice], kind: CalendarKind) -> str:
    if name in _WORDS:
        return "{" + name + "}"
    if name == "sign":
        return "%z"
    if name == "hour" and "half" in groups:
        return "%I"
    if name == "year":
        return "%G" if kind is CalendarKind.WEEK else "%Y" if length == 4 else "%y"
    return _DIRECTIVES[name]
