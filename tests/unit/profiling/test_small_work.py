"""Small work is done where it is waited for; all else is handed on whole, and both kinds of results merge."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import Stopped
from airflow_provider_profiler.profiling.small_files import SMALL_BYTES
from airflow_provider_profiler.profiling.small_work import SMALL_UNITS, SmallWorkHere
from airflow_provider_profiler.profiling.stopping import asking, check_wanted


@dataclass(frozen=True)
class Sized:
    size: int


@dataclass(frozen=True)
class Unit:
    size: int = 10
    small: bool = True

    @property
    def source(self) -> Sized:
        return Sized(self.size)


SMALL = {
    "nothing": [],
    "one": [Unit()],
    "several": [Unit()] * SMALL_UNITS,
    "up to the limit": [Unit(SMALL_BYTES // 2)] * 2,
}
OTHER = {
    "not small": [Unit(small=False)],
    "too large together": [Unit(SMALL_BYTES // 2), Unit(SMALL_BYTES // 2), Unit(1)],
    "too many": [Unit()] * (SMALL_UNITS + 1),
    "one that is not": [Unit(), Unit(), Unit(small=False)],
    "what does not say": [1],
}


def runner(_: object) -> threading.Thread:
    return threading.current_thread()


@pytest.mark.parametrize("name", SMALL)
def test_small_work_is_done_by_the_thread_that_waits_for_it(name: str) -> None:
    tasks = SMALL[name]
    assert list(SmallWorkHere(ThreadExecutor(2)).map(runner, iter(tasks))) == [threading.current_thread()] * len(tasks)


@pytest.mark.parametrize("name", OTHER)
def test_other_work_is_handed_on_whole_and_in_order(name: str) -> None:
    tasks = OTHER[name]
    executor = SmallWorkHere(ThreadExecutor(2))
    assert threading.current_thread() not in list(executor.map(runner, iter(tasks)))
    assert list(executor.map(id, tasks)) == [id(task) for task in tasks]


def test_what_is_handed_on_is_taken_as_there_is_room_for_it() -> None:
    taken = []

    def tasks() -> Iterator[Unit]:
        for number in range(100):
            taken.append(number)
            yield Unit()

    results = SmallWorkHere(ThreadExecutor(1)).map(id, tasks())
    next(results)
    assert len(taken) <= SMALL_UNITS + 3
    results.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("profiling")]


def test_a_bound_stays_one() -> None:
    executor = SmallWorkHere(ThreadExecutor(4))
    assert [executor.bounded(2).threads(1), executor.threads(1)] == [2, 4]
    assert list(executor.bounded(2).map(runner, [Unit()])) == [threading.current_thread()]


def test_a_small_task_does_not_ask_who_waits_for_it() -> None:
    asked = []

    def work(_: object) -> str:
        check_wanted()
        return f"asked {len(asked)} times before"

    with asking(lambda: asked.append(1)):
        results = SmallWorkHere(ThreadExecutor(2)).map(work, [Unit(), Unit()])
        # Only who waits may ask, between tasks: a task would take an answer for its own failure.
        assert list(results) == ["asked 1 times before", "asked 2 times before"]


def test_nothing_more_is_done_once_nobody_waits() -> None:
    done: list[Unit] = []

    def check() -> None:
        if done:
            raise Stopped("enough")

    with asking(check), pytest.raises(Stopped):
        list(SmallWorkHere(ThreadExecutor(2)).map(done.append, [Unit(), Unit()]))
    assert len(done) == 1


class Elsewhere(ThreadExecutor):
    """An executor whose results stay elsewhere, as a cluster's do: what is held is a number of theirs."""

    def __init__(self) -> None:
        super().__init__(1)
        self.there: list[Any] = []

    @contextmanager
    def session(self, check: Callable[[], None]) -> Iterator["Elsewhere"]:
        yield self

    def hold(self, unit: Any) -> int:
        self.there.append(unit)
        return len(self.there) - 1

    def run(self, function: Callable[..., Any], tasks: Any) -> Iterator[tuple[Any, int]]:
        for note, unit in self.map(function, tasks):
            yield note, self.hold(unit)

    def merge(self, function: Callable[[Sequence[Any]], Any], held: Sequence[int]) -> int:
        return self.hold(function([self.there[number] for number in held]))

    def fetch(self, held: int) -> Any:
        return self.there[held]


def sized(unit: Unit) -> tuple[str, Any]:
    return f"of {unit.size}", unit.size


def test_results_here_merge_here() -> None:
    inner = Elsewhere()
    with SmallWorkHere(inner).session(check_wanted) as session:
        notes, held = zip(*session.run(sized, [Unit(1), Unit(2), Unit(3)]), strict=True)
        assert notes == ("of 1", "of 2", "of 3")
        merged = session.merge(sum, [session.merge(sum, held[:2]), held[2]])  # type: ignore[arg-type]
        assert [session.fetch(item) for item in (*held, merged)] == [1, 2, 3, 6]
    assert inner.there == []


def test_results_here_and_elsewhere_merge_elsewhere() -> None:
    inner = Elsewhere()
    with SmallWorkHere(inner).session(check_wanted) as session:
        [(_, here)] = session.run(sized, [Unit(1)])
        [(_, there)] = session.run(sized, [Unit(20, small=False)])
        merged = session.merge(sum, [session.hold(300), here, there])  # type: ignore[arg-type]
        assert [session.fetch(item) for item in (here, there, merged)] == [1, 20, 321]
    assert inner.there[-1] == 321
