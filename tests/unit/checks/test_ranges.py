"""Ranges of numbers, dates and times, exact and not."""

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_profiler.checks.outcome import CheckReport, Outcome
from airflow_provider_profiler.contract.profile import DataType, RecordSet
from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    FineHistogram,
    Method,
    NumericStatistics,
    Quantiles,
    StatisticsAccuracy,
    TemporalStatistics,
)
from tests.unit.checks.conftest import make_field, make_table

Checked = Callable[..., CheckReport]
SAMPLED = StatisticsAccuracy(
    **dict.fromkeys(StatisticsAccuracy.model_fields, Accuracy(method=Method.SAMPLE, bound=None))
)


def numbers(
    minimum: float = 0, maximum: float = 100, accuracy: StatisticsAccuracy | None = None, **more: Any
) -> RecordSet:
    """A column of the numbers from 0 to 100, as often each."""
    values: dict[str, Any] = {
        "minimum": minimum,
        "maximum": maximum,
        "range": maximum - minimum,
        "sum": 5050,
        "mean": 50.0,
        "variance": 858.5,
        "standard_deviation": 29.3,
        "skewness": 0.0,
        "kurtosis": -1.2,
        "zero_count": 1,
        "negative_count": 0,
        "quantiles": Quantiles(p01=1, p05=5, p25=25, p50=50, p75=75, p95=95, p99=99),
        "fine_histogram": FineHistogram(low=0, high=100, counts=(101,) * 100),
    }
    statistics = {name: more.pop(name) for name in ("infinity_count", "nan_count") if name in more}
    numeric = NumericStatistics(**values | more)
    field = make_field(
        "amount",
        DataType.FLOAT,
        row_count=10_100,
        numeric=numeric,
        accuracy=accuracy or StatisticsAccuracy(),
        **statistics,
    )
    return make_table(field)


def moments(minimum: str, maximum: str, data_type: DataType = DataType.DATE_TIME, **more: Any) -> RecordSet:
    found = TemporalStatistics(minimum=minimum, maximum=maximum, granularity="second")
    return make_table(make_field("day", data_type, temporal=found, **more))


@pytest.mark.parametrize(
    ("statistic", "bounds", "outcome"),
    [
        ("values", {"at_least": 0, "at_most": 100}, "OK"),
        ("values", {"at_least": 0.5}, "ERROR"),
        ("values", {"at_most": 99}, "ERROR"),
        ("values", {"at_least": -1}, "OK"),
        ("minimum", {"at_most": 0}, "OK"),
        ("minimum", {"at_least": 1}, "ERROR"),
        ("maximum", {"at_least": 100}, "OK"),
        ("maximum", {"at_least": 101}, "ERROR"),
        ("mean", {"at_least": 50, "at_most": 50}, "OK"),
        ("mean", {"at_most": 49.9}, "ERROR"),
        ("sum", {"at_least": 5050}, "OK"),
        ("standard_deviation", {"at_most": 29}, "ERROR"),
        ("p50", {"at_least": 50, "at_most": 50}, "OK"),
        ("p95", {"at_most": 94}, "ERROR"),
    ],
)
def test_exact_statistics(checked: Checked, statistic: str, bounds: dict[str, float], outcome: str) -> None:
    report = checked(numbers(), rule="range", columns="amount", statistic=statistic, **bounds)
    assert [item.outcome for item in report.results] == [outcome]


def test_whole_numbers_beyond_doubles_are_compared_exactly(checked: Checked) -> None:
    large = 2**60 + 1
    table = numbers(minimum=0, maximum=large)
    assert checked(table, rule="range", columns="amount", at_most=large).outcome is Outcome.OK
    assert checked(table, rule="range", columns="amount", at_most=large - 1).outcome is Outcome.ERROR


def test_a_quantile_is_compared_with_its_bound(checked: Checked) -> None:
    def accuracy(edge: float | None) -> StatisticsAccuracy:
        return StatisticsAccuracy(
            quantiles=Accuracy(method=Method.SKETCH, bound=0.01),
            fine_histogram=Accuracy(method=Method.SKETCH, bound=edge),
        )

    def outcome(at_least: float, edge: float | None) -> str:
        table = numbers(accuracy=accuracy(edge))
        return checked(table, rule="range", columns="amount", statistic="p50", at_least=at_least).outcome

    # The histogram tells which values have less than half of the rows below them, and which have more.
    assert [outcome(value, 0.005) for value in (40, 49, 50, 51, 52)] == ["OK", "OK", "WARNING", "WARNING", "ERROR"]
    # Without it only the other quantiles do.
    assert [outcome(value, None) for value in (24, 40, 60, 76)] == ["OK", "WARNING", "WARNING", "ERROR"]
    # The smallest and the largest value are exact all the same.
    assert checked(numbers(accuracy=accuracy(0.005)), rule="range", columns="amount", at_least=0).outcome is Outcome.OK


def test_the_extremes_of_a_sample_are_values_that_there_are(checked: Checked) -> None:
    table = numbers(accuracy=SAMPLED)
    rule: dict[str, Any] = {"rule": "range", "columns": "amount"}
    assert checked(table, **rule, at_least=1).outcome is Outcome.ERROR
    assert checked(table, **rule, at_most=99).outcome is Outcome.ERROR
    (result,) = checked(table, **rule, at_least=0, at_most=100).results
    assert result.outcome is Outcome.WARNING
    assert result.message.endswith("It cannot be decided whether that is so: only a part of the rows was looked at.")
    assert checked(table, **rule, statistic="mean", at_least=0).outcome is Outcome.WARNING
    assert checked(table, **rule, statistic="p50", at_least=99).outcome is Outcome.WARNING


def test_a_column_without_numbers_breaks_the_rule(checked: Checked) -> None:
    (result,) = checked(make_table(make_field("amount")), rule="range", columns="amount", at_least=0).results
    assert result.outcome is Outcome.ERROR
    assert "has no numbers (its type is sc:Text)" in result.message


def test_infinities(checked: Checked) -> None:
    table = numbers(infinity_count=1)
    rule: dict[str, Any] = {"rule": "range", "columns": "amount"}
    assert checked(table, **rule, at_least=0, at_most=100).outcome is Outcome.ERROR
    assert checked(table, **rule, at_least=0).outcome is Outcome.WARNING
    assert checked(table, **rule, at_least=1).outcome is Outcome.ERROR


def test_a_statistic_that_is_not_defined_is_empty(checked: Checked) -> None:
    table = numbers(standard_deviation=None, quantiles=None)
    for statistic in ("standard_deviation", "p50"):
        report = checked(table, rule="range", columns="amount", statistic=statistic, at_least=0)
        assert report.outcome is Outcome.EMPTY


@pytest.mark.parametrize(
    ("bounds", "outcome"),
    [
        ({"at_least": "2026-01-01"}, "OK"),
        ({"at_least": "2026-01-01T00:00:01"}, "ERROR"),
        ({"at_most": "2026-04-22"}, "OK"),
        ({"at_most": "2026-04-22T22:59:59"}, "ERROR"),
        ({"at_most": "2026-04-21"}, "ERROR"),
        ({"at_least": "2026-01-01", "at_most": "2026-04-22T23:00:00+00:00"}, "OK"),
        ({"at_most": "2026-04-23T00:00:00+02:00"}, "ERROR"),
        ({"at_least": "10:00"}, "WARNING"),
        ({"at_least": "2026-02-01", "statistic": "maximum"}, "OK"),
        ({"at_most": "2026-01-01", "statistic": "minimum"}, "OK"),
    ],
)
def test_dates_and_times(checked: Checked, bounds: dict[str, str], outcome: str) -> None:
    table = moments("2026-01-01T00:00:00", "2026-04-22T23:00:00")
    assert checked(table, rule="range", columns="day", **bounds).outcome == outcome


def test_times_of_day_and_days(checked: Checked) -> None:
    times = moments("08:30:00", "17:15:00", DataType.TIME)
    assert checked(times, rule="range", columns="day", at_least="08:30", at_most="18:00").outcome is Outcome.OK
    assert checked(times, rule="range", columns="day", at_most="17:00").outcome is Outcome.ERROR
    days = moments("2026-01-01", "9999-12-31", DataType.DATE)
    assert checked(days, rule="range", columns="day", at_most="9999-12-31").outcome is Outcome.OK
    far = moments("0001-01-01", "12026-01-01", DataType.DATE)
    assert checked(far, rule="range", columns="day", at_most="9999-12-31").outcome is Outcome.WARNING
    texts = make_table(make_field("day"))
    assert checked(texts, rule="range", columns="day", at_least="2026-01-01").outcome is Outcome.ERROR
    sampled = moments("2026-01-01", "2026-02-01", accuracy=SAMPLED)
    assert checked(sampled, rule="range", columns="day", at_least="2026-01-01").outcome is Outcome.WARNING
    assert checked(sampled, rule="range", columns="day", at_least="2026-01-02").outcome is Outcome.ERROR
