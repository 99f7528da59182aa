"""The statistics node of a column: the documented keys, and everything else that is known under ``dg:``."""

from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import Field
from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    CharacterClasses,
    CharacterStatistics,
    ColumnStatistics,
    Method,
    NumericStatistics,
    StatisticsAccuracy,
    TextStatistics,
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
        "dg:accuracy": _accuracy_properties(statistics.accuracy, _looked_into(statistics)),
    }


def _typed_properties(statistics: ColumnStatistics) -> dict[str, Any]:
    """What only numbers, texts, dates or booleans have."""
    properties: dict[str, Any] = {}
    if statistics.numeric is not None:
        properties |= _numeric_properties(statistics.numeric)
    if statistics.text is not None:
        properties |= _text_properties(statistics.text)
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


def _text_properties(text: TextStatistics) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "dg:minimumLength": text.minimum_length,
        "dg:meanLength": text.mean_length,
        "dg:maximumLength": text.maximum_length,
        "dg:blankCount": text.blank_count,
    }
    if text.characters is not None:
        properties |= _character_properties(text.characters)
        properties["dg:shapes"] = [{"dg:shape": item.shape, "dg:count": item.count} for item in text.shapes]
        properties["dg:shapeCount"] = text.shape_count
    return properties


def _character_properties(characters: CharacterStatistics) -> dict[str, Any]:
    return {
        "dg:examinedCount": characters.examined,
        "dg:characterClasses": _class_properties(characters.characters),
        "dg:valuesByCharacterClass": _class_properties(characters.values),
        "dg:scripts": [
            {"dg:script": item.script, "dg:letters": item.letters, "dg:values": item.values}
            for item in characters.scripts
        ],
        "dg:mixedScriptCount": characters.mixed_scripts,
    }


def _class_properties(classes: CharacterClasses) -> dict[str, Any]:
    return {
        "dg:letters": classes.letters,
        "dg:digits": classes.digits,
        "dg:whiteSpace": classes.white_space,
        "dg:punctuation": classes.punctuation,
        "dg:other": classes.other,
    }


def _looked_into(statistics: ColumnStatistics) -> bool:
    return statistics.text is not None and statistics.text.characters is not None


def accuracy_node(accuracy: Accuracy) -> dict[str, Any]:
    """How a statistic came to be and how far it may be off."""
    return {"dg:method": accuracy.method.value, "dg:bound": accuracy.bound}


def _accuracy_properties(accuracy: StatisticsAccuracy, looked_into: bool) -> dict[str, Any]:
    """The accuracy of every group of statistics that the node shows.

    :param looked_into: the column's texts have characters and shapes.
    """
    shown = {
        "dg:distinct": accuracy_node(accuracy.distinct),
        "dg:quantiles": accuracy_node(accuracy.quantiles),
        "dg:histogram": accuracy_node(accuracy.histogram),
        "dg:topValues": accuracy_node(accuracy.top_values),
    }
    if accuracy.rows.method is not Method.EXACT:
        shown["dg:rows"] = accuracy_node(accuracy.rows)
    if looked_into:
        shown |= {"dg:characters": accuracy_node(accuracy.characters), "dg:shapes": accuracy_node(accuracy.shapes)}
    return shown
