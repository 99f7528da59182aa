"""The statistics node of a column: the documented keys, and everything else that is known under ``dg:``."""

from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import Field
from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    ColumnStatistics,
    NumericStatistics,
    StatisticsAccuracy,
)
from airflow_provider_profiler.render.statistics import common_statistics


def statistics_node(field: Field, dataset_id: UUID, generated_at: str) -> dict[str, Any]:
    """The node of a column's statistics. It has an id of its own: readers drop it without one.

    :param generated_at: the document's timestamp.
    """
    statistics = field.statistics
    return {
        "@id": str(part_uuid(dataset_id, "statistics", str(field.id))),
        "@type": "dg:ColumnStatistics",
        **common_statistics(statistics, generated_at),
        **_typed_properties(statistics),
        "dg:topValues": [{"dg:value": item.value, "dg:count": item.count} for item in statistics.top_values],
        "dg:nullTokens": [{"dg:token": item.token, "dg:count": item.count} for item in statistics.null_tokens],
        "dg:nanCount": statistics.nan_count,
        "dg:infinityCount": statistics.infinity_count,
        "dg:accuracy": _accuracy_properties(statistics.accuracy),
    }


def _typed_properties(statistics: ColumnStatistics) -> dict[str, Any]:
    """What only numbers, texts, dates or booleans have."""
    properties: dict[str, Any] = {}
    if statistics.numeric is not None:
        properties |= _numeric_properties(statistics.numeric)
    if statistics.text is not None:
        properties |= {
            "dg:minimumLength": statistics.text.minimum_length,
            "dg:meanLength": statistics.text.mean_length,
            "dg:maximumLength": statistics.text.maximum_length,
            "dg:blankCount": statistics.text.blank_count,
        }
    if statistics.temporal is not None:
        properties |= {
            "dg:minValue": statistics.temporal.minimum,
            "dg:maxValue": statistics.temporal.maximum,
            "dg:granularity": statistics.temporal.granularity,
        }
    if statistics.boolean is not None:
        properties |= {
            "dg:trueCount": statistics.boolean.true_count,
            "dg:falseCount": statistics.boolean.false_count,
        }
    return properties


def _numeric_properties(numeric: NumericStatistics) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "dg:sum": numeric.sum,
        "dg:skewness": numeric.skewness,
        "dg:kurtosis": numeric.kurtosis,
        "dg:zeroCount": numeric.zero_count,
        "dg:negativeCount": numeric.negative_count,
    }
    if numeric.quantiles is not None:
        properties |= {
            "dg:percentile01": numeric.quantiles.p01,
            "dg:percentile25": numeric.quantiles.p25,
            "dg:percentile75": numeric.quantiles.p75,
            "dg:percentile99": numeric.quantiles.p99,
        }
    return properties


def _accuracy_properties(accuracy: StatisticsAccuracy) -> dict[str, Any]:
    def described(item: Accuracy) -> dict[str, Any]:
        return {"dg:method": item.method.value, "dg:bound": item.bound}

    return {
        "dg:distinct": described(accuracy.distinct),
        "dg:quantiles": described(accuracy.quantiles),
        "dg:histogram": described(accuracy.histogram),
        "dg:topValues": described(accuracy.top_values),
    }
