"""How far what a contender says is from what is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.exact import ExactColumn
from benchmarks.facts import Bin, ColumnFacts, TableFacts

#: Relative distance at which two numbers are one: edges and interpolated quantiles are computed, not read.
_SAME = 1e-9


@dataclass(frozen=True)
class Accuracy:
    """The largest error over all columns of a table; None where the contender says nothing of the kind.

    :param rows_off: rows too many or too few.
    :param missing_off: the same of missing values, the worst column's.
    :param extremes_wrong: columns with a wrong minimum or maximum.
    :param mean_error: relative to the largest magnitude of the column's values.
    :param distinct_error: relative to the true number.
    :param rank_error: of quantiles, as a share of the values.
    :param mass_error: of a histogram's bins, as a share of the values.
    """

    rows_off: int
    missing_off: int | None
    extremes_wrong: int | None
    mean_error: float | None
    distinct_error: float | None
    rank_error: float | None
    mass_error: float | None


def accuracies(said: Mapping[str, TableFacts], columns: Iterable[ExactColumn], rows: int) -> dict[str, Accuracy]:
    """How far each contender is off.

    :param said: by the contender's name.
    :param columns: the exact ones; each is looked at once.
    :param rows: exact number of the table's.
    """
    by_name = {
        contender: {facts.name: facts for facts in table.columns} for contender, table in said.items() if table.columns
    }
    errors: dict[str, list[_Errors]] = {contender: [] for contender in by_name}
    for column in columns:
        for contender, found in by_name.items():
            # A column that is not told of has all of its values off.
            errors[contender].append(_errors(found.get(column.name, ColumnFacts(column.name, distinct=0)), column))
    return {contender: _worst(said[contender].rows - rows, each) for contender, each in errors.items()}


@dataclass(frozen=True)
class _Errors:
    missing: int | None = None
    extremes: int | None = None
    mean: float | None = None
    distinct: float | None = None
    rank: float | None = None
    mass: float | None = None


def _errors(facts: ColumnFacts, column: ExactColumn) -> _Errors:
    missing = None if facts.missing is None else abs(facts.missing - column.missing)
    distinct = None if facts.distinct is None else abs(facts.distinct - column.distinct) / max(1, column.distinct)
    values = column.values
    if values is None or not len(values):
        return _Errors(missing=missing, distinct=distinct)
    scale = max(abs(float(values[0])), abs(float(values[-1]))) or 1.0
    return _Errors(
        missing=missing,
        distinct=distinct,
        # A column of numbers that is taken for something else has no extremes: that is wrong too.
        extremes=int(facts.minimum != values[0] or facts.maximum != values[-1]),
        mean=None if facts.mean is None else abs(facts.mean - float(values.mean(dtype=np.float64))) / scale,
        rank=_rank_error(facts.quantiles, values),
        mass=_mass_error(facts.histogram, values),
    )


def _rank_error(quantiles: Sequence[tuple[float, float]], values: np.ndarray) -> float | None:
    """Distance of a share to the ranks that the value said for it holds."""
    errors = []
    for share, value in quantiles:
        slack = _SAME * abs(value)
        low = float(np.searchsorted(values, value - slack, "left")) / len(values)
        high = float(np.searchsorted(values, value + slack, "right")) / len(values)
        errors.append(max(0.0, low - share, share - high))
    return max(errors, default=None)


def _mass_error(histogram: Sequence[Bin], values: np.ndarray) -> float | None:
    """Distance of a bin's count to what lies in it; on which side a value at an edge is counted is left open."""
    if not histogram:
        return None
    slack = _SAME * max(abs(histogram[0].low), abs(histogram[-1].high))
    errors = []
    for each in histogram:
        least = np.searchsorted(values, each.high - slack, "left") - np.searchsorted(values, each.low + slack, "right")
        most = np.searchsorted(values, each.high + slack, "right") - np.searchsorted(values, each.low - slack, "left")
        errors.append(max(0.0, float(least) - each.count, each.count - float(most)) / len(values))
    return max(errors)


def _worst(rows_off: int, errors: Sequence[_Errors]) -> Accuracy:
    extremes = [each.extremes for each in errors if each.extremes is not None]
    return Accuracy(
        rows_off=rows_off,
        missing_off=max((each.missing for each in errors if each.missing is not None), default=None),
        extremes_wrong=sum(extremes) if extremes else None,
        mean_error=max((each.mean for each in errors if each.mean is not None), default=None),
        distinct_error=max((each.distinct for each in errors if each.distinct is not None), default=None),
        rank_error=max((each.rank for each in errors if each.rank is not None), default=None),
        mass_error=max((each.mass for each in errors if each.mass is not None), default=None),
    )
