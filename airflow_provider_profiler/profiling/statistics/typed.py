"""Statistics of numbers, of dates and times, and of what texts look like, added to those that every column has."""

from typing import Any

from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    ColumnStatistics,
    Method,
    StatisticsAccuracy,
    TemporalStatistics,
)
from airflow_provider_profiler.profiling.statistics.extremes import Extremes
from airflow_provider_profiler.profiling.statistics.hyperloglog import RELATIVE_BOUND
from airflow_provider_profiler.profiling.statistics.number_metrics import NumericMetric
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.temporals import GRANULARITIES, TemporalState
from airflow_provider_profiler.profiling.statistics.text_content import TextContent
from airflow_provider_profiler.profiling.statistics.top_values import TopValues, TopValuesMetric


def distinct_accuracy(*, exact: bool) -> Accuracy:
    """Exact, or within two standard errors of HyperLogLog."""
    return Accuracy() if exact else Accuracy(method=Method.SKETCH, bound=RELATIVE_BOUND)


def add_accuracy(statistics: ColumnStatistics, **groups: Accuracy) -> ColumnStatistics:
    """The same statistics with the accuracy of some groups replaced."""
    accuracy: StatisticsAccuracy = statistics.accuracy.model_copy(update=groups)
    return statistics.model_copy(update={"accuracy": accuracy})


def describe_numbers(
    statistics: ColumnStatistics, state: NumberState, metric: TopValuesMetric, *, as_float: bool = False
) -> tuple[ColumnStatistics, TopValues]:
    """Add the statistics of numbers, and find the most frequent ones.

    :param as_float: integers are shown as floats, because the column also holds fractions.
    """
    update: dict[str, Any] = {"nan_count": state.counts.nan, "infinity_count": state.counts.infinite}
    read = NumericMetric(as_float=as_float).read(state)
    if read is None:
        return statistics.model_copy(update=update), TopValues()
    numeric, accuracy = read
    statistics = statistics.model_copy(update={**update, "numeric": numeric})
    top = metric.read(state.values)
    if as_float:
        top = TopValues(tuple((float(value), rows) for value, rows in top.found), top.accuracy)
    return add_accuracy(statistics, **accuracy), top


def describe_temporals(
    statistics: ColumnStatistics, state: TemporalState, metric: TopValuesMetric
) -> tuple[ColumnStatistics, TopValues]:
    """Add the statistics of dates or times, and find the most frequent ones as ISO 8601 text."""
    values = state.values
    calendar = values.calendar
    if values.empty:
        return statistics, TopValues()
    if values.sketch is not None:
        extremes, granularity = values.sketch.extremes, values.sketch.granularity
    elif values.table is not None:
        extremes = Extremes.of(values.table.keys.values)
        granularity = calendar.granularity(values.table.keys.values)
    else:
        raise AssertionError("dates are a table or a sketch")
    temporal = TemporalStatistics(
        minimum=calendar.iso(int(extremes.minimum)),
        maximum=calendar.iso(int(extremes.maximum)),
        granularity=GRANULARITIES[granularity],
    )
    top = metric.read(values)
    shown = TopValues(tuple((calendar.iso(value), rows) for value, rows in top.found), top.accuracy)
    return statistics.model_copy(update={"temporal": temporal}), shown


def describe_content(statistics: ColumnStatistics, content: TextContent) -> ColumnStatistics:
    """Add the characters and shapes of texts to the statistics of their lengths."""
    if statistics.text is None:
        return statistics
    update = {
        "characters": content.characters,
        "shapes": content.shapes.found,
        "shape_count": content.shapes.different,
    }
    statistics = statistics.model_copy(update={"text": statistics.text.model_copy(update=update)})
    return add_accuracy(statistics, characters=content.accuracy, shapes=content.accuracy)
