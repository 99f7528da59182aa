"""Reading dates and times: what Python reads by the recorded form, and only what exists."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.semantics.calendar_forms import read_calendar, swap_day_and_month
from airflow_provider_profiler.profiling.semantics.recognition import recognise
from airflow_provider_profiler.profiling.semantics.votes import VOTES, Vote

EPOCH = dt.datetime(1970, 1, 1)
FORMS = [
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


def test_uniform_columns_take_the_short_way_to_the_same_result() -> None:
    for texts in (
        ["2024-02-29", "0001-01-01"],
        ["2024-02-29 10:11:12", "1677-01-01 00:00:00"],
        ["2024-02-29T10:11"] * 2,
    ):
        short = read_calendar(pa.array(texts, pa.large_string()))
        long = read_calendar(pa.array([*texts, "12:00"], pa.large_string()))
        assert short.votes.tolist() == long.votes[:2].tolist()
        assert short.values.tolist() == long.values[:2].tolist()
        assert [short.names[i] for i in short.formats] == [long.names[i] for i in long.formats[:2]]


@pytest.mark.parametrize("text", ["2024-01-01T10", "20240101", "1/2", "2024", "12/2024", "1/2/24", "Mayor 3 2024"])
def test_what_says_too_little_is_no_date(text: str) -> None:
    votes = recognise(pa.array([text], pa.large_binary())).votes
    assert VOTES[votes[0]] in (Vote.TEXT, Vote.INTEGER)
