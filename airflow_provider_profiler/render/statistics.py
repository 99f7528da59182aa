"""The fifteen statistics that readers of the MoMa and CDD documents know, under the names they know."""

import json
from collections.abc import Sequence
from typing import Any

from airflow_provider_profiler.contract.statistics import ColumnStatistics, HistogramBin


def common_statistics(statistics: ColumnStatistics, generated_at: str) -> dict[str, Any]:
    """The statistics by their documented names; None where the column's values have no such statistic.

    ``min`` and ``max`` are numbers or None, because readers refuse the whole dataset for a date in their place.

    :param generated_at: the document's timestamp.
    """
    numeric = statistics.numeric
    quantiles = numeric.quantiles if numeric else None
    rows = statistics.row_count + statistics.missing_count
    return {
        "rowCount": statistics.row_count,
        "mean": numeric.mean if numeric else None,
        "median": quantiles.p50 if quantiles else None,
        "standardDeviation": numeric.standard_deviation if numeric else None,
        "min": numeric.minimum if numeric else None,
        "max": numeric.maximum if numeric else None,
        "missingCount": statistics.missing_count,
        # Rounded once, so that 29 of 50 are 58 per cent and not 57.99999999999999.
        "missingPercentage": 100 * statistics.missing_count / rows if rows else 0.0,
        "histogram": histogram_text(numeric.histogram) if numeric else None,
        "uniqueCount": statistics.distinct_count,
        "variance": numeric.variance if numeric else None,
        "range": numeric.range if numeric else None,
        "percentile05": quantiles.p05 if quantiles else None,
        "percentile95": quantiles.p95 if quantiles else None,
        "generatedAt": generated_at,
    }


def histogram_text(bins: Sequence[HistogramBin]) -> str:
    """A histogram as JSON text, because the vocabulary's property holds a string."""
    return json.dumps([{"binRange": [item.low, item.high], "count": item.count} for item in bins], allow_nan=False)
