"""The most frequent values of a column, from its table or from what a sketch kept of them."""

from dataclasses import dataclass, field
from typing import Any

from airflow_provider_profiler.contract.statistics import Accuracy, Method
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.heavy_hitters import HeavyHitters


@dataclass(frozen=True)
class TopValues:
    """Values with their counts, the most frequent first, and how exact that is."""

    found: tuple[tuple[Any, int], ...] = ()
    accuracy: Accuracy = field(default_factory=Accuracy)


@dataclass(frozen=True)
class TopValuesMetric:
    """Reads up to ``limit`` frequent values.

    A column of more unique values than fit has no frequent one, and says so by naming none.
    """

    limit: int

    def of_table(self, table: ExactTable[Any]) -> TopValues:
        """The frequent values of a table."""
        if len(table) > self.limit and table.counts.max() == 1:
            return TopValues()
        return TopValues(tuple(table.top(self.limit)))

    def of_hitters(self, hitters: HeavyHitters[Any]) -> TopValues:
        """The values that are surely frequent among those that a sketch kept."""
        found, short = hitters.top(self.limit)
        return TopValues(tuple(found), Accuracy(method=Method.SKETCH, bound=float(short)))

    def read(self, state: Any) -> TopValues:
        """The frequent values of anything that has a table or a sketch with hitters."""
        if state.table is not None:
            return self.of_table(state.table)
        return self.of_hitters(state.sketch.hitters)
