"""The order in which the states of a table's partitions merge: a tree whose shape follows from their number alone.

Sketches that are merged in another grouping answer within the same bounds, but with other bytes. So the grouping is
fixed, and the profile is the same wherever and by however many workers it was made.
"""

from collections.abc import Callable, Sequence

from airflow_provider_profiler.profiling.executor import Held

#: States that one merge takes: few enough for the memory of a worker, many enough for a flat tree.
FAN_IN = 8


class MergeTree:
    """Takes states in partition order and keeps fewer than ``FAN_IN`` of them a level, whatever their number."""

    def __init__(self, merge: Callable[[Sequence[Held]], Held]) -> None:
        """Begin without states.

        :param merge: makes one state of some that follow one another.
        """
        self._merge = merge
        self._levels: list[list[Held]] = []

    def push(self, state: Held) -> None:
        """Take the state of the next partition."""
        self._push(0, state)

    def root(self) -> Held | None:
        """The state of all partitions, None where there were none. Nothing may be pushed afterwards."""
        for level, states in enumerate(self._levels):
            if len(states) == 1 and not any(self._levels[level + 1 :]):
                return states[0]
            if states:
                self._raise(level)
        return self._levels[-1][0] if self._levels else None

    def _push(self, level: int, state: Held) -> None:
        if level == len(self._levels):
            self._levels.append([])
        self._levels[level].append(state)
        if len(self._levels[level]) == FAN_IN:
            self._raise(level)

    def _raise(self, level: int) -> None:
        states = self._levels[level]
        self._levels[level] = []
        self._push(level + 1, states[0] if len(states) == 1 else self._merge(states))
