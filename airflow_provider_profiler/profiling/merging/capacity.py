"""States of one column that were collected with room for different numbers of exact values.

The room depends on an option and, in wide tables, on the number of columns: two months of a table that gained a column
may differ in it. They meet at the smaller one, as if both had been collected with it.
"""

from dataclasses import replace
from typing import Any, TypeVar

from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.statistics.booleans import BooleanState
from airflow_provider_profiler.profiling.statistics.column import ColumnState
from airflow_provider_profiler.profiling.statistics.texts import TextSketch
from airflow_provider_profiler.profiling.statistics.values import Values

V = TypeVar("V", bound=Values[Any, Any])


def with_equal_capacity(one: ColumnState, other: ColumnState) -> tuple[ColumnState, ColumnState]:
    """Both states with the smaller room of the two for exact values."""
    capacities = [capacity for capacity in (_capacity(one), _capacity(other)) if capacity is not None]
    if len(set(capacities)) <= 1:
        return one, other
    return _narrowed(one, min(capacities)), _narrowed(other, min(capacities))


def _capacity(state: ColumnState) -> int | None:
    if state.values is None or isinstance(state.values, BooleanState):
        return None
    return state.values.values.capacity


def _narrowed(state: ColumnState, capacity: int) -> ColumnState:
    values: Any = state.values
    if values is None or isinstance(values, BooleanState):
        return state
    return replace(state, values=replace(values, values=_within(values.values, capacity)))


def _within(values: V, capacity: int) -> V:
    if values.capacity <= capacity:
        return values
    smaller = replace(values, capacity=capacity)
    if smaller.table is not None:
        return smaller.holding(smaller.table)
    sketch = smaller.sketch
    if isinstance(sketch, TextSketch) and sketch.evidence is not None:
        return replace(smaller, sketch=replace(sketch, evidence=_evidence_within(sketch.evidence, capacity)))
    return smaller


def _evidence_within(evidence: Evidence, capacity: int) -> Evidence:
    """What texts were recognised as is kept in tables of its own."""

    def smaller(state: Any) -> Any:
        return replace(state, values=_within(state.values, capacity))

    return replace(
        evidence,
        integers=smaller(evidence.integers),
        floats=smaller(evidence.floats),
        readings={name: smaller(state) for name, state in evidence.readings.items()},
    )
