"""Reading dates, times and moments written as text, in every form that says what it means.

A form whose day and month could be swapped is read both ways, and one with a year of two digits in all three orders
that people write; which of them is right is for the whole column to say.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.semantics.calendar_digits import Digits, days_of, whole_year
from airflow_provider_profiler.profiling.semantics.calendar_layouts import CalendarKind, CalendarPlan
from airflow_provider_profiler.profiling.semantics.calendar_words import CalendarWords, both
from airflow_provider_profiler.profiling.semantics.text_bytes import Bytes, Mask
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers

Votes = npt.NDArray[np.int8]

NO_VOTE = -1
MICROSECONDS_A_DAY = 86_400_000_000
#: What a short date may be read as: bits of ``orders``.
DAY_FIRST, MONTH_FIRST, YEAR_FIRST = 1, 2, 4
#: Farther than any place on earth is from Greenwich.
_ZONE_HOURS = 15
#: Timetables count the hours of a day on beyond midnight, to the end of the next day at most.
_LONG_TIME_HOURS = 48


@dataclass(frozen=True)
class CalendarTexts:
    """What texts of one layout are as dates and times.

    ``votes`` holds a vote's code, or :data:`NO_VOTE` for a text that is none. ``values`` are days for dates and
    microseconds for the rest; for ambiguous texts they read the day first, ``swapped`` the month, and ``year_first``
    the year. ``orders`` says which of these exist. ``formats`` points into ``names``, the forms in strptime's notation,
    and ``languages``, those that have the words; None where there is one form only.
    """

    votes: Votes
    values: Integers
    swapped: Integers | None
    year_first: Integers | None
    orders: npt.NDArray[np.uint8] | None
    formats: Integers | None
    names: tuple[str, ...]
    languages: tuple[tuple[str, ...], ...]


def read_layout(plan: CalendarPlan, matrix: Bytes) -> CalendarTexts:
    """Read texts of one layout.

    :param matrix: their bytes: shape (texts, length of the layout).
    """
    words, digits = CalendarWords(plan, matrix), Digits(matrix)
    clock, sound = _clock(plan, digits, words)
    if plan.kind is CalendarKind.TIME:
        return _times(plan, digits, words, clock, sound)
    sound = both(sound, words.sound)
    if plan.kind is CalendarKind.THREE_ORDERS:
        return _short_years(plan, digits, words, clock, sound)
    swapped: Integers | None = None
    if plan.kind is CalendarKind.WEEK:
        days, valid = _weeks(plan, digits)
        votes = np.full(len(matrix), Vote.DATE.code, np.int8)
    elif plan.kind is CalendarKind.MONTH:
        days, valid, votes = _months(plan, digits, words)
    elif plan.kind is CalendarKind.TWO_ORDERS:
        days, swapped, votes = _two_orders(plan, digits)
        valid = votes != NO_VOTE
    else:
        year, day = _year(plan, digits), digits.at(plan.parts["day"])
        month = words.months if words.months is not None else digits.at(plan.parts["month"])
        days, valid = days_of(year, month, day)
        vote = Vote.DATE_TIME_ZONED if plan.zoned else Vote.DATE_TIME if plan.timed else Vote.DATE
        votes = np.full(len(matrix), vote.code, np.int8)
    sound = both(sound, valid)
    if sound is not None and not sound.all():
        votes[~sound] = NO_VOTE
    return _CalendarNames(plan, words).texts(votes, _moments(days, clock), _optional_moments(swapped, clock))


class _CalendarNames:
    """The forms that texts of one layout are written in: one for each combination of their words."""

    def __init__(self, plan: CalendarPlan, words: CalendarWords) -> None:
        self._template = plan.template
        self._words = words.forms

    def texts(
        self,
        votes: Votes,
        values: Integers,
        swapped: Integers | None = None,
        year_first: Integers | None = None,
        orders: Any = None,
    ) -> CalendarTexts:
        """The values with the forms they were read by."""
        codes: Integers | None = None
        combinations: list[tuple[tuple[str, str], ...]] = [()]
        languages: list[tuple[tuple[str, ...], ...]] = [()]
        for name, words, forms, tongues in self._words:
            # Words that are the same in form and language are one.
            kinds = list(dict.fromkeys(zip(forms, tongues, strict=True)))
            if len(kinds) > 1:
                renamed = np.array([kinds.index(kind) for kind in zip(forms, tongues, strict=True)])[words]
                codes = renamed if codes is None else codes * len(kinds) + renamed
            combinations = [(*item, (name, form)) for item in combinations for form, _ in kinds]
            languages = [(*item, tongue) for item in languages for _, tongue in kinds]
        swap = _month_first(votes)
        names = [self._template.format(**dict(item)) for item in combinations]
        spoken = [_common(item) for item in languages]
        if swap is None:
            return CalendarTexts(votes, values, swapped, year_first, orders, codes, tuple(names), tuple(spoken))
        count = len(names)
        moved: Integers = np.where(swap, count, 0)
        if codes is not None:
            moved += codes
        both = (*names, *(swap_day_and_month(name) for name in names))
        return CalendarTexts(votes, values, swapped, year_first, orders, moved, both, (*spoken, *spoken))


def _common(languages: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    spoken = [set(item) for item in languages if item]
    return tuple(sorted(set.intersection(*spoken))) if spoken else ()


def _month_first(votes: Votes) -> Mask | None:
    """Where the month stands first for certain; None where it never does."""
    first = (votes == Vote.DATE_MONTH_FIRST.code) | (votes == Vote.DATE_TIME_MONTH_FIRST.code)
    return first if first.any() else None


def swap_day_and_month(name: str) -> str:
    """The same form with the month where the day stood."""
    return name.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")


def year_before_month_and_day(name: str) -> str:
    """The form of a short date with the year where the day stood, the month and the day behind it."""
    return name.replace("%d", "%_").replace("%y", "%d").replace("%_", "%y")


def _year(plan: CalendarPlan, digits: Digits) -> Array:
    place = plan.parts["year"]
    year = digits.at(place)
    return year if place[1] - place[0] == 4 else whole_year(year)


def _clock(plan: CalendarPlan, digits: Digits, words: CalendarWords) -> tuple[Integers | None, Mask | None]:
    """Microseconds since midnight in Greenwich or anywhere, and where there is such a time; None for no time.

    Finer fractions are cut off.
    """
    if not plan.timed:
        return None, None
    parts = plan.parts
    hour, minute = digits.at(parts["hour"]), digits.at(parts["minute"])
    valid = minute <= 59
    seconds = minute.astype(np.int32)
    seconds *= 60
    if "second" in parts:
        second = digits.at(parts["second"])
        valid &= second <= 59
        seconds += second
    if words.afternoon is not None:
        valid &= (hour >= 1) & (hour <= 12)
        hour = hour % 12 + np.where(words.afternoon, np.uint8(12), np.uint8(0))
    else:
        valid &= hour < (_LONG_TIME_HOURS if plan.kind is CalendarKind.TIME else 24)
    seconds += hour.astype(np.int32) * 3600
    if "zone_hour" in parts:
        zone_hour = digits.at(parts["zone_hour"])
        offset = zone_hour.astype(np.int32) * 3600
        valid &= zone_hour <= _ZONE_HOURS
        if "zone_minute" in parts:
            zone_minute = digits.at(parts["zone_minute"])
            valid &= zone_minute <= 59
            offset += zone_minute.astype(np.int32) * 60
        seconds += offset if plan.negative_zone else -offset
    if not isinstance(words.zone_minutes, int) or words.zone_minutes:
        seconds = seconds - words.zone_minutes * 60
    clock = seconds.astype(np.int64)
    clock *= 1_000_000
    if "fraction" in parts:
        start, stop = parts["fraction"]
        kept = min(stop - start, 6)
        clock += digits.at((start, start + kept)).astype(np.int64) * 10 ** (6 - kept)
    return clock, valid


def _moments(days: Integers, clock: Integers | None) -> Integers:
    if clock is None:
        return days
    moments = days * MICROSECONDS_A_DAY
    moments += clock
    return moments


def _optional_moments(days: Integers | None, clock: Integers | None) -> Integers | None:
    return None if days is None else _moments(days, clock)


def _times(
    plan: CalendarPlan, digits: Digits, words: CalendarWords, clock: Integers | None, sound: Mask | None
) -> CalendarTexts:
    if clock is None:
        raise AssertionError("a time has an hour")
    votes = np.full(len(digits), Vote.TIME.code, np.int8)
    votes[clock >= MICROSECONDS_A_DAY] = Vote.LONG_TIME.code
    sound = both(sound, words.sound)
    if sound is not None:
        votes[~sound] = NO_VOTE
    return _CalendarNames(plan, words).texts(votes, clock)


def _two_orders(plan: CalendarPlan, digits: Digits) -> tuple[Integers, Integers, Votes]:
    year, day, month = _year(plan, digits), digits.at(plan.parts["day"]), digits.at(plan.parts["month"])
    days, day_first = days_of(year, month, day)
    swapped, month_first = days_of(year, day, month)
    kinds = (Vote.DATE_DAY_FIRST, Vote.DATE_MONTH_FIRST, Vote.DATE_AMBIGUOUS)
    if plan.timed:
        kinds = (Vote.DATE_TIME_DAY_FIRST, Vote.DATE_TIME_MONTH_FIRST, Vote.DATE_TIME_AMBIGUOUS)
    # A zone with a day that may be a month would need votes of its own; nobody writes that.
    codes = [NO_VOTE] * 4 if plan.zoned else [NO_VOTE, *(kind.code for kind in kinds)]
    votes = np.array(codes, np.int8).take(day_first.view(np.uint8) + 2 * month_first.view(np.uint8))
    if not day_first.all():
        days = np.where(day_first, days, swapped)
        swapped = np.where(month_first, swapped, days)
    return days, swapped, votes


def _short_years(
    plan: CalendarPlan, digits: Digits, words: CalendarWords, clock: Integers | None, sound: Mask | None
) -> CalendarTexts:
    one, two, three = (digits.at(plan.parts[name]) for name in ("one", "two", "three"))
    readings = (
        days_of(whole_year(three), two, one),
        days_of(whole_year(three), one, two),
        days_of(whole_year(one), two, three),
    )
    orders = np.zeros(len(digits), np.uint8)
    for bit, (_, valid) in zip((DAY_FIRST, MONTH_FIRST, YEAR_FIRST), readings, strict=True):
        if bit == YEAR_FIRST and plan.parts["one"][1] - plan.parts["one"][0] < 2:
            continue
        orders |= np.where(valid, np.uint8(bit), np.uint8(0))
    if sound is not None:
        orders[~sound] = 0
    vote = Vote.DATE_TIME_SHORT_YEAR if plan.timed else Vote.DATE_SHORT_YEAR
    votes = np.where(orders > 0, np.int8(vote.code), np.int8(NO_VOTE))
    if plan.zoned:
        votes[:] = NO_VOTE
    days = [_moments(days, clock) for days, _ in readings]
    return _CalendarNames(plan, words).texts(votes, days[0], days[1], days[2], orders)


def _months(plan: CalendarPlan, digits: Digits, words: CalendarWords) -> tuple[Integers, Mask, Votes]:
    year = _year(plan, digits)
    month = words.months if words.months is not None else digits.at(plan.parts["month"])
    days, valid = days_of(year, month, np.ones_like(month))
    votes = np.full(len(digits), Vote.MONTH.code, np.int8)
    if words.months is None:
        votes[month == (year + 1) % 100] = Vote.MONTH_OR_YEARS.code
    return days, valid, votes


def _weeks(plan: CalendarPlan, digits: Digits) -> tuple[Integers, Mask]:
    """The first day of ISO 8601's weeks, or the day of the week that is given."""
    year, week = _year(plan, digits).astype(np.int64), digits.at(plan.parts["week"]).astype(np.int64)
    weekday = np.ones_like(week)
    if "weekday_number" in plan.parts:
        weekday = digits.at(plan.parts["weekday_number"]).astype(np.int64)
    known = (year >= 1) & (year <= 9998)
    year = np.where(known, year, 1970)
    monday, following = _first_monday(year), _first_monday(year + 1)
    valid = known & (week >= 1) & (weekday >= 1) & (weekday <= 7) & (week <= (following - monday) // 7)
    return monday + (week - 1) * 7 + weekday - 1, valid


def _first_monday(year: Array) -> Integers:
    """The Monday of the week with the fourth of January; 1970 began with a Thursday."""
    fourth, _ = days_of(year, np.ones_like(year), np.full_like(year, 4))
    return fourth - (fourth + 3) % 7
