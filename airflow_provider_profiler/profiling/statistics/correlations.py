"""Correlations between the numeric columns of a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.contract.statistics import Accuracy, Correlation, CorrelationMethod, Method
from airflow_provider_profiler.profiling.statistics.arrow_kinds import (
    Numbers,
    present_values,
    readable_values,
    text_kind,
)
from airflow_provider_profiler.profiling.statistics.comoments import CoMoments
from airflow_provider_profiler.profiling.statistics.encoding import Floats, part
from airflow_provider_profiler.profiling.statistics.hashing import Hashes
from airflow_provider_profiler.profiling.statistics.rank_correlation import RankCorrelation
from airflow_provider_profiler.profiling.statistics.row_sample import RowSample
from airflow_provider_profiler.profiling.statistics.texts import TextKind

#: Columns that are compared with each other: the pairs, and the work, grow with their square.
MOST_COLUMNS = 100
#: Distinct rows below which nothing is said of a coefficient but that it lies between -1 and 1.
_LEAST_ROWS = 10
#: Fisher's z of 1 is infinite.
_ALMOST_ONE = 1 - 1e-9
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


def row_numbers(values: pa.Array, *, textual: bool) -> Floats:
    """The number in each row; NaN where there is none, or none that is finite.

    :param values: a column of any type.
    :param textual: texts may mean numbers; those written as programs write them are found.
    """
    plain = readable_values(values)
    numbers = np.full(len(plain), np.nan)
    if pa.types.is_null(plain.type):
        return numbers
    if text_kind(plain.type) is TextKind.TEXT:
        if not textual:
            return numbers
        encoded = pc.dictionary_encode(plain)
        meant = _meant(encoded.dictionary)
        there = encoded.indices.is_valid().to_numpy(zero_copy_only=False)
        numbers[there] = meant[encoded.indices.drop_null().to_numpy()]
    elif text_kind(plain.type) is None:
        present = present_values(plain)
        if isinstance(present, Numbers):
            numbers[plain.is_valid().to_numpy(zero_copy_only=False)] = present.values
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _meant(texts: pa.Array) -> Floats:
    """The number that each text is, or NaN."""
    trimmed = pc.utf8_trim_whitespace(texts)
    # Arrow's cast takes hexadecimal numbers too, and does not take a plus sign.
    is_number = pc.match_substring_regex(trimmed, _NUMBER)
    bare = pc.utf8_ltrim(pc.if_else(is_number, trimmed, "nan"), "+")
    return bare.cast(pa.float64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class CorrelationState:
    """What is remembered of the rows for the methods that are wanted; None for the others."""

    pearson: CoMoments | None
    spearman: RowSample | None

    @classmethod
    def identity(cls, columns: int, methods: Sequence[CorrelationMethod]) -> "CorrelationState":
        """The state of no rows."""
        return cls(
            CoMoments.empty(columns) if CorrelationMethod.PEARSON in methods else None,
            RowSample.empty(columns) if CorrelationMethod.SPEARMAN in methods else None,
        )

    @classmethod
    def of(cls, columns: Sequence[Floats], hashes: Hashes, methods: Sequence[CorrelationMethod]) -> "CorrelationState":
        """The state of a batch of rows.

        :param columns: the numbers of each column, as :func:`row_numbers` finds them; :data:`MOST_COLUMNS` at most.
        :param hashes: the hash of each row.
        """
        table = np.stack(columns) if columns else np.zeros((0, len(hashes)))
        return cls(
            CoMoments.of(table) if CorrelationMethod.PEARSON in methods else None,
            RowSample.of(table, hashes) if CorrelationMethod.SPEARMAN in methods else None,
        )

    def merge(self, other: "CorrelationState") -> "CorrelationState":
        """The state of both parts' rows.

        :raises ValueError: when they were computed by different methods or from different numbers of columns.
        """
        if self._form() != other._form():
            raise ValueError("Correlations of different columns or methods cannot be merged.")
        return CorrelationState(
            self.pearson.merge(other.pearson) if self.pearson is not None and other.pearson is not None else None,
            self.spearman.merge(other.spearman) if self.spearman is not None and other.spearman is not None else None,
        )

    def _form(self) -> tuple[int | None, int | None]:
        return (
            None if self.pearson is None else len(self.pearson.rows),
            None if self.spearman is None else len(self.spearman.values),
        )

    def read(self, names: Sequence[str | None]) -> tuple[Correlation, ...]:
        """The correlations of all pairs, in the columns' order.

        :param names: of the columns; None for one that turned out not to be numeric.
        """
        shown = [place for place, name in enumerate(names) if name is not None]
        pairs = [(one, another) for number, one in enumerate(shown) for another in shown[number + 1 :]]
        found = []
        if self.pearson is not None:
            for one, another in pairs:
                found.append(
                    Correlation(
                        first=str(names[one]),
                        second=str(names[another]),
                        method=CorrelationMethod.PEARSON,
                        coefficient=self.pearson.coefficient(one, another),
                        rows=int(self.pearson.rows[one, another]),
                    )
                )
        if self.spearman is not None:
            ranks = RankCorrelation(self.spearman)
            for one, another in pairs:
                coefficient, rows, distinct = ranks.coefficient(one, another)
                found.append(
                    Correlation(
                        first=str(names[one]),
                        second=str(names[another]),
                        method=CorrelationMethod.SPEARMAN,
                        coefficient=coefficient,
                        rows=rows,
                        accuracy=Accuracy() if self.spearman.complete else _sampled(coefficient, distinct),
                    )
                )
        return tuple(found)

    def encode(self) -> dict[str, Any]:
        """What there is of each method."""
        return {
            "pearson": None if self.pearson is None else self.pearson.encode(),
            "spearman": None if self.spearman is None else self.spearman.encode(),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "CorrelationState":
        """Rebuild the state.

        :raises ValueError: when a part is damaged.
        """
        if not isinstance(encoded, dict):
            raise ValueError("A stored state is damaged: its correlations are not what they should be.")
        return cls(
            None if encoded.get("pearson") is None else CoMoments.decode(part(encoded, "pearson", dict)),
            None if encoded.get("spearman") is None else RowSample.decode(part(encoded, "spearman", dict)),
        )


def _sampled(coefficient: float | None, rows: int) -> Accuracy:
    """Two standard errors: of Fisher's z for ranks, sqrt((1 + r^2 / 2) / (n - 3)) (Bonett and Wright 2000).

    :param rows: distinct rows that the coefficient was computed from.
    """
    if coefficient is None or rows < _LEAST_ROWS:
        return Accuracy(method=Method.SAMPLE, bound=2.0)
    spread = 2 * math.sqrt((1 + coefficient * coefficient / 2) / (rows - 3))
    position = math.atanh(min(max(coefficient, -_ALMOST_ONE), _ALMOST_ONE))
    bound = max(abs(math.tanh(position + side * spread) - coefficient) for side in (-1, 1))
    return Accuracy(method=Method.SAMPLE, bound=bound)
