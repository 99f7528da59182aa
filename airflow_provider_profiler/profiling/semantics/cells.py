"""One cell of text as a value of its column's type."""

import math

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.statistics import Scalar
from airflow_provider_profiler.profiling.semantics.vocabulary import BOOLEAN_WORDS


def typed_cell(text: str, data_type: DataType) -> Scalar:
    """The value that the text is written for; the text itself where it is not of the type, or is a date.

    :param data_type: what the column's values were found to be.
    """
    word = text.strip()
    if data_type is DataType.BOOLEAN and word.lower() in BOOLEAN_WORDS:
        return BOOLEAN_WORDS.index(word.lower()) % 2 == 0
    if data_type not in (DataType.INTEGER, DataType.FLOAT) or "_" in word:  # Python reads 1_000, nobody else does
        return text
    try:
        value = int(word) if data_type is DataType.INTEGER else float(word)
    except ValueError:
        return text
    return value if math.isfinite(value) else text
