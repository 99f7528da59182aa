"""How units of work share a task; what needs a cluster is in the integration tests."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from airflow_provider_profiler.profiling.ray_tasks import SHARE_BYTES, SHARE_UNITS
from airflow_provider_profiler.profiling.ray_tasks import shares as shares_of


@dataclass(frozen=True)
class Unit:
    source: Any


def units(*sizes: int) -> list[Unit]:
    return [Unit(SimpleNamespace(size=size)) for size in sizes]


def shares(tasks: list[Any]) -> list[int]:
    return [len(share) for share in shares_of(tasks, SHARE_BYTES)]


def test_a_small_input_is_one_task() -> None:
    assert shares(units(1000, 20, 5_000_000)) == [3]


def test_large_files_do_not_share() -> None:
    assert shares(units(SHARE_BYTES, SHARE_BYTES * 40, 10)) == [1, 1, 1]


def test_many_tiny_files_are_few_tasks() -> None:
    assert shares(units(*[100] * 1000)) == [SHARE_UNITS] * 3 + [1000 - 3 * SHARE_UNITS]


def test_what_is_no_file_is_worth_a_task() -> None:
    assert shares([object(), object()]) == [1, 1]


def test_nothing_is_no_task() -> None:
    assert shares([]) == []
