"""The tree's shape follows from the number of partitions alone, and little of it is held at a time."""

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_provider_profiler.profiling.merge_tree import FAN_IN, MergeTree


def nested(numbers: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(numbers)


def flat(tree: Any) -> list[int]:
    return [tree] if isinstance(tree, int) else [leaf for part in tree for leaf in flat(part)]


def by_levels(count: int) -> Any:
    """The same tree, written down level by level."""
    level: list[Any] = list(range(count))
    while len(level) > 1:
        groups = [level[at : at + FAN_IN] for at in range(0, len(level), FAN_IN)]
        level = [group[0] if len(group) == 1 else tuple(group) for group in groups]
    return level[0]


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 15, 16, 63, 64, 65, 72, 73, 511, 512, 513, 600])
def test_the_shape_is_that_of_levels_in_partition_order(count: int) -> None:
    tree = MergeTree(nested)
    for number in range(count):
        tree.push(number)
    root = tree.root()
    assert root == by_levels(count)
    assert flat(root) == list(range(count))


def test_nothing_pushed_is_nothing() -> None:
    assert MergeTree(nested).root() is None


def test_few_states_are_held() -> None:
    held = 0
    most = 0

    def merge(states: Sequence[int]) -> int:
        nonlocal held
        held -= len(states) - 1
        return 0

    tree = MergeTree(merge)
    for _ in range(5000):
        held += 1
        tree.push(0)
        most = max(most, held)
    assert most <= 5 * FAN_IN
