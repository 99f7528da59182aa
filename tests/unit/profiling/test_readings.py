"""What files add to a table is put together in their order, and what does not fit is laid to the file that it is of."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.profiling.merge_tree import MergeTree
from airflow_provider_profiler.profiling.readings import FileReading, Part, TableReading
from airflow_provider_profiler.profiling.reuse.layout import KeptTable
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier


def joined(states: Sequence[Any]) -> Any:
    if "secret" in states:
        raise ValueError("secret")
    return "".join(states)


def part(path: str, *states: str, left: int = 0) -> Part:
    tree = MergeTree(joined)
    for state in states:
        tree.push(state)
    plan: Any = SimpleNamespace(source=SimpleNamespace(path=path))
    return Part(FileReading(plan), [tree], left)


def table_of(*parts: Part) -> TableReading:
    selected: Any = SimpleNamespace(path="table")
    return TableReading(selected, ((0, 1),), [MergeTree(joined)], list(parts))


def test_the_file_that_does_not_fit_is_the_one_that_is_given_up() -> None:
    table = table_of(part("a", "1", "2"), part("b", "3", "secret"), part("c", "4"), part("d", left=1))
    (failed,) = table.settle()
    assert failed is table.parts[1].file
    assert failed.reason is not None
    assert failed.reason.code is FileReasonCode.INTERNAL
    assert "secret" not in failed.reason.message
    assert (table.settled, table.trees[0].root()) == (3, "124")


def test_where_kept_states_may_be_what_does_not_fit_nothing_is_laid_to_a_file() -> None:
    table = table_of(part("a", "1"), part("b", "3", "secret"))
    table.parts[0].kept = KeptTable(key="0" * 64, states="0" * 64, path="a")
    with pytest.raises(UnusableEarlier) as refused:
        list(table.settle())
    assert "secret" not in str(refused.value)
    assert table.parts[1].file.reason is None
