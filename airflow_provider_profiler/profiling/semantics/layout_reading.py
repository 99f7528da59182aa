"""Reading texts that begin like numbers or dates, layout by layout."""

import re
from enum import Enum
from functools import lru_cache

import numpy as np
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.calendar_forms import NO_VOTE, read_layout
from airflow_provider_profiler.profiling.semantics.calendar_layouts import CALENDAR_OUTLINE, CalendarPlan, calendar_plan
from airflow_provider_profiler.profiling.semantics.layouts import LONGEST, LayoutGroup, layout_groups
from airflow_provider_profiler.profiling.semantics.number_layouts import NUMBER_OUTLINE, NumberPlan, number_plan
from airflow_provider_profiler.profiling.semantics.plain_numbers import read_long_numbers, read_numbers
from airflow_provider_profiler.profiling.semantics.recognised import Recognised, Rows
from airflow_provider_profiler.profiling.semantics.text_bytes import Bytes, TextBytes
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.semantics.written_numbers import addresses, read_written_numbers
from airflow_provider_profiler.profiling.statistics.encoding import Integers

#: A plus sign and at least seven digits: no measurement is written like that.
_PHONE = r"^\+[0-9][0-9 ()./-]{5,}[0-9]$"
_PLAIN_NUMBER = re.compile(r"[+-]?(?:9+\.?9*|\.9+)(?:a[+-]?9+)?")
_ADDRESS = re.compile(r"9{1,3}(?:\.9{1,3}){3}")
_VERSION = re.compile(r"9{1,4}(?:\.9{1,4}){2,3}")
_READABLE = (CALENDAR_OUTLINE, NUMBER_OUTLINE, _PLAIN_NUMBER.pattern, _ADDRESS.pattern, _VERSION.pattern)
_PERHAPS = f"^(?:{'|'.join(_READABLE)})$"
#: Signs that people write in place of ASCII's: blanks that are narrow or do not break, an apostrophe, a minus.
_SUBSTITUTES = (
    ("\N{NO-BREAK SPACE}", " "),
    ("\N{NARROW NO-BREAK SPACE}", " "),
    ("\N{THIN SPACE}", " "),
    ("\N{RIGHT SINGLE QUOTATION MARK}", "'"),
    ("\N{MINUS SIGN}", "-"),
)
_PLUS = ord("+")
#: Texts that are read at a time, so that what is between two steps stays in the processor's cache.
_BLOCK = 1 << 14


class _Other(Enum):
    """Layouts that need no plan."""

    PLAIN_NUMBER = "number"
    ADDRESS = "address"
    VERSION = "version"
    NOTHING = "nothing"


_Reading = CalendarPlan | NumberPlan | _Other


@lru_cache(maxsize=16384)
def _reading(layout: str) -> _Reading:
    """How texts of a layout are read."""
    # Dates first: "20240131T101112" has the layout of a number with an exponent.
    plan = calendar_plan(layout)
    if plan is not None:
        return plan
    if _PLAIN_NUMBER.fullmatch(layout):
        return _Other.PLAIN_NUMBER
    if _ADDRESS.fullmatch(layout):
        return _Other.ADDRESS
    return number_plan(layout) or (_Other.VERSION if _VERSION.fullmatch(layout) else _Other.NOTHING)


def _is_read(layout: str) -> bool:
    return _reading(layout) is not _Other.NOTHING


def is_plain_number(layout: bytes) -> bool:
    """Whether texts of this layout are numbers as programs write them, or look like them."""
    return _PLAIN_NUMBER.fullmatch(layout.decode()) is not None


def read_layouts(texts: TextBytes, rows: Integers, found: Recognised) -> None:
    """Vote for texts by their layouts; those that are nothing but text keep their vote.

    :param rows: the texts' positions.
    """
    plus = texts.first == _PLUS
    if plus.any():
        signed = np.flatnonzero(plus)
        phones = pc.match_substring_regex(texts.take(signed).strings, _PHONE).to_numpy(zero_copy_only=False)
        found.set_votes(rows[signed[phones]], Vote.PHONE_NUMBER)
        plus[signed[~phones]] = False
        texts, rows = _without(texts, rows, np.flatnonzero(plus))
    long = np.flatnonzero(texts.lengths > LONGEST)
    if len(long):
        read_long_numbers(texts.take(long), rows[long], found)
        texts, rows = _without(texts, rows, long)
    if not len(texts):
        return
    if (texts.body >= 128).any():
        texts = _with_ascii_signs(texts)
    numbers: dict[bool, list[Integers]] = {}
    for group in layout_groups(texts, _is_read, _PERHAPS):
        places = np.arange(len(texts)) if group.rows is None else group.rows
        reading = _reading(group.layout)
        if reading is _Other.PLAIN_NUMBER:
            numbers.setdefault("a" in group.layout, []).append(places)
        else:
            _read(reading, LayoutGroup(group.layout, rows[places], group.matrix), found)
    for exponent, parts in numbers.items():
        places = np.concatenate(parts) if len(parts) > 1 else parts[0]
        whole = len(places) == len(texts) and len(parts) == 1
        read_numbers(texts if whole else texts.take(places), rows[places], found, exponent=exponent)


def _without(texts: TextBytes, rows: Integers, places: Integers) -> tuple[TextBytes, Integers]:
    if not len(places):
        return texts, rows
    kept = np.delete(np.arange(len(texts)), places)
    return texts.take(kept), rows[kept]


def _with_ascii_signs(texts: TextBytes) -> TextBytes:
    strings = texts.strings
    for sign, plain in _SUBSTITUTES:
        strings = pc.replace_substring(strings, sign, plain)
    return TextBytes.of(strings)


def _read(reading: _Reading, group: LayoutGroup, found: Recognised) -> None:
    rows = group.rows
    if isinstance(reading, CalendarPlan):
        read_calendar_layout(reading, group, found)
    elif isinstance(reading, NumberPlan):
        read_written_numbers(reading, group, found)
    elif rows is not None:
        version = reading is _Other.VERSION
        votes = np.full(len(rows), Vote.VERSION.code, np.int8)
        if not version:
            votes[addresses(group.matrix, group.layout)] = Vote.NETWORK_ADDRESS.code
        found.set_votes(rows, votes)


def read_calendar_layout(plan: CalendarPlan, group: LayoutGroup, found: Recognised) -> Integers:
    """Vote for the dates and times among texts of one layout.

    :return: the positions of the others, which keep their vote.
    """
    unread = []
    matrix, rows = group.matrix, group.rows
    for start in range(0, len(matrix), _BLOCK):
        stop = min(start + _BLOCK, len(matrix))
        block: Rows = slice(start, stop) if rows is None else rows[start:stop]
        others = _read_block(
            plan, matrix[start:stop], None if rows is None and stop - start == len(matrix) else block, found
        )
        if len(others):
            unread.append(others + start if rows is None else rows[start:stop][others])
    return np.concatenate(unread) if unread else np.zeros(0, np.int64)


def _read_block(plan: CalendarPlan, matrix: Bytes, rows: Rows, found: Recognised) -> Integers:
    """Vote for dates; the places of the others are returned."""
    read = read_layout(plan, matrix)
    votes = read.votes
    unread = np.flatnonzero(votes == NO_VOTE)
    pick: Integers | slice = slice(None)
    if len(unread):
        pick = np.flatnonzero(votes != NO_VOTE)
        rows = rows[pick] if isinstance(rows, np.ndarray) else pick + (0 if rows is None else rows.start)
    found.set_votes(rows, votes[pick])
    for name, values in (
        ("integers", read.values),
        ("swapped", read.swapped),
        ("year_first", read.year_first),
        ("orders", read.orders),
    ):
        if values is not None:
            found.set_values(name, rows, values[pick])
    found.set_formats(rows, None if read.formats is None else read.formats[pick], read.names, read.languages)
    return unread
