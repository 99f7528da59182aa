"""Units of work that take long end once nobody wants their results, and no file is told to have failed for it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions, StatisticsOptions
from airflow_provider_profiler.profiling import executor
from airflow_provider_profiler.profiling.discovery.content import InspectionTask, inspect
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.formats import CSV
from airflow_provider_profiler.profiling.observer import Stopped
from airflow_provider_profiler.profiling.partition import PartitionTask, PlanTask, plan_source, profile_partition
from airflow_provider_profiler.profiling.selection.counting import CountTask, count_rows
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.profiling.stopping import asking, check_wanted
from airflow_provider_profiler.storage.opening import FileStamp


@pytest.fixture
def table(tmp_path: Path) -> FileSource:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 100)
    return FileSource(tmp_path.resolve(), path.name, path.name, CSV, FileStamp.of(path.stat()))


def stop() -> None:
    raise Stopped


def stop_at(number: int) -> Callable[[], None]:
    asked = iter(range(1, number))
    return lambda: None if next(asked, None) else stop()


def units(source: FileSource) -> dict[str, Callable[[], object]]:
    plan = plan_source(PlanTask(source, ReadingOptions(), ExecutionOptions()))
    (found,) = plan.tables
    (partition,) = found.partitions
    part = PartitionTask(source, plan.reader, found, partition, 0, StatisticsOptions(), (0, 2))
    return {
        "inspect": lambda: inspect(InspectionTask(source, checksum=True)),
        "plan": lambda: plan_source(PlanTask(source, ReadingOptions(), ExecutionOptions())),
        "profile": lambda: profile_partition(part),
        "count": lambda: count_rows(CountTask(source, plan.reader, found, partition, None)),
    }


@pytest.mark.parametrize("name", ["inspect", "plan", "profile", "count"])
def test_a_unit_that_is_not_wanted_ends_without_an_answer(table: FileSource, name: str) -> None:
    unit = units(table)[name]
    with asking(stop), pytest.raises(Stopped):
        unit()
    assert unit() is not None


def test_a_checksum_asks_every_few_megabytes(bench: Any, serial: Any, recording: Any) -> None:
    with (bench.dataset / "large").open("wb") as file:
        file.truncate(32 << 20)
    observer, runs = recording(stop_at=10), serial()
    with pytest.raises(Stopped):
        bench.light(bench.options(), engine=ProfilingEngine(runs), observer=observer)
    # It was stopped in the midst of its one unit of work.
    assert (observer.checks, len(runs.tasks)) == (10, 1)


def test_threads_end_their_work_once_their_results_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "_BETWEEN_CHECKS", 0.01)
    started, pause = threading.Barrier(3), threading.Event()
    ended: list[str] = []

    def work(_: int) -> None:
        started.wait(30)
        try:
            for _ in range(2000):
                check_wanted()
                pause.wait(0.01)
        except Stopped:
            ended.append(threading.current_thread().name)
            raise

    def check() -> None:
        if started.n_waiting == 2:
            started.wait(30)
            raise Stopped("by the observer")

    with asking(check), pytest.raises(Stopped, match="by the observer"):
        list(ThreadExecutor(2).map(work, range(2)))
    assert len(set(ended)) == 2


def test_the_observer_is_asked_by_the_thread_that_called_the_engine_alone(
    bench: Any, recording: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "_BETWEEN_CHECKS", 0.001)
    (bench.dataset / "a.csv").write_bytes(b"a,b\n" + b"1,2\n" * 5000)
    askers = set()

    class Watching(recording):
        def check(self) -> None:
            askers.add(threading.current_thread())

    bench.heavy(observer=Watching(), partition_bytes=1000)
    assert askers == {threading.current_thread()}


def test_work_in_which_nobody_is_asked_goes_on() -> None:
    check_wanted()
    with asking(stop_at(2)):
        check_wanted()
        with pytest.raises(Stopped):
            check_wanted()
    check_wanted()
