"""Ages of files, of the latest moment in a column, and of the profile."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_profiler.checks.outcome import CheckReport, Outcome
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.statistics import Accuracy, Method, StatisticsAccuracy, TemporalStatistics
from tests.unit.checks.conftest import make_field, make_file, make_profile, make_table

Checked = Callable[..., CheckReport]


def test_the_newest_file_counts(checked: Checked) -> None:
    files = (
        make_file("old.csv", modified=datetime(2026, 4, 1, tzinfo=UTC)),
        make_file("new.csv", modified=datetime(2026, 4, 23, 10, tzinfo=UTC)),
        make_file("undated.csv"),
    )
    profile = make_profile(files=files)
    (result,) = checked(profile, rule="freshness", max_age="2 h").results
    assert (result.outcome, result.path) == (Outcome.OK, "new.csv")
    (result,) = checked(profile, rule="freshness", max_age="119 min").results
    assert result.outcome is Outcome.ERROR
    assert result.message == (
        "File 'new.csv' was written 2 h ago, at 2026-04-23T10:00:00+00:00; expected: 1.98 h ago at most."
    )
    outcomes = [
        item.outcome.value
        for item in checked(profile, rule="freshness", max_age="7 d", files=["o*", "n*", "x"]).results
    ]
    assert outcomes == ["ERROR", "OK", "EMPTY"]
    assert checked(profile, rule="freshness", max_age="7 d", files="undated.csv").outcome is Outcome.WARNING


def moments(latest: str, data_type: DataType = DataType.DATE_TIME, **more: Any) -> Any:
    found = TemporalStatistics(minimum="2026-01-01", maximum=latest, granularity="second")
    return make_table(make_field("day", data_type, temporal=found, **more))


@pytest.mark.parametrize(
    ("latest", "age", "outcome"),
    [
        ("2026-04-23T11:00:00", "1 h", "OK"),
        ("2026-04-23T11:00:00", "59 min", "ERROR"),
        ("2026-04-23T11:00:00+02:00", "2 h", "ERROR"),
        ("2026-04-23", "12 h", "OK"),
        ("2026-04-22", "12 h", "ERROR"),
        ("2026-05-01", "0 s", "OK"),
        ("12026-05-01", "0 s", "WARNING"),
        ("11:00:00", "1 d", "ERROR"),
    ],
)
def test_the_latest_moment_of_a_column(checked: Checked, latest: str, age: str, outcome: str) -> None:
    report = checked(moments(latest), rule="freshness", of="columns", columns="day", max_age=age)
    assert [item.outcome for item in report.results] == [outcome]


def test_moments_without_a_zone_are_those_of_the_rule(checked: Checked) -> None:
    rule: dict[str, Any] = {"rule": "freshness", "of": "columns", "columns": "day", "max_age": "1 h"}
    assert checked(moments("2026-04-23T14:00:00"), **rule, timezone="Europe/Athens").outcome is Outcome.OK
    assert checked(moments("2026-04-23T13:59:59"), **rule, timezone="Europe/Athens").outcome is Outcome.ERROR


def test_what_is_no_date(checked: Checked) -> None:
    rule: dict[str, Any] = {"rule": "freshness", "of": "columns", "columns": "day", "max_age": "1 h"}
    (result,) = checked(make_table(make_field("day")), **rule).results
    assert (result.outcome, "has no dates (its type is sc:Text)" in result.message) == (Outcome.ERROR, True)
    assert checked(make_table(make_field("day", row_count=0)), **rule).outcome is Outcome.EMPTY
    assert checked(make_table(make_field("other")), **rule).outcome is Outcome.EMPTY


def test_a_part_of_the_rows_may_lack_the_latest(checked: Checked) -> None:
    sampled = StatisticsAccuracy(rows=Accuracy(method=Method.SAMPLE, bound=None))
    rule: dict[str, Any] = {"rule": "freshness", "of": "columns", "columns": "day", "max_age": "1 d"}
    assert checked(moments("2026-04-01", accuracy=sampled), **rule).outcome is Outcome.WARNING
    assert checked(moments("2026-04-23", accuracy=sampled), **rule).outcome is Outcome.OK


def test_the_age_of_the_profile(checked: Checked) -> None:
    made = make_profile(generated_at=datetime(2026, 4, 22, 12, tzinfo=UTC))
    assert checked(made, rule="freshness", of="profile", max_age="1 d").outcome is Outcome.OK
    (result,) = checked(made, rule="freshness", of="profile", max_age="23 h").results
    assert (result.outcome, result.target) == (Outcome.ERROR, "the dataset")
    assert result.message.startswith("The dataset was profiled 1 d ago")
