"""Reading dates and times: what Python reads by the recorded form, and only what exists."""

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.semantics.calendar_forms import swap_day_and_month
from airflow_provider_profiler.profiling.semantics.recognition import recognise
from airflow_provider_profiler.profiling.semantics.votes import VOTES, Vote

EPOCH = dt.datetime(1970, 1, 1)
FORMS = [
    "%a, %d %b %Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%A, %d %B %Y",
    "%d%b%Y",
    "%Y%m%dT%H%M%S",
    "%m/%d/%Y, %I:%M:%S %p",
    "%Y-%b-%d",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%d %B %Y",
    "%d-%b-%Y %H:%M:%S",
    "%b %d, %Y",
    "%B %d %Y %I:%M:%S %p",
]


@dataclass
class Read:
    votes: list[int]
    values: list[int]
    swapped: list[int]
    formats: list[int]
    names: list[str]


def read_calendar(texts: pa.Array) -> Read:
    """What texts are as dates and times; -1 is the vote of those that are none."""
    seen = recognise(texts.cast(pa.large_binary()))
    every = slice(None)
    votes = [vote if VOTES[vote].startswith(("date", "time", "month")) else -1 for vote in seen.votes.tolist()]
    numbers = (seen.values(name, every).tolist() for name in ("integers", "swapped", "formats"))
    return Read(votes, *numbers, seen.format_names)


@given(
    st.lists(
        st.tuples(st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31)), st.sampled_from(FORMS)),
        min_size=1,
        max_size=8,
    )
)
def test_every_text_is_read_as_python_reads_it_by_its_form(cases: list[tuple[dt.datetime, str]]) -> None:
    texts = [moment.strftime(form) for moment, form in cases]
    read = read_calendar(pa.array(texts, pa.large_string()))
    for row, text in enumerate(texts):
        vote = VOTES[read.votes[row]]
        form = read.names[read.formats[row]]
        readings = [(int(read.values[row]), form)]
        if vote.endswith("ambiguous"):
            readings.append((int(read.swapped[row]), swap_day_and_month(form)))
        for value, name in readings:
            unit = (
                dt.timedelta(days=1) if vote.startswith("date") and "time" not in vote else dt.timedelta(microseconds=1)
            )
            assert EPOCH + value * unit == dt.datetime.strptime(text, name)


@given(st.text(alphabet="0123456789-/.: TZ+aApPmM", max_size=22))
def test_whatever_is_read_exists(text: str) -> None:
    text = text.strip()
    if not text:
        return
    read = read_calendar(pa.array([text], pa.large_string()))
    if read.votes[0] >= 0:
        form = read.names[read.formats[0]]
        if ",%f" in form or len(text.rpartition(".")[2]) > 6:
            return
        dt.datetime.strptime(text, form)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Wed, 02 Oct 2002 15:00:00 +0200", "2002-10-02T13:00:00"),
        ("02 Oct 2002 15:00:00 GMT", "2002-10-02T15:00:00"),
        ("Wed Oct  2 15:00:00 CEST 2002", "2002-10-02T13:00:00"),
        ("2002-10-02 15:00:00 EST", "2002-10-02T20:00:00"),
        ("2002-10-02T15:00:00 -03:30", "2002-10-02T18:30:00"),
        ("20021002T150000Z", "2002-10-02T15:00:00"),
    ],
)
def test_moments_with_a_zone(text: str, iso: str) -> None:
    read = read_calendar(pa.array([text], pa.large_string()))
    assert VOTES[read.votes[0]] is Vote.DATE_TIME_ZONED
    assert EPOCH + dt.timedelta(microseconds=int(read.values[0])) == dt.datetime.fromisoformat(iso)


@given(st.dates(dt.date(1, 1, 4), dt.date(9998, 12, 28)), st.booleans())
def test_weeks_of_iso_8601(day: dt.date, with_day: bool) -> None:
    year, week, weekday = day.isocalendar()
    text = f"{year:04}-W{week:02}" + (f"-{weekday}" if with_day else "")
    read = read_calendar(pa.array([text], pa.large_string()))
    monday = day - dt.timedelta(days=weekday - 1)
    assert int(read.values[0]) == ((day if with_day else monday) - EPOCH.date()).days
    assert read.names[read.formats[0]] == ("%G-W%V-%u" if with_day else "%G-W%V")


@pytest.mark.parametrize(
    "text",
    ["2015-W54", "2016-W53", "2016-W00", "2016-W01-8", "2002-10-02 15:00:00 XYZ", "Foo, 2 Oct 2002", "3 of May 2024"],
)
def test_what_does_not_exist_is_no_date(text: str) -> None:
    assert read_calendar(pa.array([text], pa.large_string())).votes[0] < 0


def test_uniform_columns_take_the_short_way_to_the_same_result() -> None:
    for texts in (
        ["2024-02-29", "0001-01-01"],
        ["2024-02-29 10:11:12", "1677-01-01 00:00:00"],
        ["2024-02-29T10:11"] * 2,
    ):
        short = read_calendar(pa.array(texts, pa.large_string()))
        long = read_calendar(pa.array([*texts, "12:00"], pa.large_string()))
        assert short.votes == long.votes[:2]
        assert short.values == long.values[:2]
        assert [short.names[i] for i in short.formats] == [long.names[i] for i in long.formats[:2]]


@pytest.mark.parametrize("text", ["2024-01-01T10", "20240101", "1/2", "2024", "12/2024", "1.2.24", "Mayor 3 2024"])
def test_what_says_too_little_is_no_date(text: str) -> None:
    votes = recognise(pa.array([text], pa.large_binary())).votes
    assert VOTES[votes[0]] in (Vote.TEXT, Vote.INTEGER, Vote.VERSION)
