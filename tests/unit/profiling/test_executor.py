"""Results come in the order of the tasks, tasks are taken as there is room, and giving up gives up."""

import threading
from collections.abc import Iterator

import pytest

from airflow_provider_profiler.profiling.executor import ThreadExecutor


def test_results_are_in_order_however_long_tasks_take() -> None:
    release = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert release.wait(30)
        if number == 2:
            release.set()
        return number * number

    assert list(ThreadExecutor(3).map(work, range(20))) == [number * number for number in range(20)]


def test_tasks_in_flight_are_bounded() -> None:
    taken = []

    def tasks() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = ThreadExecutor(2).map(lambda number: number, tasks())
    assert next(results) == 0
    assert len(taken) <= 4
    assert list(results) == list(range(1, 100))


def test_closing_gives_up_what_has_not_started() -> None:
    done = []
    results = ThreadExecutor(1).map(done.append, range(100))
    next(results)
    results.close()
    assert len(done) <= 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("profiling")]


def test_an_exception_comes_at_its_turn() -> None:
    def work(number: int) -> float:
        return 1 / (2 - number)

    results = ThreadExecutor(2).map(work, range(5))
    assert [next(results), next(results)] == [0.5, 1.0]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_nothing_to_do() -> None:
    assert list(ThreadExecutor().map(str, [])) == []


def test_a_request_for_more_workers_gets_no_more_than_there_are() -> None:
    executor = ThreadExecutor(2)
    assert executor.bounded(5) is executor
    assert executor.bounded(None) is executor
    assert executor.bounded(1) is not executor
