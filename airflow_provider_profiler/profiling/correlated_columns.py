"""Which columns of a table are compared with each other, and by which methods."""

import re
from collections.abc import Sequence

import pyarrow as pa

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DataType, Field
from airflow_provider_profiler.contract.statistics import Correlation, CorrelationMethod
from airflow_provider_profiler.profiling.readers.reader import Column
from airflow_provider_profiler.profiling.statistics.correlations import MOST_COLUMNS, CorrelationState, row_numbers
from airflow_provider_profiler.profiling.statistics.hashing import Hashes

_NUMERIC = re.compile(r"(?:dictionary<values=)?(?:u?int\d|float|double|halffloat|decimal)")
_METHODS: dict[str, tuple[CorrelationMethod, ...]] = {
    "none": (),
    "pearson": (CorrelationMethod.PEARSON,),
    "spearman": (CorrelationMethod.SPEARMAN,),
    "both": (CorrelationMethod.PEARSON, CorrelationMethod.SPEARMAN),
}


def correlation_methods(options: StatisticsOptions) -> tuple[CorrelationMethod, ...]:
    """The methods that are asked for."""
    return _METHODS[options.correlations]


def correlated_columns(columns: Sequence[Column]) -> tuple[int, ...]:
    """Positions of the columns that hold numbers or texts that may mean numbers: the first :data:`MOST_COLUMNS`.

    What texts mean is known only when all of them were read. The columns are chosen before, so that every part of the
    table is looked at in the same way.
    """
    return tuple(_candidates(columns)[:MOST_COLUMNS])


def compare(
    columns: Sequence[Column], values: Sequence[pa.Array], hashes: Hashes, methods: Sequence[CorrelationMethod]
) -> CorrelationState:
    """What a batch of rows says of the correlations.

    :param columns: the table's columns, and ``values`` the cells of each.
    :param hashes: the hash of each row.
    """
    places = correlated_columns(columns)
    numbers = [row_numbers(values[place], textual=columns[place].textual) for place in places]
    return CorrelationState.of(numbers, hashes, methods)


def left_out_note(columns: Sequence[Column]) -> str | None:
    """What to say of the columns that are too many to be compared; None where all are."""
    candidates = len(_candidates(columns))
    if candidates <= MOST_COLUMNS:
        return None
    return (
        f"correlations were computed between the first {MOST_COLUMNS:,} of {candidates:,} columns that may hold "
        "numbers; choose others with the option selection.columns"
    )


def read_correlations(
    state: CorrelationState | None, columns: Sequence[Column], fields: Sequence[Field]
) -> tuple[Correlation, ...]:
    """The correlations of the columns that turned out to be numbers.

    :param state: None where none were asked for.
    :param columns: the table's columns, and ``fields`` what was found of each.
    """
    if state is None:
        return ()
    numeric = (DataType.INTEGER, DataType.FLOAT)
    found = [fields[place] for place in correlated_columns(columns)]
    return state.read([field.name if field.data_type in numeric else None for field in found])


def _candidates(columns: Sequence[Column]) -> list[int]:
    return [place for place, column in enumerate(columns) if column.textual or _NUMERIC.match(column.values_type)]
