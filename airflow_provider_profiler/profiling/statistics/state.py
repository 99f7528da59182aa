"""The three ideas of the statistics room, after Deequ (Schelter et al., VLDB 2018).

A *State* is what has to be remembered of some rows, so that the states of two parts of a table merge into the state
of the whole. An *Analyzer* computes a state from a batch of values. A *Metric* is read from a state.
"""

from typing import Any, Protocol, Self, TypeVar

import pyarrow as pa

T_co = TypeVar("T_co", covariant=True)


class State(Protocol):
    """A commutative, mergeable value.

    Laws, held by property tests: ``merge`` is associative; the state of no rows is its identity; partitions merged
    in partition order give the same bytes every time; and exact parts do not depend on the partitioning at all.
    """

    def merge(self, other: Self) -> Self:
        """The state of this part's rows followed by the other's. Neither operand changes."""
        ...

    def encode(self) -> dict[str, Any]:
        """The state as msgpack-ready values (None, bool, int, float, str, bytes, list, dict), never pickled."""
        ...

    @classmethod
    def decode(cls, encoded: dict[str, Any]) -> Self:
        """Rebuild a state; lengths and types are checked.

        :raises ValueError: when the values are not such a state.
        """
        ...


S_co = TypeVar("S_co", bound=State, covariant=True)


class Analyzer(Protocol[S_co]):
    """Computes the state of a batch of values."""

    def identity(self) -> S_co:
        """The state of no rows."""
        ...

    def analyze(self, values: pa.Array) -> S_co:
        """The state of these values, missing ones included."""
        ...


class Metric(Protocol[T_co]):
    """Reads something for people out of a state."""

    def read(self, state: Any) -> T_co | None:
        """The metric, or None where it is undefined (the mean of no values)."""
        ...
