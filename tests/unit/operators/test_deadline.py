import datetime
from typing import Any

import pytest

from airflow_provider_profiler.operators.deadline import Deadline

HOUR = datetime.timedelta(hours=1)
MOMENT = datetime.datetime(2026, 1, 31, 6, tzinfo=datetime.UTC)


@pytest.mark.parametrize("value", [3600, 3600.0, HOUR, "3600", "01:00:00", "1:00:00", "PT1H", " PT60M\n"])
def test_a_time_counts_from_the_submission(value: Any) -> None:
    deadline = Deadline.of(value)
    assert deadline == Deadline(after=HOUR)
    assert deadline.moment(1000.0) == 4600.0


@pytest.mark.parametrize(
    "value",
    [
        MOMENT,
        MOMENT.replace(tzinfo=None),
        str(MOMENT),
        MOMENT.isoformat(),
        "2026-01-31T06:00Z",
        "2026-01-31 06:00:00",
        "2026-01-31T08:00:00+02:00",
    ],
)
def test_a_moment_is_one_whenever_the_job_was_submitted(value: Any) -> None:
    deadline = Deadline.of(value)
    assert deadline is not None
    assert deadline.moment(1000.0) == deadline.moment(2000.0) == MOMENT.timestamp()


@pytest.mark.parametrize("value", [None, "", "None", "  "])
def test_nothing_is_no_deadline(value: Any) -> None:
    assert Deadline.of(value) is None


@pytest.mark.parametrize("value", [0, -5, "-5", datetime.timedelta(), "soon", True, [], {}, float("nan"), "P"])
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"no time|neither"):
        Deadline.of(value)
